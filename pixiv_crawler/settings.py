"""Every setting, its default and the reason for it.

The names of our own settings begin with PIXIV_. The comment above each is its entry in the documentation.
"""

from collections.abc import Mapping

from scrapy.settings import default_settings

from pixiv_crawler import configuration
from pixiv_crawler.api import call, oauth
from pixiv_crawler.layout import paths


def _without(components: Mapping[str, int], *unused: str) -> dict[str, int]:
    return {path: order for path, order in components.items() if path not in unused}


BOT_NAME = "pixiv_crawler"
SPIDER_MODULES = ["pixiv_crawler.spiders"]
# Imports one spider instead of all.
SPIDER_LOADER_CLASS = "pixiv_crawler.spider_loader.PixivSpiderLoader"
NEWSPIDER_MODULE = "pixiv_crawler.spiders"
COMMANDS_MODULE = "pixiv_crawler.commands"
ADDONS = {"pixiv_crawler.addon.PixivAddon": 100}

# --- Login -----------------------------------------------------------------------------------------------------------
# The refresh token of your account. If it is empty, the environment variable of the same name is used, then the token
# file.
PIXIV_REFRESH_TOKEN = ""
# The file that stores the login. It also keeps the access token, so that a run within the hour does not log in again.
PIXIV_TOKEN_FILE = str(paths.default_token_file())
# The OAuth client that the refresh token belongs to.
PIXIV_CLIENT_ID = oauth.CLIENT_ID
# The secret of that client; it is the same in every copy of the app.
PIXIV_CLIENT_SECRET = oauth.CLIENT_SECRET

# The session of your account on Pixiv's website, the cookie PHPSESSID: with it, R-18 works that the app hides are available,
# too. If it is empty, the environment variable of the same name is used, then what `login --web` has stored.
PIXIV_WEB_SESSION = ""

# --- Servers ---------------------------------------------------------------------------------------------------------
# Base URL of every API request. The access token is sent only to this URL.
PIXIV_API_URL = call.API_URL
# The URL that issues access tokens.
PIXIV_OAUTH_URL = "https://oauth.secure.pixiv.net/auth/token"
# A mirror that is used instead of i.pximg.net and s.pximg.net.
PIXIV_IMAGE_URL = ""
# Whether works that the app hides are requested from Pixiv's website: auto, off, or always, which also compares the list of
# each user with that of the website if nothing seems to be missing.
PIXIV_WEB = "auto"
# Base URL of every request to the website. The session is sent only to this URL. If PIXIV_API_URL is not Pixiv's, set this, too:
# otherwise, the website is not used.
PIXIV_WEB_URL = call.WEB_URL
# The language of translated tags and of Pixiv's messages.
PIXIV_LANGUAGE = "en"
# Start the simulated Pixiv in this process and crawl it: no account, no network, no pauses.
PIXIV_SANDBOX = False
# A folder of recorded responses that the simulated Pixiv serves in preference to its own.
PIXIV_SANDBOX_SAMPLES = ""

# --- Output ----------------------------------------------------------------------------------------------------------
# The folder that contains everything a crawl writes.
PIXIV_DATA_DIR = "data"
# Where the state of runs and files is stored; several runs can share it. Keep it on a local disk, not on a network
# share.
PIXIV_STATE = "sqlite:///PIXIV_DATA_DIR/state.db"
# With new_only, the number of days after which a listing is read to its end again (0: every time), because works are
# published late or made public again.
PIXIV_FULL_PASS_DAYS = 30
# Whether users who have left Pixiv count as failures. In the course of time, some of every list of artists leave, and a
# scheduled crawl would never again end without a failure.
PIXIV_STRICT = False
# Template for the path of a file below files. The default uses IDs only: artists rename themselves and their works,
# and a folder must not split when they do.
PIXIV_FILE_PATH = "{user_id}/{illust_id}_p{page}{ext}"
# Template for the path of a novel below files.
PIXIV_NOVEL_PATH = "novels/{user_id}/{novel_id}{ext}"
# What happens to known files if a template has changed: move, or link, which gives them hard links and keeps the old paths, for
# programs that know them. Files are moved, because a collection in two layouts confuses more than it helps.
PIXIV_FILE_MOVE = "move"

# --- Pace ------------------------------------------------------------------------------------------------------------
# Minimum number of seconds between two API requests; up to a quarter more is added at random. One request in 1.2
# seconds was never limited in a long test by another project (2022); 1.1 was.
PIXIV_API_DELAY = 1.2
# Maximum number of simultaneous downloads. Images come from another host, which has not been seen to limit the rate; a
# browser opens about as many connections.
PIXIV_IMAGE_CONCURRENCY = 4
# Seconds for which API requests pause after a "Rate Limit" response; the pause grows while the limit lasts, up to an
# hour. A limited account is released after one to five minutes; earlier requests prolong the limit.
PIXIV_RATE_LIMIT_PAUSE = 300

# --- Scrapy: requests ------------------------------------------------------------------------------------------------
DOWNLOAD_HANDLERS = {
    "http": "pixiv_crawler.downloadhandlers.PixivDownloadHandler",
    "https": "pixiv_crawler.downloadhandlers.PixivDownloadHandler",
    # Scrapy imports the handlers of all schemes at the start; Pixiv has no files at these.
    "ftp": None,
    "s3": None,
}
# The headers of Pixiv's own app: its login rejects clients that look like a library. The add-on adds the language.
USER_AGENT = "PixivIOSApp/7.19.1 (iOS 16.7.2; iPhone12,8)"
DEFAULT_REQUEST_HEADERS = {"App-OS": "ios", "App-OS-Version": "16.7.2", "App-Version": "7.19.1"}
# Maximum number of seconds to wait for an API response, for the start of a file, and between two chunks of a file.
# Scrapy's default is 180.
DOWNLOAD_TIMEOUT = 60
# Long animations and images of 200 megapixels are smaller; whatever is larger is not an image from Pixiv.
DOWNLOAD_MAXSIZE = 256 * 1024 * 1024
DOWNLOAD_WARNSIZE = 0
# Scrapy's default is off, which would disclose the token to a man in the middle.
DOWNLOAD_VERIFY_CERTIFICATES = True
# The wait before each retry doubles, starting with PIXIV_API_DELAY: four retries bridge 18 seconds. Scrapy's default
# is 2.
RETRY_TIMES = 4
# Scrapy's, without the error of its HTTP/1.1 handler, which we do not use and which takes a quarter of a second to
# import.
RETRY_EXCEPTIONS = [
    error
    for error in default_settings.RETRY_EXCEPTIONS
    if error != "scrapy.core.downloader.handlers.http11.TunnelError"
]
# Pixiv's API needs neither cookies nor redirects; a redirect would send our headers to another host.
COOKIES_ENABLED = False
REDIRECT_ENABLED = False
URLLENGTH_LIMIT = 0  # some cursors contain hundreds of IDs; Pixiv itself rejects URLs that are too long
METAREFRESH_ENABLED = False  # a challenge page instead of JSON contains one
REFERER_ENABLED = False  # the app sends none; image requests set their own
# For requests to other sites (the add-on sets the pace of API, login and files): the value of Scrapy's template.
DOWNLOAD_DELAY = 1

# Scrapy imports a component even if its place in DOWNLOADER_MIDDLEWARES or EXTENSIONS is None.
DOWNLOADER_MIDDLEWARES_BASE = _without(
    default_settings.DOWNLOADER_MIDDLEWARES_BASE,
    "scrapy.downloadermiddlewares.httpcompression.HttpCompressionMiddleware",  # replaced by DecompressionMiddleware
    # The download handler finds the proxy, because Scrapy's knows neither SOCKS nor all_proxy.
    "scrapy.downloadermiddlewares.httpproxy.HttpProxyMiddleware",
    "scrapy.downloadermiddlewares.cookies.CookiesMiddleware",
)
DOWNLOADER_MIDDLEWARES = {
    # Closer to the network than Scrapy's RetryMiddleware (550), and behind decompression: responses are classified by
    # their bodies.
    "pixiv_crawler.downloadermiddlewares.api_policy.ApiPolicyMiddleware": 560,
    "pixiv_crawler.downloadermiddlewares.web_policy.WebPolicyMiddleware": 565,
    "pixiv_crawler.downloadermiddlewares.decompression.DecompressionMiddleware": 590,
}
SPIDER_MIDDLEWARES = {
    # Nearest to the engine: it records the requests and items that are really sent and stored.
    "pixiv_crawler.spidermiddlewares.resume.ResumeMiddleware": 60,
    # The highest number processes a spider's results first: a duplicate counts once, a work that is filtered out does
    # not count towards max_works, and extras and hidden works are requested only for what remains.
    "pixiv_crawler.spidermiddlewares.extras.ExtrasMiddleware": 90,
    "pixiv_crawler.spidermiddlewares.web.WebMiddleware": 95,
    "pixiv_crawler.spidermiddlewares.max_works.MaxWorksMiddleware": 100,
    "pixiv_crawler.spidermiddlewares.incremental.IncrementalMiddleware": 103,
    "pixiv_crawler.spidermiddlewares.filters.FiltersMiddleware": 105,
    "pixiv_crawler.spidermiddlewares.duplicates.DuplicatesMiddleware": 110,
}

# --- Scrapy: items ---------------------------------------------------------------------------------------------------
# Maximum number of items of one response that are processed at the same time: Pixiv lists 30. Scrapy starts that many
# tasks for each response; its default is 100, which took a fifth of the processor time of a crawl.
CONCURRENT_ITEMS = 30
ITEM_PIPELINES = {
    # Determines the files of an animation, so it runs before the download.
    "pixiv_crawler.pipelines.ugoira.UgoiraPipeline": 100,
    "pixiv_crawler.pipelines.novel_text.NovelTextPipeline": 110,
    "pixiv_crawler.pipelines.files.WorkFilesPipeline": 200,
    "pixiv_crawler.pipelines.animations.AnimationsPipeline": 210,
    "pixiv_crawler.pipelines.novel_files.NovelFilesPipeline": 220,
    "pixiv_crawler.pipelines.companions.CompanionsPipeline": 230,
    # The last one: other pipelines belong before it, so that the lines of a run contain what they change.
    "pixiv_crawler.pipelines.jsonlines.JsonLinesPipeline": 900,
}
EXTENSIONS_BASE = _without(
    default_settings.EXTENSIONS_BASE,
    "scrapy.extensions.logstats.LogStats",  # ProgressExtension logs a more detailed line at the same interval
    "scrapy.extensions.telnet.TelnetConsole",
    "scrapy.extensions.remote_control.RemoteControl",
)
EXTENSIONS = {
    "pixiv_crawler.extensions.run.RunExtension": 90,
    "pixiv_crawler.extensions.final_retry.FinalRetryExtension": 95,
    "pixiv_crawler.extensions.books.BooksExtension": 97,
    "pixiv_crawler.extensions.report.ReportExtension": 100,
    "pixiv_crawler.extensions.progress.ProgressExtension": 110,
    "pixiv_crawler.extensions.account_settings.AccountSettingsExtension": 120,
}
FEED_EXPORTERS = {
    "csv": "pixiv_crawler.exporters.CsvExporter",
    "jsonlines": "pixiv_crawler.exporters.JsonLinesExporter",
    "jsonl": "pixiv_crawler.exporters.JsonLinesExporter",
    "jl": "pixiv_crawler.exporters.JsonLinesExporter",
}
FEED_EXPORT_ENCODING = "utf-8"
# Keeps the counts of an interrupted run when it is resumed.
STATS_CLASS = "pixiv_crawler.run.stats.CheckpointStats"

# --- Scrapy: the process ---------------------------------------------------------------------------------------------
LOG_LEVEL = "INFO"
LOG_FORMATTER = "pixiv_crawler.console.log_formatter.ShortLogFormatter"
# A process that holds a login should not offer a console that runs code.
TELNETCONSOLE_ENABLED = False
REMOTE_CONTROL_ENABLED = False

# --- Other places ----------------------------------------------------------------------------------------------------
# The environment and a configuration file replace the defaults above. If they are not valid, every command and crawl ends with
# the error, but help and `doctor` do not.
config_file = configuration.load(globals())

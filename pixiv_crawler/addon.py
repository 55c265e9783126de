"""Derives Scrapy's settings from ours, and holds what the components of a crawler share."""

import asyncio
import logging
import math
import re
import sys
import tempfile
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.exceptions import CloseSpider
from scrapy.settings import SETTINGS_PRIORITIES, BaseSettings
from scrapy.utils.misc import load_object

from pixiv_crawler import configuration
from pixiv_crawler import settings as defaults
from pixiv_crawler.console import redaction
from pixiv_crawler.exceptions import SettingError
from pixiv_crawler.files.moving import file_move
from pixiv_crawler.http.proxies import Proxies
from pixiv_crawler.http.requests import API_SLOT, FILE_SLOT, OAUTH_SLOT, PROBE_SLOT, WEB_SLOT
from pixiv_crawler.http.servers import Servers
from pixiv_crawler.http.shared import SharedObjects
from pixiv_crawler.http.token_store import read_login
from pixiv_crawler.http.web_session import WebSession, find_session, web_use
from pixiv_crawler.layout import paths
from pixiv_crawler.layout.filenames import FilePathTemplate, NovelPathTemplate
from pixiv_crawler.layout.safe_names import encodes_all_names
from pixiv_crawler.options import WebUse
from pixiv_crawler.run.lifecycle import Run
from pixiv_crawler.run.state.opening import state_path
from pixiv_crawler.run.stats import CheckpointStats

logger = logging.getLogger(__name__)

# Scrapy limits the concurrency of a slot only if the slot has a delay; a millisecond is not noticeable.
LEAST_DELAY = 0.001
# The pause between two API requests is drawn from [delay, delay * (1 + SPREAD)]: never shorter, rarely the same.
SPREAD = 0.25

# The components that record a run: without one of them, it could neither end nor be resumed.
_NEEDED = {
    "SPIDER_MIDDLEWARES": "pixiv_crawler.spidermiddlewares.resume.ResumeMiddleware",
    "ITEM_PIPELINES": "pixiv_crawler.pipelines.jsonlines.JsonLinesPipeline",
    "EXTENSIONS": "pixiv_crawler.extensions.run.RunExtension",
}


class PixivAddon(SharedObjects):
    """Checks the PIXIV_* settings and derives Scrapy's settings from them, with the priority `addon`.

    Values that the user sets for Scrapy's settings are used, or refused if the crawl cannot work with them. With
    PIXIV_SANDBOX, the simulated Pixiv is started once the spider is open, and stopped when it is closed.

    Raises (while a crawl is being set up):
        SettingError: a setting is not valid, or the run cannot be started.
        FinishedError: the run has finished.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__()
        self._crawler = crawler
        self._sandbox = ExitStack()

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    def update_settings(self, settings: BaseSettings) -> None:
        redaction.install()
        check_settings(settings)
        if settings.getbool("PIXIV_SANDBOX"):
            _set_sandbox_pace(settings)
            self._crawler.signals.connect(self._start_sandbox, signals.spider_opened)
            self._crawler.signals.connect(self._sandbox.close, signals.spider_closed)
            settings.set("HTTPPROXY_ENABLED", False, "addon")  # it is on this machine
        if not encodes_all_names():
            logger.warning(
                "File names can only have the characters of %s in this locale: all others become _; set PYTHONUTF8=1",
                sys.getfilesystemencoding(),
            )
        self._crawler.signals.connect(self._log_proxies, signals.spider_opened)
        _set_pace(settings)
        _add(settings, "DEFAULT_REQUEST_HEADERS", {"Accept-Language": settings["PIXIV_LANGUAGE"]})
        settings.set("FILES_STORE", str(paths.files_folder(paths.data_dir(settings["PIXIV_DATA_DIR"]))), "addon")
        if settings["JOBDIR"]:
            # When a crawl is killed, Scrapy's queues lose the requests in progress; the others are in our checkpoint,
            # too, and would be sent twice.
            settings.set("JOBDIR", None, "cmdline")
            logger.warning("JOBDIR is not used: a run is resumed by its job name, even after it was killed")
        if hasattr(self._crawler.spider, "job"):  # scrapy shell and similar commands run spiders of their own
            self._check_run()

    def _check_run(self) -> None:
        """Before Scrapy creates any component, refuses a run that cannot be started.

        Runs in a thread, because the event loop is already running; blocking it does no harm, because nothing else
        uses it yet.
        """
        run = self.get(Run, lambda: Run(self._crawler))
        with ThreadPoolExecutor(1) as executor:
            executor.submit(asyncio.run, run.check()).result()

    def _log_proxies(self) -> None:
        servers = Servers.of(self._crawler)
        urls = [servers.api_url, servers.oauth_url, servers.image_url or "https://i.pximg.net"]
        urls += [servers.web_url] if WebSession.of(self._crawler).use is not WebUse.OFF else []
        for sentence in Proxies.of(self._crawler).describe(urls):
            logger.info("%s", sentence)

    def _start_sandbox(self) -> None:
        from pixiv_crawler.sandbox import Sandbox, SandboxError  # only a first run and tests need it

        samples = self._crawler.settings["PIXIV_SANDBOX_SAMPLES"]
        try:
            sandbox = self._sandbox.enter_context(
                Sandbox(samples=Path(samples) if samples else None, real_time=True, scenes=True)
            )
        except SandboxError as error:
            Run.of(self._crawler).refusal = SettingError(f"the simulated Pixiv cannot start: {error}")
            raise CloseSpider("bad_arguments") from error
        # Never the user's own token file: a login to the simulated Pixiv is valid nowhere else.
        folder = self._sandbox.enter_context(tempfile.TemporaryDirectory(prefix="pixiv_crawler-"))
        servers = Servers.of(self._crawler)
        servers.api_url = servers.image_url = servers.web_url = sandbox.url
        servers.oauth_url = sandbox.oauth_url
        servers.refresh_token = sandbox.refresh_token
        servers.token_file = Path(folder) / "token.json"


def check_settings(settings: BaseSettings) -> None:
    """Checks everything that is known before a crawl is set up.

    Raises:
        SettingError: a setting is not valid.
    """
    configuration.check(settings, defaults.config_file, vars(defaults))
    state_path(str(settings["PIXIV_STATE"]))
    if not settings.getbool("PIXIV_SANDBOX") and settings["PIXIV_SANDBOX_SAMPLES"]:
        raise SettingError("PIXIV_SANDBOX_SAMPLES is only used with the simulated Pixiv: set PIXIV_SANDBOX=1 too")
    for name in ("PIXIV_API_URL", "PIXIV_OAUTH_URL", "PIXIV_IMAGE_URL", "PIXIV_WEB_URL"):
        _check_url(name, settings[name])
    for name in ("PIXIV_TOKEN_FILE", "PIXIV_CLIENT_ID", "PIXIV_CLIENT_SECRET", "PIXIV_DATA_DIR"):
        if not str(settings[name] or "").strip():
            raise SettingError(f"{name} is empty: set it, or leave it out for the default")
    if not re.fullmatch(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*", str(settings["PIXIV_LANGUAGE"])):
        raise SettingError(
            f"PIXIV_LANGUAGE {settings['PIXIV_LANGUAGE']!r} is not a valid language: set a code such as en or ja"
        )
    _check_number(settings, "PIXIV_RATE_LIMIT_PAUSE")
    _check_number(settings, "PIXIV_API_DELAY")
    _check_number(settings, "PIXIV_FULL_PASS_DAYS", most=36500)
    for name, least in (("PIXIV_IMAGE_CONCURRENCY", 1), ("RETRY_TIMES", 0), ("DOWNLOAD_MAXSIZE", 0)):
        if not _check_number(settings, name, least=least).is_integer():
            raise SettingError(f"{name} {settings[name]!r} is not a valid integer: set one such as 4")
    _check_files(settings)
    _check_components(settings)
    if not settings.getbool("PIXIV_SANDBOX"):
        Proxies.from_settings(settings)
    web_use(settings["PIXIV_WEB"])
    token_file = Path(settings["PIXIV_TOKEN_FILE"]).expanduser()
    read_login(token_file)
    find_session(settings["PIXIV_WEB_SESSION"], token_file)


def _check_number(settings: BaseSettings, name: str, *, least: float = 0, most: float = sys.float_info.max) -> float:
    try:
        number = settings.getfloat(name)
    except (TypeError, ValueError):
        number = math.nan
    if not (least <= number <= most):
        limit = f"of {least:g} or more" if most == sys.float_info.max else f"from {least:g} to {most:g}"
        raise SettingError(f"{name} {settings[name]!r} is not a valid number: set one {limit}")
    return number


def _check_url(name: str, value: str) -> None:
    url = str(value or "").strip().rstrip("/")
    if not url and name == "PIXIV_IMAGE_URL":
        return
    try:
        parts = urlsplit(url)
        is_url = parts.scheme in ("http", "https") and parts.hostname and (parts.port is None or parts.port > 0)
    except ValueError:
        is_url = False
    if not is_url or parts.query or parts.fragment or "@" in parts.netloc or re.search(r"\s", url):
        raise SettingError(f"{name} {value!r} is not a valid URL: set one such as https://app-api.pixiv.net")


def _check_files(settings: BaseSettings) -> None:
    FilePathTemplate(str(settings["PIXIV_FILE_PATH"] or ""))
    NovelPathTemplate(str(settings["PIXIV_NOVEL_PATH"] or ""))
    file_move(settings["PIXIV_FILE_MOVE"])
    value = str(settings["FILES_STORE"] or "")
    scheme = "" if Path(value).is_absolute() else urlsplit(value).scheme
    if scheme not in ("", "file"):
        raise SettingError(
            f"FILES_STORE {value!r} is not supported: set it to a folder, or leave it out for the default"
        )


def _check_components(settings: BaseSettings) -> None:
    """A dictionary on the command line replaces the whole dictionary of settings.py, but a run needs these entries."""
    for name, path in _NEEDED.items():
        if settings.getdict(name).get(path, settings.getdict(name).get(load_object(path))) is None:
            raise SettingError(f"{name} lacks {path}: add your own components to those of pixiv_crawler.settings")
    if not issubclass(load_object(settings["STATS_CLASS"]), CheckpointStats):
        raise SettingError(
            f"STATS_CLASS {settings['STATS_CLASS']!r} cannot be saved: set it to a subclass of CheckpointStats"
        )


def _set_pace(settings: BaseSettings) -> None:
    delay = max(settings.getfloat("PIXIV_API_DELAY"), LEAST_DELAY)
    files = int(settings.getfloat("PIXIV_IMAGE_CONCURRENCY"))
    # Scrapy varies a slot's delay in both directions, so the slot gets the middle of our range.
    middle = 1 + SPREAD / 2
    slots = {
        API_SLOT: {"concurrency": 1, "delay": delay * middle, "jitter": SPREAD / 2 / middle},
        WEB_SLOT: {"concurrency": 1, "delay": delay * middle, "jitter": SPREAD / 2 / middle},
        OAUTH_SLOT: {"concurrency": 1, "delay": LEAST_DELAY, "jitter": 0},
        PROBE_SLOT: {"concurrency": 1, "delay": LEAST_DELAY, "jitter": 0},
        FILE_SLOT: {"concurrency": files, "delay": LEAST_DELAY, "jitter": 0},
    }
    if own := slots.keys() & settings.getdict("DOWNLOAD_SLOTS").keys():
        raise SettingError(
            f"DOWNLOAD_SLOTS may not contain {min(own)!r}: set PIXIV_API_DELAY and PIXIV_IMAGE_CONCURRENCY instead"
        )
    _add(settings, "DOWNLOAD_SLOTS", slots)
    # One connection each for the API, the website and the login, in addition to those for files: all may be on one host.
    settings.set("CONCURRENT_REQUESTS_PER_DOMAIN", files + 3, "addon")
    settings.set("CONCURRENT_REQUESTS", max(settings.getint("CONCURRENT_REQUESTS"), files + 3), "addon")


def _set_sandbox_pace(settings: BaseSettings) -> None:
    """Removes the pauses from the defaults (priority `project`); a user's own values stay in effect."""
    for name in ("PIXIV_API_DELAY", "PIXIV_RATE_LIMIT_PAUSE"):
        settings.set(name, LEAST_DELAY, "project")


def _add(settings: BaseSettings, name: str, values: Mapping[str, object]) -> None:
    """Adds entries to a setting whose value is a dictionary, and keeps those that the user set."""
    priority = max(settings.getpriority(name) or 0, SETTINGS_PRIORITIES["addon"])
    settings.set(name, settings.getdict(name) | dict(values), priority)

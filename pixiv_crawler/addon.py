"""What our settings mean in Scrapy's own: data folder, pace, language, and the simulated Pixiv."""

from __future__ import annotations

import logging
import math
import re
import sys
import tempfile
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from scrapy import Spider, signals
from scrapy.crawler import Crawler
from scrapy.settings import SETTINGS_PRIORITIES, BaseSettings
from scrapy.utils.misc import load_object

from pixiv_crawler.console import redaction
from pixiv_crawler.exceptions import SettingError, StateError
from pixiv_crawler.http.requests import API_SLOT, FILE_SLOT, OAUTH_SLOT
from pixiv_crawler.http.token_store import read_login
from pixiv_crawler.layout import paths
from pixiv_crawler.layout.filenames import FilePathTemplate, NovelPathTemplate
from pixiv_crawler.run.checkpoint import Journal
from pixiv_crawler.run.output_folder import run_files
from pixiv_crawler.sandbox import Sandbox, SandboxError
from pixiv_crawler.state import State

logger = logging.getLogger(__name__)

# Scrapy limits a slot only when it has a delay; a thousandth of a second is none that anybody notices.
LEAST_DELAY = 0.001
# The pause between two API requests is drawn from [delay, delay * (1 + SPREAD)]: never shorter, seldom the same.
SPREAD = 0.25


class PixivAddon:
    """Checks the PIXIV_* settings, turns them into Scrapy's, and begins the run's folder.

    Raises (when a crawl is set up):
        SettingError: a setting that cannot be used.
    """

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> PixivAddon:
        return cls(crawler)

    def update_settings(self, settings: BaseSettings) -> None:
        redaction.install()
        if _bool(settings, "PIXIV_SANDBOX"):
            self._start_sandbox(settings)
        check_settings(settings)
        _set_pace(settings)
        _set_headers(settings)
        _keep_feeds(settings)
        if hasattr(self._crawler.spider, "job"):  # scrapy shell, view and bench have spiders of their own
            self._begin_run(settings)

    def _start_sandbox(self, settings: BaseSettings) -> None:
        samples = settings["PIXIV_SANDBOX_SAMPLES"]
        sandbox = Sandbox(samples=Path(samples) if samples else None)
        try:
            sandbox.start()
        except SandboxError as error:
            raise SettingError(f"the simulated Pixiv cannot start: {error}") from error
        # Never the user's own file: what the simulated Pixiv grants is worth nothing elsewhere.
        login = tempfile.TemporaryDirectory(prefix="pixiv_crawler-")
        for stop in (sandbox.stop, login.cleanup):
            self._crawler.signals.connect(stop, signals.engine_stopped, weak=False)
        for name, value in {
            "PIXIV_API_URL": sandbox.url,
            "PIXIV_OAUTH_URL": sandbox.oauth_url,
            "PIXIV_IMAGE_URL": sandbox.url,
            "PIXIV_REFRESH_TOKEN": sandbox.refresh_token,
            "PIXIV_TOKEN_FILE": str(Path(login.name) / "token.json"),
        }.items():
            settings.set(name, value, "cmdline")
        for name in ("PIXIV_API_DELAY", "PIXIV_RATE_LIMIT_PAUSE"):
            settings.set(name, LEAST_DELAY, "project")  # what the user asks for on the command line still counts

    def _begin_run(self, settings: BaseSettings) -> None:
        """Makes the folders of the run, or goes on with one; its name is taken from now on."""
        data_dir = Path(settings["PIXIV_DATA_DIR"]).expanduser().absolute()
        files = paths.files_folder(data_dir)
        try:
            files.mkdir(parents=True, exist_ok=True)
            self._begin_journal(settings, data_dir)
        except OSError as error:
            raise SettingError(
                f"PIXIV_DATA_DIR {data_dir} cannot be written to ({error.strerror}); choose another"
            ) from error
        except StateError as error:
            raise SettingError(str(error)) from error
        settings.set("PIXIV_DATA_DIR", str(data_dir), "cmdline")
        settings.set("FILES_STORE", str(files), "cmdline")

    def _begin_journal(self, settings: BaseSettings, data_dir: Path) -> None:
        spider: Any = self._crawler.spider
        state = State(settings["PIXIV_STATE"].replace("PIXIV_DATA_DIR", str(data_dir)))
        jobs = _names(spider.job, given=spider.args.job is not None)
        arguments = spider.args.model_dump(mode="json", exclude={"job"}, exclude_defaults=True)
        # A run that went on with other names would have its files in two places.
        named = {name: settings[name] for name in ("PIXIV_FILE_PATH", "PIXIV_NOVEL_PATH")}
        journal = Journal.of(self._crawler)
        try:
            spider.job = journal.begin(
                state, data_dir, spider.name, jobs, arguments | named, run_files(settings.getdict("FEEDS"))
            )
        except BaseException:
            state.close()
            raise
        if settings["JOBDIR"]:
            # Scrapy's own queue loses what was under way when a crawl is killed, and would ask twice what ours has.
            settings.set("JOBDIR", None, "cmdline")
            logger.info("JOBDIR is not used: runs go on by their name, after a kill too")


def _names(job: str, *, given: bool) -> list[str]:
    """Names for a run: the one that was given, else the start time, numbered when runs start in the same second."""
    return [job] if given else [job, *(f"{job}-{number}" for number in range(2, 100))]


def feed_uri_params(params: dict[str, Any], spider: Spider) -> dict[str, Any]:
    """What stands for `%(run_folder)s` in FEEDS."""
    data_dir = Path(spider.settings["PIXIV_DATA_DIR"])
    return {**params, "run_folder": paths.run_folder(data_dir, spider.name, spider.job)}  # type: ignore[attr-defined]


def check_settings(settings: BaseSettings) -> None:
    """Looks at all that can be told without beginning a crawl, and brings addresses into one form.

    Raises:
        SettingError: a setting that cannot be used.
    """
    if not _bool(settings, "PIXIV_SANDBOX") and settings["PIXIV_SANDBOX_SAMPLES"]:
        raise SettingError("PIXIV_SANDBOX_SAMPLES is for the simulated Pixiv; set PIXIV_SANDBOX=1 too")
    for name in ("PIXIV_API_URL", "PIXIV_OAUTH_URL", "PIXIV_IMAGE_URL"):
        settings.set(name, _url(name, settings[name]), "cmdline")
    for name in ("PIXIV_TOKEN_FILE", "PIXIV_CLIENT_ID", "PIXIV_CLIENT_SECRET", "PIXIV_DATA_DIR"):
        if not str(settings[name] or "").strip():
            raise SettingError(f"{name} is empty; give it a value, or leave it out for the default")
    if not re.fullmatch(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*", str(settings["PIXIV_LANGUAGE"])):
        raise SettingError(f"PIXIV_LANGUAGE {settings['PIXIV_LANGUAGE']!r} is no language; give one such as en or ja")
    _number(settings, "PIXIV_RATE_LIMIT_PAUSE")
    _number(settings, "PIXIV_API_DELAY")
    _number(settings, "PIXIV_FULL_PASS_DAYS", most=36500)
    for name, least in (("PIXIV_IMAGE_CONCURRENCY", 1), ("RETRY_TIMES", 0), ("DOWNLOAD_MAXSIZE", 0)):
        if not _number(settings, name, least=least).is_integer():
            raise SettingError(f"{name} {settings[name]!r} is no whole number; give one such as 4")
    FilePathTemplate(str(settings["PIXIV_FILE_PATH"] or ""))
    NovelPathTemplate(str(settings["PIXIV_NOVEL_PATH"] or ""))
    token_file = Path(settings["PIXIV_TOKEN_FILE"]).expanduser()
    settings.set("PIXIV_TOKEN_FILE", str(token_file), "cmdline")
    read_login(token_file)


def _bool(settings: BaseSettings, name: str) -> bool:
    try:
        return settings.getbool(name)
    except ValueError:
        raise SettingError(f"{name} {settings[name]!r} is neither 1 nor 0; give one of them") from None


def _number(settings: BaseSettings, name: str, *, least: float = 0, most: float = sys.float_info.max) -> float:
    try:
        number = settings.getfloat(name)
    except (TypeError, ValueError):
        number = math.nan
    if not (least <= number <= most):
        limit = "" if most == sys.float_info.max else f" and {most:g} or less"
        raise SettingError(f"{name} {settings[name]!r} is no number of {least:g} or more{limit}; give one")
    return number


def _url(name: str, value: str) -> str:
    """An address without the `/` at its end, so that paths can follow; empty only for the optional one."""
    url = str(value or "").strip().rstrip("/")
    if not url and name == "PIXIV_IMAGE_URL":
        return url
    try:
        parts = urlsplit(url)
        is_address = parts.scheme in ("http", "https") and parts.hostname and (parts.port is None or parts.port > 0)
    except ValueError:
        is_address = False
    if not is_address or parts.query or parts.fragment or "@" in parts.netloc or re.search(r"\s", url):
        raise SettingError(f"{name} {value!r} is no address; give one such as https://app-api.pixiv.net")
    return url


def _set_pace(settings: BaseSettings) -> None:
    delay = max(settings.getfloat("PIXIV_API_DELAY"), LEAST_DELAY)
    files = int(settings.getfloat("PIXIV_IMAGE_CONCURRENCY"))
    # Scrapy draws from both sides of a slot's delay, so ours is set in the middle of what we want.
    middle = 1 + SPREAD / 2
    slots = {
        API_SLOT: {"concurrency": 1, "delay": delay * middle, "jitter": SPREAD / 2 / middle},
        OAUTH_SLOT: {"concurrency": 1, "delay": LEAST_DELAY, "jitter": 0},
        FILE_SLOT: {"concurrency": files, "delay": LEAST_DELAY, "jitter": 0},
    }
    settings.set("PIXIV_API_DELAY", delay, "cmdline")
    settings.set("DOWNLOAD_SLOTS", settings.getdict("DOWNLOAD_SLOTS") | slots, "cmdline")
    # Connections: a place each for API and login beside the files, which may all be on one host.
    settings.set("CONCURRENT_REQUESTS_PER_DOMAIN", files + 2, "cmdline")
    settings.set("CONCURRENT_REQUESTS", max(settings.getint("CONCURRENT_REQUESTS"), files + 2), "cmdline")


def _set_headers(settings: BaseSettings) -> None:
    headers = settings.getdict("DEFAULT_REQUEST_HEADERS") | {"Accept-Language": settings["PIXIV_LANGUAGE"]}
    # Above "project", where our own settings.py stands, or nothing of it would reach the wire.
    settings.set("DEFAULT_REQUEST_HEADERS", headers, "cmdline")


def _keep_feeds(settings: BaseSettings) -> None:
    """FEEDS of a command line, such as Scrapyd's of its `items_dir`, come beside ours: a run's folder has its lines always."""
    feeds = settings.getdict("FEEDS")
    if settings.getpriority("FEEDS") == SETTINGS_PRIORITIES["cmdline"] and not run_files(feeds):
        settings.set("FEEDS", load_object("pixiv_crawler.settings.FEEDS") | feeds, "cmdline")

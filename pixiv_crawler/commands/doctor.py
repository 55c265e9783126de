"""scrapy doctor: checks everything that a crawl needs, and says what to do about each problem."""

import argparse
import asyncio
import platform
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from importlib.metadata import version
from pathlib import Path

from scrapy.settings import BaseSettings

from pixiv_crawler.base_command import BaseCommand, check_all, data_dir
from pixiv_crawler.console.printing import say
from pixiv_crawler.console.program import COMPLETE, INCOMPLETE, PROGRAM
from pixiv_crawler.exceptions import PixivCrawlerError, SettingError, os_problem

_Check = Callable[[BaseSettings], Iterator[str]]
"""Yields what it found in order; raises an error that says what is wrong, and what to do."""
# A crawl ends when the disk is full; an animation and its parts may need some hundred megabytes.
_MIN_FREE_BYTES = 1_000_000_000
# Pixiv rejects logins whose time is off by more.
_MAX_CLOCK_SECONDS = 300


class Command(BaseCommand):
    """Exit status: 0 no problem was found, 3 there is one."""

    summary = "Check settings, login, disk, state and network, and say what to do about problems"

    def check(self, _args: list[str], _opts: argparse.Namespace, _settings: BaseSettings) -> None:
        """An invalid setting is one of the problems."""

    def execute(self, args: list[str], opts: argparse.Namespace, settings: BaseSettings) -> int:
        status = COMPLETE
        for name, check in {**_CHECKS, **_hosts(settings)}.items():
            try:
                for finding in check(settings):
                    say(f"ok       {name}: {finding}")
            except (PixivCrawlerError, OSError) as error:
                say(f"problem  {name}: {os_problem(error)}")
                status = INCOMPLETE
        return status


def _check_versions(_settings: BaseSettings) -> Iterator[str]:
    programs = ", ".join(f"{name} {version(name)}" for name in ("pixiv_crawler", "scrapy", "aiohttp", "pillow"))
    yield f"Python {platform.python_version()}, {programs}"


def _check_settings(settings: BaseSettings) -> Iterator[str]:
    check_all(settings)
    yield f"valid; {PROGRAM} config shows them"


def _check_login(settings: BaseSettings) -> Iterator[str]:
    from pixiv_crawler.http.token_store import find_login

    file = Path(settings["PIXIV_TOKEN_FILE"]).expanduser()
    if _uses_sandbox(settings):
        yield "the simulated Pixiv needs none"
        return
    if find_login(settings["PIXIV_REFRESH_TOKEN"], file) is None:
        raise SettingError(f"no refresh token is stored in {file}: run {PROGRAM} login")
    if file.exists() and file.stat().st_mode & 0o077:
        raise SettingError(f"others may read {file}: run chmod 600 {file}")
    yield f"there is a refresh token; {PROGRAM} login --check shows whether Pixiv accepts it"


def _check_disk(settings: BaseSettings) -> Iterator[str]:
    data = data_dir(settings)
    folder = next(parent for parent in (data, *data.parents) if parent.exists())
    free = shutil.disk_usage(folder).free
    if free < _MIN_FREE_BYTES:
        raise SettingError(f"only {free / 1e9:.2f} GB are free in {folder}: free some space, or set PIXIV_DATA_DIR")
    probe = folder / ".pixiv_crawler-doctor"
    try:
        probe.write_bytes(b"")
        probe.unlink()
    except OSError as error:
        raise SettingError(
            f"{folder} is not writable ({error.strerror}): set PIXIV_DATA_DIR to another folder"
        ) from error
    yield f"{data}: writable, {free / 1e9:,.0f} GB free"


def _check_state(settings: BaseSettings) -> Iterator[str]:
    from pixiv_crawler.run.state.opening import state_path, state_url

    path = state_path(state_url(settings["PIXIV_STATE"], data_dir(settings)))
    if not path.exists():
        yield f"{path} does not exist yet"
        return
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as connection:
            (verdict,) = connection.execute("PRAGMA quick_check(1)").fetchone()
            (runs,) = connection.execute("SELECT count(*) FROM runs").fetchone()
    except sqlite3.Error as error:
        raise SettingError(f"{path} cannot be read ({error}): run {PROGRAM} state rebuild") from error
    if verdict != "ok":
        raise SettingError(f"{path} is damaged ({verdict}): run {PROGRAM} state rebuild")
    yield f"{path}: {runs:,} runs"


def _check_host(url: str, settings: BaseSettings) -> Iterator[str]:
    from pixiv_crawler.http.proxies import Proxies
    from pixiv_crawler.http.reachability import reach

    reached, failures = asyncio.run(reach(url, Proxies.from_settings(settings)))
    if not reached:
        causes = "; ".join(failures)
        raise SettingError(f"{url} cannot be reached ({causes}): check the network, the proxy and the firewall")
    off = next((one.clock_seconds for one in reached if abs(one.clock_seconds or 0) > _MAX_CLOCK_SECONDS), None)
    if off:
        raise SettingError(f"the clock of this machine is {off:+,.0f} seconds off that of {url}: set it")
    ways = " and ".join(f"over {one.way}" for one in reached)
    yield f"{url} responds {ways}{f'; not over {failures[0]}' if failures else ''}"


def _uses_sandbox(settings: BaseSettings) -> bool:
    try:
        return settings.getbool("PIXIV_SANDBOX")
    except ValueError:  # reported as a problem of the settings
        return False


def _hosts(settings: BaseSettings) -> dict[str, _Check]:
    if _uses_sandbox(settings):
        return {}
    urls = {
        "API": settings["PIXIV_API_URL"],
        "OAuth": settings["PIXIV_OAUTH_URL"],
        "images": settings["PIXIV_IMAGE_URL"] or "https://i.pximg.net",
    }
    return {name: partial(_check_host, url) for name, url in urls.items()}


_CHECKS: dict[str, _Check] = {
    "versions": _check_versions,
    "settings": _check_settings,
    "login": _check_login,
    "disk": _check_disk,
    "state": _check_state,
}

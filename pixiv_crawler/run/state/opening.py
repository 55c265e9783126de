"""Opens the state store that the setting PIXIV_STATE names."""

import re
from pathlib import Path

from pixiv_crawler.exceptions import SettingError
from pixiv_crawler.run.state.interface import StateStore
from pixiv_crawler.run.state.sqlite import SqliteState

_SQLITE = "sqlite:///"


async def open_state(url: str) -> StateStore:
    """Opens the state store at a URL, and creates it if it does not exist.

    Raises:
        SettingError: it cannot be used; the message does not contain the URL, which may contain a password.
    """
    return await SqliteState.open(state_path(url))


async def open_existing(setting: str, data_dir: Path) -> StateStore:
    """Opens the state store that PIXIV_STATE names.

    Raises:
        SettingError: there is none, or it cannot be used.
    """
    url = state_url(setting, data_dir)
    if not (path := state_path(url)).exists():
        raise SettingError(f"there is no state in {path}: set PIXIV_DATA_DIR to the folder of your crawls")
    return await open_state(url)


def state_url(setting: str, data_dir: Path) -> str:
    """The URL that PIXIV_STATE names, which may contain the name PIXIV_DATA_DIR in place of the data folder."""
    return setting.replace("PIXIV_DATA_DIR", str(data_dir))


def state_path(url: str) -> Path:
    """The file of the state at a URL such as `sqlite:///data/state.db`.

    What follows `sqlite:///` is a plain path without any escapes; an absolute path makes it four slashes.

    Raises:
        SettingError: it is not such a URL; the message does not contain it, because it may contain a password.
    """
    if not url.startswith(_SQLITE):
        raise SettingError(f"PIXIV_STATE cannot be used ({_problem(url)}): set it to sqlite:///PATH")
    path = url.removeprefix(_SQLITE)
    if path in ("", ":memory:"):
        raise SettingError(
            "PIXIV_STATE names no file, so that no run could be resumed: set it to a path such as sqlite:///state.db"
        )
    return Path(path)


def _problem(url: str) -> str:
    scheme = re.match(r"[A-Za-z][A-Za-z0-9+.-]*(?=:)", url)
    return f"{scheme[0]} is not supported" if scheme and scheme[0] != "sqlite" else "it is not a valid URL"

"""The folder of one run: taken by one process at a time, its lines cut to what is accounted for."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path

from filelock import FileLock, Timeout

from pixiv_crawler.api.call import JsonObject
from pixiv_crawler.exceptions import SettingError

logger = logging.getLogger(__name__)


class RunFolder:
    """A folder that this process has for itself."""

    def __init__(self, path: Path) -> None:
        """Makes the folder, and takes it.

        Raises:
            SettingError: another process has it.
            OSError: it cannot be written to.
        """
        self.path = path
        path.mkdir(parents=True, exist_ok=True)
        self._lock = FileLock(path / ".lock", timeout=0)
        try:
            self._lock.acquire()
        except Timeout:
            raise SettingError(
                f"the run {path.name!r} is under way in {path}; wait for it, or give another job"
            ) from None

    def release(self, *, for_good: bool = False) -> None:
        """Lets others have it; `for_good` when nobody will go on with it."""
        if for_good:
            with suppress(OSError):
                (self.path / ".lock").unlink()
        self._lock.release()

    @property
    def has_lines(self) -> bool:
        """Whether a run has written lines here."""
        return any(self.path.glob("*.jsonl"))

    def cut(self, names: Iterable[str], sizes: Mapping[str, int]) -> None:
        """Takes from the files of lines what is not accounted for: a torn line, or lines whose items are still open.

        Raises:
            SettingError: lines that were stored are not there any more.
        """
        for name in names:
            self._cut(self.path / name, sizes.get(name, 0))

    @staticmethod
    def _cut(path: Path, size: int) -> None:
        found = path.stat().st_size if path.exists() else 0
        if found < size:
            raise SettingError(
                f"{path} has {found} of the {size} bytes that the run has stored; put it back, or give another job"
            )
        if found > size:
            logger.info("%s: %d bytes of unfinished lines are taken away", path, found - size)
            os.truncate(path, size)
        if path.exists() and not size:
            path.unlink()

    def sync(self, names: Iterable[str]) -> None:
        """Brings files of lines to disk for good."""
        for name in names:
            with (self.path / name).open("rb") as file:
                os.fsync(file.fileno())


def run_files(feeds: JsonObject) -> dict[str, JsonObject]:
    """The files in the run's folder that FEEDS writes, by name, with their options."""
    own = (uri for uri in map(str, feeds) if uri.startswith("%(run_folder)s/"))
    return {uri.removeprefix("%(run_folder)s/"): feeds[uri] for uri in own}

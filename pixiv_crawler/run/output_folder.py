"""The folder of one run: used by one process at a time, with the files of lines that the run writes."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path

from filelock import FileLock, Timeout

from pixiv_crawler.exceptions import SettingError
from pixiv_crawler.layout.atomic_write import make_folder, sync_folder

logger = logging.getLogger(__name__)


class OutputFolder:
    """A folder that this process has locked, and its open files of lines."""

    def __init__(self, path: Path) -> None:
        """Creates the folder, and locks it.

        Raises:
            SettingError: another process has locked it.
            OSError: it cannot be written to.
        """
        self.path = path
        self._files: dict[str, int] = {}
        make_folder(path)
        self._lock = FileLock(path / ".lock", timeout=0)
        try:
            self._lock.acquire()
        except Timeout:
            raise SettingError(
                f"the run {path.name!r} is in progress in {path}: wait until it ends, or pass another job"
            ) from None

    def release(self, *, is_finished: bool = False) -> None:
        """Closes the files and unlocks the folder; a finished run needs no lock file any more."""
        for descriptor in self._files.values():
            os.close(descriptor)
        self._files.clear()
        if is_finished:
            with suppress(OSError):
                (self.path / ".lock").unlink()
        self._lock.release()

    def has_any(self, names: Iterable[str]) -> bool:
        """Whether one of the files exists."""
        return any((self.path / name).exists() for name in names)

    def truncate(self, names: Iterable[str], sizes: Mapping[str, int]) -> None:
        """Removes from the files of lines what the checkpoint does not include; those lines are written again.

        Raises:
            SettingError: a file is shorter than the checkpoint says.
            OSError: a file cannot be truncated.
        """
        for name in names:
            _truncate(self.path / name, sizes.get(name, 0))

    def append(self, name: str, line: bytes) -> int:
        """Appends a line completely or not at all, and returns the size of the file in bytes.

        Raises:
            OSError: the line could not be written.
        """
        if name not in self._files:
            self._files[name] = os.open(self.path / name, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o666)
        descriptor = self._files[name]
        end = os.lseek(descriptor, 0, os.SEEK_END)
        try:
            sent = 0
            while sent < len(line):
                sent += os.write(descriptor, line[sent:])
        except OSError:
            with suppress(OSError):
                os.ftruncate(descriptor, end)
            raise
        return end + len(line)

    def sync(self, names: Iterable[str]) -> None:
        """Makes what was appended to the files durable.

        Raises:
            OSError: the disk failed.
        """
        for name in names:
            os.fsync(self._files[name])
        sync_folder(self.path)  # some may be new


def _truncate(path: Path, size: int) -> None:
    found = path.stat().st_size if path.exists() else 0
    if found < size:
        raise SettingError(
            f"{path} has {found} bytes, but the run stored {size}: restore the file, or pass another job"
        )
    if found > size:
        logger.info("%s: removing %d bytes of lines, which will be written again", path, found - size)
        os.truncate(path, size)
    if path.exists() and not size:
        path.unlink()

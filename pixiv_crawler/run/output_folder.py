"""The folder of one run: used by one process at a time, with the files of lines that the run writes."""

import logging
import os
import unicodedata
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path

from pixiv_crawler.exceptions import JobTakenError, SettingError
from pixiv_crawler.layout.atomic_write import make_folder, sync_folder, sync_to_disk
from pixiv_crawler.layout.regular_files import check_regular, regular_only

logger = logging.getLogger(__name__)

OUTPUT_FILES = {
    "illust": "illusts.jsonl",
    "novel": "novels.jsonl",
    "illust_series": "illust_series.jsonl",
    "novel_series": "novel_series.jsonl",
    "user_preview": "user_previews.jsonl",
    "bookmark_detail": "bookmark_details.jsonl",
    "bookmark_tag": "bookmark_tags.jsonl",
    "trending_tag": "trending_tags.jsonl",
    "watchlist_series": "watchlist_series.jsonl",
    "novel_marker": "novel_markers.jsonl",
    "follow_detail": "follow_details.jsonl",
    "muted_tag": "muted_tags.jsonl",
    "muted_user": "muted_users.jsonl",
    "emoji": "emoji.jsonl",
    "stamp": "stamps.jsonl",
    "user": "users.jsonl",
    "comment": "comments.jsonl",
    "unavailable": "unavailable.jsonl",
    "rejected": "rejected.jsonl",
}
"""The files of lines in the folder of a run, by the kind of item."""

_BLOCK_BYTES = 64 * 1024
# Without O_BINARY, Windows would write two bytes for each line break.
_APPEND = os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0)


class OutputFolder:
    """A folder that this process has locked, and its open files of lines."""

    def __init__(self, path: Path) -> None:
        """Creates the folder, and locks it.

        Raises:
            JobTakenError: another process has locked it, or it is the folder of another run.
            OSError: it cannot be written to.
        """
        from filelock import FileLock, Timeout  # the help of a spider imports this module, but opens no folder

        self.path = path
        self._files: dict[str, int] = {}
        make_folder(path)
        _check_case(path)
        self._lock = FileLock(path / ".lock", timeout=0)
        try:
            self._lock.acquire()
        except Timeout:
            raise JobTakenError(
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

    def remove_torn_lines(self, names: Iterable[str]) -> dict[str, int]:
        """Removes incomplete last lines, and returns the sizes of the files that contain lines; they are durable.

        Raises:
            SettingError: a file is compressed.
            OSError: a file cannot be repaired.
        """
        sizes = {name: _size_of_lines(self.path / name) for name in names if (self.path / name).exists()}
        self.truncate(sizes, sizes)
        for name, size in sizes.items():
            if size:
                sync_to_disk(self.path / name)
        sync_folder(self.path)
        return {name: size for name, size in sizes.items() if size}

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
            self._files[name] = regular_only(str(self.path / name), _APPEND)
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


def is_in_use(path: Path) -> bool:
    """Whether a process has locked the folder of a run."""
    from filelock import FileLock, Timeout

    if not (path / ".lock").exists():
        return False
    try:
        with FileLock(path / ".lock", timeout=0):
            return False
    except Timeout:
        return True


def _check_case(path: Path) -> None:
    """Windows and macOS find the folder of another run whose name differs only in case."""
    names = {unicodedata.normalize("NFC", found.name) for found in path.parent.iterdir()}
    if unicodedata.normalize("NFC", path.name) not in names:
        raise JobTakenError(
            f"the run {path.name!r} has the folder of another run, whose name differs only in case: pass another job"
        )


def _truncate(path: Path, size: int) -> None:
    check_regular(path)
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


def _size_of_lines(path: Path) -> int:
    """The size of a file up to the end of its last complete line."""
    with open(path, "rb", opener=regular_only) as file:
        if file.read(2) == b"\x1f\x8b":
            raise SettingError(f"{path} is compressed: decompress it, or pass another job")
        end = file.seek(0, os.SEEK_END)
        while end:
            start = max(0, end - _BLOCK_BYTES)
            file.seek(start)
            if found := file.read(end - start).rfind(b"\n") + 1:
                return start + found
            end = start
    return 0

"""The files of works on disk: which are there and whole, and how a new one comes under its name."""

from __future__ import annotations

import asyncio
import errno
import hashlib
import logging
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from scrapy.crawler import Crawler

from pixiv_crawler import paths
from pixiv_crawler.api.images import edition
from pixiv_crawler.exceptions import FileError
from pixiv_crawler.filesession import FileSession
from pixiv_crawler.journal import Journal
from pixiv_crawler.media import problem_of
from pixiv_crawler.parts import StorageError, sha256_of
from pixiv_crawler.state import StoredFile

logger = logging.getLogger(__name__)

# The disk is full or broken: no other file would fare better.
_DISK_ERRORS = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EROFS}
_COPY_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Found:
    """A file that is there and whole."""

    sha256: str
    size: int
    is_new: bool
    """Whether this run downloaded it, before it was interrupted."""


class FileStore:
    """Files below a folder, at paths with `/` between the parts.

    What the state database knows of a file counts as long as size and time agree with those on disk; any other file is
    read once, and remembered. Stats: pixiv/files/broken, pixiv/files/replaced.
    """

    def __init__(self, crawler: Crawler, folder: Path) -> None:
        self._crawler = crawler
        self._folder = folder
        self._session = FileSession.of(crawler)
        self._journal = Journal.of(crawler)

    async def find(self, path: str, url: str) -> Found | None:
        """The file of that path, if it is there, whole, and of the same edition as the one at `url`.

        Raises:
            FileError: something is there that cannot be read.
            StateError: the state database failed.
            StoppedError: the crawl is being stopped, and the file would have to be read.
        """
        with _refusing():
            known, problem = await self._look(path, url)
        if problem is not None:
            logger.warning("%s of an earlier run %s: downloading it again", self._folder / path, problem)
            self._crawler.stats.inc_value("pixiv/files/broken")
        if known is None or edition(known.url) != edition(url):
            return None
        return Found(known.sha256, known.size_bytes, known.run_id == self._journal.run.id)

    async def put(self, part: Path, path: str, url: str, sha256: str) -> None:
        """Brings a whole file under its name; one with other content that is there is kept under another.

        Whatever ends the process in between, each of them is there, under its old or its new name.

        Raises:
            FileError: it cannot be stored there; `StorageError` when the disk is full or broken.
            StateError: the state database failed.
        """
        target = self._folder / path
        with _refusing():
            if await asyncio.to_thread(_prepare, part, target):
                await self._put_aside(path, url, sha256)
            await self._bring(part, path, url, sha256)

    async def _look(self, path: str, url: str) -> tuple[StoredFile | None, str | None]:
        """What is known of the file on disk, or what is wrong with it; neither when there is none."""
        target = self._folder / path
        stored = self._journal.file(path)
        if (status := _status(target)) is None:
            return None, None
        if stored and (stored.size_bytes, stored.mtime_ns) == (status.st_size, status.st_mtime_ns):
            return stored, None
        problem, sha256 = await self._session.in_thread(_read, target)
        if problem is not None:
            return None, problem
        is_new = stored is not None and stored.sha256 == sha256 and stored.run_id == self._journal.run.id
        self._journal.keep_file(path, stored.url if stored else url, target, sha256, is_new=is_new)
        return self._journal.file(path), None

    async def _put_aside(self, path: str, url: str, sha256: str) -> None:
        """Renames the file of that path, unless it is broken or the same as the new one."""
        old, _ = await self._look(path, url)
        if old is None or old.sha256 == sha256:
            return
        aside = paths.old_path(path, old.sha256)
        logger.info("%s has another content now; the old file is kept as %s", self._folder / path, aside)
        self._crawler.stats.inc_value("pixiv/files/replaced")
        self._journal.keep_file(aside, old.url, self._folder / path, old.sha256, is_new=False)
        await asyncio.to_thread(_rename, self._folder / path, self._folder / aside)

    async def _bring(self, part: Path, path: str, url: str, sha256: str) -> None:
        target = self._folder / path
        self._journal.keep_file(path, url, part, sha256)
        try:
            await asyncio.to_thread(_rename, part, target)
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
            # The folder is a link to another disk, or one is mounted there.
            copy = await asyncio.to_thread(_copied, part, target)
            self._journal.keep_file(path, url, copy, sha256)
            await asyncio.to_thread(_rename, copy, target)
            await asyncio.to_thread(part.unlink)


@contextmanager
def _refusing() -> Iterator[None]:
    """Turns errors of the disk into ours: of one file, or of all that would follow."""
    try:
        yield
    except OSError as error:
        kind = StorageError if error.errno in _DISK_ERRORS else FileError
        raise kind(f"the file could not be stored ({error.strerror})") from error


def _read(path: Path) -> tuple[str | None, str]:
    """What is wrong with a file, and its hash."""
    problem = problem_of(path)
    return problem, "" if problem else sha256_of(path)


def _status(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None


def _prepare(part: Path, target: Path) -> bool:
    """Makes the folder, and brings the content to the disk, or a power cut would leave an empty file under that name.

    Returns whether there is something under that name already.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    with part.open("rb") as file:
        os.fsync(file.fileno())
    return os.path.lexists(target)


def _copied(part: Path, target: Path) -> Path:
    """A copy in the folder of the target, under a name that is short enough, whatever the target's is."""
    copy = target.with_name(f".{hashlib.sha256(target.name.encode()).hexdigest()[:16]}.part")
    with part.open("rb") as source, copy.open("wb") as file:
        shutil.copyfileobj(source, file, _COPY_BYTES)
        file.flush()
        os.fsync(file.fileno())
    return copy


def _rename(source: Path, target: Path) -> None:
    """Renames at once and for good: a power cut afterwards does not undo it."""
    source.replace(target)
    with suppress(PermissionError):  # Windows opens no folders
        folder = os.open(target.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

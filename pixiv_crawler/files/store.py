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
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit
from weakref import WeakKeyDictionary

from scrapy.crawler import Crawler

from pixiv_crawler.api.image_urls import upload_key
from pixiv_crawler.exceptions import FileError
from pixiv_crawler.files.partial import StorageError, sha256_of
from pixiv_crawler.files.plan import Wanted, WantedFiles
from pixiv_crawler.files.session import FileSession
from pixiv_crawler.items import File, User
from pixiv_crawler.layout import paths
from pixiv_crawler.media import MediaKind, kind_of_file, problem_of
from pixiv_crawler.run.checkpoint import Journal
from pixiv_crawler.state import StoredFile

logger = logging.getLogger(__name__)

# The disk is full or broken: no other file would fare better.
_DISK_ERRORS = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EROFS}
_COPY_BYTES = 1024 * 1024

_stores: WeakKeyDictionary[Crawler, FileStore] = WeakKeyDictionary()


@dataclass(frozen=True, slots=True)
class Found:
    """A file that is there and whole."""

    path: str
    """Below the folder."""
    url: str
    """The address that it came from."""
    sha256: str
    size: int
    content_type: str | None
    is_new: bool
    """Whether this run downloaded or made it."""

    def as_file(self, wanted: Wanted) -> File:
        """The file as lines tell of it."""
        return File(
            url=wanted.url,
            path=self.path,
            sha256=self.sha256,
            size=self.size,
            status="downloaded" if self.is_new else "kept",
            size_name=wanted.size_name,
            content_type=self.content_type,
        )


def failed_file(wanted: Wanted, error: Exception) -> File:
    """A file that could not be had, as lines tell of it."""
    return File(
        url=wanted.url,
        path=wanted.path,
        sha256=None,
        size=None,
        status="failed",
        error=str(error),
        size_name=wanted.size_name,
    )


class FileStore:
    """Files below a folder, at paths with `/` between the parts.

    What the state database knows of a file counts as long as size and time agree with those on disk; any other file is
    read once, and remembered. Stats: pixiv/files/broken, pixiv/files/replaced.
    """

    def __init__(self, crawler: Crawler) -> None:
        settings, spider = crawler.settings, crawler.spider
        self._crawler = crawler
        self._folder = Path(settings["FILES_STORE"])
        self._session = FileSession.of(crawler)
        self._journal = Journal.of(crawler)
        self._names: dict[int, tuple[str, str]] = {}
        run = f"{getattr(spider, 'name', '')}/{getattr(spider, 'job', '')}"
        # The same when the run goes on, so that a copy which a kill left half is written anew; no other run's.
        self._mark = hashlib.sha256(run.encode()).hexdigest()[:8]
        self.wanted = WantedFiles(
            getattr(spider, "args", None),
            settings["PIXIV_FILE_PATH"],
            settings["PIXIV_NOVEL_PATH"],
            spider=getattr(spider, "name", ""),
            job=getattr(spider, "job", ""),
            names=self._names_of,
        )
        """Which files belong to an item."""

    @classmethod
    def of(cls, crawler: Crawler) -> FileStore:
        """The store that the components of one crawler share."""
        if crawler not in _stores:
            _stores[crawler] = cls(crawler)
        return _stores[crawler]

    def _names_of(self, user: User) -> tuple[str, str]:
        """A user goes by the name of the first time, or each new name would begin another folder."""
        if user.id not in self._names:
            self._names[user.id] = self._journal.run.names_of(user.id, user.name, user.account)
        return self._names[user.id]

    def place(self, path: str) -> Path:
        """Where a path lies on disk."""
        return self._folder / path

    async def find(self, wanted: Wanted) -> Found | None:
        """The file that is wanted, if it is there, whole, and of the same upload, under whatever name it was given.

        Raises:
            FileError: something is there that cannot be read.
            StateError: the state database failed.
            StoppedError: the crawl is being stopped, and the file would have to be read.
        """
        with _refusing(wanted.path):
            path, stored = self._known(wanted)
            known, problem = await self._look(path, stored, wanted)
        if problem is not None:
            logger.warning("%s of an earlier run %s: downloading it again", self._folder / path, problem)
            self._crawler.stats.inc_value("pixiv/files/broken")
        if known is None or upload_key(known.url) != upload_key(wanted.url):
            return None
        is_new = known.run_id == self._journal.run.id
        return Found(known.path, known.url, known.sha256, known.size_bytes, known.content_type, is_new)

    async def put(self, part: Path, wanted: Wanted, sha256: str) -> Found:
        """Brings a whole file under its name; one with other content that is there is kept under another.

        Whatever ends the process in between, each of them is there, under its old or its new name.

        Raises:
            FileError: it cannot be stored there; `StorageError` when the disk is full or broken.
            StateError: the state database failed.
        """
        with _refusing(wanted.path):
            file = await asyncio.to_thread(_prepare, part, wanted)
            file = replace(file, sha256=sha256, run_id=self._journal.run.id)
            if await asyncio.to_thread(os.path.lexists, self._folder / file.path):
                await self._put_aside(file, wanted)
            await self._bring(part, file)
        return Found(file.path, file.url, file.sha256, file.size_bytes, file.content_type, is_new=True)

    async def remove(self, path: str) -> None:
        """Removes a file.

        Raises:
            FileError: it cannot be removed.
            StateError: the state database failed.
        """
        with _refusing(path):
            await asyncio.to_thread((self._folder / path).unlink, missing_ok=True)
        self._journal.run.forget_file(path)

    def write(self, path: str, content: bytes, mtime_ns: int | None = None) -> None:
        """Writes what belongs beside a file, such as its metadata, at once and in place of what is there.

        It is not remembered. Blocks; one thread at a time for each path.

        Raises:
            FileError: it cannot be stored there; `StorageError` when the disk is full or broken.
        """
        target = self._folder / path
        with _refusing(path):
            target.parent.mkdir(parents=True, exist_ok=True)
            part = self._part_beside(target)
            try:
                _write(part, content, mtime_ns)
                part.replace(target)
            except BaseException:
                part.unlink(missing_ok=True)
                raise

    def _part_beside(self, target: Path) -> Path:
        """Where a file is written that is about to get its name; short, however long the target's name is."""
        return target.with_name(f".{hashlib.sha256(target.name.encode()).hexdigest()[:16]}.{self._mark}.part")

    def _known(self, wanted: Wanted) -> tuple[str, StoredFile | None]:
        """Where it lies, and what is known of it.

        Under the name that it was given first: its content may have another type than its address says, and work and
        artist may have been called otherwise.
        """
        if (stored := self._journal.run.page(wanted.key)) and os.path.lexists(self._folder / stored.path):
            return stored.path, stored
        path = wanted.path
        return path, self._journal.run.file(path)

    async def _look(
        self, path: str, stored: StoredFile | None, wanted: Wanted
    ) -> tuple[StoredFile | None, str | None]:
        """What is known of the file on disk, or what is wrong with it; neither when there is none."""
        target = self._folder / path
        if (status := _status(target)) is None:
            return None, None
        if stored and (stored.size_bytes, stored.mtime_ns) == (status.st_size, status.st_mtime_ns):
            return stored, None
        problem, sha256, content_type = await self._session.in_thread(_read, target, wanted)
        if problem is not None:
            return None, problem
        is_new = stored is not None and stored.sha256 == sha256 and stored.run_id == self._journal.run.id
        known = StoredFile(
            path=path,
            url=stored.url if stored else wanted.url,
            size_bytes=status.st_size,
            mtime_ns=status.st_mtime_ns,
            sha256=sha256,
            run_id=self._journal.run.id if is_new else 0,
            content_type=content_type,
            page_key=wanted.key,
        )
        self._journal.run.keep_file(known)
        return known, None

    async def _put_aside(self, new: StoredFile, wanted: Wanted) -> None:
        """Renames the file of that path, unless it is broken or the same as the new one."""
        old, _ = await self._look(new.path, self._journal.run.file(new.path), wanted)
        if old is None or old.sha256 == new.sha256:
            return
        aside = paths.old_path(old.path, old.sha256)
        logger.info("%s has another content now; the old file is kept as %s", self._folder / old.path, aside)
        self._crawler.stats.inc_value("pixiv/files/replaced")
        self._journal.run.keep_file(replace(old, path=aside, run_id=0, page_key=None))
        await asyncio.to_thread(_rename, self._folder / old.path, self._folder / aside)

    async def _bring(self, part: Path, file: StoredFile) -> None:
        target = self._folder / file.path
        await asyncio.to_thread(target.parent.mkdir, parents=True, exist_ok=True)
        # Before it comes under its name, so that no file is there unknown.
        self._journal.run.keep_file(file)
        try:
            await asyncio.to_thread(_rename, part, target)
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
            # The folder is a link to another disk, or one is mounted there.
            copy = await asyncio.to_thread(_copied, part, self._part_beside(target))
            self._journal.run.keep_file(replace(file, mtime_ns=copy.stat().st_mtime_ns))
            await asyncio.to_thread(_rename, copy, target)
            await asyncio.to_thread(part.unlink)


@contextmanager
def _refusing(path: str) -> Iterator[None]:
    """Turns errors of the disk into ours: of the file of that path, or of all that would follow."""
    try:
        yield
    except OSError as error:
        kind = StorageError if error.errno in _DISK_ERRORS else FileError
        raise kind(f"the file could not be stored as {path} ({error.strerror})") from error


def _read(path: Path, wanted: Wanted) -> tuple[str | None, str, str | None]:
    """What is wrong with a file, its hash, and what it is; of videos and books, nobody here could tell what is wrong."""
    problem = problem_of(path) if wanted.can_be_verified else None
    return problem, "" if problem else sha256_of(path), wanted.content_type or _content_type(path)


def _content_type(path: Path) -> str | None:
    kind = kind_of_file(path)
    return kind.content_type if kind else None


def _status(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None


def _prepare(part: Path, wanted: Wanted) -> StoredFile:
    """Brings the content to the disk, or a power cut would leave an empty file under the name that it gets.

    Returns what is to be known of the file, but for its hash and its run.
    """
    kind = kind_of_file(part) if wanted.content_type is None else None
    with part.open("rb") as file:
        os.fsync(file.fileno())
    if wanted.uploaded_at:
        uploaded = wanted.uploaded_at.timestamp()
        os.utime(part, (uploaded, uploaded))
    status = part.stat()
    return StoredFile(
        path=wanted.path_as(kind.ext if kind and not _names(wanted.url, kind) else None),
        url=wanted.url,
        size_bytes=status.st_size,
        mtime_ns=status.st_mtime_ns,
        sha256="",
        run_id=0,
        content_type=kind.content_type if kind else wanted.content_type,
        page_key=wanted.key,
    )


def _names(url: str, kind: MediaKind) -> bool:
    """Whether an address ends as files of a kind do."""
    ext = PurePosixPath(urlsplit(url).path).suffix.lower()
    return ext == kind.ext or (ext, kind) == (".jpeg", MediaKind.JPEG)


def _write(part: Path, content: bytes, mtime_ns: int | None) -> None:
    with part.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())  # or a power cut would leave an empty file under the name that it gets
    if mtime_ns is not None:
        os.utime(part, ns=(mtime_ns, mtime_ns))


def _copied(part: Path, copy: Path) -> Path:
    with part.open("rb") as source, copy.open("wb") as file:
        shutil.copyfileobj(source, file, _COPY_BYTES)
        file.flush()
        os.fsync(file.fileno())
    shutil.copystat(part, copy)
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

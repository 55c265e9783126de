"""The store of downloaded files: finds the files that are present and valid, and stores new ones."""

from __future__ import annotations

import asyncio
import errno
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property, partial
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from scrapy.crawler import Crawler

from pixiv_crawler.api.image_urls import upload_key
from pixiv_crawler.exceptions import FileError
from pixiv_crawler.files.group_commit import GroupCommit, NewFile, is_taken
from pixiv_crawler.files.inspection import is_earlier_upload, read_file, status_of, with_url
from pixiv_crawler.files.interrupted_moves import InterruptedMoves
from pixiv_crawler.files.moving import Move, Mover, file_move
from pixiv_crawler.files.partial import StorageError, partial_prefix
from pixiv_crawler.files.plan import FileCandidate, FilePlan
from pixiv_crawler.files.session import FileSession
from pixiv_crawler.http.shared import shared
from pixiv_crawler.items import File, User
from pixiv_crawler.layout import paths
from pixiv_crawler.layout.atomic_write import (
    copy_durably,
    make_folder,
    part_path,
    replace_durably,
    write_atomically,
)
from pixiv_crawler.layout.safe_names import MAX_PART_BYTES, max_name_bytes
from pixiv_crawler.options import FileMove
from pixiv_crawler.run.lifecycle import Run
from pixiv_crawler.run.state import StateStore, StoredFile

logger = logging.getLogger(__name__)

# The disk is full or failing: every other file would fail too.
_DISK_ERRORS = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EROFS}


@dataclass(frozen=True, slots=True)
class AvailableFile:
    """A file in the store that is complete, and valid unless Pixiv itself has it damaged."""

    path: str
    """Relative to the store."""
    url: str
    """The URL it was downloaded from."""
    sha256: str
    size: int
    content_type: str | None
    is_new: bool
    """Whether this run downloaded or generated it."""
    problem: str | None = None
    """What is wrong with the file as Pixiv has it, in one sentence; None if it is valid."""
    last_modified: str | None = None
    """The Last-Modified of its response; None if it had none."""

    def as_file(self, candidate: FileCandidate) -> File:
        """The file as written to lines."""
        return File(
            url=candidate.url,
            path=self.path,
            sha256=self.sha256,
            size=self.size,
            status="damaged" if self.problem else "downloaded" if self.is_new else "kept",
            error=self.problem,
            size_name=candidate.size_name,
            content_type=self.content_type,
        )


def failed_file(candidate: FileCandidate, error: Exception) -> File:
    """A file that could not be stored, as written to lines."""
    return File(
        url=candidate.url,
        path=candidate.path,
        sha256=None,
        size=None,
        status="failed",
        error=str(error),
        size_name=candidate.size_name,
    )


class FileStore:
    """Files below a folder, at relative paths with `/` as the separator.

    The state database describes a file as long as its size and time match the file on disk; any other file is read
    once and recorded.

    Settings: FILES_STORE, PIXIV_FILE_MOVE. Stats: pixiv/store/broken, pixiv/store/moved (files of an earlier template that
    were moved or linked to their new paths), pixiv/store/replaced.
    """

    def __init__(self, crawler: Crawler) -> None:
        settings = crawler.settings
        self._crawler = crawler
        self._spider: Any = crawler.spider
        self._folder = _local_folder(settings["FILES_STORE"])
        self._data_dir = paths.data_dir(settings["PIXIV_DATA_DIR"])
        self._session = FileSession.of(crawler)
        self._run = Run.of(crawler)
        self._group_commit = GroupCommit(self._folder, self._run, self._session)
        self._earlier_names: dict[int, tuple[str, str]] = {}
        """The names under which paths know users who have changed theirs since; only a few users do."""
        self._last_user: User | None = None
        templates = settings["PIXIV_FILE_PATH"] + settings["PIXIV_NOVEL_PATH"]
        self._are_names_used = "{user_name" in templates or "{user_account" in templates

    @cached_property
    def plan(self) -> FilePlan:
        """Determines the files of each item; known once the run has its name."""
        settings, spider = self._crawler.settings, self._spider
        return FilePlan(
            spider.args,
            settings["PIXIV_FILE_PATH"],
            settings["PIXIV_NOVEL_PATH"],
            spider=spider.name,
            job=spider.job,
            names=self._names_of,
            max_bytes=self.max_name_bytes,
        )

    def _mover(self, file: StoredFile) -> Mover:
        settings = self._crawler.settings
        if file.path.startswith(f"{paths.ADOPTED}/"):
            how = FileMove.MOVE  # it has no path that any template gave it
        elif self.plan.is_of_run:
            how = FileMove.LINK  # other runs keep their files
        else:
            how = file_move(settings["PIXIV_FILE_MOVE"])
        return Mover(self._folder, self._data_dir, self._state, how, self.max_name_bytes)

    @cached_property
    def _interrupted_moves(self) -> InterruptedMoves:
        return InterruptedMoves(self._folder, self._data_dir, self._state)

    @cached_property
    def max_name_bytes(self) -> int:
        """The limit of the file system for one name."""
        limit = max_name_bytes(self._folder)
        if limit < MAX_PART_BYTES:
            logger.warning(
                "The file system of %s allows only %d bytes for a name: longer ones are cut", self._folder, limit
            )
        return limit

    @cached_property
    def partial_folder(self) -> Path:
        """The folder of the unfinished files of the run; known once the run has its name."""
        return paths.partials_folder(self._data_dir, self._spider.name, self._spider.job)

    def partial_prefix(self, candidate: FileCandidate) -> Path:
        """The path of an unfinished file, without its suffix."""
        return partial_prefix(self.partial_folder, candidate.key, candidate.url)

    @classmethod
    def of(cls, crawler: Crawler) -> FileStore:
        """The store shared by the components of a crawler."""
        return shared(crawler, cls, lambda: cls(crawler))

    @property
    def _state(self) -> StateStore:
        return self._run.state

    async def load_names(self, user: User) -> None:
        """Loads the first names seen of a user, which paths contain: after a change of name, the same folder is used.

        Raises:
            StateError: the state database failed.
        """
        if self._are_names_used and user != self._last_user:
            names = await self._state.user_names(user.id, user.name, user.account)
            if names != (user.name, user.account):
                self._earlier_names[user.id] = names
            self._last_user = user

    def _names_of(self, user: User) -> tuple[str, str]:
        return self._earlier_names.get(user.id, (user.name, user.account))

    def local_path(self, path: str) -> Path:
        """The location on disk of a path in the store."""
        return self._folder / path

    async def find(self, candidate: FileCandidate) -> AvailableFile | None:
        """The stored file, if it is valid and the same upload, even if it was stored under an earlier name.

        Raises:
            FileError: there is a file that cannot be read.
            StateError: the state database failed.
            StoppedError: the crawl is stopping, and the file would have to be read.
        """
        with _converted_errors(candidate.path):
            if (recorded := await self._recorded(candidate)) is None:
                return None
            known, problem = await self._inspect(*recorded, candidate)
        if problem is not None:
            logger.warning("%s from an earlier run %s: downloading it again", self._folder / recorded[0], problem)
            self._crawler.stats.inc_value("pixiv/store/broken")
        if known is None or upload_key(known.url) != upload_key(candidate.url):
            return None
        return self._available(known)

    def _available(self, file: StoredFile) -> AvailableFile:
        return AvailableFile(
            path=file.path,
            url=file.url,
            sha256=file.sha256,
            size=file.size_bytes,
            content_type=file.content_type,
            is_new=file.run_id == self._run.id,
            problem=file.problem,
            last_modified=file.last_modified,
        )

    async def put(
        self,
        part: Path,
        candidate: FileCandidate,
        sha256: str,
        *,
        problem: str | None = None,
        last_modified: str | None = None,
    ) -> AvailableFile:
        """Moves a complete file into the store; an existing file with different content is kept under another name.

        `problem` and `last_modified`: as in `AvailableFile`. If the process is killed in between, both files exist
        under their old or new names.

        Raises:
            FileError: the file cannot be stored; `StorageError` if the disk is full or failing.
            StateError: the state database failed.
        """
        with _converted_errors(candidate.path):
            new = NewFile(part, candidate, sha256, self._run.id, problem, last_modified)
            return self._available(await self._group_commit.store(new) or await self._put_alone(new))

    async def _put_alone(self, new: NewFile) -> StoredFile:
        """Stores a file whose path may be taken, or on another file system."""
        file = await self._session.in_storing_thread(partial(new.prepare, self._folder))
        if is_taken(self._folder / file.path):
            await self._keep_replaced_file(file, new.candidate)
        await self._move_into_place(new.part, file)
        return file

    async def remove(self, path: str) -> None:
        """Removes a file, if it exists.

        Raises:
            FileError: the file cannot be removed.
            StateError: the state database failed.
        """
        with _converted_errors(path):
            await asyncio.to_thread((self._folder / path).unlink, missing_ok=True)
        await self._state.forget_file(path)

    def write(self, path: str, content: bytes, mtime_ns: int | None = None) -> None:
        """Writes a companion of a file, such as its metadata, atomically; replaces any existing file.

        The state database does not record it. Blocking; must not run in two threads for the same path.

        Raises:
            FileError: the file cannot be stored; `StorageError` if the disk is full or failing.
        """
        target = self._folder / path
        with _converted_errors(path):
            make_folder(target.parent)
            write_atomically(target, content, temporary=self._temporary_path(target), mtime_ns=mtime_ns)

    def _temporary_path(self, target: Path) -> Path:
        return part_path(target, f"{self._spider.name}/{self._spider.job}")

    async def _recorded(self, candidate: FileCandidate) -> tuple[str, StoredFile | None] | None:
        """The path of a file, and its record in the state database; None if there is nothing at its path.

        A file keeps its first path as long as the template stays the same: its content may have another type than its
        URL suggests, and the names of the work and the user may have changed since.
        """
        for recorded in await self._state.files_of_page(candidate.key):
            stored = await self._interrupted_moves.located(recorded)
            if stored.page_key != candidate.key:
                stored = await self._moved(stored, candidate)
            if is_taken(self._folder / stored.path):
                return stored.path, stored
        path = candidate.path
        return (path, await self._state.file(path)) if is_taken(self._folder / path) else None

    async def _moved(self, stored: StoredFile, candidate: FileCandidate) -> StoredFile:
        """The record of a file of another template, which is moved to its path under this one if possible."""
        path = candidate.path_like(stored.path)
        try:
            if not stored.url:
                stored = await self._session.in_thread(with_url, stored, self._folder / stored.path, candidate)
            (moved,) = await self._mover(stored).move(
                [Move(stored, path, candidate.key)], self._session.in_storing_thread
            )
        except OSError as error:
            moved = error
        if isinstance(moved, OSError):
            logger.warning(
                "%s could not be moved to %s (%s), and is kept where it is",
                self._folder / stored.path,
                path,
                moved.strerror,
            )
        if not isinstance(moved, StoredFile):
            return stored
        self._crawler.stats.inc_value("pixiv/store/moved")
        return moved

    async def _inspect(
        self, path: str, stored: StoredFile | None, candidate: FileCandidate
    ) -> tuple[StoredFile | None, str | None]:
        """The record of the file on disk, or what is wrong with it; neither if it does not exist."""
        target = self._folder / path
        if (status := status_of(target)) is None:
            return None, None
        if stored and (stored.size_bytes, stored.mtime_ns) == (status.st_size, status.st_mtime_ns):
            return stored, None
        problem, sha256, content_type = await self._session.in_thread(read_file, target, candidate)
        same = stored if stored and stored.sha256 == sha256 else None
        if problem is not None and not (same and same.problem):
            return None, problem
        known = StoredFile(
            path=path,
            url=stored.url if stored else "" if is_earlier_upload(status, candidate) else candidate.url,
            size_bytes=status.st_size,
            mtime_ns=status.st_mtime_ns,
            sha256=sha256,
            run_id=self._run.id if same and same.run_id == self._run.id else 0,
            content_type=content_type,
            page_key=candidate.key,
            problem=same.problem if same else None,
            last_modified=same.last_modified if same else None,
        )
        await self._state.save_file(known)
        return known, None

    async def _keep_replaced_file(self, new: StoredFile, candidate: FileCandidate) -> None:
        """Renames the existing file at the path of a new one, unless it is invalid or has the same content."""
        old, _ = await self._inspect(new.path, await self._state.file(new.path), candidate)
        if old is None or old.sha256 == new.sha256:
            return
        kept_path = paths.replaced_path(old.path, old.sha256, self.max_name_bytes)
        logger.info("The content of %s has changed; the old file is kept as %s", self._folder / old.path, kept_path)
        self._crawler.stats.inc_value("pixiv/store/replaced")
        await self._record(replace(old, path=kept_path, run_id=0, page_key=None))
        await asyncio.to_thread(replace_durably, self._folder / old.path, self._folder / kept_path)

    async def _move_into_place(self, part: Path, file: StoredFile) -> None:
        target = self._folder / file.path
        await self._record(file)
        try:
            await asyncio.to_thread(replace_durably, part, target)
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
            # The folder is a link to another file system, or a mount point.
            copy = self._temporary_path(target)
            await asyncio.to_thread(copy_durably, part, copy)
            await self._record(replace(file, mtime_ns=copy.stat().st_mtime_ns))
            await asyncio.to_thread(replace_durably, copy, target)
            await asyncio.to_thread(part.unlink)

    async def _record(self, file: StoredFile) -> None:
        """Records a file durably before it gets its name, so that the store never contains an unrecorded file."""
        await self._state.save_file(file)
        await self._state.sync()


def _local_folder(store_uri: str) -> Path:
    """The folder that FILES_STORE names: a path, or a `file://` URL."""
    parts = urlsplit(store_uri)
    return Path(unquote(parts.path)) if parts.scheme == "file" else Path(store_uri)


@contextmanager
def _converted_errors(path: str) -> Iterator[None]:
    """Converts errors of the disk to `FileError`, or to `StorageError` if every other file would fail too."""
    try:
        yield
    except OSError as error:
        kind = StorageError if error.errno in _DISK_ERRORS else FileError
        raise kind(f"the file could not be stored as {path} ({error.strerror})") from error
    except ValueError as error:  # the file system cannot encode the name
        raise FileError(f"the file could not be stored as {path} ({error})") from error

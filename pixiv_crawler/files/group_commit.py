"""Moves new files into the store in groups: those that are complete at the same time share transactions and flushes."""

import asyncio
import os
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath

from pixiv_crawler.api.image_urls import split_url
from pixiv_crawler.files.plan import FileCandidate
from pixiv_crawler.files.session import FileSession
from pixiv_crawler.layout.atomic_write import make_folder, sync_folder
from pixiv_crawler.layout.regular_files import regular_only
from pixiv_crawler.media import HEAD_BYTES, MediaKind, kind_of
from pixiv_crawler.run.lifecycle import Run
from pixiv_crawler.run.state import StoredFile


@dataclass(frozen=True, slots=True, eq=False)
class NewFile:
    """A complete file that is not in the store yet."""

    part: Path
    candidate: FileCandidate
    sha256: str
    run_id: int
    problem: str | None = None
    last_modified: str | None = None

    def prepare(self, store: Path) -> StoredFile:
        """Flushes the file to the disk, sets its time, and creates the folder that it is moved to; returns its record.

        Raises:
            OSError, ValueError: it cannot be stored.
        """
        candidate = self.candidate
        if candidate.uploaded_at:
            uploaded = candidate.uploaded_at.timestamp()
            os.utime(self.part, (uploaded, uploaded))
        with open(self.part, "r+b", buffering=0, opener=regular_only) as file:  # as `sync_to_disk` does
            kind = kind_of(file.read(HEAD_BYTES)) if candidate.content_type is None else None
            os.fsync(file.fileno())
            status = os.fstat(file.fileno())
        path = candidate.path_with_ext(kind.ext if kind and not _has_ext_of(candidate.url, kind) else None)
        make_folder((store / path).parent)
        return StoredFile(
            path=path,
            url=candidate.url,
            size_bytes=status.st_size,
            mtime_ns=status.st_mtime_ns,
            sha256=self.sha256,
            run_id=self.run_id,
            content_type=kind.content_type if kind else candidate.content_type,
            page_key=candidate.key,
            problem=self.problem,
            last_modified=self.last_modified,
        )


Group = dict[str, tuple[NewFile, StoredFile]]
"""By path in the store."""


class GroupCommit:
    """Stores files whose path is free; each is recorded durably before it gets its name."""

    def __init__(self, store: Path, run: Run, session: FileSession) -> None:
        self._folder = store
        self._run = run
        self._session = session
        self._waiting: dict[NewFile, StoredFile | None] = {}
        """The files, with their record once they are stored."""
        self._is_busy = asyncio.Lock()

    async def store(self, new: NewFile) -> StoredFile | None:
        """The record of a file once it is in the store; None if it has to be stored by itself.

        Raises:
            OSError: the disk failed.
            StateError: the state database failed.
        """
        self._waiting[new] = None
        try:
            with self._session.backlog():
                async with self._is_busy:
                    if self._waiting[new] is None:  # not stored with the previous group
                        await self._store_all(list(self._waiting))
            return self._waiting[new]
        finally:
            del self._waiting[new]

    async def _store_all(self, files: Collection[NewFile]) -> None:
        group: Group = await self._session.in_storing_thread(partial(_prepare, files, self._folder))
        await self._run.state.save_files([stored for _, stored in group.values()])
        await self._run.state.sync()
        for new, stored in await self._session.in_storing_thread(partial(_move, group, self._folder)):
            if new in self._waiting:
                self._waiting[new] = stored


def is_taken(path: Path) -> bool:
    """Whether there is anything with that name, even a broken link."""
    return os.path.lexists(path)


def _prepare(files: Collection[NewFile], store: Path) -> Group:
    group: Group = {}
    for new in files:
        with suppress(OSError, ValueError):  # raised again when it is stored by itself
            stored = new.prepare(store)
            if not is_taken(store / stored.path):
                group.setdefault(stored.path, (new, stored))
    return group


def _move(group: Group, store: Path) -> list[tuple[NewFile, StoredFile]]:
    moved = []
    for new, stored in group.values():
        with suppress(OSError):  # the same
            new.part.replace(store / stored.path)
            moved.append((new, stored))
    for folder in {(store / stored.path).parent for _, stored in moved}:
        sync_folder(folder)
    return moved


def _has_ext_of(url: str, kind: MediaKind) -> bool:
    """Whether a URL ends with the extension of a kind of file."""
    ext = PurePosixPath(split_url(url).path).suffix.lower()
    return ext == kind.ext or (ext, kind) == (".jpeg", MediaKind.JPEG)

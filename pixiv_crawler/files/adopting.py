"""Takes over files that another program has downloaded: they get names in the store and records in the state.

No template is filled, because a name says only the work and the page: as if it had been stored under another template,
a file gets its path when a crawl meets its work.
"""

import asyncio
import errno
import os
from collections.abc import AsyncIterator, Iterable, Iterator
from itertools import islice
from pathlib import Path

from pixiv_crawler.files.archives import Archive
from pixiv_crawler.files.group_commit import is_taken
from pixiv_crawler.files.partial import sha256_of
from pixiv_crawler.layout.atomic_write import copy_durably, make_folder, sync_folder
from pixiv_crawler.layout.other_programs import Page, Program, page_of
from pixiv_crawler.layout.paths import ADOPTED
from pixiv_crawler.media import MediaKind, kind_of_file, problem_of
from pixiv_crawler.run.state import StateStore, StoredFile

# The same suffixes as in `media`; a file with one of them is meant to be an image or an archive of frames.
_SUFFIXES = frozenset({kind.ext for kind in MediaKind} | {".jpeg"})
# Another file system, or one without hard links.
_CANNOT_LINK = {errno.EXDEV, errno.EPERM, errno.ENOTSUP, errno.EMLINK, errno.ENOSYS}
# Files that are recorded together.
_BATCH = 100

Found = tuple[Path, Page | None]
"""A file, and the page that its name means."""


def found_files(folder: Path, program: Program, archive: Archive, unread: list[OSError]) -> Iterator[Found]:
    """All files and symbolic links in a folder and those below; `unread` gets an error for each folder that cannot be read."""
    for parent, folders, names in os.walk(folder, onerror=unread.append):
        folders.sort()
        links = [name for name in folders if Path(parent, name).is_symlink()]
        for path in (Path(parent, name) for name in sorted([*links, *names])):
            yield path, archive.page_of(path.relative_to(folder)) or page_of(program, path.stem)


class Adopter:
    """Adopts files, each under a name of its own; one that is recorded already is skipped, so that it can be run again."""

    def __init__(self, state: StateStore, store: Path, *, is_moving: bool) -> None:
        self._state = state
        self._store = store
        self._is_moving = is_moving
        self.seen: set[Page] = set()
        self.adopted = 0
        self.known = 0
        self.others = 0
        """Files that are neither images nor archives of frames."""

    async def adopt(self, files: Iterable[Found]) -> AsyncIterator[str]:
        """Adopts files; yields a sentence for each one that is not adopted.

        Raises:
            StateError: the state database failed.
        """
        left = iter(files)
        while batch := list(islice(left, _BATCH)):
            ready: dict[str, tuple[Path, StoredFile]] = {}
            for path, page in batch:
                try:
                    if (file := await self._examined(path, page)) is None:
                        continue
                except OSError as error:
                    yield f"{path} cannot be read ({error.strerror})"
                except ValueError as error:
                    yield f"{path} {error}"
                else:
                    self.known += file.path in ready
                    ready.setdefault(file.path, (path, file))
            # Recorded first: the store never contains a file that is not recorded.
            await self._state.save_files([file for _, file in ready.values()])
            await self._state.sync()
            for path, file in ready.values():
                try:
                    await asyncio.to_thread(self._place, path, self._store / file.path)
                    self.adopted += 1
                except OSError as error:
                    await self._state.forget_file(file.path)
                    yield f"{path} could not be stored as {file.path} ({error.strerror})"

    async def is_known(self, page: Page) -> bool:
        """Whether the store has that page, or the animation."""
        return any([await self._is_stored(_page_key(page, kind)) for kind in (MediaKind.PNG, MediaKind.ZIP)])

    async def _is_stored(self, page_key: str) -> bool:
        return any(is_taken(self._store / file.path) for file in await self._state.files_of_page(page_key))

    async def _examined(self, path: Path, page: Page | None) -> StoredFile | None:
        """The record of a file; None if it need not be adopted.

        Raises:
            OSError: it cannot be read.
            ValueError: it cannot be adopted; what is wrong, as a predicate.
        """
        kind = await asyncio.to_thread(_kind_of, path)
        if kind is None and path.suffix.lower() not in _SUFFIXES:
            self.others += 1
            return None
        if page is None:
            raise ValueError("has no ID of a work and no page in its name")
        self.seen.add(page)
        if kind and await self._is_stored(_page_key(page, kind)):
            self.known += 1
            return None
        return await asyncio.to_thread(_record, path, page, kind)

    def _place(self, source: Path, target: Path) -> None:
        if is_taken(target):
            if target.samefile(source):  # the store's own file, which a rebuilt state does not know
                return
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST))
        make_folder(target.parent)
        try:
            if self._is_moving:
                source.rename(target)
            else:
                target.hardlink_to(source)
        except OSError as error:
            if error.errno not in _CANNOT_LINK:
                raise
            # The same name each time: an incomplete copy is overwritten.
            copy = target.with_name(f".{target.name}.part")
            copy_durably(source, copy)
            copy.rename(target)
            if self._is_moving:
                source.unlink()
        sync_folder(target.parent)


def _kind_of(path: Path) -> MediaKind | None:
    """The kind of a file; None if it is not an image or an archive.

    Raises:
        OSError: it cannot be read.
        ValueError: it is not a regular file, but has the name of an image, or is a folder.
    """
    if path.is_file() and not path.is_symlink():
        return kind_of_file(path)
    if path.suffix.lower() in _SUFFIXES or path.is_dir():
        raise ValueError(
            "is a symbolic link or not a regular file, and is left alone: adopt the folder of the file itself"
        )
    return None


def _page_key(page: Page, kind: MediaKind) -> str:
    """The key of a page, as in `FilePlan`: no template gave the file its path, so the folder of adopted files stands for it."""
    return f"illust {page.work_id} {page.page} {'zip' if kind is MediaKind.ZIP else 'original'} {ADOPTED}"


def _record(path: Path, page: Page, kind: MediaKind | None) -> StoredFile:
    """The record of a valid file; its URL is unknown until a crawl meets its work.

    Raises:
        OSError: it cannot be read.
        ValueError: it is not valid; what is wrong with it, as a predicate.
    """
    if problem := problem_of(path):
        raise ValueError(problem)
    assert kind is not None
    status = path.stat()
    return StoredFile(
        # A folder for a million IDs: some file systems are slow with more files in one.
        path=f"{ADOPTED}/{page.work_id // 1_000_000}/{page.work_id}_p{page.page}{kind.ext}",
        url="",
        size_bytes=status.st_size,
        mtime_ns=status.st_mtime_ns,
        sha256=sha256_of(path),
        run_id=0,
        content_type=kind.content_type,
        page_key=_page_key(page, kind),
    )

"""Selects works by the arguments of an export, and finds their files."""

import hashlib
import re
import stat
import sys
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from itertools import islice
from pathlib import Path, PurePosixPath

from rich.console import Console
from rich.progress import track

from pixiv_crawler.api.image_urls import split_url
from pixiv_crawler.console.program import PROGRAM
from pixiv_crawler.exceptions import FileError
from pixiv_crawler.items import File, Illust, Novel, Work
from pixiv_crawler.layout import paths
from pixiv_crawler.outputs.export.arguments import ExportArgs
from pixiv_crawler.outputs.work_lines import WorkKey, WorkLines

_CHUNK_BYTES = 1024 * 1024
_COMPLETE = ("downloaded", "kept")
# Largest first: if a page exists in two sizes, the larger one is exported.
_SIZES = ["original", "large", "medium", "square_medium"]
# The formats of animations that are images; the first one that exists is exported.
_ANIMATIONS = ["webp", "apng", "gif"]
_VIDEOS = ["mp4", "webm"]
_PAGE = re.compile(r"/([0-9]{1,18})_p([0-9]{1,6})[^/]*$")
# Fields that some listings omit, so that an older line may have them.
_OPTIONAL = ("caption", "ugoira_metadata")


class Needs(StrEnum):
    """The files of a work that a format needs; works that lack one are named."""

    PAGES = "pages"
    """Its pages, or any file of an animation."""
    FILES = "files"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A complete file."""

    record: File
    """What its line says about it."""
    path: Path

    @property
    def ext(self) -> str:
        """The lower-case extension of its name, with its dot."""
        return PurePosixPath(self.record.path).suffix.lower()

    @property
    def size(self) -> int:
        """In bytes."""
        return self.record.size or 0

    def chunks(self) -> Iterator[bytes]:
        """Its content.

        Raises:
            FileError: it has another content than when it was stored.
        """
        sha256 = hashlib.sha256()
        with self.path.open("rb") as file:
            while chunk := file.read(_CHUNK_BYTES):
                sha256.update(chunk)
                yield chunk
        if sha256.hexdigest() != self.record.sha256:
            raise FileError(
                f"{self.record.path} has another content than when it was stored; run: {PROGRAM} verify --read all --fetch"
            )


@dataclass(frozen=True, slots=True)
class Page:
    """An image of an illust."""

    name: str
    """Its name without an extension, which contains no dot: `123_p0`."""
    number: int
    """From 0."""
    file: StoredFile


@dataclass(slots=True, kw_only=True)
class SelectedWork:
    """A work and its complete files."""

    work: Work
    """Its newest line."""
    files: list[StoredFile] = field(default_factory=list)
    """All files, each in its newest version."""
    pages: list[Page] = field(default_factory=list)
    """The images in order; none for an animation."""
    missing: list[int] = field(default_factory=list)
    """Numbers of the pages without a complete file."""

    @property
    def animation(self) -> StoredFile | None:
        """An animation as an image file."""
        found = [file for file in self.files if file.record.size_name in _ANIMATIONS]
        return min(found, key=lambda file: _ANIMATIONS.index(file.record.size_name), default=None)

    @property
    def archive(self) -> StoredFile | None:
        """The ZIP of an animation's frames, the largest one."""
        return max((file for file in self.files if file.ext == ".zip"), key=lambda file: file.size, default=None)


class Selection:
    """The works that an export consists of; iterating over it reads them one by one, by ID."""

    def __init__(self, data_dir: Path, args: ExportArgs) -> None:
        self._args = args
        self._filters = args.filters()
        self._files_dir = paths.files_folder(data_dir)
        self._data_dir = data_dir
        self._lines = WorkLines(data_dir, args.runs)
        self.works = 0
        self.left_out = 0
        self.missing: list[str] = []
        """Works with files that are not complete, each in one sentence."""

    @property
    def unreadable_lines(self) -> int:
        """Number of lines that were skipped."""
        return self._lines.unreadable

    def of_types(self, types: Collection[str], needs: Needs = Needs.PAGES) -> Iterator[SelectedWork]:
        """The selected works of types that a format supports; the others are counted as left out."""
        self.works = self.left_out = 0
        self.missing.clear()
        console = Console(stderr=True, quiet=not sys.stderr.isatty())
        for key in track(self._lines.keys(), "Works", console=console, transient=True):
            selected = self.read(key)
            if selected is None:
                continue
            self.works += 1
            if type_of(selected.work) in types:
                if problem := _problem(selected, needs):
                    self.missing.append(f"{selected.work.kind} {selected.work.id} has {problem}")
                yield selected
            else:
                self.left_out += 1

    def read(self, key: WorkKey) -> SelectedWork | None:
        """A work with its files; None if it is not selected."""
        lines = self._lines.newest_first(key)
        work = next(lines, None)
        return self._completed(work, lines) if work and self._selects(work) else None

    def known_works(self) -> Iterator[Work]:
        """The newest line of each work of all runs, whether it is selected or not."""
        for key in self._known_lines.keys():  # noqa: SIM118 - not a dict
            yield from islice(self._known_lines.newest_first(key), 1)

    def read_known(self, key: WorkKey) -> SelectedWork | None:
        """A work of any run, whether it is selected or not; None if its lines can no longer be read."""
        lines = self._known_lines.newest_first(key)
        work = next(lines, None)
        return self._completed(work, lines) if work else None

    @cached_property
    def _known_lines(self) -> WorkLines:
        return WorkLines(self._data_dir) if self._args.runs else self._lines

    def _completed(self, work: Work, older_lines: Iterator[Work]) -> SelectedWork:
        """A work with its files, some of which may only be in older lines."""
        records = {file.path: file for file in reversed(work.files)}
        selected = self._with_files(work, records)
        for older in older_lines:
            if not _has_gaps(selected):
                break
            for name in _OPTIONAL:
                if hasattr(work, name) and not getattr(work, name):
                    setattr(work, name, getattr(older, name))
            for file in older.files:
                if file.path not in records or records[file.path].status not in _COMPLETE:
                    records[file.path] = file
            selected = self._with_files(work, records)
        return selected

    def _selects(self, work: Work) -> bool:
        args = self._args
        return (
            (args.user_id is None or work.user.id in args.user_id)
            and (args.type is None or type_of(work) in args.type)
            and all(passes(work) for passes in self._filters.values())
        )

    def _with_files(self, work: Work, records: dict[str, File]) -> SelectedWork:
        files = [stored for file in records.values() if (stored := self._stored(file))]
        selected = SelectedWork(work=work, files=files)
        if isinstance(work, Illust) and work.type != "ugoira":
            pages = _pages(work, files)
            selected.pages = [pages[number] for number in sorted(pages)]
            selected.missing = [number for number in range(max(work.page_count, 1)) if number not in pages]
        return selected

    def _stored(self, file: File) -> StoredFile | None:
        """The file, if it is complete; a foreign line could contain a path outside the folder."""
        parts = file.path.split("/")
        if (
            file.status not in _COMPLETE
            or any(part in ("", ".", "..") for part in parts)
            or set("\\\0") & set(file.path)
        ):
            return None
        path = self._files_dir / file.path
        try:
            status = path.stat()
        except OSError:
            return None
        return StoredFile(file, path) if stat.S_ISREG(status.st_mode) and status.st_size == file.size else None


def type_of(work: Work) -> str:
    """`illust`, `manga`, `ugoira` or `novel`; a type that is new to this version is that of Pixiv."""
    return "novel" if isinstance(work, Novel) else work.type


def _problem(selected: SelectedWork, needs: Needs) -> str:
    """Which of the files that are needed are missing, after "has"; empty if none are."""
    work, stored = selected.work, {file.record.path for file in selected.files}
    failed = [file.path for file in work.files if file.path not in stored]
    if needs is Needs.NOTHING:
        return ""
    if isinstance(work, Illust) and not (selected.files if work.type == "ugoira" else selected.pages):
        return "no complete file"
    if selected.missing:
        return f"no complete file of page {', '.join(map(str, selected.missing))}"
    return f"no complete file {', '.join(failed)}" if failed and needs is Needs.FILES else ""


def _has_gaps(selected: SelectedWork) -> bool:
    """Whether an older line may add something."""
    work = selected.work
    if isinstance(work, Illust) and work.type == "ugoira":
        return not (selected.animation and selected.archive and work.ugoira_metadata and work.caption)
    return bool(selected.missing) or not work.caption or any(file.status not in _COMPLETE for file in work.files)


def _pages(work: Illust, files: list[StoredFile]) -> dict[int, Page]:
    """The best file of each page; the artist may have removed pages since an older line."""
    pages: dict[int, Page] = {}
    for file in sorted(files, key=_rank, reverse=True):
        found = _PAGE.search(split_url(file.record.url).path)
        if found and int(found[1]) == work.id and int(found[2]) < max(work.page_count, 1):
            pages[int(found[2])] = Page(f"{work.id}_p{int(found[2])}", int(found[2]), file)
    return pages


def _rank(file: StoredFile) -> int:
    return _SIZES.index(file.record.size_name) if file.record.size_name in _SIZES else len(_SIZES)

"""Reads the newest line of each work in little memory: first finds its position, then reads it."""

from __future__ import annotations

import shutil
import tempfile
import weakref
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from pathlib import Path

import msgspec

from pixiv_crawler.layout.moved_files import moved_paths
from pixiv_crawler.outputs.jsonl import MAX_LINE_BYTES, NOT_SPIDERS, UNDECODABLE, decompress, raw_lines

WorkKey = tuple[str, int]
"""`illust` or `novel`, and the ID: their IDs are independent of each other."""


class _Part(msgspec.Struct):
    """Part of a line: the fields that the page needs."""


class User(_Part):
    """The author."""

    id: int
    name: str = ""


class Tag(_Part):
    """One tag."""

    name: str
    translated_name: str | None = None


class Series(_Part):
    """The series."""

    title: str = ""


class Frame(_Part):
    """One frame of an animation; `delay` is in milliseconds."""

    file: str
    delay: int


class Ugoira(_Part):
    """The frames of an animation."""

    frames: list[Frame] = []


class File(_Part):
    """A file of the work."""

    path: str
    url: str = ""
    status: str = ""
    size_name: str = "original"


class _WorkLine(_Part, tag_field="kind"):
    """Fields of lines of all works."""

    id: int
    user: User
    title: str = ""
    caption: str = ""
    create_date: str = ""
    tags: list[Tag] = []
    page_count: int = 1
    x_restrict: int = 0
    total_view: int | None = None
    total_bookmarks: int | None = None
    total_comments: int | None = None
    series: Series | None = None
    files: list[File] = []
    fetched_at: str = ""


class IllustLine(_WorkLine, tag="illust"):
    """A line of illusts.jsonl."""

    type: str = "illust"
    illust_ai_type: int | None = None
    ugoira_metadata: Ugoira | None = None


class NovelLine(_WorkLine, tag="novel"):
    """A line of novels.jsonl."""

    novel_ai_type: int | None = None
    text_length: int = 0
    text: str | None = None


Line = IllustLine | NovelLine
_DECODER: msgspec.json.Decoder[Line] = msgspec.json.Decoder(Line)


# Fields that some listings omit, or that are only present if requested; an older line may have them.
_OPTIONAL_FIELDS = ("caption", "total_comments", "ugoira_metadata", "text")

_FILES = ("illusts.jsonl", "novels.jsonl", "illusts.jsonl.gz", "novels.jsonl.gz")

Position = tuple[float, int, int]
"""A line: when it was fetched (Unix time), the number of its file, and its offset in the file."""


@dataclass(slots=True)
class WorkIndex:
    """The position of the newest line of a work, and the files named in all of its lines."""

    newest: Position = (-1.0, 0, 0)
    optional: dict[str, Position] = field(default_factory=dict)
    """The newest lines that contain an optional field, by field."""
    files: dict[str, tuple[float, int, File]] = field(default_factory=dict)
    """By path: time of the newest line that names the file, the position of the file in that line, and the file."""


class Lines:
    """The lines of works in a data folder."""

    def __init__(self, data_dir: Path) -> None:
        self.unreadable = 0
        """Number of incomplete, empty and foreign lines, and of damaged compressed files."""
        paths = (path for name in _FILES for path in data_dir.glob(f"*/*/{name}"))
        runs_only = sorted(path for path in paths if path.parent.parent.name not in NOT_SPIDERS)
        self._paths = [self._decompressed(path) if path.suffix == ".gz" else path for path in runs_only]
        self._moved = moved_paths(data_dir)
        self._index = self._build_index()

    def __iter__(self) -> Iterator[tuple[Line, WorkIndex]]:
        """The newest line of each work, completed with optional fields of older lines."""
        for key, index in self._index.items():
            line = self._at(index.newest, key)
            if line is None:  # a resumed crawl truncates lines that its checkpoint does not contain
                self.unreadable += 1
                continue
            for name, position in index.optional.items():
                if not getattr(line, name) and (older := self._at(position, key)):
                    setattr(line, name, getattr(older, name))
            yield line, index

    @cached_property
    def _temporary_folder(self) -> Path:
        """A temporary folder that is removed with this object."""
        folder = tempfile.mkdtemp(prefix="pixiv_crawler-")
        weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        return Path(folder)

    def _decompressed(self, path: Path) -> Path:
        """A decompressed copy of a file, as far as it is readable: seeking in a compressed file is slow."""
        plain = self._temporary_folder / f"{len(list(self._temporary_folder.iterdir()))}.jsonl"
        self.unreadable += not decompress(path, plain)
        return plain

    def _at(self, position: Position, key: WorkKey) -> Line | None:
        _, number, offset = position
        with self._paths[number].open("rb") as file:
            file.seek(offset)
            line = _decoded(file.readline(MAX_LINE_BYTES))
        return line if line and _key(line) == key else None

    def _build_index(self) -> dict[WorkKey, WorkIndex]:
        works: dict[WorkKey, WorkIndex] = {}
        for number, path in enumerate(self._paths):
            with path.open("rb") as file:
                for offset, raw in raw_lines(file):
                    line = _decoded(raw)
                    if line is None:
                        self.unreadable += 1
                    else:
                        _add(works.setdefault(_key(line), WorkIndex()), line, number, offset, self._moved)
        return works


def _add(index: WorkIndex, line: Line, file: int, offset: int, moved: Mapping[str, str]) -> None:
    time = _time(line.fetched_at)
    if time >= index.newest[0]:
        index.newest = (time, file, offset)
    for name in _OPTIONAL_FIELDS:
        if getattr(line, name, None) and (name not in index.optional or time >= index.optional[name][0]):
            index.optional[name] = (time, file, offset)
    for number_in_line, stored in enumerate(line.files):
        stored.path = moved.get(stored.path, stored.path)
        if stored.status != "failed" and (stored.path not in index.files or time >= index.files[stored.path][0]):
            index.files[stored.path] = (time, number_in_line, stored)


def _decoded(raw: bytes) -> Line | None:
    try:
        return _DECODER.decode(raw)
    except UNDECODABLE:
        return None


def _key(line: Line) -> WorkKey:
    return "illust" if isinstance(line, IllustLine) else "novel", line.id


def _time(text: str) -> float:
    try:
        return datetime.fromisoformat(text).timestamp()
    except (ValueError, OverflowError):
        return 0.0

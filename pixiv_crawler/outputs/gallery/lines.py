"""Reads the lines that crawls wrote, in little memory: first where the newest line of each work is, then that line."""

from __future__ import annotations

import gzip
import shutil
import tempfile
import weakref
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from pathlib import Path

import msgspec

from pixiv_crawler.outputs.jsonl import MOST_LINE_BYTES, NO_SPIDERS, raw_lines

WorkKey = tuple[str, int]
"""`illust` or `novel`, and the ID: the two are numbered apart."""


class _Part(msgspec.Struct):
    """Part of a line, as far as the page needs it."""


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
    """One frame of an animation, for so many milliseconds."""

    file: str
    delay: int


class Ugoira(_Part):
    """The frames of an animation."""

    frames: list[Frame] = []


class File(_Part):
    """A file that was to be had."""

    path: str
    url: str = ""
    status: str = ""
    size_name: str = "original"


class _WorkLine(_Part, tag_field="kind"):
    """What lines of works have in common."""

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


# What some listings do not tell, and what is there only when a crawl asked for it; an older line may have it.
_SELDOM_TOLD = ("caption", "total_comments", "ugoira_metadata", "text")

_CHUNK_BYTES = 256 * 1024
_FILES = ("illusts.jsonl", "novels.jsonl", "illusts.jsonl.gz", "novels.jsonl.gz")

Spot = tuple[float, int, int]
"""A line: when it was fetched as a Unix time, the number of its file, and where in it the line begins."""


@dataclass(slots=True)
class Place:
    """Where the newest line of a work is, and what all lines of it tell of files."""

    newest: Spot = (-1.0, 0, 0)
    seldom: dict[str, Spot] = field(default_factory=dict)
    """The newest lines that tell what is seldom told, by field."""
    files: dict[str, tuple[float, int, File]] = field(default_factory=dict)
    """By path: when it was told last, its place in that line, and what was told."""


class Lines:
    """The lines of a data folder."""

    def __init__(self, data_dir: Path) -> None:
        self.unreadable = 0
        """Lines that are torn, empty or none of a work, and packed files that end early."""
        found = (path for name in _FILES for path in data_dir.glob(f"*/*/{name}"))
        with_lines = sorted(path for path in found if path.parent.parent.name not in NO_SPIDERS)
        self._paths = [self._unpacked(path) if path.suffix == ".gz" else path for path in with_lines]
        self._places = self._find()

    def __iter__(self) -> Iterator[tuple[Line, Place]]:
        """The newest line of each work, with what only an older one tells."""
        for key, place in self._places.items():
            line = self._at(place.newest, key)
            if line is None:  # a crawl that goes on cuts off lines that it has not accounted for
                self.unreadable += 1
                continue
            for name, spot in place.seldom.items():
                if not getattr(line, name) and (older := self._at(spot, key)):
                    setattr(line, name, getattr(older, name))
            yield line, place

    @cached_property
    def _room(self) -> Path:
        """A folder of our own, which goes with us."""
        folder = tempfile.mkdtemp(prefix="pixiv_crawler-")
        weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        return Path(folder)

    def _unpacked(self, path: Path) -> Path:
        """What a packed file holds, as far as it can be had, as a file: within a packed one every line is a long way."""
        plain = self._room / f"{len(list(self._room.iterdir()))}.jsonl"
        try:
            with gzip.open(path) as packed, plain.open("wb") as file:
                # Not `read`, which keeps to itself what it has when it comes upon what is torn.
                while piece := packed.read1(_CHUNK_BYTES):
                    file.write(piece)
        except (EOFError, zlib.error, gzip.BadGzipFile):
            self.unreadable += 1
        return plain

    def _at(self, spot: Spot, key: WorkKey) -> Line | None:
        _, number, offset = spot
        with self._paths[number].open("rb") as file:
            file.seek(offset)
            line = _decoded(file.readline(MOST_LINE_BYTES))
        return line if line and _key(line) == key else None

    def _find(self) -> dict[WorkKey, Place]:
        places: dict[WorkKey, Place] = {}
        for number, path in enumerate(self._paths):
            with path.open("rb") as file:
                for offset, raw in raw_lines(file):
                    line = _decoded(raw)
                    if line is None:
                        self.unreadable += 1
                    else:
                        _note(places.setdefault(_key(line), Place()), line, number, offset)
        return places


def _note(place: Place, line: Line, file: int, offset: int) -> None:
    time = _time(line.fetched_at)
    if time >= place.newest[0]:
        place.newest = (time, file, offset)
    for name in _SELDOM_TOLD:
        if getattr(line, name, None) and (name not in place.seldom or time >= place.seldom[name][0]):
            place.seldom[name] = (time, file, offset)
    for position, told in enumerate(line.files):
        if told.status != "failed" and (told.path not in place.files or time >= place.files[told.path][0]):
            place.files[told.path] = (time, position, told)


def _decoded(raw: bytes) -> Line | None:
    try:
        return _DECODER.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def _key(line: Line) -> WorkKey:
    return "illust" if isinstance(line, IllustLine) else "novel", line.id


def _time(text: str) -> float:
    try:
        return datetime.fromisoformat(text).timestamp()
    except (ValueError, OverflowError):
        return 0.0

"""Reads the lines of each work in little memory: first finds their positions, then reads them work by work."""

import shutil
import tempfile
import weakref
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from pathlib import Path

import msgspec

from pixiv_crawler.layout.moved_files import moved_paths
from pixiv_crawler.outputs.gallery.collections import Collections
from pixiv_crawler.outputs.gallery.records import File, IllustLine, Line
from pixiv_crawler.outputs.jsonl import MAX_LINE_BYTES, NOT_SPIDERS, UNDECODABLE, decompress, raw_lines

WorkKey = tuple[str, int]
"""`i` (illust) or `n` (novel), and the ID: their IDs are independent of each other."""
Position = tuple[float, int, int]
"""A line: when it was fetched (Unix time), the number of its file, and its offset in the file."""
FileEntry = tuple[float, int, File]
"""The time of the newest line that names the file, the position of the file in that line, and the file."""

_DECODER: msgspec.json.Decoder[Line] = msgspec.json.Decoder(Line)
# Fields that some listings omit, or that are only present if requested; an older line may have them.
_OPTIONAL_FIELDS = ("caption", "total_comments", "ugoira_metadata", "text", "series")
_NAMES = ("illusts", "novels")


@dataclass(slots=True)
class _Index:
    created: str = ""
    """When the work was published, according to its newest line."""
    newest: float = -1.0
    positions: list[Position] = field(default_factory=list)


class RunFiles:
    """The JSON Lines files of these names in all runs; compressed ones are decompressed into a temporary folder."""

    def __init__(self, data_dir: Path, *names: str) -> None:
        self.unreadable = 0
        """Number of incomplete, empty and foreign lines, and of damaged compressed files."""
        found = (
            path for name in names for end in ("jsonl", "jsonl.gz") for path in data_dir.glob(f"*/*/{name}.{end}")
        )
        runs_only = sorted(path for path in found if path.parent.parent.name not in NOT_SPIDERS)
        self.runs = [path.parent for path in runs_only]
        """The folder of the run of each file."""
        self._paths = [self._decompressed(path) if path.suffix == ".gz" else path for path in runs_only]

    def __iter__(self) -> Iterator[tuple[int, int, bytes]]:
        """The number of the file, the offset, and the content of each line."""
        for number, path in enumerate(self._paths):
            with path.open("rb") as file:
                for offset, raw in raw_lines(file):
                    yield number, offset, raw

    def at(self, position: Position) -> bytes:
        """The line at a position, which another program may have changed meanwhile."""
        _, number, offset = position
        with self._paths[number].open("rb") as file:
            file.seek(offset)
            return file.readline(MAX_LINE_BYTES)

    @cached_property
    def _temporary_folder(self) -> Path:
        """A temporary folder that is removed with this object."""
        folder = tempfile.mkdtemp(prefix="pixiv_crawler-")
        weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        return Path(folder)

    def _decompressed(self, path: Path) -> Path:
        """A decompressed copy of a file, as far as it is readable: seeking in a compressed file is slow."""
        plain = self._temporary_folder / f"{len(list(self._temporary_folder.iterdir()))}.jsonl"
        if not decompress(path, plain):
            self.unreadable += 1
        return plain


class Lines:
    """The lines of works in a data folder, and the collections that they belong to."""

    def __init__(self, data_dir: Path) -> None:
        self._files = RunFiles(data_dir, *_NAMES)
        self._moved = moved_paths(data_dir)
        self.collections = Collections()
        self._works: dict[WorkKey, _Index] = {}
        for number, offset, raw in self._files:
            if line := _decoded(raw):
                self._add(line, number, offset)
            else:
                self._files.unreadable += 1

    @property
    def unreadable(self) -> int:
        """Number of incomplete, empty and foreign lines, and of damaged compressed files."""
        return self._files.unreadable

    def keys(self) -> list[WorkKey]:
        """The works, oldest first."""
        return sorted(self._works, key=lambda key: (self._works[key].created, key))

    def read(self, key: WorkKey) -> tuple[Line, list[FileEntry]] | None:
        """The newest line of a work, completed with optional fields of older lines, and the files in all of its lines.

        None: the line no longer exists; a resumed crawl truncates lines that its checkpoint does not contain.
        """
        newest: Line | None = None
        files: dict[str, FileEntry] = {}
        # Of lines of the same time, the last one is the newest.
        for position in sorted(self._works[key].positions, reverse=True):
            line = _decoded(self._files.at(position))
            if line is None or work_key(line) != key:
                if newest is None:
                    self._files.unreadable += 1
                    return None
                continue
            newest = newest or line
            for name in _OPTIONAL_FIELDS:
                if not getattr(newest, name, True):
                    setattr(newest, name, getattr(line, name))
            for number, file in enumerate(line.files):
                file.path = self._moved.get(file.path, file.path)
                if file.status != "failed":
                    files.setdefault(file.path, (position[0], number, file))
        return (newest, list(files.values())) if newest else None

    def _add(self, line: Line, file: int, offset: int) -> None:
        key, time = work_key(line), unix_time(line.fetched_at)
        index = self._works.setdefault(key, _Index())
        index.positions.append((time, file, offset))
        if time >= index.newest:
            index.newest, index.created = time, line.create_date
        self.collections.add(key, line.source, self._files.runs[file], time)


def work_key(line: Line) -> WorkKey:
    return "i" if isinstance(line, IllustLine) else "n", line.id


def unix_time(text: str) -> float:
    """The seconds since 1970 of an ISO time; 0 if it is none."""
    try:
        return datetime.fromisoformat(text).timestamp()
    except (ValueError, OverflowError):
        return 0.0


def _decoded(raw: bytes) -> Line | None:
    try:
        return _DECODER.decode(raw)
    except UNDECODABLE:
        return None

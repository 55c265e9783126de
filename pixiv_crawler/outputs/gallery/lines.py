"""Reads the lines of each work in little memory: first finds their positions, then reads them work by work."""

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import msgspec

from pixiv_crawler.layout.moved_files import moved_paths
from pixiv_crawler.outputs.gallery.collections import Collections
from pixiv_crawler.outputs.gallery.records import File, IllustLine, Line
from pixiv_crawler.outputs.jsonl import UNDECODABLE
from pixiv_crawler.outputs.run_files import LinePosition, RunFiles, find_run_files

WorkKey = tuple[str, int]
"""`i` (illust) or `n` (novel), and the ID: their IDs are independent of each other."""
Position = tuple[float, LinePosition]
"""A line: when it was fetched (Unix time), and where it is."""
FileEntry = tuple[float, int, File]
"""The time of the newest line that names the file, the position of the file in that line, and the file."""

_DECODER: msgspec.json.Decoder[Line] = msgspec.json.Decoder(Line)
# Fields that some listings omit, or that are only present if requested; an older line may have them.
_OPTIONAL_FIELDS = ("caption", "total_comments", "ugoira_metadata", "text", "series")


@dataclass(slots=True)
class _Index:
    created: str = ""
    """When the work was published, according to its newest line."""
    newest: float = -1.0
    positions: list[Position] = field(default_factory=list)


class Lines:
    """The lines of works in a data folder, and the collections that they belong to."""

    def __init__(self, data_dir: Path) -> None:
        self._files = RunFiles(find_run_files(data_dir, "illusts", "novels"))
        self._moved = moved_paths(data_dir)
        self.collections = Collections()
        self._works: dict[WorkKey, _Index] = {}
        for position, raw in self._files:
            if line := _decoded(raw):
                self._add(line, position)
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
            line = _decoded(self._files.at(position[1]))
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

    def _add(self, line: Line, position: LinePosition) -> None:
        key, time = work_key(line), unix_time(line.fetched_at)
        index = self._works.setdefault(key, _Index())
        index.positions.append((time, position))
        if time >= index.newest:
            index.newest, index.created = time, line.create_date
        self.collections.add(key, line, self._files.runs[position.file], time)


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

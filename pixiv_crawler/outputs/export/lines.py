"""Finds the lines of each work in little memory: first their positions, then, when it is needed, the line itself."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Literal, NamedTuple

import msgspec

from pixiv_crawler.exceptions import SettingError
from pixiv_crawler.items import Work
from pixiv_crawler.items.codec import decode_item
from pixiv_crawler.outputs.jsonl import (
    MAX_LINE_BYTES,
    NOT_SPIDERS,
    UNDECODABLE,
    decompress,
    is_compressed,
    open_lines,
    raw_lines,
)

_FILES = ("illusts.jsonl", "novels.jsonl", "illusts.jsonl.gz", "novels.jsonl.gz")


class WorkKey(NamedTuple):
    """Identifies a work: IDs of illusts and novels are independent of each other."""

    kind: str
    id: int


class _Head(msgspec.Struct):
    """What is needed to find the newest line."""

    kind: Literal["illust", "novel"]
    id: int
    fetched_at: str = ""


class WorkLines:
    """The lines of works in files; compressed ones are decompressed into a temporary folder."""

    def __init__(self, files: Sequence[Path], temporary: Path, moved: Mapping[str, str]) -> None:
        """`moved`: the present paths of files, by those in lines."""
        self._moved = moved
        self.unreadable = 0
        """Number of incomplete and foreign lines, and of damaged compressed files."""
        self._files = [self._seekable(path, temporary / str(index)) for index, path in enumerate(files)]
        self._positions: dict[WorkKey, list[tuple[str, int, int]]] = defaultdict(list)
        """When each line of a work was fetched, the index of its file, and its offset."""
        for index, path in enumerate(self._files):
            self._add(index, path)

    def keys(self) -> list[WorkKey]:
        """All works, by ID."""
        return sorted(self._positions)

    def newest_first(self, key: WorkKey) -> Iterator[Work]:
        """The lines of a work."""
        for _, index, offset in sorted(self._positions[key], reverse=True):
            with self._files[index].open("rb") as file:
                file.seek(offset)
                raw = file.readline(MAX_LINE_BYTES)
            try:
                item = decode_item(raw)
            except (*UNDECODABLE, AttributeError):  # a crawl that is resumed has truncated the file
                item = None
            if isinstance(item, Work) and (item.kind, item.id) == key:
                for stored in item.files:
                    stored.path = self._moved.get(stored.path, stored.path)
                yield item
            else:
                self.unreadable += 1

    def _add(self, index: int, path: Path) -> None:
        with open_lines(path) as file:
            for offset, raw in raw_lines(file):
                try:
                    head = msgspec.json.decode(raw, type=_Head)
                except UNDECODABLE:
                    self.unreadable += 1
                    continue
                self._positions[WorkKey(head.kind, head.id)].append((head.fetched_at, index, offset))

    def _seekable(self, path: Path, copy: Path) -> Path:
        """The file, or a decompressed copy of it."""
        if not is_compressed(path):
            return path
        self.unreadable += not decompress(path, copy)
        return copy


def line_files(data_dir: Path, runs: Sequence[str] | None) -> list[Path]:
    """The files with lines of works: of all runs, or of the given ones.

    Raises:
        SettingError: there are none.
    """
    found = {path for name in _FILES for path in data_dir.glob(f"*/*/{name}")}
    found = {path for path in found if path.parent.parent.name not in NOT_SPIDERS}
    for run in runs or []:
        if not any(path.is_relative_to(data_dir / run) for path in found):
            raise SettingError(
                f"the run {run!r} has no lines of works in {data_dir}: pass SPIDER/JOB as in the command runs, or SPIDER"
            )
    if not found:
        raise SettingError(
            f"there are no lines of works in PIXIV_DATA_DIR {data_dir}; run a crawl first, or set it to another folder"
        )
    return sorted(path for path in found if runs is None or any(path.is_relative_to(data_dir / run) for run in runs))

"""The lines of each work, found in little memory: first their positions, then, when it is needed, the line itself."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal, NamedTuple

import msgspec

from pixiv_crawler.exceptions import SettingError
from pixiv_crawler.items import Work
from pixiv_crawler.items.codec import decode_item
from pixiv_crawler.layout.moved_files import moved_paths
from pixiv_crawler.outputs.jsonl import UNDECODABLE
from pixiv_crawler.outputs.run_files import LinePosition, RunFiles, find_run_files


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
    """The lines of works of all runs, or of the given ones, with the present paths of their files.

    Raises:
        SettingError: there are none.
        OSError: a file cannot be read.
    """

    def __init__(self, data_dir: Path, runs: Sequence[str] | None = None) -> None:
        self._moved = moved_paths(data_dir)
        self._files = RunFiles(_work_files(data_dir, runs))
        self._positions: dict[WorkKey, list[tuple[str, LinePosition]]] = defaultdict(list)
        """When each line of a work was fetched, and where it is."""
        for position, raw in self._files:
            try:
                head = msgspec.json.decode(raw, type=_Head)
            except UNDECODABLE:
                self._files.unreadable += 1
                continue
            self._positions[WorkKey(head.kind, head.id)].append((head.fetched_at, position))

    @property
    def unreadable(self) -> int:
        """Number of incomplete and foreign lines, and of damaged compressed files."""
        return self._files.unreadable

    def keys(self) -> list[WorkKey]:
        """All works, by ID."""
        return sorted(self._positions)

    def newest_first(self, key: WorkKey) -> Iterator[Work]:
        """The lines of a work."""
        for _, position in sorted(self._positions[key], reverse=True):
            try:
                item = decode_item(self._files.at(position))
            except (*UNDECODABLE, AttributeError):  # a crawl that is resumed has truncated the file
                item = None
            if isinstance(item, Work) and (item.kind, item.id) == key:
                for stored in item.files:
                    stored.path = self._moved.get(stored.path, stored.path)
                yield item
            else:
                self._files.unreadable += 1


def _work_files(data_dir: Path, runs: Sequence[str] | None) -> list[Path]:
    found = find_run_files(data_dir, "illusts", "novels")
    for run in runs or []:
        if not any(path.is_relative_to(data_dir / run) for path in found):
            raise SettingError(
                f"the run {run!r} has no lines of works in {data_dir}: pass SPIDER/JOB as in the command runs, or SPIDER"
            )
    if not found:
        raise SettingError(
            f"there are no lines of works in PIXIV_DATA_DIR {data_dir}; run a crawl first, or set it to another folder"
        )
    return [path for path in found if runs is None or any(path.is_relative_to(data_dir / run) for run in runs)]

"""Adopts the lines of a run that the state does not know, because its database was lost or the folder was copied."""

import logging
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from pixiv_crawler.items.codec import decode_item
from pixiv_crawler.layout import paths
from pixiv_crawler.layout.regular_files import read_regular, regular_only
from pixiv_crawler.run.item_keys import line_key
from pixiv_crawler.run.output_folder import OutputFolder
from pixiv_crawler.run.state import Note, StatValue, StoredItems
from pixiv_crawler.run.stats import counts_of

logger = logging.getLogger(__name__)

ADOPTED = "adopted"
"""The section of the note that a run has whose lines were adopted."""


class Report(msgspec.Struct):
    """What report.json says about a run."""

    started_at: str
    finished_at: str | None
    finish_reason: str
    arguments: dict[str, Any] = {}
    lines: dict[str, int] = {}
    failure_counts: dict[str, int] = {}

    @property
    def is_finished(self) -> bool:
        """Whether nothing is left to resume."""
        return self.finish_reason == "finished"


def read_report(folder: Path) -> Report | None:
    """The report of a run, which may have ended early; None if there is none that can be read."""
    try:
        return msgspec.json.decode(read_regular(paths.report_path(folder)), type=Report)
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError):
        return None


def adopt_lines(folder: OutputFolder, names: Iterable[str]) -> StoredItems:
    """What the state must know about the lines in a folder; an incomplete last line is removed.

    Raises:
        SettingError: a file is compressed.
        OSError: a file cannot be read or repaired.
    """
    sizes = folder.remove_torn_lines(names)
    if not sizes:
        return StoredItems()
    counts: Counter[str] = Counter()
    for item in items_in(folder.path, sizes):
        for name, count in counts_of(item):
            counts[name] += count
    sentence = f"The state does not know this run: it continues from the lines in {folder.path}"
    logger.warning("%s", sentence)
    stats: dict[str, StatValue] = dict(counts)
    notes = [Note(ADOPTED, {}), Note("warning", {"text": sentence})]
    return StoredItems(output_sizes=sizes, stats=stats, notes=notes)


def line_keys(folder: OutputFolder, names: Iterable[str]) -> set[int]:
    """The keys of all lines in a folder."""
    return set(map(line_key, items_in(folder.path, names)))


def items_in(folder: Path, names: Iterable[str]) -> Iterator[Any]:
    """The items of all lines, except those that the user has changed so that they are none any more."""
    for path in (folder / name for name in names):
        if path.exists():
            with open(path, "rb", opener=regular_only) as file:
                yield from filter(None, map(_decoded, file))


def _decoded(line: bytes) -> Any:
    try:
        return decode_item(line)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, AttributeError):
        return None

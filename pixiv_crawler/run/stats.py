"""What one run has collected and lost so far, in numbers and notes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from scrapy.crawler import Crawler

from pixiv_crawler.items import Unavailable
from pixiv_crawler.state import JsonObject

# Counted anew from what the run lost and stored.
_NOT_KEPT = ("pixiv/lost/", "pixiv/files/")


class RunTally:
    """Counts and notes of a run, in all its parts.

    Stats: pixiv/lost/count, pixiv/lost/WHAT (of what the parts before this one lost).
    """

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self.lines: Counter[str] = Counter()
        """Lines on disk, by kind."""
        self.withheld: Counter[str] = Counter()
        """Unavailable works, by reason."""
        self.files: Counter[str] = Counter()
        """Files of the works on disk, by status."""
        self.lost: list[JsonObject] = []
        """What is missing, as `Loss` has it."""
        self.slices: list[JsonObject] = []
        """The slices of a search."""

    def count(self, item: Any) -> None:
        """Counts an item whose line was written."""
        self.lines[getattr(item, "kind", type(item).__name__)] += 1
        if isinstance(item, Unavailable):
            self.withheld[item.reason] += 1
        for file in getattr(item, "files", ()):
            self.files[file.status] += 1
            self.files["bytes"] += file.size if file.status == "downloaded" else 0

    def counts(self) -> JsonObject:
        """All counts as plain JSON, for `restore`; copies, so that they stay as they are now."""
        stats = {name: value for name, value in self._crawler.stats.get_stats().items() if name.startswith("pixiv/")}
        return {
            "lines": dict(self.lines),
            "withheld": dict(self.withheld),
            "files": dict(self.files),
            "stats": {name: value for name, value in stats.items() if not name.startswith(_NOT_KEPT)},
        }

    def restore(self, counts: JsonObject) -> None:
        """Goes on from the counts of the parts before."""
        for name in ("lines", "withheld", "files"):
            getattr(self, name).update(counts.get(name, {}))
        for name, value in counts.get("stats", {}).items():
            self._crawler.stats.set_value(name, value)

    def read(self, notes: Iterable[JsonObject]) -> None:
        """Takes the notes in the database for all there are."""
        self.lost, self.slices = [], []
        for note in notes:
            (self.lost if note["section"] == "lost" else self.slices).append(note["entry"])
        lost = Counter(f"pixiv/lost/{entry['what']}" for entry in self.lost) + Counter(
            {"pixiv/lost/count": len(self.lost)}
        )
        gone = [name for name in self._crawler.stats.get_stats() if name.startswith("pixiv/lost/")]
        for name in {*gone, *lost}:
            self._crawler.stats.set_value(name, lost[name])

"""Scrapy's stats, saved with the checkpoint of a run and loaded when the run is resumed."""

from collections.abc import Iterator, Mapping
from typing import Any, Self, cast

from scrapy.crawler import Crawler
from scrapy.statscollectors import MemoryStatsCollector

from pixiv_crawler.items import Unavailable
from pixiv_crawler.run.item_keys import value_of
from pixiv_crawler.run.state import StatValue

_PREFIX = "pixiv/"
# Counted when an item is stored, so that a resumed run does not count an item twice.
_OF_STORED_ITEMS = ("pixiv/lines/", "pixiv/files/", "pixiv/unavailable/")
# Counted from the recorded failures when a run is resumed: those that are retried no longer count.
_OF_FAILURES = "pixiv/failed/"


FAILURES = "pixiv/failed/count"
"""The stat with the number of failures of a run."""
LINES = "pixiv/lines/"
"""The prefix of the stats with the number of lines by kind of item."""


class CheckpointStats(MemoryStatsCollector):
    """Scrapy's collector; its numbers below `pixiv/` count over all parts of a run that was interrupted."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._saved: dict[str, StatValue] = {}
        self.loaded: Mapping[str, StatValue] = {}
        """The stats of the earlier parts of a resumed run."""

    @classmethod
    def of(cls, crawler: Crawler) -> Self:
        """The stats of a crawler; `check_settings` refuses others."""
        return cast("Self", crawler.stats)

    def load(self, saved: Mapping[str, StatValue]) -> None:
        """Continues from the stats of a checkpoint."""
        self._saved, self.loaded = dict(saved), dict(saved)
        for name, value in saved.items():
            self.set_value(name, value)

    def load_failures(self, counts: Mapping[str, int]) -> None:
        """Sets the stats of failures to these counts by kind.

        Stats: pixiv/failed/count, pixiv/failed/WHAT.
        """
        for name in [name for name in self.get_stats() if name.startswith(_OF_FAILURES)]:
            self.set_value(name, 0)
        for what, count in counts.items():
            self.set_value(f"{_OF_FAILURES}{what}", count)
        self.set_value(f"{_OF_FAILURES}count", sum(counts.values()))

    def take_changed(self, *, with_stored_items: bool) -> dict[str, StatValue]:
        """The stats that changed since they were last taken; those of stored items only if asked for."""
        changed: dict[str, StatValue] = {
            name: value
            for name, value in self.get_stats().items()
            if name.startswith(_PREFIX)
            and not name.startswith(_OF_FAILURES)
            and (with_stored_items or not name.startswith(_OF_STORED_ITEMS))
            and isinstance(value, int | float)
            and self._saved.get(name) != value
        }
        self._saved.update(changed)
        return changed

    def by_name(self, prefix: str) -> dict[str, StatValue]:
        """The stats whose names begin with a prefix, without it."""
        return {
            name.removeprefix(prefix): value for name, value in self.get_stats().items() if name.startswith(prefix)
        }

    def total(self, *prefixes: str) -> int:
        """The sum of the stats whose names begin with one of the prefixes."""
        return total(self.get_stats(), *prefixes)


def total(stats: Mapping[str, StatValue], *prefixes: str) -> int:
    """The sum of those stats whose names begin with one of the prefixes."""
    return sum(int(value) for name, value in stats.items() if name.startswith(prefixes))


def counts_of(item: Any) -> Iterator[tuple[str, int]]:
    """What the line of an item adds to the stats: names and numbers."""
    yield f"pixiv/lines/{value_of(item, 'kind')}", 1
    if isinstance(item, Unavailable):
        yield f"pixiv/unavailable/{item.reason}", 1
    for file in getattr(item, "files", ()):
        yield f"pixiv/files/{file.status}", 1
        yield "pixiv/files/bytes", file.size if file.status == "downloaded" else 0

"""Searches works by tags, titles and captions, among those of added users and those of keywords."""

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from threading import Lock
from weakref import WeakKeyDictionary

from .default_data import DefaultData
from .keywords import Keyword
from .work_ids import midnight
from .work_summaries import WorkSummary, summary_of, tags_of_keyword, title_of_keyword
from .works import Work, drawn_size
from .world import World

PARTIAL, EXACT, TITLE, KEYWORD = "partial_match_for_tags", "exact_match_for_tags", "title_and_caption", "keyword"
# The number of cached searches; a crawl pages through one at a time.
_MAX_CACHED = 64


@dataclass(frozen=True, slots=True)
class Query:
    """What a search selects, apart from dates and order."""

    terms: tuple[str, ...]
    """All must match; in lower case."""
    target: str | None = None
    """None: tags and titles that contain the terms."""
    ai_type: int = 0
    """As in Pixiv's parameter: 0 all, 1 without AI, 2 only AI."""
    types: frozenset[str] | None = None
    ratio: str | None = None
    widths: tuple[int, int] = (0, 1_000_000)
    heights: tuple[int, int] = (0, 1_000_000)
    bookmarks: tuple[int, int] = (0, 1_000_000_000)
    draws_scenes: bool = False

    def matches(self, tags: frozenset[str], title: str, caption: str = "") -> bool:
        return all(self._matches(term, tags, title, caption) for term in self.terms)

    def _matches(self, term: str, tags: frozenset[str], title: str, caption: str) -> bool:
        if self.target == EXACT:
            return term in tags
        in_tags = self.target != TITLE and any(term in tag for tag in tags)
        in_title = self.target != PARTIAL and term in title
        return in_tags or in_title or (self.target in (TITLE, KEYWORD) and term in caption)

    def passes_filters(self, summary: WorkSummary) -> bool:
        width, height = (summary.width, summary.height)
        if self.draws_scenes:
            width, height = drawn_size((width, height))
        return (
            (self.ai_type == 0 or (summary.ai_type == 2) == (self.ai_type == 2))
            and (self.types is None or summary.type in self.types)
            and (self.ratio is None or self.ratio == _ratio(summary))
            and self.widths[0] <= width <= self.widths[1]
            and self.heights[0] <= height <= self.heights[1]
            and self.bookmarks[0] <= summary.total_bookmarks <= self.bookmarks[1]
        )


@dataclass(frozen=True, slots=True)
class Found:
    """The results of a query between two times, oldest first."""

    summaries: list[WorkSummary]
    start: int
    end: int
    _sorted: dict[tuple[int, int], list[WorkSummary]]
    """Sorted by popularity, for each part that was requested in this order."""

    def newest_first(self, offset: int, count: int) -> list[WorkSummary]:
        stop = max(self.start, self.end - offset)
        return self.summaries[max(self.start, stop - count) : stop][::-1]

    def oldest_first(self, offset: int, count: int) -> list[WorkSummary]:
        start = min(self.end, self.start + offset)
        return self.summaries[start : min(self.end, start + count)]

    def most_bookmarked(self) -> list[WorkSummary]:
        """Among works with equally many bookmarks, the newest first."""
        part = (self.start, self.end)
        if part not in self._sorted:
            newest_first = self.summaries[self.start : self.end][::-1]
            self._sorted[part] = sorted(newest_first, key=lambda summary: summary.total_bookmarks, reverse=True)
        return self._sorted[part]

    @property
    def total(self) -> int:
        return self.end - self.start


class SearchIndex:
    """The index of one version of a world, which it does not keep alive."""

    def __init__(self, version: int) -> None:
        self.version = version
        self._added: list[tuple[Work, frozenset[str], str, str]] | None = None
        self._search: dict[Query, tuple[list[WorkSummary], dict[tuple[int, int], list[WorkSummary]]]] = {}

    def find(self, world: World, query: Query, first: date | None, last: date | None) -> Found:
        if query not in self._search:
            if len(self._search) >= _MAX_CACHED:
                self._search.clear()
            self._search[query] = sorted(filter(query.passes_filters, self._matching(world, query))), {}
        summaries, by_popularity = self._search[query]
        end = int(world.now.timestamp()) + 1
        if last is not None:
            end = min(end, int(midnight(last + timedelta(days=1)).timestamp()))
        start = 0 if first is None else bisect_left(summaries, (int(midnight(first).timestamp()),))
        return Found(summaries, start, max(start, bisect_left(summaries, (end,))), by_popularity)

    def _matching(self, world: World, query: Query) -> Iterator[WorkSummary]:
        for work, tags, title, caption in self._added_works(world):
            if query.matches(tags, title, caption):
                yield summary_of(work)
        for keyword in world.generated_users.keywords.by_word.values():
            if query.matches(_lower(tags_of_keyword(keyword.word)), title_of_keyword(keyword.word).lower()):
                yield from _in_keyword(query, keyword)

    def _added_works(self, world: World) -> list[tuple[Work, frozenset[str], str, str]]:
        if self._added is None:
            works = (work for user in world.users() for work in world.works(user.id))
            self._added = [
                (work, _lower(work.tags), work.title.lower(), work.caption.lower())
                for work in works
                if work.spec.limit is None
            ]
        return self._added


_LOCK = Lock()
_INDEXES: WeakKeyDictionary[World | DefaultData, SearchIndex] = WeakKeyDictionary()
"""Unchanged worlds share the index of the default data."""


def search(world: World, query: Query, first: date | None = None, last: date | None = None) -> Found:
    """Both days are inclusive, in Japan; works of the future are not found."""
    with _LOCK:
        indexed = world if world.version else world.defaults
        index = _INDEXES.get(indexed)
        if index is None or index.version != world.version:
            index = _INDEXES[indexed] = SearchIndex(world.version)
        return index.find(world, query, first, last)


def _in_keyword(query: Query, keyword: Keyword) -> Iterator[WorkSummary]:
    """Many works share few combinations of tags and title: each combination is matched once."""
    known: dict[tuple[tuple[str, ...], str], bool] = {}
    for summary in keyword.summaries:
        key = (summary.tags, summary.title)
        if key not in known:
            known[key] = query.matches(_lower(summary.tags), summary.title.lower())
        if known[key]:
            yield summary


def _lower(tags: tuple[str, ...] | set[str]) -> frozenset[str]:
    return frozenset(tag.lower() for tag in tags)


def _ratio(summary: WorkSummary) -> str:
    if summary.width == summary.height:
        return "square"
    return "landscape" if summary.width > summary.height else "portrait"

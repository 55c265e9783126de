"""Finding works: by tags, titles and captions, among those of the named users and those of the words."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from threading import Lock
from weakref import WeakKeyDictionary

from .default_data import DefaultData
from .keywords import Corpus
from .work_ids import midnight
from .work_summaries import Hit, hit_of, tags_of_word, title_of_word
from .works import Work
from .world import World

PARTIAL, EXACT, TITLE, KEYWORD = "partial_match_for_tags", "exact_match_for_tags", "title_and_caption", "keyword"
# So many searches are kept; a crawl pages through one at a time.
_KEPT = 64


@dataclass(frozen=True, slots=True)
class Query:
    """What is searched for, but for the days and the order."""

    terms: tuple[str, ...]
    """All must match; in lower case."""
    target: str | None = None
    """None: tags by their parts, and titles."""
    ai_type: int = 0
    """As Pixiv counts: 0 all, 1 without AI, 2 AI only."""
    types: frozenset[str] | None = None
    ratio: str | None = None
    widths: tuple[int, int] = (0, 1_000_000)
    heights: tuple[int, int] = (0, 1_000_000)
    bookmarks: tuple[int, int] = (0, 1_000_000_000)

    def matches(self, tags: frozenset[str], title: str, caption: str = "") -> bool:
        return all(self._matches(term, tags, title, caption) for term in self.terms)

    def _matches(self, term: str, tags: frozenset[str], title: str, caption: str) -> bool:
        if self.target == EXACT:
            return term in tags
        in_tags = self.target != TITLE and any(term in tag for tag in tags)
        in_title = self.target != PARTIAL and term in title
        return in_tags or in_title or (self.target in (TITLE, KEYWORD) and term in caption)

    def lets_pass(self, hit: Hit) -> bool:
        return (
            (self.ai_type == 0 or (hit.ai_type == 2) == (self.ai_type == 2))
            and (self.types is None or hit.type in self.types)
            and (self.ratio is None or self.ratio == _ratio(hit))
            and self.widths[0] <= hit.width <= self.widths[1]
            and self.heights[0] <= hit.height <= self.heights[1]
            and self.bookmarks[0] <= hit.total_bookmarks <= self.bookmarks[1]
        )


@dataclass(frozen=True, slots=True)
class Found:
    """The part of what a query finds that lies between two moments, oldest first."""

    hits: list[Hit]
    start: int
    end: int
    _sorted: dict[tuple[int, int], list[Hit]]
    """By popularity, for each part that was asked for so."""

    def newest_first(self, offset: int, count: int) -> list[Hit]:
        stop = max(self.start, self.end - offset)
        return self.hits[max(self.start, stop - count) : stop][::-1]

    def oldest_first(self, offset: int, count: int) -> list[Hit]:
        start = min(self.end, self.start + offset)
        return self.hits[start : min(self.end, start + count)]

    def most_bookmarked(self) -> list[Hit]:
        """Of works with as many bookmarks the newest first."""
        part = (self.start, self.end)
        if part not in self._sorted:
            newest_first = self.hits[self.start : self.end][::-1]
            self._sorted[part] = sorted(newest_first, key=lambda hit: hit.total_bookmarks, reverse=True)
        return self._sorted[part]

    @property
    def total(self) -> int:
        return self.end - self.start


class SearchIndex:
    """Of one version of a world, which it does not keep alive."""

    def __init__(self, version: int) -> None:
        self.version = version
        self._named: list[tuple[Work, frozenset[str], str, str]] | None = None
        self._found: dict[Query, tuple[list[Hit], dict[tuple[int, int], list[Hit]]]] = {}

    def find(self, world: World, query: Query, first: date | None, last: date | None) -> Found:
        if query not in self._found:
            if len(self._found) >= _KEPT:
                self._found.clear()
            self._found[query] = sorted(filter(query.lets_pass, self._matching(world, query))), {}
        hits, by_popularity = self._found[query]
        end = int(world.now.timestamp()) + 1
        if last is not None:
            end = min(end, int(midnight(last + timedelta(days=1)).timestamp()))
        start = 0 if first is None else bisect_left(hits, (int(midnight(first).timestamp()),))
        return Found(hits, start, max(start, bisect_left(hits, (end,))), by_popularity)

    def _matching(self, world: World, query: Query) -> Iterator[Hit]:
        for work, tags, title, caption in self._named_works(world):
            if query.matches(tags, title, caption):
                yield hit_of(work)
        for corpus in world.crowd.corpora.by_word.values():
            if query.matches(_lower(tags_of_word(corpus.word)), title_of_word(corpus.word).lower()):
                yield from _in_corpus(query, corpus)

    def _named_works(self, world: World) -> list[tuple[Work, frozenset[str], str, str]]:
        if self._named is None:
            works = (work for user in world.users() for work in world.works(user.id))
            self._named = [
                (work, _lower(work.tags), work.title.lower(), work.caption.lower())
                for work in works
                if work.sketch.limit is None
            ]
        return self._named


_LOCK = Lock()
_INDEXES: WeakKeyDictionary[World | DefaultData, SearchIndex] = WeakKeyDictionary()
"""Worlds that have not been changed share the index of the default data."""


def search(world: World, query: Query, first: date | None = None, last: date | None = None) -> Found:
    """Both days, in Japan, are included; nothing is found that is yet to come."""
    with _LOCK:
        indexed = world if world.version else world.defaults
        index = _INDEXES.get(indexed)
        if index is None or index.version != world.version:
            index = _INDEXES[indexed] = SearchIndex(world.version)
        return index.find(world, query, first, last)


def _in_corpus(query: Query, corpus: Corpus) -> Iterator[Hit]:
    """Many works share few tags and titles: each combination is compared once."""
    known: dict[tuple[tuple[str, ...], str], bool] = {}
    for hit in corpus.hits:
        key = (hit.tags, hit.title)
        if key not in known:
            known[key] = query.matches(_lower(hit.tags), hit.title.lower())
        if known[key]:
            yield hit


def _lower(tags: tuple[str, ...] | set[str]) -> frozenset[str]:
    return frozenset(tag.lower() for tag in tags)


def _ratio(hit: Hit) -> str:
    if hit.width == hit.height:
        return "square"
    return "landscape" if hit.width > hit.height else "portrait"

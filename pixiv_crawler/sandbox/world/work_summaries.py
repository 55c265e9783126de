"""A work in brief: what a search or a ranking must know of thousands of works without drawing them."""

from __future__ import annotations

from itertools import cycle, islice
from typing import NamedTuple

from .users import Sketch
from .works import Work

_TYPES = ("illust",) * 12 + ("manga",) * 3 + ("ugoira",)
_SIZES = ((80, 80),) * 2 + ((60, 85), (72, 90), (48, 120)) * 2 + ((90, 60), (100, 56), (128, 72), (120, 45)) * 2
_RATINGS = (1,) * 4 + (2,) + (0,) * 27
# One work in eight is made by AI, on Pixiv as here.
_AI_TYPES = (2,) * 2 + (1,) * 14
_MANY_BOOKMARKS = 1000


class Hit(NamedTuple):
    """Hits sort by time, and within a second by id."""

    moment: int
    """Seconds since 1970."""
    id: int
    type: str
    ai_type: int
    x_restrict: int
    width: int
    height: int
    total_bookmarks: int
    title: str
    """Empty: it is drawn with the work, and nobody searches for it."""
    tags: tuple[str, ...]


def hit_of(work: Work) -> Hit:
    width, height = work.size
    return Hit(
        int(work.created.timestamp()),
        work.id,
        work.type,
        work.ai_type,
        work.sketch.x_restrict,
        width * work.scale,
        height * work.scale,
        work.total_bookmarks,
        work.title,
        work.tags,
    )


def crowd_hit(work_id: int, moment: int, word: str) -> Hit:
    """A work of the crowd: everything about it follows from its id and the word it is found by."""
    drawn = _scatter(work_id)
    width, height = _SIZES[drawn & 15]
    scale = 10 + (drawn >> 4 & 31)
    rating = _RATINGS[drawn >> 9 & 31]
    # Few works have many: a third has a thousand and more, none has 33,000.
    bookmarks = int(2 ** ((drawn >> 18 & 0xFFF) / 273))
    title = title_of_word(word) if word and drawn >> 14 & 15 == 0 else ""
    return Hit(
        moment,
        work_id,
        _TYPES[drawn >> 30 & 15],
        _AI_TYPES[drawn >> 34 & 15],
        rating,
        width * scale,
        height * scale,
        bookmarks,
        title,
        _tags(word, rating, bookmarks) if word else (),
    )


def crowd_sketch(hit: Hit) -> Sketch:
    """The work behind a hit of the crowd."""
    drawn = _scatter(hit.id)
    pages = {"illust": (1, 1, 1, 1, 1, 1, 2, 4), "manga": (2, 3, 4, 4, 6, 8, 8, 12), "ugoira": (1,)}[hit.type]
    page_count = pages[(drawn >> 38 & 7) % len(pages)]
    scale = 10 + (drawn >> 4 & 31)
    return Sketch(
        hit.type,
        tuple(islice(cycle(("jpg", "png", "jpg")), page_count)),
        title=hit.title or None,
        tags=hit.tags or None,
        x_restrict=hit.x_restrict,
        ai_type=hit.ai_type,
        size=(hit.width // scale, hit.height // scale),
        scale=scale,
        total_bookmarks=hit.total_bookmarks,
    )


def tags_of_word(word: str) -> set[str]:
    """Every tag that a work found by this word may have."""
    return {tag for rating in range(3) for bookmarks in (0, _MANY_BOOKMARKS) for tag in _tags(word, rating, bookmarks)}


def title_of_word(word: str) -> str:
    """The title of some works found by this word; the others do not name it."""
    return f"{word}の日"


def _tags(word: str, rating: int, bookmarks: int) -> tuple[str, ...]:
    """The word, and what readers and rules have added."""
    rated = (("R-18",), ("R-18G",))[rating - 1] if rating else ()
    return (*rated, word, f"{word}1000users入り") if bookmarks >= _MANY_BOOKMARKS else (*rated, word)


def _scatter(number: int) -> int:
    """48 bits that look drawn, in less than a microsecond: thousands of hits are made at a time."""
    number = (number ^ number >> 15) * 0x9E3779B97F4A7C15 & 0xFFFFFFFFFFFF
    return (number ^ number >> 23) * 0xBF58476D1CE4E5B9 >> 13 & 0xFFFFFFFFFFFF

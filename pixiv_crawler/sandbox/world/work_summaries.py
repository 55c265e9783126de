"""Summaries of works: what a search or ranking needs of thousands of works without generating them."""

from itertools import cycle, islice
from typing import NamedTuple

from .users import WorkSpec
from .works import Work

_TYPES = ("illust",) * 12 + ("manga",) * 3 + ("ugoira",)
_SIZES = ((80, 80),) * 2 + ((60, 85), (72, 90), (48, 120)) * 2 + ((90, 60), (100, 56), (128, 72), (120, 45)) * 2
_RATINGS = (1,) * 4 + (2,) + (0,) * 27
# One work in eight is AI-generated, as on Pixiv.
_AI_TYPES = (2,) * 2 + (1,) * 14
_MANY_BOOKMARKS = 1000


class WorkSummary(NamedTuple):
    """Summaries are sorted by time, then by ID."""

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
    """Empty: the title is generated with the work, and no search needs it."""
    tags: tuple[str, ...]


def summary_of(work: Work) -> WorkSummary:
    width, height = work.size
    return WorkSummary(
        int(work.created.timestamp()),
        work.id,
        work.type,
        work.ai_type,
        work.spec.x_restrict,
        width,
        height,
        work.total_bookmarks,
        work.title,
        work.tags,
    )


def generated_summary(work_id: int, moment: int, word: str) -> WorkSummary:
    """The summary of a generated work, which is derived from its ID and its keyword."""
    bits = _scatter(work_id)
    width, height = _SIZES[bits & 15]
    rating = _RATINGS[bits >> 9 & 31]
    # Few works have many bookmarks: a third has 1,000 or more, none has 33,000.
    bookmarks = int(2 ** ((bits >> 18 & 0xFFF) / 273))
    title = title_of_keyword(word) if word and bits >> 14 & 15 == 0 else ""
    return WorkSummary(
        moment,
        work_id,
        _TYPES[bits >> 30 & 15],
        _AI_TYPES[bits >> 34 & 15],
        rating,
        width,
        height,
        bookmarks,
        title,
        _tags(word, rating, bookmarks) if word else (),
    )


def generated_spec(summary: WorkSummary) -> WorkSpec:
    """The specification of the generated work with this summary."""
    bits = _scatter(summary.id)
    pages = {"illust": (1, 1, 1, 1, 1, 1, 2, 4), "manga": (2, 3, 4, 4, 6, 8, 8, 12), "ugoira": (1,)}[summary.type]
    page_count = pages[(bits >> 38 & 7) % len(pages)]
    return WorkSpec(
        summary.type,
        tuple(islice(cycle(("jpg", "png", "jpg")), page_count)),
        title=summary.title or None,
        tags=summary.tags or None,
        x_restrict=summary.x_restrict,
        ai_type=summary.ai_type,
        size=(summary.width, summary.height),
        total_bookmarks=summary.total_bookmarks,
    )


def tags_of_keyword(word: str) -> set[str]:
    """All tags that a work of this keyword may have."""
    return {tag for rating in range(3) for bookmarks in (0, _MANY_BOOKMARKS) for tag in _tags(word, rating, bookmarks)}


def title_of_keyword(word: str) -> str:
    """The title of some works of this keyword; the titles of the others do not contain it."""
    return f"{word}の日"


def _tags(word: str, rating: int, bookmarks: int) -> tuple[str, ...]:
    """The keyword, and the tags that readers and rules have added."""
    rated = (("R-18",), ("R-18G",))[rating - 1] if rating else ()
    return (*rated, word, f"{word}1000users入り") if bookmarks >= _MANY_BOOKMARKS else (*rated, word)


def _scatter(number: int) -> int:
    """48 pseudorandom bits in less than a microsecond: thousands of summaries are created at a time."""
    number = (number ^ number >> 15) * 0x9E3779B97F4A7C15 & 0xFFFFFFFFFFFF
    return (number ^ number >> 23) * 0xBF58476D1CE4E5B9 >> 13 & 0xFFFFFFFFFFFF

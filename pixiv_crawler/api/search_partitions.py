"""Search beyond Pixiv's cap: one question cut into slices that Pixiv answers whole.

A search shows at most about 5,030 works. Sorted by date, what lies behind the cap is asked for by moving the end of the
span to the day that was reached. A single day with more than that is read from its other end as well; when the two
readings do not meet, it is cut by what else a search can be narrowed by, one after the other, each part read in the
same way. What no cut makes small enough is named, so a search ends complete or says where it is not.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from datetime import date, timedelta
from typing import Any, Literal

# Offsets above this are refused with 400.
MAX_OFFSET = 5000
# Entries of a whole listing.
LISTING_SIZE = 30
# The day that Pixiv opened; its searches want both ends of a span, or none.
FIRST_DAY = "2007-09-10"
_TURNED = {"date_desc": "date_asc", "date_asc": "date_desc"}

# What a day is cut by, in this order; each value excludes the others, and together they are all.
CUTS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("content_type", ("illust", "manga", "ugoira")),
    ("search_ai_type", ("1", "2")),  # without AI, AI only
    ("ratio_pattern", ("landscape", "portrait", "square")),
)

Status = Literal["complete", "continued", "cut", "known", "incomplete", "failed"]
"""complete: all came. continued: the rest is in later slices. cut: asked again in parts.
known: the rest was seen by an earlier run. incomplete: some is missing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """A part of a search: a span of days, a direction, and what narrows it."""

    sort: str
    """date_desc or date_asc; only these can be cut."""
    start_date: str | None = None
    """First day, in Japan; None together with `end_date`: all days."""
    end_date: str | None = None
    """Last day, in Japan."""
    narrowed: dict[str, str] = field(default_factory=dict)
    """Parameters that a day was cut by."""
    met_by: str | None = None
    """create_date that the reading from the other end reached; None for a first reading."""

    @property
    def params(self) -> dict[str, str | None]:
        """What the slice adds to the parameters of the search."""
        return {"sort": self.sort, "start_date": self.start_date, "end_date": self.end_date, **self.narrowed}

    def to_dict(self) -> dict[str, Any]:
        """The slice as plain JSON, to ride on a request."""
        return asdict(self)


def after_cap(done: Slice, first: str, last: str, *, fixed: set[str], today: str) -> tuple[Status, list[Slice]]:
    """What becomes of a slice that ran into the cap, and the slices to ask for next.

    `first` and `last` are the create_dates at its ends in the order read; `fixed` are the parameters that the user has
    narrowed the search by; `today` is the day in Japan.
    """
    if done.sort not in _TURNED:
        return "incomplete", []
    if done.met_by is not None:
        return _after_both_ends(done, last, fixed)
    if not _is_in_order(done, _day(first), _day(last)):
        return "incomplete", []
    if _day(first) != _day(last):
        return "continued", [_beyond(done, _day(last), today)]
    other_end = replace(done, sort=_TURNED[done.sort], start_date=_day(last), end_date=_day(last), met_by=last)
    return "continued", [other_end, *_behind(done, last, today)]


def after_failure(done: Slice, last: str, *, today: str) -> list[Slice]:
    """What lies behind a slice that failed half way: from the day that it had come to, when that is further on."""
    edge = done.end_date if done.sort == "date_desc" else done.start_date
    if done.sort not in _TURNED or done.met_by is not None or not _is_in_order(done, _day(last), _day(last)):
        return []
    return _behind(done, last, today) if _day(last) == edge else [_beyond(done, _day(last), today)]


def _behind(done: Slice, last: str, today: str) -> list[Slice]:
    """The slice of all days behind the one that a reading came to, when there are some."""
    part = _beyond(done, _next_day(_day(last), done.sort), today)
    return [part] if (part.start_date or "") <= (part.end_date or "") else []


def _after_both_ends(done: Slice, last: str, fixed: set[str]) -> tuple[Status, list[Slice]]:
    """A day was read from both ends; equal times are no proof that the readings met."""
    assert done.met_by is not None
    if (last > done.met_by) if done.sort == "date_asc" else (last < done.met_by):
        return "complete", []
    for name, values in CUTS:
        if name not in fixed and name not in done.narrowed:
            again = replace(done, sort=_TURNED[done.sort], met_by=None)
            return "cut", [replace(again, narrowed=done.narrowed | {name: value}) for value in values]
    return "incomplete", []


def _is_in_order(done: Slice, first: str, last: str) -> bool:
    """Whether the days are of the slice and in its order; if not, a next slice by them might be the same again."""
    earlier, later = (last, first) if done.sort == "date_desc" else (first, last)
    return (done.start_date or earlier) <= earlier <= later <= (done.end_date or later)


def _beyond(done: Slice, day: str, today: str) -> Slice:
    """What a reading has not come to yet, from that day on in its direction."""
    if done.sort == "date_desc":
        return replace(done, start_date=done.start_date or FIRST_DAY, end_date=day)
    return replace(done, start_date=day, end_date=done.end_date or today)


def _next_day(day: str, sort: str) -> str:
    step = timedelta(days=-1 if sort == "date_desc" else 1)
    return (date.fromisoformat(day) + step).isoformat()


def _day(create_date: str) -> str:
    """The day in Japan of a create_date, which is always in Japan's time."""
    return create_date[:10]

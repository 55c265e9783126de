"""Search beyond Pixiv's cap: splits a search into partitions that stay below it.

A search returns at most about 5,030 works. If the order is by date, the rest is requested by moving the end of the
date range to the day that was reached. A single day with more works is also read in the opposite order; if the two
passes do not overlap, the day is split by further filters, one after another, and each part is read in the same way. A
part that no filter makes small enough is reported as incomplete, so a search either is complete or states what is
missing.
"""

from dataclasses import asdict, dataclass, field, replace
from datetime import date, timedelta
from typing import Any, Literal

# Larger offsets are rejected with 400.
MAX_OFFSET = 5000
# Entries of a full listing.
LISTING_SIZE = 30
# The day on which Pixiv opened; a search requires both ends of a date range, or neither.
FIRST_DAY = "2007-09-10"
_REVERSED = {"date_desc": "date_asc", "date_asc": "date_desc"}

# The filters that a day is split by, in this order; the values of each are mutually exclusive and cover all works.
SPLIT_FILTERS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("content_type", ("illust", "manga", "ugoira")),
    ("search_ai_type", ("1", "2")),  # without AI, AI only
    ("ratio_pattern", ("landscape", "portrait", "square")),
)

Status = Literal["complete", "continued", "split", "known", "incomplete", "failed"]
"""complete: all works were listed. continued: the rest is in later partitions. split: requested again in parts.
known: the rest was collected by an earlier run. incomplete: works are missing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchPartition:
    """A part of a search: an order, a date range, and filters."""

    sort: str
    """date_desc or date_asc; only these can be partitioned."""
    start_date: str | None = None
    """First day, in Japan; None (like `end_date`): all days."""
    end_date: str | None = None
    """Last day, in Japan."""
    filters: dict[str, str] = field(default_factory=dict)
    """Parameters that a day was split by."""
    opposite_reached: str | None = None
    """create_date that the pass in the opposite order reached; None for a first pass."""

    @property
    def params(self) -> dict[str, str | None]:
        """The search parameters of the partition."""
        return {"sort": self.sort, "start_date": self.start_date, "end_date": self.end_date, **self.filters}

    def to_dict(self) -> dict[str, Any]:
        """The partition as plain JSON, for a request's meta."""
        return asdict(self)


def after_cap(
    done: SearchPartition, first: str, last: str, *, fixed: set[str], today: str
) -> tuple[Status, list[SearchPartition]]:
    """The status of a partition that reached the cap, and the partitions to request next.

    `first` and `last` are the create_dates of its first and last entry, in the order read; `fixed` are the filters
    that the user has set; `today` is the current day in Japan.
    """
    if done.sort not in _REVERSED:
        return "incomplete", []
    if done.opposite_reached is not None:
        return _after_both_orders(done, last, fixed)
    if not _is_in_order(done, _day(first), _day(last)):
        return "incomplete", []
    if _day(first) != _day(last):
        return "continued", [_from_day(done, _day(last), today)]
    day = _day(last)
    opposite = replace(done, sort=_REVERSED[done.sort], start_date=day, end_date=day, opposite_reached=last)
    return "continued", [opposite, *_remaining_days(done, last, today)]


def after_failure(done: SearchPartition, last: str, *, today: str) -> list[SearchPartition]:
    """The partitions for the rest of one that failed midway, starting with the day it reached if that is not its first."""
    edge = done.end_date if done.sort == "date_desc" else done.start_date
    if (
        done.sort not in _REVERSED
        or done.opposite_reached is not None
        or not _is_in_order(done, _day(last), _day(last))
    ):
        return []
    return _remaining_days(done, last, today) if _day(last) == edge else [_from_day(done, _day(last), today)]


def _remaining_days(done: SearchPartition, last: str, today: str) -> list[SearchPartition]:
    """The partition of all days after the one that a pass reached, if there are any."""
    part = _from_day(done, _next_day(_day(last), done.sort), today)
    return [part] if (part.start_date or "") <= (part.end_date or "") else []


def _after_both_orders(done: SearchPartition, last: str, fixed: set[str]) -> tuple[Status, list[SearchPartition]]:
    """A day was read in both orders; equal times do not prove that the two passes overlap."""
    assert done.opposite_reached is not None
    if (last > done.opposite_reached) if done.sort == "date_asc" else (last < done.opposite_reached):
        return "complete", []
    for name, values in SPLIT_FILTERS:
        if name not in fixed and name not in done.filters:
            again = replace(done, sort=_REVERSED[done.sort], opposite_reached=None)
            return "split", [replace(again, filters=done.filters | {name: value}) for value in values]
    return "incomplete", []


def _is_in_order(done: SearchPartition, first: str, last: str) -> bool:
    """Whether the days are in the partition's range and order; otherwise, the next partition could equal this one."""
    earlier, later = (last, first) if done.sort == "date_desc" else (first, last)
    return (done.start_date or earlier) <= earlier <= later <= (done.end_date or later)


def _from_day(done: SearchPartition, day: str, today: str) -> SearchPartition:
    """The partition that starts at that day and continues in the same order."""
    if done.sort == "date_desc":
        return replace(done, start_date=done.start_date or FIRST_DAY, end_date=day)
    return replace(done, start_date=day, end_date=done.end_date or today)


def _next_day(day: str, sort: str) -> str:
    step = timedelta(days=-1 if sort == "date_desc" else 1)
    return (date.fromisoformat(day) + step).isoformat()


def _day(create_date: str) -> str:
    """The day of a create_date, which is always in Japan's time zone."""
    return create_date[:10]

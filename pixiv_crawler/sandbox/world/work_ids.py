"""The work IDs of each day that generated works use."""

from datetime import date, datetime, time, timedelta
from functools import lru_cache

from .works import JST, SECONDS_PER_ID, id_at, time_of

# The first 2,000 of each 10,000 IDs belong to the added users: one each, on any day (see `World`).
ID_ROUND = 10_000
ADDED_USERS = 2_000
_FREE = ID_ROUND - ADDED_USERS

FIRST_DAY = date(2008, 1, 1)
LAST_DAY = date(2039, 12, 31)
# The positions that every day has: two complete rounds, although its IDs extend into a third.
IDS_PER_DAY = 86_400 // SECONDS_PER_ID // ID_ROUND * _FREE


def id_on(day: date, position: int) -> int:
    """The ID at this position of a day; increases with the position."""
    rounds, place = divmod(_free_before(_first_id(day)) + position, _FREE)
    return rounds * ID_ROUND + ADDED_USERS + place


def place_of(work_id: int) -> tuple[date, int] | None:
    """The day and position of the ID of a generated work; None: the ID is not one of a generated work."""
    if work_id % ID_ROUND < ADDED_USERS or not _first_id(FIRST_DAY) <= work_id < _first_id(LAST_DAY):
        return None
    day = time_of(work_id).date()
    return day, _free_before(work_id) - _free_before(_first_id(day))


def midnight(day: date) -> datetime:
    return datetime.combine(day, time(), JST)


def days_before(day: date, count: int) -> list[date]:
    """The `count` days up to this one, newest first."""
    return [day - timedelta(days=number) for number in range(count)]


@lru_cache(maxsize=1024)
def _first_id(day: date) -> int:
    return id_at(midnight(day))


def _free_before(work_id: int) -> int:
    rounds, place = divmod(work_id, ID_ROUND)
    return rounds * _FREE + max(0, place - ADDED_USERS)

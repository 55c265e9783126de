"""Where in the row of work ids each day has its place, for the works that the crowd uploads."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from functools import lru_cache

from .works import JST, SECONDS_PER_ID, id_at, time_of

# Of each ten thousand ids the first are the named users': one each, whatever the day (see `World`).
ID_ROUND = 10_000
NAMED_USERS = 2_000
_FREE = ID_ROUND - NAMED_USERS

FIRST_DAY = date(2008, 1, 1)
LAST_DAY = date(2039, 12, 31)
# What a day surely has: two whole rounds, though its ids reach over a part of a third.
IDS_PER_DAY = 86_400 // SECONDS_PER_ID // ID_ROUND * _FREE


def id_on(day: date, position: int) -> int:
    """The crowd's id at this position of a day; growing with the position."""
    rounds, place = divmod(_free_before(_first_id(day)) + position, _FREE)
    return rounds * ID_ROUND + NAMED_USERS + place


def place_of(work_id: int) -> tuple[date, int] | None:
    """The day and the position of one of the crowd's ids; None: it is none of theirs."""
    if work_id % ID_ROUND < NAMED_USERS or not _first_id(FIRST_DAY) <= work_id < _first_id(LAST_DAY):
        return None
    day = time_of(work_id).date()
    return day, _free_before(work_id) - _free_before(_first_id(day))


def midnight(day: date) -> datetime:
    return datetime.combine(day, time(), JST)


def days_before(day: date, count: int) -> list[date]:
    """So many days up to this one, newest first."""
    return [day - timedelta(days=number) for number in range(count)]


@lru_cache(maxsize=1024)
def _first_id(day: date) -> int:
    return id_at(midnight(day))


def _free_before(work_id: int) -> int:
    rounds, place = divmod(work_id, ID_ROUND)
    return rounds * _FREE + max(0, place - NAMED_USERS)

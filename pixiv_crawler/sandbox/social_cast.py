"""What the users that every simulated Pixiv starts with have bookmarked and whom they follow."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from itertools import islice
from random import Random

from .bookmarks import PRIVATE, PUBLIC, Plan
from .cast import ACCOUNT
from .crowd import everyday_users
from .dayids import id_on
from .follows import Follows
from .works import Work

RICH, LIMITED, PROLIFIC, ORDINARY, SERIAL = 2188232, 1002, 1006, 1008, 1020
# More than the 5,000 to which the lists of users can be paged.
BEYOND_THE_CAP = 5_100

_LAST_DAY = date(2026, 11, 10)
_TAGS = ("背景", "参考", "かわいい", "壁紙", "あとで見る", *(f"棚{number}" for number in range(1, 31)))

WorksOf = Callable[[int], Sequence[Work]]


def follows() -> Follows:
    known = Follows()
    known.put_many(ACCOUNT.id, [*_crowd(33), ORDINARY, RICH])
    known.put_many(ACCOUNT.id, [*_crowd(3, 40), SERIAL, LIMITED], PRIVATE)
    known.put_many(RICH, [*_crowd(68, 50), PROLIFIC, ORDINARY])
    known.put_many(RICH, _crowd(5, 120), PRIVATE)
    known.put_many(PROLIFIC, _crowd(BEYOND_THE_CAP, 130))
    known.put_fans(ACCOUNT.id, _crowd(40, 200))
    known.put_fans(RICH, _crowd(95, 250))
    known.put_fans(PROLIFIC, _crowd(BEYOND_THE_CAP, 350))
    known.mypixiv = {ACCOUNT.id: [ORDINARY, *_crowd(2, 400)], RICH: _crowd(5, 410)}
    known.blocked = {ACCOUNT.id: _crowd(2, 420)}
    return known


def bookmarks(works_of: WorksOf) -> Mapping[int, Plan]:
    """`works_of` lists a user's works with the withdrawn ones, newest first.

    The account has 108 public bookmarks, among them 4 of withheld works and 2 of deleted ones, and 20 private ones;
    the rich user has 45 and 3.
    """
    rich, ordinary = works_of(RICH), works_of(ORDINARY)
    withdrawn = [work.id for work in rich if work.sketch.withdrawn]
    named = [work.id for work in (*rich[:22], *works_of(LIMITED), *ordinary[:10])]
    public = list(dict.fromkeys([*withdrawn, *named]))
    public += _crowd_works(108 - len(public), "public")
    private = [work.id for work in ordinary[10:18]]
    private += _crowd_works(20 - len(private), "private")
    return {
        ACCOUNT.id: [*_plan(public, PUBLIC), *_plan(private, PRIVATE)],
        RICH: [*_plan(_crowd_works(45, "rich"), PUBLIC), *_plan(_crowd_works(3, "rich, private"), PRIVATE)],
    }


def _plan(work_ids: list[int], restrict: str) -> Iterator[tuple[int, str, tuple[str, ...]]]:
    rng = Random(f"bookmarks {restrict} {len(work_ids)}")
    for number, work_id in enumerate(rng.sample(work_ids, len(work_ids))):
        own = (_TAGS[number % len(_TAGS)],) if number % 4 else ()
        yield work_id, restrict, (*own, "お気に入り") if own and number % 5 == 0 else own


def _crowd_works(count: int, seed: str) -> list[int]:
    rng = Random(f"bookmarked works, {seed}")
    days = rng.sample(range(900), count)
    return [id_on(_LAST_DAY - timedelta(days=day), rng.randrange(700)) for day in days]


def _crowd(count: int, start: int = 0) -> list[int]:
    """So many of the everyday users."""
    return list(islice(everyday_users(_LAST_DAY), start, start + count))

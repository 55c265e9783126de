"""The works that Pixiv's feeds contain: new, related and recommended works, and works of followed users and friends."""

from collections.abc import Collection, Iterable, Iterator
from datetime import timedelta
from random import Random
from typing import TypeVar

from .generated_users import daily_uploads
from .novels import Novel
from .work_ids import days_before
from .works import Work
from .world import World

_RELATED, _RELATED_BY_THE_SAME = 100, 10
_RECOMMENDED_DAYS = 5
# Pixiv's list of new works is limited too; a crawl of it must end.
_NEW_DAYS = 2

WorkT = TypeVar("WorkT", Work, Novel)


def new_works(world: World, type_: str, highest_id: int | None) -> Iterator[Work]:
    """The generated works of today and yesterday, newest first, from an ID on."""
    for day in days_before(world.today, _NEW_DAYS):
        for summary in reversed(daily_uploads(day)):
            if _is_of(summary.type, type_) and (highest_id is None or summary.id <= highest_id):
                work = world.work(summary.id)
                if work is not None:
                    yield work


def related_ids(world: World, work: Work) -> list[int]:
    """100 works, always the same for a work: some by the same user, the rest by others."""
    own = [other.id for other in world.works(work.user.id) if other is not work][:_RELATED_BY_THE_SAME]
    rng = Random(f"related to {work.id}")
    days = [work.created.date() - timedelta(days=number) for number in range(1, 4)]
    others = [
        summary.id for day in days for summary in daily_uploads(day) if summary.id != work.id and summary.id not in own
    ]
    return own + rng.sample(others, _RELATED - len(own))


def recommended_ids(world: World, type_: str, viewed: Collection[int], count: int) -> list[int]:
    """Recent works for all ages, in random order, without the viewed ones."""
    days = days_before(world.today - timedelta(days=1), _RECOMMENDED_DAYS)
    known = [
        summary.id
        for day in days
        for summary in daily_uploads(day)
        if summary.x_restrict == 0 and _is_of(summary.type, type_)
    ]
    Random(f"recommended {type_} {world.today}").shuffle(known)
    unseen = set(viewed)
    return [work_id for work_id in known if work_id not in unseen][:count]


def works_of(world: World, user_ids: Iterable[int]) -> list[Work]:
    """Works of these users, newest first."""
    return _newest_first(work for user_id in user_ids for work in world.works(user_id))


def novels_of(world: World, user_ids: Iterable[int]) -> list[Novel]:
    """Novels of these users, newest first."""
    return _newest_first(novel for user_id in user_ids for novel in world.novels_of(user_id) if novel.is_open)


def _newest_first(works: Iterable[WorkT]) -> list[WorkT]:
    return sorted(works, key=lambda work: (work.created, work.id), reverse=True)


def _is_of(type_: str, wanted: str) -> bool:
    """Ugoira count as illusts."""
    return (type_ == "manga") == (wanted == "manga")

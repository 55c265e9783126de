"""Which works Pixiv would show somebody: newest, related, recommended, by those whom the account follows."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import timedelta
from random import Random

from .generated_users import everyday_hits
from .users import ACCOUNT
from .work_ids import days_before
from .works import Work
from .world import World

_RELATED, _RELATED_BY_THE_SAME = 100, 10
_RECOMMENDED_DAYS = 5
# Pixiv's own list of new works ends somewhere too; a crawl should come to its end.
_NEW_DAYS = 2


def new_works(world: World, type_: str, highest_id: int | None) -> Iterator[Work]:
    """The works of the crowd of today and yesterday, newest first, from an id on."""
    for day in days_before(world.today, _NEW_DAYS):
        for hit in reversed(everyday_hits(day)):
            if _is_of(hit.type, type_) and (highest_id is None or hit.id <= highest_id):
                work = world.work(hit.id)
                if work is not None:
                    yield work


def related_ids(world: World, work: Work) -> list[int]:
    """100 works, always the same for one work: some by its user, the others by anybody."""
    own = [other.id for other in world.works(work.user.id) if other is not work][:_RELATED_BY_THE_SAME]
    rng = Random(f"related to {work.id}")
    days = [work.created.date() - timedelta(days=number) for number in range(1, 4)]
    others = [hit.id for day in days for hit in everyday_hits(day) if hit.id != work.id and hit.id not in own]
    return own + rng.sample(others, _RELATED - len(own))


def recommended_ids(world: World, type_: str, viewed: Collection[int], count: int) -> list[int]:
    """Of the last days' works those for all ages, in an order of their own, without the viewed ones."""
    days = days_before(world.today - timedelta(days=1), _RECOMMENDED_DAYS)
    known = [hit.id for day in days for hit in everyday_hits(day) if hit.x_restrict == 0 and _is_of(hit.type, type_)]
    Random(f"recommended {type_} {world.today}").shuffle(known)
    unseen = set(viewed)
    return [work_id for work_id in known if work_id not in unseen][:count]


def followed_works(world: World, restrict: str) -> list[Work]:
    """The works of those whom the account follows, newest first."""
    works = [work for user_id in world.follows.following(ACCOUNT.id, restrict) for work in world.works(user_id)]
    return sorted(works, key=lambda work: (work.created, work.id), reverse=True)


def _is_of(type_: str, wanted: str) -> bool:
    """Ugoira count as illusts."""
    return (type_ == "manga") == (wanted == "manga")

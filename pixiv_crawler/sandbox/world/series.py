"""Series of illusts and manga: which works are in them, and how Pixiv shows them."""

from __future__ import annotations

from .users import Series, Standing, User
from .works import Work
from .world import World


def series_of(user: User) -> list[Series]:
    """The newest first."""
    if user.standing is not Standing.PRESENT:
        return []
    return list(dict.fromkeys(sketch.series for sketch in reversed(user.sketches) if sketch.series is not None))


def series_works(world: World, series_id: int) -> list[Work]:
    """In their order; empty: there is no such series."""
    owners = (user for user in world.users() if any(series.id == series_id for series in series_of(user)))
    works = (work for user in owners for work in reversed(world.works(user.id)))
    return [work for work in works if work.sketch.series is not None and work.sketch.series.id == series_id]

"""The series of illusts and manga, and the works in them."""

from .users import Series, Standing, User
from .works import Work
from .world import World


def series_of(user: User) -> list[Series]:
    """Newest first."""
    if user.standing is not Standing.PRESENT:
        return []
    return list(dict.fromkeys(spec.series for spec in reversed(user.work_specs) if spec.series is not None))


def series_works(world: World, series_id: int) -> list[Work]:
    """In order; empty if there is no such series."""
    owners = (user for user in world.users() if any(series.id == series_id for series in series_of(user)))
    works = (work for user in owners for work in reversed(world.works(user.id)))
    return [work for work in works if work.spec.series is not None and work.spec.series.id == series_id]

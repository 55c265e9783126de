"""The works of one user; their IDs are derived from the user's slot."""

from random import Random

from .users import User
from .work_ids import ID_ROUND
from .works import Work, generate_work

# A work's ID is FIRST_ID + position * ID_ROUND + the user's slot: unique, and increasing for each user.
_FIRST_ID = 70_000_000
MAX_WORKS = 7_600


def generate_works(user: User, slot: int) -> dict[int, Work]:
    """By ID, newest first."""
    step = _step(len(user.work_specs))
    rng = Random(f"dates of {user.id}")
    works = {}
    for number, spec in enumerate(user.work_specs):
        position = number * step + rng.randrange(step)
        work_id = _FIRST_ID + position * ID_ROUND + slot
        works[work_id] = generate_work(work_id, user, spec)
    return dict(reversed(works.items()))


def _step(works: int) -> int:
    """Positions between two works: constant for similar counts, so that adding a work does not move the others."""
    room = next((room for room in (50, 100, 500, 1000, 5000) if works < room), MAX_WORKS)
    return MAX_WORKS // room

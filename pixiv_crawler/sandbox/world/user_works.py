"""The works of one user: their IDs, and how they follow from the user's slot."""

from __future__ import annotations

from random import Random

from .users import User
from .work_ids import ID_ROUND
from .works import Work, draw_work

# A work's id is FIRST_ID + position * ID_ROUND + the user's slot: unique, and growing with time for every user.
_FIRST_ID = 70_000_000
MAX_WORKS = 7_600


def draw_works(user: User, slot: int) -> dict[int, Work]:
    """By ID, newest first."""
    step = _step(len(user.sketches))
    rng = Random(f"dates of {user.id}")
    works = {}
    for number, sketch in enumerate(user.sketches):
        position = number * step + rng.randrange(step)
        work_id = _FIRST_ID + position * ID_ROUND + slot
        works[work_id] = draw_work(work_id, user, sketch)
    return dict(reversed(works.items()))


def _step(works: int) -> int:
    """Positions between two works: the same for similar numbers, so that one more work moves no other."""
    room = next((room for room in (50, 100, 500, 1000, 5000) if works < room), MAX_WORKS)
    return MAX_WORKS // room

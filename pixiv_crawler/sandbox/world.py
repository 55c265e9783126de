"""The users and works of one simulated Pixiv; safe to ask and to extend from any thread."""

from __future__ import annotations

from random import Random
from threading import RLock

from . import cast
from .exchange import SandboxError
from .users import Sketch, Standing, User
from .works import Work, draw_work

# A work's id is FIRST_ID + position * SLOTS + the user's slot: unique, and growing with time for every user.
_FIRST_ID = 70_000_000
_SLOTS = 10_000
_POSITIONS = 7_600


class World:
    """Works are drawn when somebody first asks for them."""

    def __init__(self) -> None:
        self._lock = RLock()
        self._users: dict[int, User] = {}
        self._slots: dict[int, int] = {}
        self._drawn: dict[int, dict[int, Work]] = {}
        for user in cast.users():
            self.add(user)

    def add(self, user: User) -> None:
        """Add a user, or put them in the place of the one with that id; works that were there keep their ids."""
        if len(user.sketches) > _POSITIONS:
            raise SandboxError(
                f"User {user.id} has {len(user.sketches)} works; the sandbox holds {_POSITIONS} of one."
            )
        with self._lock:
            slot = self._slots.setdefault(user.id, len(self._slots))
            if slot >= _SLOTS:
                raise SandboxError(f"The sandbox holds {_SLOTS} users and is full.")
            self._users[user.id] = user
            self._drawn.pop(user.id, None)

    def add_user(
        self, user_id: int, works: int = 0, pages: int = 1, file_bytes: int = 0, name: str | None = None
    ) -> User:
        """Add a user with so many illusts, all alike."""
        sketch = Sketch(extensions=("jpg",) * pages, file_bytes=file_bytes)
        user = User(user_id, name or f"user {user_id}", f"user_{user_id}", (sketch,) * works)
        self.add(user)
        return user

    def user(self, user_id: int) -> User | None:
        """The user, whatever their standing."""
        with self._lock:
            return self._users.get(user_id)

    def users(self) -> list[User]:
        with self._lock:
            return list(self._users.values())

    def listing(self, user_id: int) -> tuple[Work, ...]:
        """The user's works, newest first, with the withdrawn ones in their places."""
        return tuple(self._works_by_id(user_id).values())

    def works(self, user_id: int) -> list[Work]:
        """The works that Pixiv shows of a user, newest first."""
        return [work for work in self.listing(user_id) if not work.sketch.withdrawn]

    def work(self, work_id: int) -> Work | None:
        with self._lock:
            slots = list(self._slots)
        slot = work_id % _SLOTS
        work = self._works_by_id(slots[slot]).get(work_id) if slot < len(slots) else None
        return None if work is None or work.sketch.withdrawn else work

    def _works_by_id(self, user_id: int) -> dict[int, Work]:
        """Newest first. The dict is never changed once drawn."""
        with self._lock:
            user = self._users.get(user_id)
            if user is None or user.standing is not Standing.PRESENT:
                return {}
            if user_id not in self._drawn:
                self._drawn[user_id] = self._draw(user)
            return self._drawn[user_id]

    def _draw(self, user: User) -> dict[int, Work]:
        step = _step(len(user.sketches))
        rng = Random(f"dates of {user.id}")
        works = {}
        for number, sketch in enumerate(user.sketches):
            position = number * step + rng.randrange(step)
            work_id = _FIRST_ID + position * _SLOTS + self._slots[user.id]
            works[work_id] = draw_work(work_id, user, sketch)
        return dict(reversed(works.items()))


def _step(works: int) -> int:
    """Positions between two works: the same for similar numbers, so that one more work moves no other."""
    room = next((room for room in (50, 100, 500, 1000, 5000) if works < room), _POSITIONS)
    return _POSITIONS // room

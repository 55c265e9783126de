"""The novels of a simulated Pixiv. Thread-safe."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from threading import RLock

from ..errors import SandboxError
from .novels import Novel, generate_novel
from .users import Standing, User
from .works import Work

# A novel's ID is FIRST_ID + position * SLOTS + the slot of its author: unique, and increasing for each author.
_FIRST_ID = 8_000_000
_SLOTS = 1_000
_POSITIONS = 18_500


class NovelCatalogue:
    """Novels are generated on first use. Only users with novels occupy a slot."""

    def __init__(self, works_of: Callable[[int], list[Work]], original: NovelCatalogue | None = None) -> None:
        self._works_of = works_of
        self._original = original
        self._lock = RLock()
        self._writers: dict[int, User] = {} if original is None else dict(original._writers)
        self._slots: dict[int, int] = {} if original is None else dict(original._slots)
        self._shared = set(self._writers)
        self._generated: dict[int, dict[int, Novel]] = {}

    def copy(self, works_of: Callable[[int], list[Work]]) -> NovelCatalogue:
        """An independent copy that shares the novels of the original, which must not change any more."""
        return NovelCatalogue(works_of, self)

    def put(self, user: User) -> None:
        """Adds the novels of a user, or replaces them; novels that remain keep their IDs."""
        if len(user.novels) > _POSITIONS:
            raise SandboxError(
                f"User {user.id} has {len(user.novels)} novels; the sandbox supports at most {_POSITIONS} novels per user."
            )
        with self._lock:
            if user.novels and self._slots.setdefault(user.id, len(self._slots)) >= _SLOTS:
                raise SandboxError(f"The sandbox supports at most {_SLOTS} users with novels.")
            self._writers[user.id] = user
            self._shared.discard(user.id)
            self._generated.pop(user.id, None)

    def novels_of(self, user_id: int) -> list[Novel]:
        """Newest first, including withheld novels."""
        return list(self._novels_by_id(user_id).values())

    def novel(self, novel_id: int) -> Novel | None:
        with self._lock:
            writers = list(self._slots)
        slot = novel_id % _SLOTS
        return self._novels_by_id(writers[slot]).get(novel_id) if slot < len(writers) else None

    def novels(self) -> list[Novel]:
        """The novels of all users, newest first."""
        with self._lock:
            writers = list(self._slots)
        novels = (novel for user_id in writers for novel in self.novels_of(user_id))
        return sorted(novels, key=lambda novel: -novel.id)

    def series(self, series_id: int) -> list[Novel]:
        """The novels of a series, in order; empty if there is no such series."""
        return [
            novel
            for novel in reversed(self.novels())
            if novel.spec.series is not None and novel.spec.series.id == series_id
        ]

    def _novels_by_id(self, user_id: int) -> dict[int, Novel]:
        """Newest first. The dict is not changed after its creation."""
        with self._lock:
            user = self._writers.get(user_id)
            if user is None or not user.novels or user.standing is not Standing.PRESENT:
                return {}
            if user_id in self._shared and self._original is not None:
                return self._original._novels_by_id(user_id)
            if user_id not in self._generated:
                self._generated[user_id] = self._draw(user)
            return self._generated[user_id]

    def _draw(self, user: User) -> dict[int, Novel]:
        step, works = _step(len(user.novels)), self._works_of(user.id)
        rng = Random(f"dates of the novels of {user.id}")
        novels = {}
        for number, spec in enumerate(user.novels):
            position = number * step + rng.randrange(step)
            novel_id = _FIRST_ID + position * _SLOTS + self._slots[user.id]
            novels[novel_id] = generate_novel(novel_id, user, spec, works)
        return dict(reversed(novels.items()))


def _step(novels: int) -> int:
    """Positions between two novels: constant for similar counts, so that adding a novel does not move the others."""
    room = next((room for room in (20, 70, 200, 1000, 6000) if novels < room), _POSITIONS)
    return _POSITIONS // room

"""The bookmarks of each user, which POST requests of the account change. Thread-safe."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from threading import RLock

PUBLIC, PRIVATE = "public", "private"
_FIRST_ID = 23_000_000_000
_ID_STEP = 1013


@dataclass(frozen=True, slots=True)
class Bookmark:
    id: int
    """Increases with time; listings are sorted by it."""
    work_id: int
    restrict: str
    tags: tuple[str, ...]

    @property
    def month(self) -> str:
        """When it was added, `YYYY-MM`: six a month, since 2015."""
        months = (self.id - _FIRST_ID) // _ID_STEP // 6
        return f"{2015 + months // 12}-{months % 12 + 1:02}"


PlannedBookmark = tuple[int, str, tuple[str, ...]]
"""Work ID, restrict and tags."""
Plan = Sequence[PlannedBookmark]
"""The bookmarks of one user, oldest first."""


class Bookmarks:
    """`plan` returns the initial bookmarks; it is called on first use. A copy takes them from its `original`."""

    def __init__(self, plan: Callable[[], Mapping[int, Plan]], original: Bookmarks | None = None) -> None:
        self._plan = plan
        self._original = original
        self._lock = RLock()
        self._next_id = _FIRST_ID
        self._lists: dict[int, dict[int, Bookmark]] | None = None

    def copy(self) -> Bookmarks:
        """An independent copy, filled on first use."""
        return Bookmarks(self._plan, self)

    def of(self, user_id: int, restrict: str) -> list[Bookmark]:
        """Newest first."""
        with self._lock:
            known = list(self._loaded().get(user_id, {}).values())
        return [bookmark for bookmark in reversed(known) if bookmark.restrict == restrict]

    def find(self, user_id: int, work_id: int) -> Bookmark | None:
        with self._lock:
            return self._loaded().get(user_id, {}).get(work_id)

    def put(self, user_id: int, work_id: int, restrict: str = PUBLIC, tags: tuple[str, ...] = ()) -> None:
        """Adds a bookmark; an existing one gets the new restrict and tags, and keeps its position."""
        with self._lock:
            known = self._loaded().setdefault(user_id, {})
            old = known.get(work_id)
            known[work_id] = (
                self._new(work_id, restrict, tags) if old is None else replace(old, restrict=restrict, tags=tags)
            )

    def remove(self, user_id: int, work_id: int) -> bool:
        """False: there was none."""
        with self._lock:
            return self._loaded().get(user_id, {}).pop(work_id, None) is not None

    def snapshot(self) -> tuple[dict[int, dict[int, Bookmark]], int]:
        """Copies of the lists, and the last bookmark ID that was used."""
        with self._lock:
            return {user_id: dict(known) for user_id, known in self._loaded().items()}, self._next_id

    def _loaded(self) -> dict[int, dict[int, Bookmark]]:
        """By user and work, oldest first."""
        if self._lists is None and self._original is not None:
            self._lists, self._next_id = self._original.snapshot()
        if self._lists is None:
            self._lists = {
                user_id: {entry[0]: self._new(*entry) for entry in entries}
                for user_id, entries in self._plan().items()
            }
        return self._lists

    def _new(self, work_id: int, restrict: str, tags: tuple[str, ...]) -> Bookmark:
        self._next_id += _ID_STEP
        return Bookmark(self._next_id, work_id, restrict, tags)

"""Follows, friends (mypixiv) and blocked users. Thread-safe."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from threading import RLock

from .bookmarks import PRIVATE, PUBLIC


@dataclass
class Follows:
    """All lists contain user IDs, newest first."""

    mypixiv: dict[int, list[int]] = field(default_factory=dict)
    blocked: dict[int, list[int]] = field(default_factory=dict)
    _fans: dict[int, list[int]] = field(default_factory=dict)
    _followed: dict[int, dict[int, str]] = field(default_factory=dict)
    _lock: RLock = field(default_factory=RLock)

    def copy(self) -> Follows:
        """An independent copy."""
        with self._lock:
            followed = {user_id: dict(known) for user_id, known in self._followed.items()}
            return Follows(dict(self.mypixiv), dict(self.blocked), dict(self._fans), followed)

    def put(self, user_id: int, followed_id: int, restrict: str = PUBLIC) -> None:
        with self._lock:
            self._followed.setdefault(user_id, {})[followed_id] = restrict

    def put_many(self, user_id: int, followed: Iterable[int], restrict: str = PUBLIC) -> None:
        """Oldest first."""
        for followed_id in followed:
            self.put(user_id, followed_id, restrict)

    def remove(self, user_id: int, followed_id: int) -> bool:
        """False: the user did not follow."""
        with self._lock:
            return self._followed.get(user_id, {}).pop(followed_id, None) is not None

    def restrict(self, user_id: int, followed_id: int) -> str | None:
        """How one user follows another; None: not at all."""
        with self._lock:
            return self._followed.get(user_id, {}).get(followed_id)

    def following(self, user_id: int, restrict: str = "all") -> list[int]:
        """Public, private or all."""
        wanted = (PUBLIC, PRIVATE) if restrict == "all" else (restrict,)
        with self._lock:
            known = list(self._followed.get(user_id, {}).items())
        return [followed_id for followed_id, how in reversed(known) if how in wanted]

    def put_fans(self, user_id: int, fans: Iterable[int]) -> None:
        """Followers in addition to those that the follows of other users imply."""
        with self._lock:
            self._fans[user_id] = list(fans)

    def followers(self, user_id: int) -> list[int]:
        with self._lock:
            known = [follower for follower, followed in self._followed.items() if followed.get(user_id) == PUBLIC]
            return known + [fan for fan in self._fans.get(user_id, ()) if fan not in known]

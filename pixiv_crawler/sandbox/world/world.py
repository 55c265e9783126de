"""The users and works of one simulated Pixiv; safe to ask and to extend from any thread."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import islice
from threading import RLock

from ..errors import SandboxError
from .default_data import default_data
from .novels import Novel
from .user_works import MAX_WORKS, draw_works
from .users import NovelSketch, Sketch, Standing, User
from .work_ids import ID_ROUND, NAMED_USERS
from .works import JST, Work

# Pixiv rejects larger offsets.
LISTING_CAP = 5000


@dataclass
class Reader:
    """What the account that every token belongs to may do, and wants to see."""

    is_premium: bool = False
    x_restrict: int = 2
    """0: no R-18 works; 1: no R-18G ones; 2: all."""


class World:
    """Works are drawn when somebody first asks for them.

    now: the world's own present, whatever the clock says: after noon in Japan, so that today's ranking is there.
    version: how often the default data has been changed by adding users or words, or by replacing files.
    listing_cap: the largest offset that listings accept.
    """

    def __init__(self, reader: Reader | None = None, listing_cap: int = LISTING_CAP) -> None:
        self.now = datetime(2026, 11, 20, 15, 0, tzinfo=JST)
        self.reader = reader or Reader()
        self.listing_cap = listing_cap
        self.version = 0
        self.defaults = default_data()
        self.follows = self.defaults.follows.copy()
        self.bookmarks = self.defaults.bookmarks.copy()
        self.novel_bookmarks = self.defaults.novel_bookmarks.copy()
        self.crowd = self.defaults.crowd.copy()
        self.shelf = self.defaults.shelf.copy(self.works)
        self._lock = RLock()
        self._users = dict(self.defaults.users)
        self._slots = dict(self.defaults.slots)
        self._drawn: dict[int, dict[int, Work]] = {}

    @property
    def today(self) -> date:
        return self.now.date()

    @today.setter
    def today(self, day: date) -> None:
        self.now = datetime.combine(day, self.now.timetz())

    def add(self, user: User) -> None:
        """Add a user, or put them in the place of the one with that id; works that were there keep their ids."""
        if len(user.sketches) > MAX_WORKS:
            raise SandboxError(f"User {user.id} has {len(user.sketches)} works; the sandbox holds {MAX_WORKS} of one.")
        with self._lock:
            slot = self._slots.setdefault(user.id, len(self._slots))
            if slot >= NAMED_USERS:
                raise SandboxError(f"The sandbox holds {NAMED_USERS} users and is full.")
            self._users[user.id] = user
            self._drawn.pop(user.id, None)
            self.version += 1
        # Outside of the lock: the shelf has one of its own, and asks for works while it holds it.
        self.shelf.put(user)

    def add_user(
        self,
        user_id: int,
        works: int = 0,
        pages: int = 1,
        file_bytes: int = 0,
        name: str | None = None,
        novels: int = 0,
    ) -> User:
        """Add a user with so many illusts, all alike, and so many novels."""
        sketch = Sketch(extensions=("jpg",) * pages, file_bytes=file_bytes)
        user = User(
            user_id, name or f"user {user_id}", f"user_{user_id}", (sketch,) * works, novels=(NovelSketch(),) * novels
        )
        self.add(user)
        return user

    def add_word(self, word: str, counts: Mapping[date, int]) -> None:
        """Add so many works on each of these days, by many users: they are found by the word, which is their tag."""
        with self._lock:
            self.crowd.add_word(word, dict(counts))
            self.version += 1

    def replace_files(self, work_id: int) -> Work:
        """The user puts other files in the place of a work's: they have new addresses, and the old ones are gone."""
        with self._lock:
            work = self.work(work_id)
            if work is None or work.user.id not in self._users:
                raise SandboxError(f"Work {work_id} has no files that could be replaced.")
            new = replace(work, uploaded=work.uploaded + timedelta(days=1), edition=work.edition + 1)
            self._drawn[work.user.id] = self._works_by_id(work.user.id) | {work_id: new}
            self.version += 1
        self.shelf.put(new.user)
        return new

    def user(self, user_id: int) -> User | None:
        """The user, whatever their standing."""
        with self._lock:
            return self._users.get(user_id) or self.crowd.user(user_id)

    def users(self) -> list[User]:
        """All but the crowd."""
        with self._lock:
            return list(self._users.values())

    def listing(self, user_id: int) -> tuple[Work, ...]:
        """The user's works, newest first, with the withdrawn ones in their places."""
        return tuple(self._works_by_id(user_id).values())

    def works(self, user_id: int) -> list[Work]:
        """The works that Pixiv shows of a user, newest first."""
        return [work for work in self.listing(user_id) if not work.sketch.withdrawn]

    def novels_of(self, user_id: int) -> list[Novel]:
        """The user's novels, newest first, with those that Pixiv withholds."""
        return self.shelf.novels_of(user_id)

    def newest(self, user_id: int, count: int) -> list[Work]:
        """The first of `works`; of a user of the crowd, the others need not be drawn for that."""
        with self._lock:
            if user_id in self._users:
                return self.works(user_id)[:count]
            ids = reversed(self.crowd.work_ids(user_id))
            return list(islice((work for work_id in ids if (work := self.work(work_id)) is not None), count))

    def work(self, work_id: int) -> Work | None:
        with self._lock:
            slots = list(self._slots)
            slot = work_id % ID_ROUND
            if slot >= NAMED_USERS:
                work = self.crowd.work(work_id)
            else:
                work = self._works_by_id(slots[slot]).get(work_id) if slot < len(slots) else None
        return None if work is None or work.sketch.withdrawn or work.created > self.now else work

    def _works_by_id(self, user_id: int) -> dict[int, Work]:
        """Newest first. The dict is never changed once drawn."""
        with self._lock:
            user = self._users.get(user_id)
            if user is None:
                return self._works_of_the_crowd(user_id)
            if user.standing is not Standing.PRESENT:
                return {}
            if user_id not in self._drawn and user is self.defaults.users.get(user_id):
                return self.defaults.works_by_id(user_id)
            if user_id not in self._drawn:
                self._drawn[user_id] = draw_works(user, self._slots[user_id])
            return self._drawn[user_id]

    def _works_of_the_crowd(self, user_id: int) -> dict[int, Work]:
        drawn = [self.crowd.work(work_id) for work_id in reversed(self.crowd.work_ids(user_id))]
        return {work.id: work for work in drawn if work is not None and work.created <= self.now}

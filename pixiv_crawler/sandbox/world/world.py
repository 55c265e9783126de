"""The users and works of a simulated Pixiv. Thread-safe."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import islice
from threading import RLock

from ..errors import SandboxError
from .churn import Churn
from .default_data import default_data
from .novels import Novel
from .user_works import MAX_WORKS, generate_works
from .users import NovelSpec, Standing, User, WorkSpec
from .work_ids import ADDED_USERS, ID_ROUND
from .works import JST, Work, drawn_size

# Pixiv rejects larger offsets.
LISTING_CAP = 5000
# The end of the default data: an afternoon in Japan, so the ranking of its day exists.
DATA_END = datetime(2026, 11, 20, 15, 0, tzinfo=JST)


@dataclass
class AccountSettings:
    """Permissions and settings of the account that every token belongs to."""

    is_premium: bool = False
    x_restrict: int = 2
    """0: no R-18 works; 1: no R-18G works; 2: all works."""
    muted_users: frozenset[int] = frozenset({1003})
    """Users whose works are shown as muted; by default one without works."""
    muted_tags: tuple[str, ...] = ("鬱展開",)
    """By default one that no work has."""
    watched_series: tuple[int, ...] = (300020, 300017)
    watched_novel_series: tuple[int, ...] = (900013, 900011)
    is_synchronised: bool = True
    """Whether the search in bookmarks knows all of them."""


class World:
    """Works are generated on first use.

    now: the current time of the world: the clock's, but not before the end of the default data; or a fixed time that
    was set. version: the number of changes to the default data: users or keywords that were added, files that were
    replaced. listing_cap: the largest offset that listings accept. churn: what disappears from listings by offset, and
    appears in them, while they are read; nothing by default. draws_scenes: whether the images are large scenes.
    """

    def __init__(
        self,
        account: AccountSettings | None = None,
        listing_cap: int = LISTING_CAP,
        *,
        draws_scenes: bool = False,
        fixed_now: datetime | None = DATA_END,
    ) -> None:
        self._fixed_now = fixed_now
        self.account = account or AccountSettings()
        self.listing_cap = listing_cap
        self.draws_scenes = draws_scenes
        self.churn = Churn()
        self.version = 0
        self.defaults = default_data()
        self.follows = self.defaults.follows.copy()
        self.bookmarks = self.defaults.bookmarks.copy()
        self.novel_bookmarks = self.defaults.novel_bookmarks.copy()
        self.generated_users = self.defaults.generated_users.copy()
        self.novel_catalogue = self.defaults.novel_catalogue.copy(self.works)
        self._lock = RLock()
        self._users = dict(self.defaults.users)
        self._slots = dict(self.defaults.slots)
        self._generated: dict[int, dict[int, Work]] = {}

    @property
    def now(self) -> datetime:
        return self._fixed_now or max(datetime.now(JST), DATA_END)

    @now.setter
    def now(self, now: datetime) -> None:
        self._fixed_now = now

    @property
    def today(self) -> date:
        return self.now.date()

    @today.setter
    def today(self, day: date) -> None:
        self.now = datetime.combine(day, self.now.timetz())

    def add(self, user: User) -> None:
        """Adds a user, or replaces the one with this ID; existing works keep their IDs."""
        if len(user.work_specs) > MAX_WORKS:
            raise SandboxError(
                f"User {user.id} has {len(user.work_specs)} works; the sandbox supports at most {MAX_WORKS} works per user."
            )
        with self._lock:
            slot = self._slots.setdefault(user.id, len(self._slots))
            if slot >= ADDED_USERS:
                raise SandboxError(f"The sandbox supports at most {ADDED_USERS} users.")
            self._users[user.id] = user
            self._generated.pop(user.id, None)
            self.version += 1
        # Not within the lock: the catalogue has a lock of its own, and requests works while it holds that one.
        self.novel_catalogue.put(user)

    def add_user(
        self,
        user_id: int,
        works: int = 0,
        pages: int = 1,
        file_bytes: int = 0,
        name: str | None = None,
        novels: int = 0,
    ) -> User:
        """Adds a user with this many identical illusts and this many novels."""
        spec = WorkSpec(extensions=("jpg",) * pages, file_bytes=file_bytes)
        user = User(
            user_id, name or f"user {user_id}", f"user_{user_id}", (spec,) * works, novels=(NovelSpec(),) * novels
        )
        self.add(user)
        return user

    def add_keyword(self, word: str, counts: Mapping[date, int]) -> None:
        """Adds this many works on each of these days, by many users; all of them have the keyword as a tag."""
        with self._lock:
            self.generated_users.add_keyword(word, dict(counts))
            self.version += 1

    def replace_files(self, work_id: int) -> Work:
        """The user replaces the files of a work: the new ones have new URLs, and the old ones no longer exist."""
        with self._lock:
            work = self.work(work_id)
            if work is None or work.user.id not in self._users:
                raise SandboxError(f"Work {work_id} is not a work of an added user, so its files cannot be replaced.")
            new = replace(work, uploaded=work.uploaded + timedelta(days=1), edition=work.edition + 1)
            self._generated[work.user.id] = self._works_by_id(work.user.id) | {work_id: new}
            self.version += 1
        self.novel_catalogue.put(new.user)
        return new

    def size_of(self, work: Work) -> tuple[int, int]:
        """Width and height of the originals of a work."""
        return drawn_size(work.size) if self.draws_scenes else work.size

    def user(self, user_id: int) -> User | None:
        """The user, whatever their standing."""
        with self._lock:
            return self._users.get(user_id) or self.generated_users.user(user_id)

    def users(self) -> list[User]:
        """All users except the generated ones."""
        with self._lock:
            return list(self._users.values())

    def listing(self, user_id: int) -> tuple[Work, ...]:
        """The user's works, newest first, including withdrawn ones."""
        return tuple(self._works_by_id(user_id).values())

    def works(self, user_id: int) -> list[Work]:
        """The works of a user that Pixiv shows, newest first."""
        return [work for work in self.listing(user_id) if not work.spec.withdrawn]

    def series_works(self, series_id: int) -> list[Work]:
        """The illusts or manga of a series, in order; empty if there is no such series."""
        owners = (user for user in self.users() if any(series.id == series_id for series in user.series))
        works = (work for user in owners for work in reversed(self.works(user.id)))
        return [work for work in works if work.spec.series is not None and work.spec.series.id == series_id]

    def novels_of(self, user_id: int) -> list[Novel]:
        """The user's novels, newest first, including withheld ones."""
        return self.novel_catalogue.novels_of(user_id)

    def newest(self, user_id: int, count: int) -> list[Work]:
        """The first of `works`, without generating the others of a generated user."""
        with self._lock:
            if user_id in self._users:
                return self.works(user_id)[:count]
            ids = reversed(self.generated_users.work_ids(user_id))
            return list(islice(self.present(ids), count))

    def work(self, work_id: int) -> Work | None:
        with self._lock:
            slots = list(self._slots)
            slot = work_id % ID_ROUND
            if slot >= ADDED_USERS:
                work = self.generated_users.work(work_id)
            else:
                work = self._works_by_id(slots[slot]).get(work_id) if slot < len(slots) else None
        return None if work is None or work.spec.withdrawn or work.created > self.now else work

    def present(self, work_ids: Iterable[int | None]) -> Iterator[Work]:
        """Those of these works that Pixiv shows."""
        return (work for work_id in work_ids if work_id is not None and (work := self.work(work_id)) is not None)

    def _works_by_id(self, user_id: int) -> dict[int, Work]:
        """Newest first. The dict is not changed after its creation."""
        with self._lock:
            user = self._users.get(user_id)
            if user is None:
                return self._generated_works(user_id)
            if user.standing is not Standing.PRESENT:
                return {}
            if user_id not in self._generated and user is self.defaults.users.get(user_id):
                return self.defaults.works_by_id(user_id)
            if user_id not in self._generated:
                self._generated[user_id] = generate_works(user, self._slots[user_id])
            return self._generated[user_id]

    def _generated_works(self, user_id: int) -> dict[int, Work]:
        generated = [
            self.generated_users.work(work_id) for work_id in reversed(self.generated_users.work_ids(user_id))
        ]
        return {work.id: work for work in generated if work is not None and work.created <= self.now}

"""The data that every simulated Pixiv starts with, built once per process and never changed afterwards."""

from functools import lru_cache
from threading import RLock

from .bookmarks import Bookmarks
from .fixtures import bookmarks, follows, keywords, users
from .generated_users import GeneratedUsers
from .novel_catalogue import NovelCatalogue
from .user_works import generate_works
from .users import Standing
from .works import Work


class DefaultData:
    """Users, works, novels, keywords, follows and bookmarks; works and novels are created on first use. Thread-safe."""

    def __init__(self) -> None:
        self.users = {user.id: user for user in users.users()}
        self.slots = {user_id: slot for slot, user_id in enumerate(self.users)}
        self.follows = follows.follows()
        self.generated_users = GeneratedUsers()
        for word, counts in keywords.words().items():
            self.generated_users.add_keyword(word, counts)
        self.novel_catalogue = NovelCatalogue(
            lambda user_id: [work for work in self._listing(user_id) if not work.spec.withdrawn]
        )
        for user in self.users.values():
            self.novel_catalogue.put(user)
        self.bookmarks = Bookmarks(lambda: bookmarks.bookmarks(self._listing))
        self.novel_bookmarks = Bookmarks(lambda: bookmarks.novel_bookmarks(self.novel_catalogue.novels_of))
        self._lock = RLock()
        self._works: dict[int, dict[int, Work]] = {}

    def works_by_id(self, user_id: int) -> dict[int, Work]:
        """Newest first; not to be changed."""
        with self._lock:
            if user_id not in self._works:
                user = self.users[user_id]
                is_present = user.standing is Standing.PRESENT
                self._works[user_id] = generate_works(user, self.slots[user_id]) if is_present else {}
            return self._works[user_id]

    def _listing(self, user_id: int) -> tuple[Work, ...]:
        return tuple(self.works_by_id(user_id).values())


@lru_cache(maxsize=1)
def default_data() -> DefaultData:
    return DefaultData()

"""Objects that the components of one crawler share."""

from collections.abc import Callable
from typing import Any, Self, TypeVar

from scrapy.crawler import Crawler

from pixiv_crawler.exceptions import SettingError

T = TypeVar("T")


class Component:
    """A component that Scrapy creates for a crawler."""

    def __init__(self, crawler: Crawler) -> None:
        """Connects it to the signals of the crawler."""

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)


class SharedObjects:
    """Holds one object of each class, created when a component first needs it; the add-on is such a holder.

    A crawler owns its add-on, so the objects live exactly as long as the crawler.
    """

    def __init__(self) -> None:
        self._objects: dict[type, Any] = {}

    def get(self, cls: type[T], create: Callable[[], T]) -> T:
        """The object of that class; created on the first call."""
        if cls not in self._objects:
            self._objects[cls] = create()
        found: T = self._objects[cls]
        return found


def shared(crawler: Crawler, cls: type[T], create: Callable[[], T]) -> T:
    """The object of that class which the components of a crawler share.

    Raises:
        SettingError: the crawler has no add-on of this project.
    """
    holder = crawler.get_addon(SharedObjects)
    if holder is None:
        raise SettingError(
            "the components of pixiv_crawler need its add-on: add pixiv_crawler.addon.PixivAddon to the setting ADDONS"
        )
    return holder.get(cls, create)

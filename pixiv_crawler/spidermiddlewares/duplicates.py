"""Each work of a listing once."""

from __future__ import annotations

from typing import Any

from scrapy.crawler import Crawler
from scrapy.http import Response
from scrapy.spidermiddlewares.base import BaseSpiderMiddleware

from pixiv_crawler.items import Unavailable, Work
from pixiv_crawler.run.checkpoint import Journal


class OnceMiddleware(BaseSpiderMiddleware):
    """Drops a work that the listing under way has shown before.

    Listings by offset shift when a work is published while they are read, and some listings overlap by themselves.
    Listings are read one after the other, so only the works of one need to be remembered.

    Stats: pixiv/once/dropped.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._journal = Journal.of(crawler)
        self._index: int | None = None
        self._seen: set[tuple[str, int]] = set()

    def get_processed_item(self, item: Any, response: Response | None) -> Any:
        if not isinstance(item, Work | Unavailable) or response is None or "index" not in response.cb_kwargs:
            return item
        self._begin(response.cb_kwargs["index"])
        key = (item.kind, item.id)
        if key in self._seen:
            self.crawler.stats.inc_value("pixiv/once/dropped")
            return None
        self._seen.add(key)
        if self._index is not None:
            self._journal.see(self._index, *key)
        return item

    def _begin(self, index: int | None) -> None:
        if index != self._index:
            self._index = index
            self._seen = set() if index is None else self._journal.seen(index)

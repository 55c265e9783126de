"""Drops works that a listing contains twice."""

from collections.abc import AsyncIterator
from typing import Any

from scrapy.crawler import Crawler
from scrapy.http import Response

from pixiv_crawler.http.shared import Component
from pixiv_crawler.items import Unavailable, Work
from pixiv_crawler.run.checkpoint import Checkpoint


class DuplicatesMiddleware(Component):
    """Drops a work that the same listing has contained before.

    Listings without an order overlap, and a search reads the days again at which it was split. What a pager reads with
    an overlap on purpose does not get here.

    Stats: pixiv/duplicates/dropped.
    """

    def __init__(self, crawler: Crawler) -> None:
        self._stats = crawler.stats
        self._checkpoint = Checkpoint.of(crawler)

    async def process_spider_output(self, response: Response, result: AsyncIterator[Any]) -> AsyncIterator[Any]:
        listing = response.cb_kwargs.get("index")
        async for found in result:
            if listing is None or not isinstance(found, Work | Unavailable) or await self._is_new(listing, found):
                yield found

    async def _is_new(self, listing: int, work: Work | Unavailable) -> bool:
        is_new = await self._checkpoint.seen.is_new(listing, work.kind, work.id)
        if not is_new:
            self._stats.inc_value("pixiv/duplicates/dropped")
        return is_new

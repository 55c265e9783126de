"""Drops works that an earlier run has collected."""

from collections.abc import AsyncIterator
from typing import Any

from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured
from scrapy.http import Response

from pixiv_crawler.http.shared import Component
from pixiv_crawler.items import Work
from pixiv_crawler.run.checkpoint import Checkpoint


class IncrementalMiddleware(Component):
    """With `new_only=true`, drops works whose lines and files an earlier run has stored; a work edited since then is new.

    Stats: pixiv/new_only/known, pixiv/new_only/new.
    """

    def __init__(self, crawler: Crawler) -> None:
        if not getattr(getattr(crawler.spider, "args", None), "new_only", False):
            raise NotConfigured
        self._stats = crawler.stats
        self._checkpoint = Checkpoint.of(crawler)

    async def process_spider_output(self, response: Response, result: AsyncIterator[Any]) -> AsyncIterator[Any]:
        async for found in result:
            if not isinstance(found, Work) or await self._is_new(found):
                yield found

    async def _is_new(self, work: Work) -> bool:
        is_known = await self._checkpoint.is_collected(work)
        self._stats.inc_value(f"pixiv/new_only/{'known' if is_known else 'new'}")
        return not is_known

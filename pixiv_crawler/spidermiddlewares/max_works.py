"""Stops the crawl after a number of works."""

from collections.abc import AsyncIterator
from typing import Any

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured
from scrapy.http import Response

from pixiv_crawler.http.shared import Component
from pixiv_crawler.items import Work
from pixiv_crawler.run.checkpoint import Checkpoint


class MaxWorksMiddleware(Component):
    """Passes the first `max_works` works of a run, and drops requests for listings after them.

    Stats: pixiv/max_works/dropped.
    """

    def __init__(self, crawler: Crawler) -> None:
        max_works: int | None = getattr(getattr(crawler.spider, "args", None), "max_works", None)
        if max_works is None:
            raise NotConfigured
        self._stats = crawler.stats
        self._max_works = max_works
        self._checkpoint = Checkpoint.of(crawler)
        self._works: int | None = None

    async def process_spider_output(self, response: Response, result: AsyncIterator[Any]) -> AsyncIterator[Any]:
        """Does not read past the last work: what follows was not requested, and its errors are not failures."""
        if self._works is None:
            self._works = self._checkpoint.works  # of a resumed run
        async for found in result:
            if self._passes(found):
                yield found
            if self._is_reached and response.cb_kwargs.get("index") is not None:
                return

    @property
    def _is_reached(self) -> bool:
        return (self._works or 0) >= self._max_works

    def _passes(self, found: Any) -> bool:
        if isinstance(found, Request):
            is_of_listing = found.cb_kwargs.get("index") is not None
            return not (self._is_reached and is_of_listing)  # extras of the collected works are still requested
        if not isinstance(found, Work):
            return True
        if self._is_reached:
            self._stats.inc_value("pixiv/max_works/dropped")
            return False
        self._works = (self._works or 0) + 1
        return True

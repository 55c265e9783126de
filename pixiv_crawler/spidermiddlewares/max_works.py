"""Stops after so many works."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import Response
from scrapy.spidermiddlewares.base import BaseSpiderMiddleware

from pixiv_crawler.items import Work
from pixiv_crawler.run.checkpoint import Journal


class MaxWorksMiddleware(BaseSpiderMiddleware):
    """Lets the first `max_works` works of a crawl through, and asks for no listing after them.

    Stats: pixiv/maxworks/dropped.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        args: Any = getattr(crawler.spider, "args", None)
        self._max_works = getattr(args, "max_works", None)
        self._works = Journal.of(crawler).works

    @property
    def _is_reached(self) -> bool:
        return self._max_works is not None and self._works >= self._max_works

    async def process_spider_output_async(  # type: ignore[override]  # Scrapy's third argument is deprecated
        self, response: Response, result: AsyncIterator[Any]
    ) -> AsyncIterator[Any]:
        """Reads no further than to the last work: what follows was not asked for, and its flaws are no losses."""
        async for thing in super().process_spider_output_async(response, result):
            yield thing
            if self._is_reached and response.cb_kwargs.get("index") is not None:
                return

    def get_processed_request(self, request: Request, response: Response | None) -> Request | None:
        is_listing = request.cb_kwargs.get("index") is not None  # what belongs to a work is asked for all the same
        return None if self._is_reached and is_listing else request

    def get_processed_item(self, item: Any, response: Response | None) -> Any:
        if not isinstance(item, Work):
            return item
        if self._is_reached:
            self.crawler.stats.inc_value("pixiv/maxworks/dropped")
            return None
        self._works += 1
        return item

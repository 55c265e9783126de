"""Requests from Pixiv's website what the app withholds."""

import math
from collections.abc import AsyncIterator
from typing import Any

from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured
from scrapy.http import Response

from pixiv_crawler.http.shared import Component
from pixiv_crawler.http.web_session import WebSession
from pixiv_crawler.items import Unavailable
from pixiv_crawler.options import WebUse
from pixiv_crawler.run.checkpoint import Checkpoint

# In place of a listing number, identifies the works that were requested; larger than any listing number.
_REQUESTED = (1 << 40) + 1


class WebMiddleware(Component):
    """Requests each work from the website that the app withholds and the website may show, once.

    The placeholder of the app remains an item; the work is another one, whose `source.api` is `web`. Settings: PIXIV_WEB.
    Stats: pixiv/web/requested.
    """

    def __init__(self, crawler: Crawler) -> None:
        self._spider: Any = crawler.spider
        if not hasattr(self._spider, "web_call") or WebSession.of(crawler).use is WebUse.OFF:
            raise NotConfigured
        self._stats = crawler.stats
        self._left: float = getattr(getattr(crawler.spider, "args", None), "max_works", None) or math.inf
        """The most works that may be requested from the website."""
        self._checkpoint = Checkpoint.of(crawler)

    async def process_spider_output(self, response: Response, result: AsyncIterator[Any]) -> AsyncIterator[Any]:
        async for found in result:
            yield found
            call = self._spider.web_call(found) if isinstance(found, Unavailable) else None
            if call and self._left and await self._checkpoint.seen.is_new(_REQUESTED, found.type, found.id):
                self._stats.inc_value("pixiv/web/requested")
                self._left -= 1
                yield self._spider.side_request(call)

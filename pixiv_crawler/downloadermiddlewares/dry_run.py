"""The last barrier of a dry run: whatever a spider does, it sends few requests, and none that changes anything."""

from __future__ import annotations

from typing import Self

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest

from pixiv_crawler.http.requests import api_call
from pixiv_crawler.run.closing import close_soon

# Enough for the calls that are sampled, each with a few retries.
_MAX_REQUESTS = 20


class DryRunMiddleware:
    """Ends the crawl before a request that changes something at Pixiv, and after a number of API requests.

    Requests that follow a failed one reach no spider middleware. Closes the crawl: finished.
    """

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._requests = 0

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    def process_request(self, request: Request) -> None:
        call = api_call(request)
        if call is None:
            return
        self._requests += 1
        if call.method != "GET" or self._requests > _MAX_REQUESTS:
            close_soon(self._crawler, "finished")
            raise IgnoreRequest("not sent in a dry run")

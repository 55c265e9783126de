"""The last barrier of a dry run: whatever a spider does, it sends few requests, and none that changes anything."""

from typing import NoReturn

from scrapy import Request
from scrapy.crawler import Crawler

from pixiv_crawler.exceptions import StoppedError
from pixiv_crawler.http.requests import api_call
from pixiv_crawler.http.shared import Component
from pixiv_crawler.run.closing import close_soon
from pixiv_crawler.run.forecast import Sample

# Enough for the calls that are sampled, each with a few retries.
_MAX_REQUESTS = 20


class DryRunMiddleware(Component):
    """Ends the crawl before a request that changes something at Pixiv, after a number of API requests, and at a rate limit.

    Requests that follow a failed one reach no spider middleware. Stats read: pixiv/ratelimit/pauses. Closes the crawl:
    finished, rate_limited.
    """

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._sample = Sample.of(crawler)
        self._requests = 0

    def process_request(self, request: Request) -> None:
        call = api_call(request)
        if call is None:
            return
        if self._crawler.stats.get_value("pixiv/ratelimit/pauses"):
            self._end("rate_limited")
        self._requests += 1
        if call.method != "GET" or self._requests > _MAX_REQUESTS:
            self._end("finished")
        self._sample.requested.add(str(call))

    def _end(self, reason: str) -> NoReturn:
        close_soon(self._crawler, reason)
        raise StoppedError("not sent in a dry run")

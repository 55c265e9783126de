"""Calls the pause when Pixiv asks for it."""

from __future__ import annotations

import logging

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import Response

from pixiv_crawler.api.errors import ErrorKind
from pixiv_crawler.apisession import ApiSession
from pixiv_crawler.requests import CALL, api_fault
from pixiv_crawler.signals import close_soon

logger = logging.getLogger(__name__)

# So many pauses with no answer between them, an hour by default, are no matter of pace any more.
MAX_PAUSES = 12


class RateLimitMiddleware:
    """Lets all API requests wait when one is answered "Rate Limit", then repeats that one; files go on.

    Settings: PIXIV_RATE_LIMIT_PAUSE. Stats: pixiv/ratelimit/pauses, pixiv/ratelimit/seconds.
    Ends the crawl: rate_limited.
    """

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._session = ApiSession.of(crawler)
        self._pause_seconds = crawler.settings.getfloat("PIXIV_RATE_LIMIT_PAUSE")
        self._pauses = 0

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> RateLimitMiddleware:
        return cls(crawler)

    def process_response(self, request: Request, response: Response) -> Request | Response:
        if CALL not in request.meta:
            return response
        fault = api_fault(request, response) if response.status >= 400 else None
        if fault is None or fault.kind is not ErrorKind.RATE_LIMIT:
            self._pauses = 0
            return response
        if self._pauses == MAX_PAUSES:
            logger.error("Pixiv still limits the rate after %d pauses; go on tomorrow, and more slowly", MAX_PAUSES)
            close_soon(self._crawler, "rate_limited")
            return response
        self._pause(_retry_after(response) or self._pause_seconds)
        return request.replace(priority=request.priority + 10)

    def _pause(self, seconds: float) -> None:
        self._pauses += 1
        self._session.pause(seconds)
        self._crawler.stats.inc_value("pixiv/ratelimit/pauses")
        self._crawler.stats.inc_value("pixiv/ratelimit/seconds", round(seconds))
        logger.warning("Pixiv limits the rate of requests: no API request for %g seconds", seconds)


def _retry_after(response: Response) -> float | None:
    value = (response.headers.get("Retry-After") or b"").strip()
    return float(value) if value.isdigit() and len(value) < 6 else None

"""Calls the pause when Pixiv asks for it."""

from __future__ import annotations

import logging
from datetime import UTC, datetime

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import Response

from pixiv_crawler.api.errors import POLICY, Action, is_answer, pause_seconds, retry_after
from pixiv_crawler.exceptions import StoppedError
from pixiv_crawler.http.api_session import ApiSession
from pixiv_crawler.http.requests import CALL, api_fault
from pixiv_crawler.run.closing import close_soon

logger = logging.getLogger(__name__)

# So many pauses with no answer between them, seven hours by default, are no matter of pace any more.
MAX_PAUSES = 10


class RateLimitMiddleware:
    """Lets all API requests wait when one is answered "Rate Limit", then repeats that one; files go on.

    The pause is longer each time, until an answer comes. When none comes at all, the crawl ends, and what it had not
    asked yet is open for the next run.

    Settings: PIXIV_RATE_LIMIT_PAUSE. Stats: pixiv/ratelimit/pauses, pixiv/ratelimit/seconds.
    Ends the crawl: rate_limited.
    """

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._session = ApiSession.of(crawler)
        self._pause_seconds = crawler.settings.getfloat("PIXIV_RATE_LIMIT_PAUSE")
        self._pauses = 0
        """Pauses since the last answer."""

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> RateLimitMiddleware:
        return cls(crawler)

    def process_response(self, request: Request, response: Response) -> Request | Response:
        if CALL not in request.meta:
            return response
        fault = api_fault(request, response)
        if fault is None or POLICY[fault.kind] is not Action.PAUSE:
            if is_answer(fault):
                self._pauses = 0
            return response
        if self._pauses == MAX_PAUSES:
            self._give_up()
        self._pause(pause_seconds(_retry_after(response), self._pause_seconds, self._pauses))
        return request.replace(priority=request.priority + 10)

    def _pause(self, seconds: float) -> None:
        self._pauses += 1
        self._session.pause(seconds, "Pixiv limits the rate")
        self._crawler.stats.inc_value("pixiv/ratelimit/pauses")
        self._crawler.stats.inc_value("pixiv/ratelimit/seconds", round(seconds))
        logger.warning("Pixiv limits the rate of requests: no API request for %g seconds", seconds)

    def _give_up(self) -> None:
        if self._session.failure is None:
            logger.error("Pixiv still limits the rate after %d pauses; go on tomorrow, and more slowly", MAX_PAUSES)
            self._session.failure = StoppedError("Pixiv limits the rate of requests")
            close_soon(self._crawler, "rate_limited")
        raise self._session.failure


def _retry_after(response: Response) -> float | None:
    value = (response.headers.get("Retry-After") or b"").decode("latin-1")
    return retry_after(value, datetime.now(UTC))

"""Carries out the error policy for API calls."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import NoReturn

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import Response

from pixiv_crawler.api.call import ApiCall
from pixiv_crawler.api.errors import POLICY, Action, ApiError, ApiFault, ErrorKind, is_answer
from pixiv_crawler.api.parsing import repaired
from pixiv_crawler.console.redaction import printable, redacted
from pixiv_crawler.exceptions import StoppedError
from pixiv_crawler.http.api_session import ApiSession
from pixiv_crawler.http.requests import REPEATS, api_call, api_fault, kind_of_exception
from pixiv_crawler.run.closing import close_soon

logger = logging.getLogger(__name__)

# So many calls in a row that failed after all their repeats: Pixiv or the network is down, and the rest would fail too.
MAX_FAILED = 10


class ApiErrorsMiddleware:
    """Repeats calls that failed for a moment, with waits that double; raises `ApiError` for all other errors.

    So a callback only ever sees answers to work with. Runs after login and rate limit have taken what is theirs. When
    nothing is answered any more the crawl ends, and calls fail with `StoppedError`: they are open for the next run.

    Settings: RETRY_TIMES, PIXIV_API_DELAY (the first wait). Meta: REPEATS.
    Stats: pixiv/apierrors/KIND, pixiv/apierrors/repeated. Ends the crawl: too_many_errors.
    """

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._stats = crawler.stats
        self._session = ApiSession.of(crawler)
        self._max_repeats = crawler.settings.getint("RETRY_TIMES")
        self._first_wait = crawler.settings.getfloat("PIXIV_API_DELAY")
        self._failed = 0
        """Calls that failed for a moment, after all their repeats, since the last answer."""

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> ApiErrorsMiddleware:
        return cls(crawler)

    def process_response(self, request: Request, response: Response) -> Request | Response:
        call = api_call(request)
        if call is None:
            return response
        self._session.answers += 1
        fault = api_fault(request, response)
        if fault and fault.kind is ErrorKind.NOT_JSON and (body := repaired(response.body)):
            response = response.replace(body=body)
            fault = api_fault(request, response)
        if is_answer(fault) or self._session.is_last_round:
            self._failed = 0
        return response if fault is None else self._act(request, call, fault)

    def process_exception(self, request: Request, exception: Exception) -> Request | None:
        call = api_call(request)
        kind = kind_of_exception(exception)
        if call is None or kind is None:
            return None
        told = str(exception) if kind is ErrorKind.CERTIFICATE else f"{type(exception).__name__}: {exception}"
        return self._act(request, call, ApiFault(kind, 0, told))

    def _act(self, request: Request, call: ApiCall, fault: ApiFault) -> Request:
        """Does what the policy says; raises when that is not to repeat the call."""
        # An answer may quote the request; what it says ends in the lines and in the report, too.
        fault = replace(fault, message=printable(redacted(fault.message)))
        self._stats.inc_value(f"pixiv/apierrors/{fault.kind}")
        action = POLICY[fault.kind]
        if action is Action.STOP:
            self._stop(f"Pixiv cannot be asked: {fault.message}")
        if action is Action.REPEAT:
            if (repeats := request.meta.get(REPEATS, 0)) < self._max_repeats:
                return self._repeated(request, fault, repeats)
            self._count_failed(fault)
        raise ApiError(str(call), fault)

    def _repeated(self, request: Request, fault: ApiFault, repeats: int) -> Request:
        wait = self._first_wait * 2**repeats
        self._session.pause(wait, "repeating after an error")
        self._stats.inc_value("pixiv/apierrors/repeated")
        logger.info("%s: %s; asking again in %.3g seconds", request.url, fault, wait)
        return request.replace(meta=request.meta | {REPEATS: repeats + 1}, priority=request.priority + 10)

    def _count_failed(self, fault: ApiFault) -> None:
        self._failed += 1
        self._session.answers_at_failure = self._session.answers
        if self._failed >= MAX_FAILED:
            self._stop(f"{MAX_FAILED} calls in a row failed, the last one with {fault}; Pixiv or the network is down")

    def _stop(self, why: str) -> NoReturn:
        if self._session.failure is None:
            logger.error("%s", why)
            self._session.failure = StoppedError(why)
            close_soon(self._crawler, "too_many_errors")
        raise self._session.failure

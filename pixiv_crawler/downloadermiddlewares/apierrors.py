"""Carries out the error policy for API calls."""

from __future__ import annotations

import logging
from dataclasses import replace

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    ResponseDataLossError,
)
from scrapy.http import Response

from pixiv_crawler.api.errors import PASSING, ApiError, ApiFault, ErrorKind
from pixiv_crawler.apisession import ApiSession
from pixiv_crawler.parsing import repaired
from pixiv_crawler.requests import REPEATS, api_call, api_fault

logger = logging.getLogger(__name__)

NO_ANSWER = (
    CannotResolveHostError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    ResponseDataLossError,
    OSError,
)
"""How it shows that no answer came, or none that was whole."""


class ApiErrorsMiddleware:
    """Repeats calls that failed for a moment, with waits that double; raises `ApiError` for all other errors.

    So a callback only ever sees answers to work with. Runs after login and rate limit have taken what is theirs.

    Settings: RETRY_TIMES, PIXIV_API_DELAY (the first wait). Meta: REPEATS.
    Stats: pixiv/apierrors/KIND, pixiv/apierrors/repeated, pixiv/requests/PATH.
    """

    def __init__(self, crawler: Crawler) -> None:
        self._stats = crawler.stats
        self._session = ApiSession.of(crawler)
        self._max_repeats = crawler.settings.getint("RETRY_TIMES")
        self._first_wait = crawler.settings.getfloat("PIXIV_API_DELAY")

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> ApiErrorsMiddleware:
        return cls(crawler)

    def process_response(self, request: Request, response: Response) -> Request | Response:
        call = api_call(request)
        if call is None:
            return response
        self._stats.inc_value(f"pixiv/requests{call.path}")
        fault = api_fault(request, response)
        if fault and fault.kind is ErrorKind.NOT_JSON and (body := repaired(response.body)):
            response = response.replace(body=body)
            fault = api_fault(request, response)
        if fault is None:
            return response
        fault = self._without_token(fault)
        self._stats.inc_value(f"pixiv/apierrors/{fault.kind}")
        return self._repeated(request, fault) or self._failed(str(call), fault)

    def process_exception(self, request: Request, exception: Exception) -> Request | None:
        if api_call(request) is None or not isinstance(exception, NO_ANSWER):
            return None
        fault = ApiFault(ErrorKind.NO_ANSWER, 0, f"{type(exception).__name__}: {exception}")
        self._stats.inc_value(f"pixiv/apierrors/{fault.kind}")
        return self._repeated(request, fault)

    def _repeated(self, request: Request, fault: ApiFault) -> Request | None:
        repeats = request.meta.get(REPEATS, 0)
        if fault.kind not in PASSING or repeats >= self._max_repeats:
            return None
        wait = self._first_wait * 2**repeats
        self._session.pause(wait)
        self._stats.inc_value("pixiv/apierrors/repeated")
        logger.info("%s: %s; asking again in %.3g seconds", request.url, fault, wait)
        return request.replace(meta=request.meta | {REPEATS: repeats + 1}, priority=request.priority + 10)

    def _without_token(self, fault: ApiFault) -> ApiFault:
        """An answer may quote the request; what it says ends in the log and in the report."""
        token = self._session.access_token
        return replace(fault, message=fault.message.replace(token, "***")) if token else fault

    @staticmethod
    def _failed(call: str, fault: ApiFault) -> Response:
        raise ApiError(call, fault)

"""Applies the error policy to requests to Pixiv's website, and converts its responses to the form of the App API's."""

import logging
from typing import NoReturn

import msgspec
from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import Response

from pixiv_crawler.api.call import ApiCall, JsonObject
from pixiv_crawler.api.errors import WEB_POLICY, Action, ApiError, ApiFault, ErrorKind, pause_seconds
from pixiv_crawler.api.website.classification import classify_web
from pixiv_crawler.api.website.conversion import convert
from pixiv_crawler.console.program import PROGRAM
from pixiv_crawler.console.redaction import printable, redacted
from pixiv_crawler.exceptions import ParseError
from pixiv_crawler.http.policies import retry_after_of
from pixiv_crawler.http.requests import HAS_SESSION, REPEATS, kind_of_exception, lower_headers, web_call
from pixiv_crawler.http.shared import Component
from pixiv_crawler.http.web_session import WebSession
from pixiv_crawler.run.failures import warn

logger = logging.getLogger(__name__)

# After so many pauses, or responses with an error in a row, the crawl continues without the website. Several requests may be
# waiting for their retries at the same time, so their errors are counted, and not the requests that have failed.
MAX_PAUSES = 3
MAX_ERRORS = 15


class WebPolicyMiddleware(Component):
    """Classifies each response of the website once and applies `WEB_POLICY` (api/errors.py): callbacks only receive valid responses.

    A request that failed permanently reaches its errback as `ApiError`. When the website refuses everything, it is not used
    any more, and the crawl continues: the website never ends a crawl.

    Settings: PIXIV_WEB_SESSION, PIXIV_RATE_LIMIT_PAUSE, RETRY_TIMES, PIXIV_API_DELAY (the first wait before a retry). Meta:
    CALL, HAS_SESSION, REPEATS. Stats: pixiv/web/errors/KIND, pixiv/web/pauses.
    """

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._session = WebSession.of(crawler)
        self._most_repeats = crawler.settings.getint("RETRY_TIMES")
        self._first_wait = crawler.settings.getfloat("PIXIV_API_DELAY")
        self._shortest_pause = crawler.settings.getfloat("PIXIV_RATE_LIMIT_PAUSE")

    def process_request(self, request: Request) -> None:
        if self._session.failure and web_call(request):
            raise self._session.failure

    def process_response(self, request: Request, response: Response) -> Request | Response:
        call = web_call(request)
        if call is None:
            return response
        converted, fault = _converted(request, response, call)
        if fault is None or WEB_POLICY.get(fault.kind) is Action.SKIP:
            self._session.errors = 0
            self._session.limit.end()
        if fault is None:
            self._session.is_handled.set()
            return response.replace(body=msgspec.json.encode(converted))
        wait = retry_after_of(response.headers)
        return self._apply(request, call, fault, wait)

    def process_exception(self, request: Request, exception: Exception) -> Request | None:
        call, kind = web_call(request), kind_of_exception(exception)
        if call is None or kind is None:
            return None
        return self._apply(request, call, ApiFault(kind, 0, f"{type(exception).__name__}: {exception}"), None)

    def _apply(self, request: Request, call: ApiCall, fault: ApiFault, wait: float | None) -> Request:
        """The request to send again.

        Raises:
            ApiError: it has failed.
        """
        fault = ApiFault(fault.kind, fault.status, printable(redacted(fault.message)))
        self._crawler.stats.inc_value(f"pixiv/web/errors/{fault.kind}")
        try:
            match WEB_POLICY.get(fault.kind, Action.FAIL):
                case Action.PAUSE:
                    return self._pause(request, fault, wait)
                case Action.RETRY:
                    return self._retry(request, call, fault)
                case Action.WITHOUT_SESSION:
                    return self._without_session(request)
                case Action.WITHOUT_WEB:
                    self._give_up(fault)
                case Action.FAIL:
                    self._count(fault)
                    raise ApiError(str(call), fault)
                case _:
                    raise ApiError(str(call), fault)
        finally:
            self._session.is_handled.set()

    def _pause(self, request: Request, fault: ApiFault, wait: float | None) -> Request:
        limit = self._session.limit
        if limit.join():  # the request was sent before another run was refused
            return _again(request)
        if limit.pauses >= MAX_PAUSES:
            self._give_up(fault)
        seconds = pause_seconds(wait, self._shortest_pause, limit.pauses)
        limit.pause(seconds)
        self._crawler.stats.inc_value("pixiv/web/pauses")
        logger.warning("Pixiv's website limits the rate of requests: no request to it for %g seconds", seconds)
        return _again(request)

    def _retry(self, request: Request, call: ApiCall, fault: ApiFault) -> Request:
        repeats = request.meta.get(REPEATS, 0)
        self._count(fault)
        if repeats >= self._most_repeats:
            raise ApiError(str(call), fault)
        seconds = self._first_wait * 2**repeats
        self._session.limit.back_off(seconds)
        logger.info("%s: %s; retrying in %.3g seconds", request.url, fault, seconds)
        return _again(request, repeats + 1)

    def _without_session(self, request: Request) -> Request:
        if not self._session.is_rejected:
            self._session.is_rejected = True
            warn(
                self._crawler,
                "Pixiv's website rejects the session in PIXIV_WEB_SESSION, so R-18 works that the app hides are missing: "
                f"log in to the website again, then run {PROGRAM} login --web",
            )
        return _again(request)

    def _count(self, fault: ApiFault) -> None:
        self._session.errors += 1
        if self._session.errors >= MAX_ERRORS:
            self._give_up(fault)

    def _give_up(self, fault: ApiFault) -> NoReturn:
        if self._session.failure is None:
            self._session.close(fault)
            warn(self._crawler, f"Pixiv's website is not used any more in this run: {fault}")
        assert self._session.failure is not None
        raise self._session.failure


def _converted(request: Request, response: Response, call: ApiCall) -> tuple[JsonObject, ApiFault | None]:
    has_session = request.meta.get(HAS_SESSION, False)
    headers = lower_headers(response.headers)
    body, fault = classify_web(response.status, headers, response.body, call, has_session=has_session)
    if fault:
        return {}, fault
    try:
        return convert(body, call), None
    except ParseError as error:
        return {}, ApiFault(ErrorKind.MALFORMED, response.status, str(error))


def _again(request: Request, repeats: int = 0) -> Request:
    """The request, to be sent before those that are waiting."""
    return request.replace(meta=request.meta | {REPEATS: repeats}, priority=request.priority + 10)

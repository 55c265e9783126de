"""Applies the error policy to API requests: classifies each response once, then renews, pauses, retries or gives up."""

import logging
from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property
from typing import NoReturn

from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import CloseSpider
from scrapy.http import Response

from pixiv_crawler.api import endpoints
from pixiv_crawler.api.call import ApiCall
from pixiv_crawler.api.errors import POLICY, Action, ApiError, ApiFault, ErrorKind
from pixiv_crawler.api.parsing import repaired
from pixiv_crawler.console.program import PROGRAM
from pixiv_crawler.console.redaction import printable, redacted
from pixiv_crawler.exceptions import LoginError, StoppedError
from pixiv_crawler.http.api_session import ApiSession
from pixiv_crawler.http.login import TokenRenewer
from pixiv_crawler.http.policies import (
    ApiCrawl,
    FailedCall,
    GiveUp,
    PauseRequests,
    Policy,
    RenewToken,
    RepeatInEnglish,
    RetryRequest,
    StopCrawl,
)
from pixiv_crawler.http.probe import Probe
from pixiv_crawler.http.rate_limit import RateLimit
from pixiv_crawler.http.requests import PROBE, api_fault, app_call, kind_of_exception
from pixiv_crawler.http.servers import Servers
from pixiv_crawler.http.shared import Component
from pixiv_crawler.run.checkpoint import Checkpoint
from pixiv_crawler.run.closing import close_soon
from pixiv_crawler.run.lifecycle import Run
from pixiv_crawler.run.state import Note

logger = logging.getLogger(__name__)

# The section of the run's notes with calls that had a valid response.
_USABLE_CALL = "usable_call"
# Errors that concern every request, even one that is sent only once.
_ACTIONS_FOR_ALL = (Action.RENEW, Action.PAUSE, Action.STOP)


class ApiPolicyMiddleware(Component):
    """Classifies each response of the API once and applies `POLICY` (api/errors.py): callbacks only receive valid responses.

    Also renews the access token before it expires (the download handler signs requests at the last moment), and closes
    a crawl without a login before its first request. A request that failed permanently reaches its errback as
    `ApiError`; one that stays open because the crawl ends, as `LoginError` or `StoppedError`.

    Settings: PIXIV_REFRESH_TOKEN, PIXIV_TOKEN_FILE, PIXIV_CLIENT_ID, PIXIV_CLIENT_SECRET, PIXIV_OAUTH_URL,
    PIXIV_RATE_LIMIT_PAUSE, PIXIV_API_DELAY (the first wait before a retry), RETRY_TIMES, PIXIV_LANGUAGE. Meta: CALL.
    Stats: pixiv/auth/renewed. Closes the crawl: login_failed, rate_limited, refused_everywhere, too_many_errors.
    """

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._session = ApiSession.of(crawler)
        self._in_english = RepeatInEnglish(crawler.stats, crawler.settings)
        crawler.signals.connect(self.spider_opened, signals.spider_opened)

    @cached_property
    def _tokens(self) -> TokenRenewer:
        """Created when the spider is open: the simulated Pixiv has its login only then."""
        crawler = self._crawler
        return TokenRenewer(
            crawler.settings,
            Servers.of(crawler),
            self._session,
            send=lambda request: crawler.engine.download_async(request),
            end_crawl=self._end_crawl,
            on_renewed=lambda: crawler.stats.inc_value("pixiv/auth/renewed"),
        )

    @cached_property
    def _policies(self) -> Mapping[Action, Policy]:
        settings, stats, session = self._crawler.settings, self._crawler.stats, self._session
        limit = RateLimit.of(self._crawler)
        probe = Probe(
            stats,
            settings,
            session,
            limit,
            Servers.of(self._crawler).api_url,
            send=lambda request: self._crawler.engine.download_async(request),
            known_call=self._known_call,
        )
        crawl = ApiCrawl(stats, settings, session, limit, self._tokens, probe, self._end_crawl)
        give_up = GiveUp(crawl)
        return {
            Action.RENEW: RenewToken(crawl),
            Action.PAUSE: PauseRequests(crawl),
            Action.RETRY: RetryRequest(crawl),
            Action.STOP: StopCrawl(crawl),
            Action.SKIP: give_up,
            Action.FAIL: give_up,
        }

    def spider_opened(self) -> None:
        """Ends a crawl without a login before its first request: unsigned, every request would fail."""
        if not self._tokens.has_login:
            logger.error(
                "There is no refresh token in PIXIV_REFRESH_TOKEN or in %s; run: %s login",
                self._tokens.token_file,
                PROGRAM,
            )
            raise CloseSpider("login_failed")

    async def process_request(self, request: Request) -> None:
        if app_call(request):
            await self._tokens.ensure_valid()

    async def process_response(self, request: Request, response: Response) -> Request | Response:
        call = app_call(request)
        if call is None:
            return response
        response, fault = _classified(request, response)
        self._session.responses += 1
        for policy in self._policies.values():
            policy.observe(fault)
        if fault is None and call.method == "GET":
            self._note_usable(call)
        repeated = self._in_english.repeated(request, fault)
        if fault is None or repeated:
            self._session.is_handled.set()
            return repeated or response
        return await self._apply(FailedCall(request, call, fault, response.headers))

    async def process_exception(self, request: Request, exception: Exception) -> Request | None:
        call, kind = app_call(request), kind_of_exception(exception)
        if call is None or kind is None:
            return None
        message = str(exception) if kind is ErrorKind.CERTIFICATE else f"{type(exception).__name__}: {exception}"
        return await self._apply(FailedCall(request, call, _redacted(ApiFault(kind, 0, message))))

    async def _apply(self, failed: FailedCall) -> Request:
        action = POLICY[failed.fault.kind]
        try:
            if PROBE in failed.request.meta and action not in _ACTIONS_FOR_ALL:
                raise ApiError(str(failed.call), failed.fault)
            return await self._policies[action].apply(failed)
        finally:
            self._session.is_handled.set()

    def _note_usable(self, call: ApiCall) -> None:
        """Keeps a call that worked; the run keeps the first one, in case it is resumed when nothing has worked yet."""
        if self._session.usable_call is None and Run.of(self._crawler).is_open:
            Checkpoint.of(self._crawler).add_note(Note(_USABLE_CALL, call.to_dict()))
        self._session.usable_call = call

    async def _known_call(self) -> ApiCall | None:
        """A call that worked before the run was interrupted; otherwise the account's own profile, which it may always see."""
        run, account = Run.of(self._crawler), self._session.account
        if notes := await run.state.notes(run.id, _USABLE_CALL) if run.is_open else []:
            return ApiCall(**notes[-1])
        return endpoints.user_detail(int(account.id)) if account and account.id.isdigit() else None

    def _end_crawl(self, reason: str, failure: LoginError | StoppedError) -> NoReturn:
        """Closes the crawl and raises its failure; the first failure counts."""
        if self._session.failure is None:
            logger.error("Login failed: %s" if isinstance(failure, LoginError) else "%s", failure)
            self._session.failure = failure
            Run.of(self._crawler).why_ended = str(failure)
            close_soon(self._crawler, reason)
        raise self._session.failure


def _classified(request: Request, response: Response) -> tuple[Response, ApiFault | None]:
    """The response, with its JSON repaired if that is possible, and what is wrong with it."""
    fault = api_fault(request, response)
    if fault and fault.kind is ErrorKind.NOT_JSON and (body := repaired(response.body)):
        response = response.replace(body=body)
        fault = api_fault(request, response)
    return response, fault and _redacted(fault)


def _redacted(fault: ApiFault) -> ApiFault:
    """A response may quote the request, and its message appears in the log, the items and the report."""
    return replace(fault, message=printable(redacted(fault.message)))

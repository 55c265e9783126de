"""What is done about API requests without a valid response: one object for each `Action` of the error policy."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import NoReturn, Protocol

from scrapy import Request
from scrapy.http import Headers
from scrapy.settings import BaseSettings
from scrapy.statscollectors import StatsCollector

from pixiv_crawler.api.call import ApiCall
from pixiv_crawler.api.errors import (
    POLICY,
    REFUSALS,
    UNCLEAR,
    Action,
    ApiError,
    ApiFault,
    ErrorKind,
    is_processed,
    pause_seconds,
    retry_after,
)
from pixiv_crawler.exceptions import LoginError, StoppedError
from pixiv_crawler.http.api_session import ApiSession
from pixiv_crawler.http.login import TokenRenewer
from pixiv_crawler.http.probe import Probe
from pixiv_crawler.http.rate_limit import RateLimit
from pixiv_crawler.http.refusals import MAX_REFUSALS, check_after
from pixiv_crawler.http.requests import FINAL_RETRY, IN_ENGLISH, RENEWALS, REPEATS, TOKEN_GENERATION

logger = logging.getLogger(__name__)

# If so many new tokens are rejected for a request, the token is not the reason; after so many such requests in a row
# the crawl ends.
MAX_RENEWALS = 3
# After so many pauses without a valid response (seven hours by default), the pace is not the reason.
MAX_PAUSES = 10
# If so many requests in a row fail after all their retries, Pixiv or the network is down, and the other requests would
# fail too.
MAX_FAILED = 10


@dataclass(frozen=True, slots=True)
class FailedCall:
    """An API request without a valid response."""

    request: Request
    call: ApiCall
    fault: ApiFault
    headers: Headers = field(default_factory=Headers)
    """Of the response, if there was one."""

    def again(self, **meta: int) -> Request:
        """The request, to be sent before those that are waiting."""
        return self.request.replace(meta=self.request.meta | meta, priority=self.request.priority + 10)


class EndCrawl(Protocol):
    """Closes the crawl for that reason and raises the failure; if it is being closed already, raises the first failure."""

    def __call__(self, reason: str, failure: LoginError | StoppedError) -> NoReturn: ...


class Policy(Protocol):
    """What is done about a failed request."""

    async def apply(self, failed: FailedCall) -> Request:
        """Returns the request to send again.

        Raises:
            ApiError: the request has failed permanently.
            LoginError, StoppedError: the crawl ends, and the request stays open for the next run.
        """
        ...

    def observe(self, fault: ApiFault | None) -> None:
        """Takes note of any response, valid (None) or not, before a policy is applied to it."""


class GiveUp:
    """Reports the request as failed: the same request would fail again.

    If Pixiv refuses one request after the other, a probe decides: the crawl ends, or the refusals concern only these
    requests.

    Stats: pixiv/apierrors/KIND. Closes the crawl: refused_everywhere.
    """

    def __init__(self, stats: StatsCollector, session: ApiSession, end_crawl: EndCrawl, probe: Probe) -> None:
        self._stats = stats
        self._session = session
        self._end_crawl = end_crawl
        self._probe = probe

    async def apply(self, failed: FailedCall) -> Request:
        self.count(failed)
        kind, refusals = failed.fault.kind, self._session.refusals
        # A final retry of requests that failed before says nothing about the others.
        is_counted = kind in REFUSALS and FINAL_RETRY not in failed.request.meta
        if (
            is_counted
            and refusals.add(kind, str(failed.call))
            and await self._probe.confirms(lambda: refusals.are_many)
        ):
            message = f"Pixiv refused {MAX_REFUSALS} requests in a row, the last one with {failed.fault}; {check_after(kind)}"
            self._end_crawl("refused_everywhere", StoppedError(message))
        raise ApiError(str(failed.call), failed.fault)

    def count(self, failed: FailedCall) -> None:
        """Counts an error of a request that may be retried."""
        self._stats.inc_value(f"pixiv/apierrors/{failed.fault.kind}")

    def observe(self, fault: ApiFault | None) -> None:
        if is_processed(fault):
            self._session.refusals.clear()


class RenewToken:
    """Renews the access token, once for all waiting requests, and sends the request again; this does not count as a retry.

    Stats: pixiv/auth/refused. Meta: RENEWALS, TOKEN_GENERATION. Closes the crawl: login_failed.
    """

    def __init__(
        self, stats: StatsCollector, session: ApiSession, tokens: TokenRenewer, end_crawl: EndCrawl, give_up: GiveUp
    ) -> None:
        self._stats = stats
        self._session = session
        self._tokens = tokens
        self._end_crawl = end_crawl
        self._give_up = give_up
        self._rejected = 0
        """Requests in a row that were rejected with each of their new tokens."""

    async def apply(self, failed: FailedCall) -> Request:
        self._stats.inc_value("pixiv/auth/refused")
        meta = failed.request.meta
        renewals = meta.get(RENEWALS, 0)
        if renewals >= MAX_RENEWALS:
            self._rejected += 1
            if self._rejected >= MAX_RENEWALS:
                self._end_crawl("login_failed", LoginError("Pixiv rejects every access token that it issues"))
            return await self._give_up.apply(failed)
        await self._tokens.renew(meta.get(TOKEN_GENERATION, self._session.generation))
        return failed.again(**{RENEWALS: renewals + 1})

    def observe(self, fault: ApiFault | None) -> None:
        if fault is None or POLICY[fault.kind] is not Action.RENEW:
            self._rejected = 0


class PauseRequests:
    """Pauses all API requests of the login, longer each time until there is a valid response, then sends the request again; files are not paused.

    Stats: pixiv/ratelimit/pauses, pixiv/ratelimit/seconds. Closes the crawl: rate_limited.
    """

    def __init__(self, stats: StatsCollector, settings: BaseSettings, limit: RateLimit, end_crawl: EndCrawl) -> None:
        self._stats = stats
        self._limit = limit
        self._end_crawl = end_crawl
        self._pause_seconds = settings.getfloat("PIXIV_RATE_LIMIT_PAUSE")

    async def apply(self, failed: FailedCall) -> Request:
        if self._limit.join():  # the request was sent before another run was refused
            return failed.again()
        pauses = self._limit.pauses
        if pauses >= MAX_PAUSES:
            message = f"Pixiv still limits the rate after {MAX_PAUSES} pauses; resume tomorrow, with a longer delay"
            self._end_crawl("rate_limited", StoppedError(message))
        seconds = pause_seconds(_retry_after(failed.headers), self._pause_seconds, pauses)
        self._limit.pause(seconds)
        self._stats.inc_value("pixiv/ratelimit/pauses")
        self._stats.inc_value("pixiv/ratelimit/seconds", round(seconds))
        logger.warning("Pixiv limits the rate of requests: no API request for %g seconds", seconds)
        return failed.again()

    def observe(self, fault: ApiFault | None) -> None:
        if is_processed(fault):
            self._limit.end()


class RetryRequest:
    """Sends the request again a few times, with waits of the login that double; then it counts as failed.

    While Pixiv refuses one request after the other in the same way, each is sent only once, after the longest wait.

    Stats: pixiv/apierrors/repeated. Meta: REPEATS. Closes the crawl: too_many_errors.
    """

    def __init__(
        self,
        stats: StatsCollector,
        settings: BaseSettings,
        session: ApiSession,
        limit: RateLimit,
        end_crawl: EndCrawl,
        give_up: GiveUp,
        probe: Probe,
    ) -> None:
        self._stats = stats
        self._session = session
        self._limit = limit
        self._end_crawl = end_crawl
        self._give_up = give_up
        self._probe = probe
        self._max_retries = settings.getint("RETRY_TIMES")
        self._first_wait = settings.getfloat("PIXIV_API_DELAY")
        self._failed = 0
        """Requests that failed after all their retries, since the last valid response."""

    async def apply(self, failed: FailedCall) -> Request:
        retries = failed.request.meta.get(REPEATS, 0)
        is_refused_again = self._session.refusals.continues(failed.fault.kind)
        if retries >= self._max_retries or is_refused_again:
            if is_refused_again:
                self._limit.back_off(self._first_wait * 2**self._max_retries)
            return await self._fail(failed)
        self._give_up.count(failed)
        wait = self._first_wait * 2**retries
        self._limit.back_off(wait)
        self._stats.inc_value("pixiv/apierrors/repeated")
        logger.info("%s: %s; retrying in %.3g seconds", failed.request.url, failed.fault, wait)
        return failed.again(**{REPEATS: retries + 1})

    async def _fail(self, failed: FailedCall) -> Request:
        is_counted = FINAL_RETRY not in failed.request.meta
        self._failed += is_counted
        self._session.responses_at_failure = self._session.responses
        try:
            return await self._give_up.apply(failed)
        except ApiError:
            if not (is_counted and await self._probe.confirms(lambda: self._failed >= MAX_FAILED)):
                raise
            message = f"{MAX_FAILED} requests in a row failed, the last one with {failed.fault}; Pixiv or the network is down"
            self._end_crawl("too_many_errors", StoppedError(message))

    def observe(self, fault: ApiFault | None) -> None:
        if is_processed(fault):
            self._failed = 0


class StopCrawl:
    """Ends the crawl: no other request would succeed.

    Closes the crawl: too_many_errors, refused_everywhere.
    """

    def __init__(self, end_crawl: EndCrawl, give_up: GiveUp) -> None:
        self._end_crawl = end_crawl
        self._give_up = give_up

    async def apply(self, failed: FailedCall) -> Request:
        self._give_up.count(failed)
        failure = StoppedError(f"No API request can be sent: {failed.fault.message}")
        if failed.fault.kind is ErrorKind.MISDIRECTED:
            self._end_crawl("refused_everywhere", failure)
        self._end_crawl("too_many_errors", failure)

    def observe(self, fault: ApiFault | None) -> None:
        pass


class RepeatInEnglish:
    """Sends a request once more, in English, if its error message decides what the error means, but is not known.

    If the response in English is valid, the request is sent in the language of the crawl again.

    Stats: pixiv/apierrors/in_english. Meta: IN_ENGLISH.
    """

    def __init__(self, stats: StatsCollector, settings: BaseSettings) -> None:
        self._stats = stats
        self._is_english = settings["PIXIV_LANGUAGE"].lower().startswith("en")
        self._asked = self._not_helpful = ""
        """The last message that was not known, and the last one for which a request in English did not help."""

    def repeated(self, request: Request, fault: ApiFault | None) -> Request | None:
        """The request to send again; None if the response decides."""
        if request.meta.get(IN_ENGLISH):
            if fault is None:
                return self._request(request, is_english=False)
            if fault.kind in UNCLEAR:
                self._not_helpful = self._asked
            return None
        if fault is None or fault.kind not in UNCLEAR or fault.message == self._not_helpful:
            return None
        if self._is_english or IN_ENGLISH in request.meta:
            return None
        self._asked = fault.message
        self._stats.inc_value("pixiv/apierrors/in_english")
        return self._request(request, is_english=True)

    @staticmethod
    def _request(request: Request, *, is_english: bool) -> Request:
        repeated = request.replace(meta=request.meta | {IN_ENGLISH: is_english}, priority=request.priority + 10)
        repeated.headers.pop("Accept-Language", None)  # Scrapy adds the language of the crawl
        if is_english:
            repeated.headers["Accept-Language"] = "en"
        return repeated


def _retry_after(headers: Headers) -> float | None:
    value = (headers.get("Retry-After") or b"").decode("latin-1")
    return retry_after(value, datetime.now(UTC))

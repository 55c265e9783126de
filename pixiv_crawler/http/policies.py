"""What is done about API requests without a valid response: one object for each `Action` of the error policy."""

import logging
from abc import ABC, abstractmethod
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


@dataclass(frozen=True, slots=True)
class ApiCrawl:
    """What the policies of one crawl share."""

    stats: StatsCollector
    settings: BaseSettings
    session: ApiSession
    limit: RateLimit
    tokens: TokenRenewer
    probe: Probe
    end_crawl: EndCrawl


class Policy(ABC):
    """What is done about a failed request."""

    def __init__(self, crawl: ApiCrawl) -> None:
        self.crawl = crawl

    @abstractmethod
    async def apply(self, failed: FailedCall) -> Request:
        """Returns the request to send again.

        Raises:
            ApiError: the request has failed permanently.
            LoginError, StoppedError: the crawl ends, and the request stays open for the next run.
        """

    def observe(self, fault: ApiFault | None) -> None:  # noqa: B027 - one of them has no use for it
        """Takes note of any response, valid (None) or not, before a policy is applied to it."""

    def count(self, failed: FailedCall) -> None:
        """Counts an error, of a request that may be retried.

        Stats: pixiv/apierrors/KIND.
        """
        self.crawl.stats.inc_value(f"pixiv/apierrors/{failed.fault.kind}")

    async def give_up(self, failed: FailedCall) -> NoReturn:
        """Reports the request as failed: the same request would fail again.

        If Pixiv refuses one request after the other, a probe decides: the crawl ends, or the refusals concern only these
        requests.

        Closes the crawl: refused_everywhere.
        """
        self.count(failed)
        kind, refusals = failed.fault.kind, self.crawl.session.refusals
        # A final retry of requests that failed before says nothing about the others.
        is_counted = kind in REFUSALS and FINAL_RETRY not in failed.request.meta
        if (
            is_counted
            and refusals.add(kind, str(failed.call))
            and await self.crawl.probe.confirms(lambda: refusals.are_many)
        ):
            message = f"Pixiv refused {MAX_REFUSALS} requests in a row, the last one with {failed.fault}; {check_after(kind)}"
            self.crawl.end_crawl("refused_everywhere", StoppedError(message))
        raise ApiError(str(failed.call), failed.fault)


class GiveUp(Policy):
    """Reports the request as failed."""

    async def apply(self, failed: FailedCall) -> Request:
        await self.give_up(failed)

    def observe(self, fault: ApiFault | None) -> None:
        if is_processed(fault):
            self.crawl.session.refusals.clear()


class RenewToken(Policy):
    """Renews the access token, once for all waiting requests, and sends the request again; this does not count as a retry.

    Stats: pixiv/auth/refused. Meta: RENEWALS, TOKEN_GENERATION. Closes the crawl: login_failed.
    """

    rejected = 0
    """Requests in a row that were rejected with each of their new tokens."""

    async def apply(self, failed: FailedCall) -> Request:
        self.crawl.stats.inc_value("pixiv/auth/refused")
        meta = failed.request.meta
        renewals = meta.get(RENEWALS, 0)
        if renewals >= MAX_RENEWALS:
            self.rejected += 1
            if self.rejected >= MAX_RENEWALS:
                self.crawl.end_crawl("login_failed", LoginError("Pixiv rejects every access token that it issues"))
            await self.give_up(failed)
        await self.crawl.tokens.renew(meta.get(TOKEN_GENERATION, self.crawl.session.generation))
        return failed.again(**{RENEWALS: renewals + 1})

    def observe(self, fault: ApiFault | None) -> None:
        if fault is None or POLICY[fault.kind] is not Action.RENEW:
            self.rejected = 0


class PauseRequests(Policy):
    """Pauses all API requests of the login, longer each time until there is a valid response, then sends the request again; files are not paused.

    A limit of a request that changes something ends the crawl at once, because Pixiv may restrict the account.

    Settings: PIXIV_RATE_LIMIT_PAUSE. Stats: pixiv/ratelimit/pauses, pixiv/ratelimit/seconds. Closes the crawl:
    rate_limited.
    """

    async def apply(self, failed: FailedCall) -> Request:
        limit = self.crawl.limit
        if limit.join():  # the request was sent before another run was refused
            return failed.again()
        if failed.call.method == "POST":
            message = "Pixiv limits the rate of changes, and warns accounts that go on: resume tomorrow"
            self.crawl.end_crawl("rate_limited", StoppedError(message))
        pauses = limit.pauses
        if pauses >= MAX_PAUSES:
            message = f"Pixiv still limits the rate after {MAX_PAUSES} pauses; resume tomorrow, with a longer delay"
            self.crawl.end_crawl("rate_limited", StoppedError(message))
        shortest = self.crawl.settings.getfloat("PIXIV_RATE_LIMIT_PAUSE")
        seconds = pause_seconds(retry_after_of(failed.headers), shortest, pauses)
        limit.pause(seconds)
        self.crawl.stats.inc_value("pixiv/ratelimit/pauses")
        self.crawl.stats.inc_value("pixiv/ratelimit/seconds", round(seconds))
        logger.warning("Pixiv limits the rate of requests: no API request for %g seconds", seconds)
        return failed.again()

    def observe(self, fault: ApiFault | None) -> None:
        if is_processed(fault):
            self.crawl.limit.end()


class RetryRequest(Policy):
    """Sends the request again a few times, with waits of the login that double; then it counts as failed.

    While Pixiv refuses one request after the other in the same way, each is sent only once, after the longest wait.

    Settings: RETRY_TIMES, PIXIV_API_DELAY (the first wait). Stats: pixiv/apierrors/repeated. Meta: REPEATS. Closes the
    crawl: too_many_errors.
    """

    failed = 0
    """Requests that failed after all their retries, since the last valid response."""

    async def apply(self, failed: FailedCall) -> Request:
        settings, limit = self.crawl.settings, self.crawl.limit
        most, first_wait = settings.getint("RETRY_TIMES"), settings.getfloat("PIXIV_API_DELAY")
        retries = failed.request.meta.get(REPEATS, 0)
        is_refused_again = self.crawl.session.refusals.continues(failed.fault.kind)
        if retries >= most or is_refused_again:
            if is_refused_again:
                limit.back_off(first_wait * 2**most)
            await self._fail(failed)
        self.count(failed)
        wait = first_wait * 2**retries
        limit.back_off(wait)
        self.crawl.stats.inc_value("pixiv/apierrors/repeated")
        logger.info("%s: %s; retrying in %.3g seconds", failed.request.url, failed.fault, wait)
        return failed.again(**{REPEATS: retries + 1})

    async def _fail(self, failed: FailedCall) -> NoReturn:
        is_counted = FINAL_RETRY not in failed.request.meta
        self.failed += is_counted
        session = self.crawl.session
        session.responses_at_failure = session.responses
        try:
            await self.give_up(failed)
        except ApiError:
            if not (is_counted and await self.crawl.probe.confirms(lambda: self.failed >= MAX_FAILED)):
                raise
            message = f"{MAX_FAILED} requests in a row failed, the last one with {failed.fault}; Pixiv or the network is down"
            self.crawl.end_crawl("too_many_errors", StoppedError(message))

    def observe(self, fault: ApiFault | None) -> None:
        if is_processed(fault):
            self.failed = 0


class StopCrawl(Policy):
    """Ends the crawl: no other request would succeed.

    Closes the crawl: too_many_errors, refused_everywhere.
    """

    async def apply(self, failed: FailedCall) -> Request:
        self.count(failed)
        failure = StoppedError(f"No API request can be sent: {failed.fault.message}")
        is_misdirected = failed.fault.kind is ErrorKind.MISDIRECTED
        self.crawl.end_crawl("refused_everywhere" if is_misdirected else "too_many_errors", failure)


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


def retry_after_of(headers: Headers) -> float | None:
    """The delay that a response requests, in seconds; None if it requests none."""
    value = (headers.get("Retry-After") or b"").decode("latin-1")
    return retry_after(value, datetime.now(UTC))

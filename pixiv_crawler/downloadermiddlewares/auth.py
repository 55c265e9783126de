"""Login: gets access tokens, in time, and once for all who wait."""

from __future__ import annotations

import asyncio
import itertools
import logging
from datetime import UTC, datetime
from pathlib import Path

from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import CloseSpider
from scrapy.http import Response

from pixiv_crawler.api import oauth
from pixiv_crawler.api.errors import POLICY, Action
from pixiv_crawler.exceptions import CertificateError, LoginError, UnreachableError
from pixiv_crawler.http.api_session import ApiSession
from pixiv_crawler.http.rate_lock import Turns
from pixiv_crawler.http.requests import CALL, RENEWALS, TOKEN_GENERATION, api_fault, oauth_request
from pixiv_crawler.http.token_store import Login, find_login, login_file, newest, shared, write_login
from pixiv_crawler.run.closing import close_soon

logger = logging.getLogger(__name__)

# Seconds before its end at which a token counts as over: requests wait in queues before they reach the wire.
MARGIN_SECONDS = 300
# Of a token that lives shorter than that, at most this share is left unused.
MARGIN_SHARE = 0.5
# A call refused so often under fresh tokens is refused for another reason.
MAX_RENEWALS = 3


class AuthMiddleware:
    """Holds the login, renews the access token before and when it expires (the download handler signs).

    Concurrent refusals share one renewal, also those of other runs with the same login; a refused call is repeated, past the duplicate filter and outside of the
    counts of repeats. A refresh token that Pixiv refuses ends the crawl at once.

    Settings: PIXIV_REFRESH_TOKEN, PIXIV_TOKEN_FILE, PIXIV_CLIENT_ID, PIXIV_CLIENT_SECRET, PIXIV_OAUTH_URL.
    Stats: pixiv/auth/renewed, pixiv/auth/refused. Meta: RENEWALS, TOKEN_GENERATION. Ends the crawl: login_failed.
    """

    def __init__(self, crawler: Crawler) -> None:
        settings = crawler.settings
        self._crawler = crawler
        self._session = ApiSession.of(crawler)
        self._oauth_url = settings["PIXIV_OAUTH_URL"]
        self._client = (settings["PIXIV_CLIENT_ID"], settings["PIXIV_CLIENT_SECRET"])
        self._token_file = login_file(settings["PIXIV_REFRESH_TOKEN"], Path(settings["PIXIV_TOKEN_FILE"]))
        self._login = find_login(settings["PIXIV_REFRESH_TOKEN"], self._token_file)
        self._turns = Turns(self._token_file.with_name(f"{self._token_file.name}.renewal"))
        self._renewal: asyncio.Task[None] | None = None
        self._session.log_in_by(self._log_in)
        self._max_repeats = settings.getint("RETRY_TIMES")
        self._first_wait = settings.getfloat("PIXIV_API_DELAY")
        self._margin: float = MARGIN_SECONDS
        self._in_vain = 0
        """Calls in a row that were refused under fresh tokens."""
        if self._login and self._login.seconds_left > MARGIN_SECONDS:
            self._session.sign_with(self._login.access_token, self._login.seconds_left)
            self._session.account = self._login.account

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> AuthMiddleware:
        middleware = cls(crawler)
        crawler.signals.connect(middleware.spider_opened, signals.spider_opened)
        return middleware

    def spider_opened(self) -> None:
        """Ends a crawl without a login before its first request: unsigned, every call would fail."""
        if self._login is None:
            logger.error(
                "There is no refresh token in PIXIV_REFRESH_TOKEN or in %s; run: scrapy login", self._token_file
            )
            raise CloseSpider("login_failed")

    async def _log_in(self) -> None:
        if self._session.seconds_left < self._margin or self._session.account is None:
            await self._renew(self._session.generation)

    async def process_request(self, request: Request) -> None:
        if CALL in request.meta and self._session.seconds_left < self._margin:
            await self._renew(self._session.generation)

    async def process_response(self, request: Request, response: Response) -> Request | Response:
        if CALL not in request.meta:
            return response
        if not self._is_refused(request, response):
            self._in_vain = 0
            return response
        self._crawler.stats.inc_value("pixiv/auth/refused")
        renewals = request.meta.get(RENEWALS, 0)
        if renewals >= MAX_RENEWALS:
            self._in_vain += 1
            if self._in_vain >= MAX_RENEWALS:
                self._session.failure = LoginError("Pixiv refuses every access token that it grants")
                logger.error("Login failed: %s", self._session.failure)
                close_soon(self._crawler, "login_failed")
                raise self._session.failure
            return response
        await self._renew(request.meta.get(TOKEN_GENERATION, self._session.generation))
        return request.replace(meta=request.meta | {RENEWALS: renewals + 1}, priority=request.priority + 10)

    @staticmethod
    def _is_refused(request: Request, response: Response) -> bool:
        fault = api_fault(request, response)
        return fault is not None and POLICY[fault.kind] is Action.RENEW

    async def _renew(self, refused: int) -> None:
        """Returns when there is a newer token than the one of generation `refused`.

        Raises:
            LoginError: there will be none.
        """
        if self._session.failure:
            raise self._session.failure
        if self._session.generation != refused:
            return
        if self._renewal is None:
            self._renewal = asyncio.create_task(self._renew_now())
        await asyncio.shield(self._renewal)

    async def _renew_now(self) -> None:
        try:
            with self._session.held("renewing the login"):
                async with self._turns.turn():
                    if not self._is_renewed():
                        await self._ask_for_token()
        except LoginError as error:
            # Set here and not by those who wait, so that none of them asks once more.
            self._session.failure = error
            logger.error("Login failed: %s", error)
            close_soon(self._crawler, "login_failed")
            raise
        finally:
            self._renewal = None

    def _is_renewed(self) -> bool:
        """Whether another run that shares the login has just renewed it, so that its token will do."""
        assert self._login is not None
        stored = shared(self._login, self._token_file)
        if (
            not stored
            or stored.access_token in ("", self._session.access_token)
            or stored.seconds_left <= self._margin
        ):
            return False
        self._login = stored
        self._session.sign_with(stored.access_token, stored.seconds_left)
        self._session.account = stored.account
        return True

    async def _ask_for_token(self) -> None:
        assert self._login is not None
        self._login = newest(self._login, self._token_file)
        for repeats in itertools.count():
            try:
                grant = await self._grant(self._login.refresh_token)
                break
            except UnreachableError as error:
                if repeats >= self._max_repeats:
                    raise
                wait = self._first_wait * 2**repeats
                logger.warning("%s; asking again in %.3g seconds", error, wait)
                await asyncio.sleep(wait)
            except LoginError:
                # Another crawl with the same login may have been given a new refresh token meanwhile.
                newer = newest(self._login, self._token_file)
                if newer == self._login:
                    raise
                self._login = newer
        self._session.sign_with(grant.access_token, grant.expires_in)
        self._session.account = grant.user
        self._margin = min(MARGIN_SECONDS, grant.expires_in * MARGIN_SHARE)
        self._crawler.stats.inc_value("pixiv/auth/renewed")
        self._keep(self._login.renewed(grant))

    async def _grant(self, refresh_token: str) -> oauth.Grant:
        form = oauth.refresh_form(refresh_token, *self._client)
        request = oauth_request(self._oauth_url, form, oauth.client_headers(datetime.now(UTC)))
        try:
            response = await self._crawler.engine.download_async(request)
        except CertificateError as error:
            raise LoginError(str(error)) from error
        except Exception as error:
            raise UnreachableError(
                f"{self._oauth_url} could not be reached ({type(error).__name__}: {error}); check the network"
            ) from error
        return oauth.granted(response.status, response.body)

    def _keep(self, login: Login) -> None:
        assert self._login is not None
        rotated = login.refresh_token != self._login.refresh_token
        self._login = login
        try:
            write_login(self._token_file, login)
        except OSError as error:
            lost = "; Pixiv gave a new refresh token, which is lost when this run ends" if rotated else ""
            logger.warning("The login could not be stored in %s (%s)%s", self._token_file, error.strerror, lost)

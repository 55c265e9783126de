"""Renews the access token in time, once for all waiting requests."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import NoReturn

from scrapy import Request
from scrapy.http import Response
from scrapy.settings import BaseSettings

from pixiv_crawler.api import oauth
from pixiv_crawler.exceptions import CertificateError, LoginError, UnreachableError
from pixiv_crawler.http.api_session import ApiSession
from pixiv_crawler.http.rate_lock import renewal_lock
from pixiv_crawler.http.requests import oauth_request
from pixiv_crawler.http.servers import Servers
from pixiv_crawler.http.token_store import Login, find_login, latest_login, login_file, stored_version, write_login

logger = logging.getLogger(__name__)

# Seconds before its expiry at which a token counts as expired: requests wait in queues before they are sent.
MARGIN_SECONDS = 300
# The margin of a token with a shorter lifetime, as a share of that lifetime.
MARGIN_SHARE = 0.5


class TokenRenewer:
    """Obtains access tokens with the refresh token and stores them in the token file.

    Concurrent requests share one renewal, and so do concurrent runs with the same login: a run uses the token that
    another run has just stored.
    """

    def __init__(
        self,
        settings: BaseSettings,
        servers: Servers,
        session: ApiSession,
        *,
        send: Callable[[Request], Awaitable[Response]],
        end_crawl: Callable[[str, LoginError], NoReturn],
        on_renewed: Callable[[], None],
    ) -> None:
        self._session = session
        self._send = send
        self._end_crawl = end_crawl
        self._on_renewed = on_renewed
        self._servers = servers
        self._client = (settings["PIXIV_CLIENT_ID"], settings["PIXIV_CLIENT_SECRET"])
        self._max_retries = settings.getint("RETRY_TIMES")
        self._first_wait = settings.getfloat("PIXIV_API_DELAY")
        self.token_file = login_file(servers.refresh_token, servers.token_file)
        self._login = find_login(servers.refresh_token, self.token_file)
        self._lock = renewal_lock(self.token_file)
        self._renewal: asyncio.Task[None] | None = None
        self._margin: float = MARGIN_SECONDS
        if self._login and self._login.seconds_left > MARGIN_SECONDS:
            self._use(self._login)
        session.log_in_by(self.log_in)

    @property
    def has_login(self) -> bool:
        """Whether there is a refresh token at all."""
        return self._login is not None

    async def log_in(self) -> None:
        """Ensures that there is a valid token and that its account is known.

        Raises:
            LoginError: no token can be obtained.
        """
        if self._session.account is None:
            await self.renew(self._session.generation)
        else:
            await self.ensure_valid()

    async def ensure_valid(self) -> None:
        """Renews the token if it is about to expire.

        Raises:
            LoginError, StoppedError: no token can be obtained.
        """
        if self._session.seconds_left < self._margin:
            await self.renew(self._session.generation)

    async def renew(self, rejected: int) -> None:
        """Returns when there is a newer token than the one of generation `rejected`.

        Raises:
            LoginError, StoppedError: no token can be obtained.
        """
        if self._session.failure:
            raise self._session.failure
        if self._session.generation != rejected:
            return
        if self._renewal is None:
            self._renewal = asyncio.create_task(self._renew_once())
        await asyncio.shield(self._renewal)

    async def _renew_once(self) -> None:
        try:
            with self._session.held("renewing the login"):
                async with self._lock.acquire():
                    if not self._is_renewed_by_another_run():
                        await self._obtain_token()
        except LoginError as error:
            # The crawl is ended here, not by the waiting requests, so that none of them starts another renewal.
            self._end_crawl("login_failed", error)
        finally:
            self._renewal = None

    def _is_renewed_by_another_run(self) -> bool:
        assert self._login is not None
        stored = stored_version(self._login, self.token_file)
        if (
            not stored
            or stored.access_token in ("", self._session.access_token)
            or stored.seconds_left <= self._margin
        ):
            return False
        self._login = stored
        self._use(stored)
        return True

    def _use(self, login: Login) -> None:
        self._session.sign_with(login.access_token, login.seconds_left)
        self._session.account = login.account

    async def _obtain_token(self) -> None:
        assert self._login is not None
        self._login = latest_login(self._login, self.token_file)
        grant = await self._grant_with_retries()
        self._session.sign_with(grant.access_token, grant.expires_in)
        self._session.account = grant.user
        self._margin = min(MARGIN_SECONDS, grant.expires_in * MARGIN_SHARE)
        self._on_renewed()
        self._store(self._login.renewed(grant))

    async def _grant_with_retries(self) -> oauth.Grant:
        assert self._login is not None
        retries = 0
        while True:
            try:
                return await self._grant(self._login.refresh_token)
            except UnreachableError as error:
                if retries >= self._max_retries:
                    raise
                wait = self._first_wait * 2**retries
                logger.warning("%s; retrying in %.3g seconds", error, wait)
                await asyncio.sleep(wait)
                retries += 1
            except LoginError:
                # Another run with the same login may have received a new refresh token in the meantime.
                newer = latest_login(self._login, self.token_file)
                if newer == self._login:
                    raise
                self._login = newer

    async def _grant(self, refresh_token: str) -> oauth.Grant:
        form = oauth.refresh_form(refresh_token, *self._client)
        request = oauth_request(self._servers.oauth_url, form, oauth.client_headers(datetime.now(UTC)))
        try:
            response = await self._send(request)
        except CertificateError as error:
            raise LoginError(str(error)) from error
        except Exception as error:
            raise UnreachableError(
                f"{self._servers.oauth_url} could not be reached ({type(error).__name__}: {error}); check the network"
            ) from error
        return oauth.parse_grant(response.status, response.body)

    def _store(self, login: Login) -> None:
        assert self._login is not None
        is_rotated = login.refresh_token != self._login.refresh_token
        self._login = login
        try:
            write_login(self.token_file, login)
        except OSError as error:
            consequence = (
                "; Pixiv issued a new refresh token, which will be lost when this run ends" if is_rotated else ""
            )
            logger.warning("The login could not be stored in %s (%s)%s", self.token_file, error.strerror, consequence)

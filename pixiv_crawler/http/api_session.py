"""State shared by all API requests of a crawl: the access token, and when requests may be sent."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager

from scrapy.crawler import Crawler

from pixiv_crawler.api.call import ApiCall
from pixiv_crawler.api.oauth import Account
from pixiv_crawler.exceptions import LoginError, StoppedError
from pixiv_crawler.http.refusals import Refusals
from pixiv_crawler.http.shared import shared


class ApiSession:
    """The token that signs requests, and what holds them back: a pause, or a renewal of the token.

    `TokenRenewer` sets the token and the policies set pauses; the download handler applies both.
    """

    def __init__(self) -> None:
        self.access_token = ""
        self.generation = 0
        """Number of the current token in this crawl: shows which token a response rejected."""
        self.account: Account | None = None
        """The account that is logged in; None before the login."""
        self._log_in: Callable[[], Awaitable[None]] | None = None
        self.failure: LoginError | StoppedError | None = None
        """Why no further API request is sent; None while requests are sent."""
        self.refusals = Refusals()
        self.usable_call: ApiCall | None = None
        """The last call that had a valid response and changed nothing; None if there is none yet."""
        self.responses = 0
        """Number of responses received, valid or not."""
        self.responses_at_failure = 0
        """Number of responses received when a request last failed, after all its retries."""
        self.is_handled = asyncio.Event()
        """Set when the error policy has been applied to the response of the last request."""
        self._free = asyncio.Event()
        self._free.set()
        self._expires = 0.0
        self._paused_until = 0.0
        self._why_paused = ""
        self._why_held = ""
        self._last_sent = 0.0
        self.is_stopping: Callable[[], bool] = lambda: False

    @classmethod
    def of(cls, crawler: Crawler) -> ApiSession:
        """The session shared by the components of a crawler."""
        return shared(crawler, cls, cls)

    def log_in_by(self, log_in: Callable[[], Awaitable[None]]) -> None:
        """Sets the function by which `log_in` obtains a token and the account."""
        self._log_in = log_in

    async def log_in(self) -> Account:
        """Returns the account; logs in first if necessary.

        Raises:
            LoginError: the login failed, or its account is unknown.
        """
        assert self._log_in is not None
        await self._log_in()
        if self.account is None:
            raise LoginError("Pixiv's response does not name the account; pass -a user_id=...")
        return self.account

    def sign_with(self, access_token: str, seconds: float) -> None:
        """Signs requests with a token that expires in `seconds`."""
        self.access_token = access_token
        self.generation += 1
        self._expires = time.monotonic() + seconds

    @property
    def seconds_left(self) -> float:
        """Seconds until the token expires; 0 or less if there is none or it has expired."""
        return self._expires - time.monotonic()

    def pause(self, seconds: float, why: str = "") -> None:
        """Holds back all API requests; a pause that ends later stays in effect, with its reason."""
        until = time.monotonic() + seconds
        if until > self._paused_until:
            self._paused_until, self._why_paused = until, why

    @contextmanager
    def held(self, why: str = "") -> Iterator[None]:
        """Holds back all API requests until the block ends."""
        self._why_held = why
        self._free.clear()
        try:
            yield
        finally:
            self._free.set()

    @property
    def waiting(self) -> tuple[str, float] | None:
        """Why API requests are held back, and for how many more seconds (0: unknown); None if they are not."""
        if not self._free.is_set():
            return self._why_held, 0.0
        left = self._paused_until - time.monotonic()
        return (self._why_paused, left) if left > 0 else None

    async def wait(self, delay: float = 0) -> None:
        """Returns when a request may be sent: `delay` seconds after the last one, and after any pause.

        Raises:
            LoginError, StoppedError: no further request may be sent.
        """
        await self._free.wait()
        # Checked again after each wait: another request may have been sent, or a pause may have begun.
        while (seconds := max(self._paused_until, self._last_sent + delay) - time.monotonic()) > 0:
            await self._sleep(seconds)
            await self._free.wait()
        if self.failure:
            raise self.failure
        self._last_sent = time.monotonic()

    def check(self) -> None:
        """Checks that requests may still be sent, now or later.

        Raises:
            LoginError, StoppedError: no further request may be sent.
        """
        if self.failure:
            raise self.failure
        if self.is_stopping():
            raise StoppedError("the crawl is stopping")

    async def _sleep(self, seconds: float) -> None:
        """Sleeps; wakes up early if the crawl is stopping, because a pause may last for minutes."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self.check()
            await asyncio.sleep(min(left, 0.5))

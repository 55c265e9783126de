"""What all API requests of one crawl share: the access token, and when they may be sent."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from weakref import WeakKeyDictionary

from scrapy.crawler import Crawler

from pixiv_crawler.api.oauth import Account
from pixiv_crawler.exceptions import LoginError, StoppedError

_sessions: WeakKeyDictionary[Crawler, ApiSession] = WeakKeyDictionary()


class ApiSession:
    """The token that signs requests, and what keeps them from being sent: a pause, or a token that is being renewed.

    `AuthMiddleware` sets the token and `RateLimitMiddleware` the pause; the download handler obeys both.
    """

    def __init__(self) -> None:
        self.access_token = ""
        self.generation = 0
        """Counts the tokens of this crawl, so that a refusal tells which one was refused."""
        self.account: Account | None = None
        """The account that logged in; None before that."""
        self._log_in: Callable[[], Awaitable[None]] | None = None
        self.failure: LoginError | StoppedError | None = None
        """Why no API request will be sent any more."""
        self.answers = 0
        """Answers that came, whatever they said."""
        self.answers_at_failure = 0
        """How many had come when a call last failed, after all its repeats."""
        self.is_last_round = False
        """Whether only calls are asked that failed before, so that many failures in a row tell nothing of the others."""
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
        """The session that the components of one crawler share."""
        return _sessions.setdefault(crawler, cls())

    def log_in_by(self, log_in: Callable[[], Awaitable[None]]) -> None:
        """Sets how `log_in` gets a token and the account."""
        self._log_in = log_in

    async def log_in(self) -> Account:
        """The account that crawls; logs in when that has not been done.

        Raises:
            LoginError: it cannot be had.
        """
        assert self._log_in is not None
        await self._log_in()
        if self.account is None:
            raise LoginError("Pixiv did not tell which account logged in; give -a user_id=...")
        return self.account

    def sign_with(self, access_token: str, seconds: float) -> None:
        """Signs with a token that lives for `seconds` from now on."""
        self.access_token = access_token
        self.generation += 1
        self._expires = time.monotonic() + seconds

    @property
    def seconds_left(self) -> float:
        """How long the token lives; 0 or less when there is none or it is over."""
        return self._expires - time.monotonic()

    def pause(self, seconds: float, why: str = "") -> None:
        """Lets every API request wait; a longer pause that is under way stays, with its reason."""
        until = time.monotonic() + seconds
        if until > self._paused_until:
            self._paused_until, self._why_paused = until, why

    @contextmanager
    def held(self, why: str = "") -> Iterator[None]:
        """Lets every API request wait until the block is left."""
        self._why_held = why
        self._free.clear()
        try:
            yield
        finally:
            self._free.set()

    @property
    def waiting(self) -> tuple[str, float] | None:
        """Why no API request is sent, and for how many seconds yet: 0 when nobody knows; None when they are sent."""
        if not self._free.is_set():
            return self._why_held, 0.0
        left = self._paused_until - time.monotonic()
        return (self._why_paused, left) if left > 0 else None

    async def wait(self, delay: float = 0) -> None:
        """Returns when a request may be sent: `delay` seconds after the last one, whatever waits lay between.

        Raises:
            LoginError, StoppedError: none may be sent any more.
        """
        await self._free.wait()
        while (seconds := self._paused_until - time.monotonic()) > 0:
            await self._sleep(seconds)
            await self._free.wait()
        if self.failure:
            raise self.failure
        if (seconds := self._last_sent + delay - time.monotonic()) > 0:
            await self._sleep(seconds)
        self._last_sent = time.monotonic()

    def check(self) -> None:
        """Returns when requests may still be sent, at some time.

        Raises:
            LoginError, StoppedError: none may be sent any more.
        """
        if self.failure:
            raise self.failure
        if self.is_stopping():
            raise StoppedError("the crawl is being stopped")

    async def _sleep(self, seconds: float) -> None:
        """Sleeps, but not on when the crawl is being stopped: a pause may last for minutes."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self.check()
            await asyncio.sleep(min(left, 0.5))

"""What all API requests of one crawl share: the access token, and the moment before which none may be sent."""

from __future__ import annotations

import asyncio
import time
from weakref import WeakKeyDictionary

from scrapy.crawler import Crawler

_sessions: WeakKeyDictionary[Crawler, ApiSession] = WeakKeyDictionary()


class ApiSession:
    """The token that signs requests, and the pause that they wait out.

    `AuthMiddleware` sets the token and `RateLimitMiddleware` the pause; the download handler obeys both.
    """

    def __init__(self) -> None:
        self.access_token = ""
        self.generation = 0
        """Counts the tokens of this crawl, so that a refusal tells which one was refused."""
        self._expires = 0.0
        self._paused_until = 0.0

    @classmethod
    def of(cls, crawler: Crawler) -> ApiSession:
        """The session that the components of one crawler share."""
        return _sessions.setdefault(crawler, cls())

    def sign_with(self, access_token: str, seconds: float) -> None:
        """Signs with a token that lives for `seconds` from now on."""
        self.access_token = access_token
        self.generation += 1
        self._expires = time.monotonic() + seconds

    @property
    def seconds_left(self) -> float:
        """How long the token lives; 0 or less when there is none or it is over."""
        return self._expires - time.monotonic()

    def pause(self, seconds: float) -> None:
        """Lets every API request wait; a longer pause that is under way stays."""
        self._paused_until = max(self._paused_until, time.monotonic() + seconds)

    async def wait(self) -> None:
        """Returns when no pause is under way."""
        while (seconds := self._paused_until - time.monotonic()) > 0:  # noqa: ASYNC110 - a pause may grow meanwhile
            await asyncio.sleep(seconds)

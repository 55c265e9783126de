"""When requests to one server may be sent: after the delay, after any pause, and not at all once the crawl gives up on it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from pixiv_crawler.exceptions import PixivCrawlerError, StoppedError


class PacedSession:
    """What holds back the requests to one server; the policies set pauses, the download handler applies them."""

    failure: PixivCrawlerError | None = None
    """Why no further request is sent; None while requests are sent."""

    def __init__(self) -> None:
        self.is_handled = asyncio.Event()
        """Set when the error policy has been applied to the response of the last request."""
        self._free = asyncio.Event()
        self._free.set()
        self._paused_until = 0.0
        self._why_paused = ""
        self._why_held = ""
        self._last_sent = self._last_change = 0.0
        self.is_stopping: Callable[[], bool] = lambda: False

    def pause(self, seconds: float, why: str = "") -> None:
        """Holds back all requests; a pause that ends later stays in effect, with its reason."""
        until = time.monotonic() + seconds
        if until > self._paused_until:
            self._paused_until, self._why_paused = until, why

    @contextmanager
    def held(self, why: str = "") -> Iterator[None]:
        """Holds back all requests until the block ends."""
        self._why_held = why
        self._free.clear()
        try:
            yield
        finally:
            self._free.set()

    @property
    def waiting(self) -> tuple[str, float] | None:
        """Why requests are held back, and for how many more seconds (0: unknown); None if they are not."""
        if not self._free.is_set():
            return self._why_held, 0.0
        left = self._paused_until - time.monotonic()
        return (self._why_paused, left) if left > 0 else None

    async def wait(self, delay: float = 0, change_delay: float = 0) -> None:
        """Returns when a request may be sent: `delay` seconds after the last one, and after any pause.

        A request with a `change_delay` changes something; it is sent so many seconds after the last one that did.

        Raises:
            PixivCrawlerError: no further request may be sent (`failure`, or `StoppedError`).
        """
        await self._free.wait()
        # Checked again after each wait: another request may have been sent, or a pause may have begun.
        while (seconds := self._earliest(delay, change_delay) - time.monotonic()) > 0:
            await self._sleep(seconds)
            await self._free.wait()
        if self.failure:
            raise self.failure
        self._last_sent = time.monotonic()
        if change_delay:
            self._last_change = self._last_sent

    def _earliest(self, delay: float, change_delay: float) -> float:
        after_change = self._last_change + change_delay if change_delay else 0.0
        return max(self._paused_until, self._last_sent + delay, after_change)

    def check(self) -> None:
        """Checks that requests may still be sent, now or later.

        Raises:
            PixivCrawlerError: no further request may be sent (`failure`, or `StoppedError`).
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

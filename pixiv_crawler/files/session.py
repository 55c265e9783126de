"""State shared by all file requests of a crawl: pauses, concurrency, failures, and the threads that read files."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Any, NoReturn, ParamSpec, TypeVar

from scrapy.crawler import Crawler

from pixiv_crawler.api.errors import pause_seconds
from pixiv_crawler.exceptions import StoppedError
from pixiv_crawler.http.shared import shared
from pixiv_crawler.run.closing import close_soon, is_closing
from pixiv_crawler.run.lifecycle import Run

logger = logging.getLogger(__name__)

P = ParamSpec("P")
T = TypeVar("T")

# After this many pauses without a file, or files in a row without a response, the problem is not transient.
MAX_PAUSES = 10
MAX_WITHOUT_RESPONSE = 10
# How often a waiting request checks whether the crawl is stopping.
POLL_SECONDS = 0.25
# One file is decoded at a time; meanwhile another one can be read.
_THREADS = 2


class FileSession:
    """Makes all file requests wait, or fail, together.

    Settings: PIXIV_IMAGE_CONCURRENCY, PIXIV_RATE_LIMIT_PAUSE. Stops the crawl: rate_limited, too_many_errors.
    """

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._run = Run.of(crawler)
        self._pause_seconds = crawler.settings.getfloat("PIXIV_RATE_LIMIT_PAUSE")
        self._paused_until = 0.0
        self._pauses = 0
        """Pauses since the last file was received."""
        self._without_response = 0
        """Files in a row for which no response was received."""
        self._active = self._undecided = 0
        """Files being downloaded, and those among them that wait for the decision described in `no_response`."""
        self._decision = asyncio.Event()
        self._is_over = False
        self._threads = ThreadPoolExecutor(_THREADS, "files")
        self._free_threads = asyncio.Semaphore(_THREADS)
        # Scrapy checks a slot for free capacity some time before it uses it; on a busy machine, another request uses
        # the same capacity in between.
        self._slots = asyncio.Semaphore(int(crawler.settings.getfloat("PIXIV_IMAGE_CONCURRENCY")))

    @classmethod
    def of(cls, crawler: Crawler) -> FileSession:
        """The session shared by the components of a crawler."""
        return shared(crawler, cls, lambda: cls(crawler))

    def close(self) -> None:
        """Releases the threads."""
        self._threads.shutdown(wait=False)

    def check(self) -> None:
        """Returns if downloads may be started.

        Raises:
            StoppedError: the crawl is stopping, or nothing can be stored.
        """
        if self._is_over or self._run.has_failed or is_closing(self._crawler):
            raise StoppedError("the crawl is stopping")

    async def sleep(self, seconds: float) -> None:
        """Sleeps; wakes up early if the crawl is stopping.

        Raises:
            StoppedError: the crawl is stopping.
        """
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self.check()
            await asyncio.sleep(min(left, POLL_SECONDS))
        self.check()

    @asynccontextmanager
    async def request_slot(self) -> AsyncIterator[None]:
        """Allows one request inside the block: at most PIXIV_IMAGE_CONCURRENCY at a time, and none during a pause.

        Raises:
            StoppedError: the crawl is stopping.
        """
        async with self._slots:
            self.check()
            while (left := self._paused_until - time.monotonic()) > 0:
                await self.sleep(left)
            yield

    async def in_thread(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Runs a function that reads or writes a file in one of a few threads.

        Raises:
            StoppedError: the crawl is stopping.
        """
        async with self._free_threads:
            self.check()
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._threads, lambda: function(*args, **kwargs))

    async def cancel_on_stop(self, work: Coroutine[Any, Any, T]) -> T:
        """Awaits a coroutine, which is cancelled if the crawl is stopping.

        Raises:
            StoppedError: the crawl is stopping.
        """
        task = asyncio.create_task(work)
        try:
            while not task.done():
                self.check()
                await asyncio.wait({task}, timeout=POLL_SECONDS)
            return task.result()
        finally:
            if task.cancel():
                with suppress(asyncio.CancelledError, Exception):
                    await task

    @contextmanager
    def downloading(self) -> Iterator[None]:
        """Counts a file as being downloaded inside the block."""
        self._active += 1
        try:
            yield
        finally:
            self._active -= 1
            self._decide_if_none_can_succeed()

    def file_received(self) -> None:
        """Records that a file was downloaded: the image host works."""
        self._pauses = self._without_response = 0
        self._decide()

    def rate_limited(self, sent: float, retry_after: float | None) -> None:
        """Starts a pause after a 429 response to a request sent at that time; repeated pauses grow longer."""
        if sent < self._paused_until:
            return  # the request was sent before the current pause started
        if self._pauses == MAX_PAUSES:
            self._end("rate_limited", f"The image host still limits the rate after {MAX_PAUSES} pauses")
            return
        pause = pause_seconds(retry_after, self._pause_seconds, self._pauses)
        self._pauses += 1
        self._paused_until = time.monotonic() + pause
        logger.warning("The image host limits the request rate: pausing downloads for %.3g seconds", pause)

    def stop(self, why: str) -> NoReturn:
        """Stops the crawl, because every other file would fail too.

        Raises:
            StoppedError: always.
        """
        self._end("too_many_errors", why)
        raise StoppedError(why)

    async def no_response(self) -> None:
        """Records that all attempts at a file ended without a response.

        Returns once another file has been received, or none is being downloaded any more: this file has failed.

        Raises:
            StoppedError: no file can be downloaded; this one is left for when the run is resumed.
        """
        self._without_response += 1
        if self._without_response == MAX_WITHOUT_RESPONSE:
            self._end("too_many_errors", f"No response from the image host for {MAX_WITHOUT_RESPONSE} files in a row")
        self._undecided += 1
        decision = self._decision
        self._decide_if_none_can_succeed()
        while not decision.is_set():
            self.check()
            with suppress(TimeoutError):
                await asyncio.wait_for(decision.wait(), POLL_SECONDS)
        self.check()

    def _decide_if_none_can_succeed(self) -> None:
        if self._undecided == self._active:
            self._decide()

    def _decide(self) -> None:
        self._decision.set()
        self._decision, self._undecided = asyncio.Event(), 0

    def _end(self, reason: str, why: str) -> None:
        if not self._is_over:
            self._is_over = True
            logger.error("%s; the remaining files are downloaded when the run is resumed", why)
            close_soon(self._crawler, reason)

"""What all file requests of a crawl share: when they may be sent, and the threads that look at files."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Any, NoReturn, ParamSpec, TypeVar
from weakref import WeakKeyDictionary

from scrapy.crawler import Crawler

from pixiv_crawler.api.errors import pause_seconds
from pixiv_crawler.exceptions import StoppedError
from pixiv_crawler.run.checkpoint import Journal
from pixiv_crawler.run.closing import close_soon, is_closing

logger = logging.getLogger(__name__)

P = ParamSpec("P")
T = TypeVar("T")

# So many pauses with no file between them, or files in a row for which no answer came, are no matter of a moment.
MAX_PAUSES = 10
MAX_UNANSWERED = 10
# How often who waits looks whether the crawl is being stopped.
LOOK_SECONDS = 0.25
# One file is decoded at a time; meanwhile another can be read.
_THREADS = 2

_sessions: WeakKeyDictionary[Crawler, FileSession] = WeakKeyDictionary()


class FileSession:
    """Lets file requests wait, or end, all together.

    Settings: PIXIV_IMAGE_CONCURRENCY, PIXIV_RATE_LIMIT_PAUSE. Ends the crawl: rate_limited, too_many_errors.
    """

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._journal = Journal.of(crawler)
        self._pause_seconds = crawler.settings.getfloat("PIXIV_RATE_LIMIT_PAUSE")
        self._paused_until = 0.0
        self._pauses = 0
        """Pauses since the last file."""
        self._unanswered = 0
        """Files in a row for which no answer came."""
        self._under_way = self._in_doubt = 0
        """Files that are asked for, and those among them for which no answer came."""
        self._verdict = asyncio.Event()
        self._is_over = False
        self._threads = ThreadPoolExecutor(_THREADS, "files")
        self._free = asyncio.Semaphore(_THREADS)
        # Scrapy takes a place of a slot some time after it has looked whether there is one; on a busy machine another
        # request takes the same.
        self._places = asyncio.Semaphore(int(crawler.settings.getfloat("PIXIV_IMAGE_CONCURRENCY")))

    @classmethod
    def of(cls, crawler: Crawler) -> FileSession:
        """The session that the components of one crawler share."""
        if crawler not in _sessions:
            _sessions[crawler] = cls(crawler)
        return _sessions[crawler]

    def close(self) -> None:
        """Lets the threads go."""
        self._threads.shutdown(wait=False)

    def check(self) -> None:
        """Returns when files may be begun.

        Raises:
            StoppedError: the crawl is being stopped, or nothing can be stored.
        """
        if self._is_over or self._journal.has_failed or is_closing(self._crawler):
            raise StoppedError("the crawl is being stopped")

    async def sleep(self, seconds: float) -> None:
        """Sleeps, but not on when the crawl is being stopped.

        Raises:
            StoppedError: it is.
        """
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self.check()
            await asyncio.sleep(min(left, LOOK_SECONDS))
        self.check()

    @asynccontextmanager
    async def place(self) -> AsyncIterator[None]:
        """While the block lasts, a request may be under way: not more of them than there may be, and none in a pause.

        Raises:
            StoppedError: none may be sent any more.
        """
        async with self._places:
            self.check()
            while (left := self._paused_until - time.monotonic()) > 0:
                await self.sleep(left)
            yield

    async def in_thread(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """What a function gives that reads a whole file; few at a time, and none when the crawl is being stopped.

        Raises:
            StoppedError: it is.
        """
        async with self._free:
            self.check()
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._threads, lambda: function(*args, **kwargs))

    async def unless_stopped(self, work: Coroutine[Any, Any, T]) -> T:
        """What some work gives, which is cut off when the crawl is being stopped.

        Raises:
            StoppedError: it is.
        """
        task = asyncio.create_task(work)
        try:
            while not task.done():
                self.check()
                await asyncio.wait({task}, timeout=LOOK_SECONDS)
            return task.result()
        finally:
            if task.cancel():
                with suppress(asyncio.CancelledError, Exception):
                    await task

    @contextmanager
    def file(self) -> Iterator[None]:
        """While the block lasts, a file is asked for."""
        self._under_way += 1
        try:
            yield
        finally:
            self._under_way -= 1
            self._judge()

    def answered(self) -> None:
        """A file came."""
        self._pauses = self._unanswered = 0
        self._settle()

    def limited(self, sent: float, seconds: float | None) -> None:
        """An answer to a request of that time said "too many": all wait, the longer the more often it is said."""
        if sent < self._paused_until:
            return  # it was under way when the pause began
        if self._pauses == MAX_PAUSES:
            self._end("rate_limited", f"The image host still limits the rate after {MAX_PAUSES} pauses")
            return
        pause = pause_seconds(seconds, self._pause_seconds, self._pauses)
        self._pauses += 1
        self._paused_until = time.monotonic() + pause
        logger.warning("The image host limits the rate of requests: no file for %.3g seconds", pause)

    def stop(self, why: str) -> NoReturn:
        """Ends the crawl, because no other file would fare better.

        Raises:
            StoppedError: always.
        """
        self._end("too_many_errors", why)
        raise StoppedError(why)

    async def unanswered(self) -> None:
        """No answer came for a file, after all repeats; returns when others came, or when there are no others.

        Raises:
            StoppedError: no file comes at all, so that this one is not lost, but left for when the run goes on.
        """
        self._unanswered += 1
        if self._unanswered == MAX_UNANSWERED:
            self._end("too_many_errors", f"No answer came for {MAX_UNANSWERED} files in a row")
        self._in_doubt += 1
        verdict = self._verdict
        self._judge()
        while not verdict.is_set():
            self.check()
            with suppress(TimeoutError):
                await asyncio.wait_for(verdict.wait(), LOOK_SECONDS)
        self.check()

    def _judge(self) -> None:
        """Waits for no other file when there is none."""
        if self._in_doubt == self._under_way:
            self._settle()

    def _settle(self) -> None:
        self._verdict.set()
        self._verdict, self._in_doubt = asyncio.Event(), 0

    def _end(self, reason: str, why: str) -> None:
        if not self._is_over:
            self._is_over = True
            logger.error("%s; what is left is open for when the run goes on", why)
            close_soon(self._crawler, reason)

"""State shared by all file requests of a crawl: pauses, concurrency, failures, and the threads that read files."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import NoReturn, ParamSpec, TypeVar

from scrapy.crawler import Crawler

from pixiv_crawler.api.errors import FILE_POLICY, Action, ErrorKind, pause_seconds
from pixiv_crawler.exceptions import FileError, StoppedError
from pixiv_crawler.http.refusals import MAX_REFUSALS, Refusals
from pixiv_crawler.http.shared import shared
from pixiv_crawler.run.closing import close_soon, has_requests, is_closing
from pixiv_crawler.run.lifecycle import Run
from pixiv_crawler.run.state.worker import WorkerThreads

logger = logging.getLogger(__name__)

P = ParamSpec("P")
T = TypeVar("T")

# After this many pauses without a file, the problem is not transient.
MAX_PAUSES = 10
_OUTAGES = (ErrorKind.NO_RESPONSE, ErrorKind.SERVER_ERROR)
_CHECK = "check PIXIV_IMAGE_URL and the proxy, and whether Pixiv blocks this IP address"
# How often a waiting request checks whether the crawl is stopping.
POLL_SECONDS = 0.25
# One file is decoded at a time; meanwhile another one can be read.
_THREADS = 2
# So many files are verified and stored together; more of them would only wait on the disk.
_MAX_BACKLOG = 16


class DownloadError(FileError):
    """The image host did not return the file, or only a part of it."""

    def __init__(self, message: str, kind: ErrorKind, *, had_response: bool = True) -> None:
        super().__init__(message)
        self.kind = kind
        self.action = FILE_POLICY.get(kind, Action.FAIL)
        self.had_response = had_response
        """Whether the image host responded at all."""


class FileSession:
    """Makes all file requests wait, or fail, together.

    Settings: PIXIV_IMAGE_CONCURRENCY, PIXIV_RATE_LIMIT_PAUSE. Stops the crawl: rate_limited, refused_everywhere,
    too_many_errors.
    """

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._run = Run.of(crawler)
        self._pause_seconds = crawler.settings.getfloat("PIXIV_RATE_LIMIT_PAUSE")
        self._paused_until = 0.0
        self._pauses = 0
        """Pauses since the last file was received."""
        self._refusals = Refusals()
        self._deciding = asyncio.Lock()
        self._is_over = False
        self._threads = WorkerThreads("files", _THREADS)
        self._storing_thread = WorkerThreads("store")
        self._backlog = 0
        """Files that are complete, but neither verified nor stored."""
        self._has_room = asyncio.Event()
        self._has_room.set()
        self._blocks: set[asyncio.Timeout] = set()
        """What is cancelled if the crawl is stopping."""
        self._watch: asyncio.Task[None] | None = None
        # Scrapy checks a slot for free capacity some time before it uses it; on a busy machine, another request uses
        # the same capacity in between.
        self._slots = asyncio.Semaphore(int(crawler.settings.getfloat("PIXIV_IMAGE_CONCURRENCY")))

    @classmethod
    def of(cls, crawler: Crawler) -> FileSession:
        """The session shared by the components of a crawler."""
        return shared(crawler, cls, lambda: cls(crawler))

    def close(self) -> None:
        """Releases the threads."""
        self._threads.end()
        self._storing_thread.end()

    def check(self) -> None:
        """Returns if downloads may be started.

        Raises:
            StoppedError: the crawl is stopping, or nothing can be stored.
        """
        if self._is_stopping:
            raise StoppedError("the crawl is stopping")

    @property
    def _is_stopping(self) -> bool:
        return self._is_over or self._run.has_failed or is_closing(self._crawler)

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

        Waits until files that are complete have been stored, if there are many.

        Raises:
            StoppedError: the crawl is stopping.
        """
        async with self._slots:
            await self._has_room.wait()
            self.check()
            while (left := self._paused_until - time.monotonic()) > 0:
                await self.sleep(left)
            yield

    async def in_thread(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Runs a function that reads or writes a file in one of a few threads.

        Raises:
            StoppedError: the crawl is stopping.
        """

        def run() -> T:
            self.check()
            return function(*args, **kwargs)

        with self.backlog():
            return await self._threads.run(run)

    @contextmanager
    def backlog(self) -> Iterator[None]:
        """Counts a file that is being verified or stored."""
        self._set_backlog(self._backlog + 1)
        try:
            yield
        finally:
            self._set_backlog(self._backlog - 1)

    def _set_backlog(self, count: int) -> None:
        self._backlog = count
        if count < _MAX_BACKLOG:
            self._has_room.set()
        else:
            self._has_room.clear()

    async def in_storing_thread(self, function: Callable[[], T]) -> T:
        """Runs a function that moves files into the store, before other files are read, and even if the crawl is stopping."""
        return await self._storing_thread.run(function)

    @asynccontextmanager
    async def cancel_on_stop(self) -> AsyncIterator[None]:
        """Cancels the block if the crawl is stopping.

        Raises:
            StoppedError: the crawl is stopping.
        """
        self.check()
        block = asyncio.timeout(None)
        try:
            async with block:
                self._blocks.add(block)
                if self._watch is None:
                    self._watch = asyncio.create_task(self._cancel_blocks_on_stop())
                yield
        except TimeoutError:
            if block.expired():
                self.check()
            raise
        finally:
            self._blocks.discard(block)

    async def _cancel_blocks_on_stop(self) -> None:
        """Watches all blocks, because a timer for each would take longer than many downloads."""
        while self._blocks:
            await asyncio.sleep(POLL_SECONDS)
            if self._is_stopping:
                for block in self._blocks:
                    block.reschedule(0)
                self._blocks.clear()
        self._watch = None

    def file_received(self) -> None:
        """Records that a valid file was downloaded: the image host works."""
        self._pauses = 0
        self._refusals.clear()

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

    def stop(self, kind: ErrorKind, why: str) -> NoReturn:
        """Stops the crawl, because every other file would fail too.

        Raises:
            StoppedError: always.
        """
        if kind is ErrorKind.MISDIRECTED:
            self._end("refused_everywhere", why)
        else:
            self._end("too_many_errors", why)
        raise StoppedError(why)

    async def failed(self, error: DownloadError, file: str, does_host_work: Callable[[], Awaitable[bool]]) -> None:
        """Records that a file could not be downloaded in any size; returns once it is known that this concerns only that file.

        `does_host_work` decides if many files in a row fail in the same way.

        Raises:
            StoppedError: no file can be downloaded; this one is left for when the run is resumed.
        """
        if self._refusals.add(error.kind, file) and not await self._works(does_host_work):
            why = f"{MAX_REFUSALS} files in a row could not be downloaded, the last one because of this: {error}"
            if error.kind in _OUTAGES:
                self._end("too_many_errors", why)
            else:
                self._end("refused_everywhere", f"{why}; {_CHECK}")
        await self._refusals.decided(self.check, lambda: has_requests(self._crawler))

    async def _works(self, does_host_work: Callable[[], Awaitable[bool]]) -> bool:
        async with self._deciding:
            if self._refusals.are_many:
                self.check()
                if not await does_host_work():
                    return False
                self._refusals.clear()
            return True

    def _end(self, reason: str, why: str) -> None:
        if not self._is_over:
            self._is_over = True
            self._run.why_ended = why
            logger.error("%s; the remaining files are downloaded when the run is resumed", why)
            close_soon(self._crawler, reason)

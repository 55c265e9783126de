"""What the runs of this machine that share a login do one at a time: asking the API, and renewing the login."""

from __future__ import annotations

import asyncio
import logging
import os
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

logger = logging.getLogger(__name__)

# How often who waits for its turn looks.
_LOOK_SECONDS = 0.02


class Turns:
    """Turns at one thing, taken by a lock; the system gives it back when a process ends, however it does.

    The time of the file at `path` is that of the last turn; the lock lies beside it. Where they cannot be made, this
    process is taken for the only one.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = FileLock(path.with_name(f"{path.name}.lock"), timeout=0, thread_local=False, mode=0o600)
        # Scrapy sends two requests at once on a busy machine (see FileSession), and a process has its lock for all of them.
        self._own = asyncio.Lock()
        self._is_alone = False

    @asynccontextmanager
    async def turn(self, delay: float = 0, check: Callable[[], None] = lambda: None) -> AsyncIterator[None]:
        """While the block lasts nobody else has a turn; it begins `delay` seconds after the last one began.

        `check` raises when there is no more use in waiting.
        """
        async with self._own:
            is_taken = await self._take(check)
            try:
                if is_taken:
                    await self._wait(delay, check)
                    self._begin()
                yield
            finally:
                if is_taken:
                    self._lock.release()

    async def _take(self, check: Callable[[], None]) -> bool:
        while not self._is_alone:
            check()
            try:
                self._path.parent.mkdir(parents=True, mode=0o700, exist_ok=True)
                self._lock.acquire()
            except Timeout:
                await asyncio.sleep(_LOOK_SECONDS)
            except OSError as error:
                self._is_alone = True
                logger.warning(
                    "%s cannot be used (%s): runs that share this login do not wait for each other",
                    self._path,
                    error.strerror,
                )
            else:
                return True
        return False

    async def _wait(self, delay: float, check: Callable[[], None]) -> None:
        try:
            last = self._path.stat().st_mtime
        except FileNotFoundError:
            return
        # No longer than the delay, though the clock may have been set back since.
        end = time.monotonic() + min(delay, last + delay - time.time())
        while (left := end - time.monotonic()) > 0:
            check()
            await asyncio.sleep(min(left, 0.5))

    def _begin(self) -> None:
        now = time.time_ns()  # the file system's own clock is coarser
        with suppress(OSError):
            self._path.touch(mode=0o600)
            os.utime(self._path, ns=(now, now))

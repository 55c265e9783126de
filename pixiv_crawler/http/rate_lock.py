"""A lock shared by all runs with the same login on this machine: only one at a time sends an API request or renews the token."""

import asyncio
import logging
import os
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

logger = logging.getLogger(__name__)

# How often a waiting run tries to acquire the lock.
_POLL_SECONDS = 0.02


class RateLock:
    """A lock between processes that is acquired at most once per delay; the system releases it when a process ends, however it ends.

    The modification time of the file at `path` is the time of the last acquisition; the lock file is next to it. If
    the files cannot be created, this process does not wait for others.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = FileLock(path.with_name(f"{path.name}.lock"), timeout=0, thread_local=False, mode=0o600)
        # Scrapy may send two requests at once on a busy machine (see FileSession), and a process holds its lock for
        # all of them.
        self._own = asyncio.Lock()
        self._is_unavailable = False

    @asynccontextmanager
    async def acquire(self, delay: float = 0, check: Callable[[], None] = lambda: None) -> AsyncIterator[None]:
        """Holds the lock while the block runs, which begins at least `delay` seconds after the last block began.

        `check` is called while waiting; it raises an exception to give up.
        """
        async with self._own:
            is_locked = await self._acquire(check)
            try:
                if is_locked:
                    await self._wait(delay, check)
                    self._record_time()
                yield
            finally:
                if is_locked:
                    self._lock.release()

    async def _acquire(self, check: Callable[[], None]) -> bool:
        while not self._is_unavailable:
            check()
            try:
                self._path.parent.mkdir(parents=True, mode=0o700, exist_ok=True)
                self._lock.acquire()
            except Timeout:
                await asyncio.sleep(_POLL_SECONDS)
            except OSError as error:
                self._is_unavailable = True
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
        # At most the delay, because the clock may have been set back.
        end = time.monotonic() + min(delay, last + delay - time.time())
        while (left := end - time.monotonic()) > 0:
            check()
            await asyncio.sleep(min(left, 0.5))

    def _record_time(self) -> None:
        now = time.time_ns()  # the file system's own clock is coarser
        with suppress(OSError):
            self._path.touch(mode=0o600)
            os.utime(self._path, ns=(now, now))


def renewal_lock(token_file: Path) -> RateLock:
    """The lock that a process holds while it renews the token in a file."""
    return RateLock(token_file.with_name(f"{token_file.name}.renewal"))

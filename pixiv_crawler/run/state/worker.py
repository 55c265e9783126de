"""Threads that run functions for coroutines."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from queue import SimpleQueue
from threading import Thread
from typing import Any, TypeVar

T = TypeVar("T")

Job = tuple[asyncio.Future[Any] | None, Callable[[], Any]]


class WorkerThreads:
    """Threads that run one function at a time each, in the order of the calls.

    They are daemons, unlike the threads of `ThreadPoolExecutor`: a function that waits for another process must not
    keep the interpreter from exiting.
    """

    def __init__(self, name: str, count: int = 1) -> None:
        self._jobs: SimpleQueue[Job | None] = SimpleQueue()
        # They refer to the queue alone, so that they keep nothing else alive.
        self._threads = [Thread(target=_serve, args=(self._jobs,), name=name, daemon=True) for _ in range(count)]
        for thread in self._threads:
            thread.start()

    async def run(self, function: Callable[[], T]) -> T:
        """Runs a function in a thread and returns its result; it completes even if this call is cancelled."""
        return await self._submit(function)

    async def finish(self, function: Callable[[], None]) -> None:
        """Runs a last function and ends the threads."""
        last = self._submit(function)
        self.end()
        try:
            await last
        finally:
            if not last.cancelled():  # otherwise, the threads end later
                for thread in self._threads:
                    thread.join()

    def abandon(self, function: Callable[[], None]) -> None:
        """Ends the threads after a last function, without waiting for either."""
        self._jobs.put((None, function))
        self.end()

    def end(self) -> None:
        """Ends the threads when the functions so far are done, without waiting for that."""
        for _ in self._threads:
            self._jobs.put(None)

    def _submit(self, call: Callable[[], T]) -> asyncio.Future[T]:
        # The futures of `concurrent.futures` would take three steps of the event loop in place of one.
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._jobs.put((future, call))
        return future


def _serve(jobs: SimpleQueue[Job | None]) -> None:
    while (job := jobs.get()) is not None:
        _do(*job)
        del job  # its arguments must not stay alive until the next one comes


def _do(future: asyncio.Future[Any] | None, call: Callable[[], Any]) -> None:
    try:
        result = call()
    except BaseException as error:  # noqa: BLE001 - raised where the result is awaited
        _deliver(future, asyncio.Future.set_exception, error)
        del future  # breaks the cycle of the error, its traceback and this frame
    else:
        _deliver(future, asyncio.Future.set_result, result)


def _deliver(future: asyncio.Future[Any] | None, end: Callable[..., None], outcome: Any) -> None:
    if future is not None:
        with suppress(RuntimeError):  # the event loop has been closed
            future.get_loop().call_soon_threadsafe(_end, future, end, outcome)


def _end(future: asyncio.Future[Any], end: Callable[..., None], outcome: Any) -> None:
    if not future.done():  # the call was cancelled
        end(future, outcome)

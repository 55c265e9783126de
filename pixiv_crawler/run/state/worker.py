"""One thread that runs functions for coroutines, one after the other."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from queue import SimpleQueue
from threading import Thread
from typing import Any, TypeVar

T = TypeVar("T")

Job = tuple[Future[Any], Callable[[], Any]]


class WorkerThread:
    """A thread that runs one function at a time, in the order of the calls.

    It is a daemon, unlike the threads of `ThreadPoolExecutor`: a function that waits for another process must not
    keep the interpreter from exiting.
    """

    def __init__(self, name: str) -> None:
        self._jobs: SimpleQueue[Job | None] = SimpleQueue()
        # The thread refers to the queue alone, so that it keeps nothing else alive.
        self._thread = Thread(target=_serve, args=(self._jobs,), name=name, daemon=True)
        self._thread.start()

    async def run(self, function: Callable[[], T]) -> T:
        """Runs a function in the thread and returns its result; it completes even if this call is cancelled."""
        return await asyncio.wrap_future(self._submit(function))

    async def finish(self, function: Callable[[], None]) -> None:
        """Runs a last function and ends the thread."""
        last = self._submit(function)
        self._jobs.put(None)
        try:
            await asyncio.wrap_future(last)
        finally:
            if last.done():  # not if the call was cancelled: the thread ends later
                self._thread.join()

    def abandon(self, function: Callable[[], None]) -> None:
        """Ends the thread after a last function, without waiting for either."""
        self._submit(function)
        self._jobs.put(None)

    def _submit(self, call: Callable[[], T]) -> Future[T]:
        future: Future[T] = Future()
        future.set_running_or_notify_cancel()  # from here on, cancelling has no effect on it
        self._jobs.put((future, call))
        return future


def _serve(jobs: SimpleQueue[Job | None]) -> None:
    while (job := jobs.get()) is not None:
        _do(*job)
        del job  # its arguments must not stay alive until the next one comes


def _do(future: Future[Any], call: Callable[[], Any]) -> None:
    try:
        result = call()
    except BaseException as error:  # noqa: BLE001 - raised where the result is awaited
        future.set_exception(error)
        del future  # breaks the cycle of the error, its traceback and this frame
    else:
        future.set_result(result)

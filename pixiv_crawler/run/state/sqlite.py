"""The state store in an SQLite database."""

from __future__ import annotations

import asyncio
import sqlite3
import weakref
from collections.abc import Callable, Coroutine, Iterable
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, Self, TypeVar

from pixiv_crawler.exceptions import StateError
from pixiv_crawler.run.state import sqlite_finish as finish
from pixiv_crawler.run.state import sqlite_progress as progress
from pixiv_crawler.run.state import sqlite_shared as shared
from pixiv_crawler.run.state.interface import StateStore
from pixiv_crawler.run.state.records import SavedRequest
from pixiv_crawler.run.state.sqlite_connection import SqliteConnection
from pixiv_crawler.run.state.worker import WorkerThreads

P = ParamSpec("P")
T = TypeVar("T")


def _reading(
    function: Callable[Concatenate[sqlite3.Connection, P], T],
) -> Callable[Concatenate[SqliteState, P], Coroutine[Any, Any, T]]:
    async def read(state: SqliteState, /, *args: P.args, **kwargs: P.kwargs) -> T:
        return await state._read(function, *args, **kwargs)

    return read


def _writing(
    function: Callable[Concatenate[sqlite3.Connection, P], T],
) -> Callable[Concatenate[SqliteState, P], Coroutine[Any, Any, T]]:
    async def write(state: SqliteState, /, *args: P.args, **kwargs: P.kwargs) -> T:
        return await state._write(function, *args, **kwargs)

    return write


class SqliteState(StateStore):
    """The state in one SQLite file, whose connection belongs to a thread of its own."""

    def __init__(self, connection: SqliteConnection, thread: WorkerThreads) -> None:
        """Use `open`."""
        self._connection = connection
        self._thread = thread
        self._abandon = weakref.finalize(self, _abandon, connection, thread)
        self._abandon.atexit = False  # the thread is a daemon

    @classmethod
    async def open(cls, path: Path) -> Self:
        """Opens the database, and creates it and its folder if they do not exist.

        Raises:
            SettingError: it cannot be used.
        """
        connection, thread = SqliteConnection(path), WorkerThreads("state")
        try:
            await thread.run(connection.open)
        except Exception:
            await thread.finish(connection.close)
            raise
        except BaseException:  # the call was cancelled
            _abandon(connection, thread)
            raise
        return cls(connection, thread)

    async def _read(
        self, function: Callable[Concatenate[sqlite3.Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        connection = self._connection  # the thread must not keep the store alive
        return await self._open_thread.run(lambda: connection.read(function, *args, **kwargs))

    async def _write(
        self, function: Callable[Concatenate[sqlite3.Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        connection = self._connection  # the thread must not keep the store alive
        return await self._open_thread.run(lambda: connection.write(function, *args, **kwargs))

    @property
    def _open_thread(self) -> WorkerThreads:
        if not self._abandon.alive:
            raise StateError("the state database is closed: open it again")
        return self._thread

    # --- Runs --------------------------------------------------------------------------------------------------------

    find_run = _reading(progress.find_run)
    runs = _reading(progress.runs)
    create_run = _writing(progress.create_run)
    forget_run = _writing(progress.forget_run)

    async def finish_run(self, run_id: int, finished_at: str, works_without_comments: Iterable[int]) -> None:
        if not await self._read(finish.is_finished, run_id):
            await self._complete_works(run_id, works_without_comments)
            await self._confirm_passes(run_id, finished_at)
            await self._write(finish.set_finished, run_id, finished_at)
        await self.sync()  # a power cut must not leave an unfinished run without the rows that it needs
        with suppress(StateError):  # the run has finished
            for finished_id in await self._read(finish.uncleaned_runs):
                while await self._step(finish.clean, finished_id):
                    pass

    async def _complete_works(self, run_id: int, works_without_comments: Iterable[int]) -> None:
        work_ids = iter(works_without_comments)
        while chunk := list(islice(work_ids, finish.CHUNK_ROWS)):
            await self._step(finish.uncollect, run_id, chunk)
        while await self._step(finish.complete_works, run_id):
            pass

    async def _confirm_passes(self, run_id: int, finished_at: str) -> None:
        position: finish.Position | None = (0, 0)
        while position:
            position = await self._step(finish.confirm_sightings, run_id, position)
        listing: int | None = -1
        while listing:
            listing = await self._step(finish.set_full_passes, run_id, finished_at, listing)

    async def _step(
        self, function: Callable[Concatenate[sqlite3.Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Writes one of many chunks; leaves the lock to other processes for a moment if more chunks follow."""
        result = await self._write(function, *args, **kwargs)
        if result:
            await asyncio.sleep(finish.PAUSE_SECONDS)
        return result

    # --- Progress ----------------------------------------------------------------------------------------------------

    record_response = _writing(progress.record_response)
    record_stored = _writing(progress.record_stored)

    async def reopen_failed_requests(self, run_id: int, after_id: int = 0) -> list[SavedRequest]:
        requests: list[SavedRequest] = []
        while some := await self._write(progress.reopen_failed_requests, run_id, after_id):
            requests += some
        return requests

    # --- Resuming ----------------------------------------------------------------------------------------------------

    open_requests = _reading(progress.open_requests)
    open_items = _reading(progress.open_items)
    last_id = _reading(progress.last_id)
    output_sizes = _reading(progress.output_sizes)
    stats = _reading(progress.stats)
    listing_passes = _reading(progress.listing_passes)

    # --- Queries about a run -----------------------------------------------------------------------------------------

    unseen = _reading(progress.unseen)
    failures = _reading(progress.failures)
    failure_counts = _reading(progress.failure_counts)
    notes = _reading(progress.notes)

    # --- Shared by all runs ------------------------------------------------------------------------------------------

    already_collected = _reading(shared.already_collected)
    are_known = _reading(shared.are_known)
    last_full_pass = _reading(shared.last_full_pass)
    file = _reading(shared.file)
    files = _reading(shared.files)
    files_of_page = _reading(shared.files_of_page)
    newest_downloads = _reading(shared.newest_downloads)
    is_damaged_elsewhere = _reading(shared.is_damaged_elsewhere)
    save_files = _writing(shared.save_files)
    forget_file = _writing(shared.forget_file)

    async def user_names(self, user_id: int, name: str, account: str) -> tuple[str, str]:
        # Known users are only read, which does not need the lock.
        found = await self._read(shared.find_user_names, user_id)
        return found if found else await self._write(shared.add_user_names, user_id, name, account)

    # --- The store itself --------------------------------------------------------------------------------------------

    async def sync(self) -> None:
        connection = self._connection  # the thread must not keep the store alive
        await self._open_thread.run(connection.sync)

    def stop_waiting(self) -> None:
        self._connection.stop_waiting()

    async def close(self) -> None:
        if self._abandon.detach():
            await self._thread.finish(self._connection.close)


def _abandon(connection: SqliteConnection, thread: WorkerThreads) -> None:
    """Ends the thread of a store that was not closed."""
    connection.stop_waiting()
    thread.abandon(connection.close)

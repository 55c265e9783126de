"""The state store in an SQLite database."""

from __future__ import annotations

import asyncio
import sqlite3
import weakref
from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import Concatenate, ParamSpec, Self, TypeVar

from pixiv_crawler.exceptions import StateError
from pixiv_crawler.run.state import sqlite_finish as finish
from pixiv_crawler.run.state import sqlite_progress as progress
from pixiv_crawler.run.state import sqlite_shared as shared
from pixiv_crawler.run.state.interface import StateStore
from pixiv_crawler.run.state.records import (
    CollectedWork,
    FailedId,
    Failure,
    JsonObject,
    ListingPass,
    ResponseOutcome,
    RunRecord,
    SavedItem,
    SavedRequest,
    StatValue,
    StoredFile,
    StoredItems,
)
from pixiv_crawler.run.state.sqlite_connection import SqliteConnection
from pixiv_crawler.run.state.worker import WorkerThreads

P = ParamSpec("P")
T = TypeVar("T")


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

    async def find_run(self, spider: str, job: str) -> RunRecord | None:
        return await self._read(progress.find_run, spider, job)

    async def runs(self, after_id: int, limit: int) -> list[RunRecord]:
        return await self._read(progress.runs, after_id, limit)

    async def create_run(
        self, spider: str, job: str, arguments: JsonObject, started_at: str, stored: StoredItems | None = None
    ) -> RunRecord:
        return await self._write(progress.create_run, spider, job, arguments, started_at, stored)

    async def forget_run(self, run_id: int) -> None:
        await self._write(progress.forget_run, run_id)

    async def finish_run(self, run_id: int, finished_at: str, works_without_comments: Iterable[int]) -> None:
        if not await self._read(finish.is_finished, run_id):
            await self._complete_works(run_id, works_without_comments)
            await self._confirm_passes(run_id, finished_at)
            await self._write(finish.set_finished, run_id, finished_at)
        await self.sync()  # a power cut must not leave an unfinished run without the rows that it needs
        with suppress(StateError):  # the run has finished
            await self._clean()

    async def _clean(self) -> None:
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

    async def record_response(self, run_id: int, outcome: ResponseOutcome) -> None:
        await self._write(progress.record_response, run_id, outcome)

    async def record_stored(self, run_id: int, stored: StoredItems) -> None:
        await self._write(progress.record_stored, run_id, stored)

    async def reopen_failed_requests(self, run_id: int, after_id: int = 0) -> list[SavedRequest]:
        requests: list[SavedRequest] = []
        while some := await self._write(progress.reopen_failed_requests, run_id, after_id):
            requests += some
        return requests

    # --- Resuming ----------------------------------------------------------------------------------------------------

    async def open_requests(self, run_id: int) -> list[SavedRequest]:
        return await self._read(progress.open_requests, run_id)

    async def open_items(self, run_id: int) -> list[SavedItem]:
        return await self._read(progress.open_items, run_id)

    async def last_id(self, run_id: int) -> int:
        return await self._read(progress.last_id, run_id)

    async def output_sizes(self, run_id: int) -> dict[str, int]:
        return await self._read(progress.output_sizes, run_id)

    async def stats(self, run_id: int) -> dict[str, StatValue]:
        return await self._read(progress.stats, run_id)

    async def listing_pass(self, run_id: int, listing: int) -> ListingPass | None:
        return await self._read(progress.listing_pass, run_id, listing)

    async def listing_passes(self, run_id: int, after_listing: int, limit: int) -> list[ListingPass]:
        return await self._read(progress.listing_passes, run_id, after_listing, limit)

    # --- Queries about a run -----------------------------------------------------------------------------------------

    async def unseen(self, run_id: int, listing: int, keys: Collection[tuple[str, int]]) -> set[tuple[str, int]]:
        return await self._read(progress.unseen, run_id, listing, keys)

    async def failures(self, run_id: int, after_id: int, limit: int) -> list[tuple[int, Failure]]:
        return await self._read(progress.failures, run_id, after_id, limit)

    async def failure_counts(self, run_id: int) -> dict[str, int]:
        return await self._read(progress.failure_counts, run_id)

    async def failed_ids(self, run_id: int, what: str, after_id: int, limit: int) -> list[tuple[int, FailedId]]:
        return await self._read(progress.failed_ids, run_id, what, after_id, limit)

    async def notes(self, run_id: int, section: str) -> list[JsonObject]:
        return await self._read(progress.notes, run_id, section)

    # --- Shared by all runs ------------------------------------------------------------------------------------------

    async def already_collected(self, run_id: int, works: Sequence[CollectedWork]) -> set[tuple[str, int]]:
        return await self._read(shared.already_collected, run_id, works)

    async def are_known(self, listing_key: str, work_ids: Collection[int]) -> bool:
        return await self._read(shared.are_known, listing_key, work_ids)

    async def last_full_pass(self, listing_key: str) -> str | None:
        return await self._read(shared.last_full_pass, listing_key)

    async def file(self, path: str) -> StoredFile | None:
        return await self._read(shared.file, path)

    async def files(self, after_path: str, limit: int) -> list[StoredFile]:
        return await self._read(shared.files, after_path, limit)

    async def newest_file_of(self, page_key: str) -> StoredFile | None:
        return await self._read(shared.newest_file_of, page_key)

    async def newest_downloads(self, url_prefix: str, limit: int) -> list[StoredFile]:
        return await self._read(shared.newest_downloads, url_prefix, limit)

    async def is_damaged_elsewhere(self, sha256: str, url: str, page_key: str) -> bool:
        return await self._read(shared.is_damaged_elsewhere, sha256, url, page_key)

    async def save_files(self, files: Sequence[StoredFile]) -> None:
        await self._write(shared.save_files, files)

    async def forget_file(self, path: str) -> None:
        await self._write(shared.forget_file, path)

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

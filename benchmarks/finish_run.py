"""Measures how long finishing a run takes, and how long it blocks another process that writes.

The run has as many seen entries, sightings and works awaiting comments as given. Another process writes a row every
few milliseconds meanwhile, and measures how long each write takes.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable
from pathlib import Path

from harness import print_table

from pixiv_crawler.run.state import CollectedWork, ListingPass, ResponseOutcome, StateStore, StoredItems
from pixiv_crawler.run.state.sqlite import SqliteState
from pixiv_crawler.run.state.sqlite_connection import SqliteConnection

STARTED_AT = "2026-01-01T00:00:00+00:00"
# Rows per transaction while the run is created.
_BATCH = 10_000

WRITE = """
import asyncio, select, sys, time
from pixiv_crawler.run.state import ResponseOutcome, open_state
async def main():
    store = await open_state(sys.argv[1])
    run = await store.create_run("user_works", "other", {}, "2026-01-01T00:00:00+00:00")
    print("ready", flush=True)
    longest, writes = 0.0, 0
    while not select.select([sys.stdin], [], [], 0.005)[0]:
        started = time.perf_counter()
        await store.record_response(run.id, ResponseOutcome(works=1))
        longest, writes = max(longest, time.perf_counter() - started), writes + 1
    print(longest, writes)
    await store.close()
asyncio.run(main())
"""


class MeasuredConnection(SqliteConnection):
    """Measures the longest time for which it holds the lock."""

    longest_seconds = 0.0

    def _complete(self, function: Callable[..., object], *args: object, **kwargs: object) -> object:
        started = time.perf_counter()
        try:
            return super()._complete(function, *args, **kwargs)
        finally:
            self.longest_seconds = max(self.longest_seconds, time.perf_counter() - started)


async def main() -> None:
    options = _parser().parse_args()
    rows = []
    for number in options.rows:
        with tempfile.TemporaryDirectory(prefix="pixiv_crawler-benchmark-", dir=options.folder) as name:
            rows.append(await _row(Path(name) / "state.db", number))
    print_table(
        ("rows of each kind", "seconds", "longest transaction ms", "longest other write ms", "other writes"), rows
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, nargs="+", default=[10_000, 1_000_000], help="(default: 10000 1000000)")
    parser.add_argument("--folder", type=Path, help="where files are written (default: the system's temporary folder)")
    return parser


async def _row(path: Path, number: int) -> tuple[str, ...]:
    store = await SqliteState.open(path)
    run_id = await _fill(store, number)
    connection = store._connection
    connection.__class__ = MeasuredConnection
    assert isinstance(connection, MeasuredConnection)
    other = await _other(path)
    started = time.perf_counter()
    await store.finish_run(run_id, STARTED_AT, [])
    seconds = time.perf_counter() - started
    longest_wait, writes = (await other.communicate(b"stop\n"))[0].split()
    await store.close()
    held = connection.longest_seconds
    return f"{number:,}", f"{seconds:.2f}", f"{held * 1000:.0f}", f"{float(longest_wait) * 1000:.0f}", writes.decode()


async def _other(path: Path) -> Process:
    """A process that writes until it is stopped."""
    command = (sys.executable, "-c", WRITE, f"sqlite:///{path}")
    process = await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE)
    assert process.stdout
    await process.stdout.readline()
    return process


async def _fill(store: StateStore, number: int) -> int:
    run = await store.create_run("user_works", "job", {}, STARTED_AT)
    await store.record_response(run.id, ResponseOutcome(passes=[ListingPass(0, "key", "end")]))
    for start in range(1, number + 1, _BATCH):
        ids = range(start, min(start + _BATCH, number + 1))
        seen = [(0, "illust", id_) for id_ in ids]
        await store.record_response(run.id, ResponseOutcome(seen=seen, sightings={"key": ids}))
        works = [CollectedWork("illust", id_, "files=original", "v" * 40, is_awaiting_more=True) for id_ in ids]
        await store.record_stored(run.id, StoredItems(collected=works))
    return run.id


if __name__ == "__main__":
    asyncio.run(main())

"""The state store in SQLite: locks, kills, full disks, unusual paths, and its thread."""

from __future__ import annotations

import asyncio
import gc
import logging
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from pathlib import Path

import pytest

from pixiv_crawler.exceptions import SettingError, StateError
from pixiv_crawler.run.state import (
    CollectedWork,
    Failure,
    ListingPass,
    ResponseOutcome,
    StateBusyError,
    StateStore,
    StoredItems,
    open_state,
    sqlite_connection,
    sqlite_finish,
)

EARLY, LATE = "2026-01-01T00:00:00+00:00", "2026-02-02T00:00:00+00:00"

HOLD_LOCK = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN IMMEDIATE")
print("locked", flush=True)
sys.stdin.readline()
"""
CREATE = """
import asyncio, sys
from pixiv_crawler.run.state import open_state
async def main():
    print("ready", flush=True)
    sys.stdin.readline()
    store = await open_state(sys.argv[1])
    await store.create_run("user_works", sys.argv[2], {}, "2026-01-01T00:00:00+00:00")
    await store.close()
asyncio.run(main())
"""
FINISH_AND_HANG = """
import asyncio, sys, time
from pixiv_crawler.run.state import open_state, sqlite_finish
from pixiv_crawler.run.state.sqlite import SqliteState
class Hanging(SqliteState):
    left = int(sys.argv[3])
    async def _write(self, function, *args, **kwargs):
        if self.left == 0:
            print("hanging", flush=True)
            time.sleep(60)
        self.left -= 1
        return await super()._write(function, *args, **kwargs)
async def main():
    from pathlib import Path
    sqlite_finish.CHUNK_ROWS = 10
    store = await Hanging.open(Path(sys.argv[1]))
    run = await store.find_run("user_works", "job")
    await store.finish_run(run.id, sys.argv[2], [])
    print("finished", flush=True)
    time.sleep(60)
asyncio.run(main())
"""
UNCLOSED = """
import asyncio, sys
from pixiv_crawler.run.state import ResponseOutcome, open_state
async def main():
    global store
    store = await open_state(sys.argv[1])
    writing = asyncio.create_task(store.record_response(1, ResponseOutcome()))
    await asyncio.sleep(0.2)
    raise RuntimeError("the crawl failed")
asyncio.run(main())
"""


@contextmanager
def script(code: str, *arguments: object) -> Iterator[subprocess.Popen[str]]:
    """A Python process that has printed its first line; killed in the end."""
    command = [sys.executable, "-c", code, *map(str, arguments)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


@contextmanager
def locked(path: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process holds the write lock."""
    with script(HOLD_LOCK, path) as process:
        assert process.stdout
        assert process.stdout.readline() == "locked\n"
        yield process


def release(process: subprocess.Popen[str]) -> None:
    process.communicate("\n")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state.db"


@asynccontextmanager
async def opened(path: Path) -> AsyncIterator[StateStore]:
    store = await open_state(f"sqlite:///{path}")
    try:
        yield store
    finally:
        await store.close()


async def release_while_waiting(task: asyncio.Task[object], release: Callable[[], None]) -> None:
    """Lets the event loop run while a task waits for a lock that only the event loop releases."""
    for _ in range(20):
        await asyncio.sleep(0.01)
        assert not task.done()
    release()


def state_threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "state"]


def files_in(folder: Path) -> list[str]:
    return [str(found.relative_to(folder)) for found in folder.rglob("*") if found.is_file()]


def rows(path: Path, query: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(query).fetchall()


async def fill(store: StateStore, number: int) -> int:
    """A run with the given number of rows of several kinds, some of which are not needed."""
    run = await store.create_run("user_works", "job", {}, EARLY)
    ids = range(1, number + 1)
    passes = [ListingPass(0, "read", "end"), ListingPass(1, "cut short")]
    outcome = ResponseOutcome(
        seen=[(0, "illust", id_) for id_ in ids],
        sightings={"read": ids, "cut short": ids},
        passes=passes,
        failures=[Failure("file", id_, "") for id_ in ids],
    )
    await store.record_response(run.id, outcome)
    works = [CollectedWork("illust", id_, "", "", is_awaiting_more=True) for id_ in ids]
    await store.record_stored(run.id, StoredItems(collected=works))
    return run.id


# --- Waiting for the lock --------------------------------------------------------------------------------------------


async def test_the_event_loop_runs_while_a_write_waits_for_another_process(path: Path) -> None:
    async with opened(path) as store:
        run = await store.create_run("user_works", "job", {}, EARLY)
        with locked(path) as other:
            writing = asyncio.create_task(store.record_response(run.id, ResponseOutcome(works=3)))
            await release_while_waiting(writing, other.kill)
            await writing
        found = await store.find_run("user_works", "job")
        assert found
        assert found.works == 3


async def test_reads_work_while_another_process_writes(path: Path) -> None:
    async with opened(path) as store:
        run = await store.create_run("user_works", "job", {}, EARLY)
        assert await store.user_names(11, "name", "account") == ("name", "account")
        with locked(path):
            async with asyncio.timeout(10):
                assert await store.find_run("user_works", "job") == run
                assert await store.user_names(11, "other", "other") == ("name", "account")


async def test_a_write_that_waits_can_be_stopped_and_does_nothing(path: Path) -> None:
    async with opened(path) as store:
        run = await store.create_run("user_works", "job", {}, EARLY)
        with locked(path) as other:
            writing = asyncio.create_task(store.record_response(run.id, ResponseOutcome(works=3)))
            await asyncio.sleep(0.2)
            assert not writing.done()
            store.stop_waiting()
            async with asyncio.timeout(10):
                with pytest.raises(StateBusyError, match="locked by another process"):
                    await writing
                with pytest.raises(StateBusyError):
                    await store.forget_run(run.id)
            assert await store.find_run("user_works", "job") == run
            release(other)
        await store.record_response(run.id, ResponseOutcome(works=4))
        found = await store.find_run("user_works", "job")
        assert found
        assert found.works == 4


async def test_a_long_wait_is_logged_and_names_the_database(
    path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(sqlite_connection, "WARN_AFTER_SECONDS", 0.2)
    async with opened(path) as store:
        run = await store.create_run("user_works", "job", {}, EARLY)
        with caplog.at_level(logging.WARNING), locked(path) as other:
            asyncio.get_running_loop().call_later(0.6, other.kill)
            await store.forget_run(run.id)
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert str(path) in caplog.text
    assert "another process is writing to it" in caplog.text


async def test_opening_waits_for_another_process_that_creates_the_database(path: Path) -> None:
    sqlite3.connect(path).close()
    with locked(path) as other:
        opening = asyncio.create_task(open_state(f"sqlite:///{path}"))
        await release_while_waiting(opening, other.kill)
        await (await opening).close()


async def test_opening_that_waits_can_be_cancelled_and_leaves_no_thread(path: Path) -> None:
    sqlite3.connect(path).close()
    with locked(path):
        opening = asyncio.create_task(open_state(f"sqlite:///{path}"))
        await asyncio.sleep(0.2)
        opening.cancel()
        with pytest.raises(asyncio.CancelledError):
            await opening
        await no_state_threads()


@pytest.mark.e2e
def test_processes_that_create_a_database_at_once_all_succeed(path: Path) -> None:
    processes = []
    for number in range(4):
        command = [sys.executable, "-c", CREATE, f"sqlite:///{path.parent}/new/state.db", str(number)]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        processes.append(subprocess.Popen(command, text=True, **pipes))
    for process in processes:
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        process.stdin.write("go\n")
        process.stdin.flush()
    assert [process.communicate()[1] for process in processes] == [""] * 4
    assert len(rows(path.parent / "new" / "state.db", "SELECT * FROM runs")) == 4


# --- Finishing a run -------------------------------------------------------------------------------------------------


async def test_a_run_is_finished_in_short_transactions(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite_finish, "CHUNK_ROWS", 100)
    changes: list[int] = []
    original = sqlite_connection.SqliteConnection.write

    def counting(self: sqlite_connection.SqliteConnection, function: object, *args: object) -> object:
        connection = self._connection
        assert connection
        before = connection.total_changes
        result = original(self, function, *args)  # type: ignore[arg-type]
        changes.append(connection.total_changes - before)
        return result

    async with opened(path) as store:
        run_id = await fill(store, 1000)
        monkeypatch.setattr(sqlite_connection.SqliteConnection, "write", counting)
        await store.finish_run(run_id, LATE, range(1, 500))
        monkeypatch.undo()
        assert await store.are_known("read", range(1, 1001))
    assert max(changes) <= 101
    for table in ("seen", "sightings", "failures", "passes"):
        assert rows(path, f"SELECT count(*) FROM {table}") == [(0,)]


@pytest.mark.e2e
async def test_other_processes_write_while_a_long_run_is_finished(path: Path) -> None:
    async with opened(path) as store, opened(path) as other:
        run_id = await fill(store, 10_000)
        second = await other.create_run("user_works", "other", {}, EARLY)
        finishing = asyncio.create_task(store.finish_run(run_id, LATE, []))
        writes = 0
        while not finishing.done():
            await other.record_response(second.id, ResponseOutcome(works=1))
            writes += 1
            await asyncio.sleep(0.01)
        await finishing
        assert writes > 5


# Works, sightings and passes in tens, and one transaction after each kind that finds less than ten.
WRITES_UNTIL_FINISHED = 11 + 21 + 1


@pytest.mark.parametrize("writes", [0, 1, 11, 30, 33, 34, 36, 50, 70])
@pytest.mark.kill
async def test_a_run_killed_while_it_is_finished_is_finished_by_the_next_call(path: Path, writes: int) -> None:
    async with opened(path) as store:
        run_id = await fill(store, 100)
    with script(FINISH_AND_HANG, path, EARLY, writes) as process:
        assert process.stdout
        assert process.stdout.readline() == "hanging\n"
        process.send_signal(signal.SIGKILL)
        process.wait()
    async with opened(path) as store:
        found = await store.find_run("user_works", "job")
        assert found
        was_finished = writes > WRITES_UNTIL_FINISHED
        assert (found.finished_at is not None) is was_finished
        if not was_finished:
            assert await store.unseen(run_id, 0, [("illust", 1)]) == set()
            assert len(await store.failures(run_id, 0, 1000)) == 100
            await store.finish_run(run_id, LATE, [])
        else:
            other = await store.create_run("user_works", "other", {}, EARLY)
            await store.finish_run(other.id, LATE, [])
        assert await store.are_known("read", range(1, 101))
        assert not await store.are_known("cut short", [1])
        assert await store.last_full_pass("read") == (EARLY if was_finished else LATE)
        works = [CollectedWork("illust", id_, "", "") for id_ in range(1, 101)]
        assert len(await store.already_collected(0, works)) == 100
    for table in ("seen", "sightings", "failures", "passes"):
        assert rows(path, f"SELECT count(*) FROM {table}") == [(0,)]


# --- Errors ----------------------------------------------------------------------------------------------------------


async def test_a_full_disk_is_an_error_and_the_store_works_when_there_is_space(path: Path) -> None:
    async with opened(path) as store:
        run = await store.create_run("user_works", "job", {}, EARLY)
        connection = store._connection._connection
        thread = store._thread
        pages = await thread.run(lambda: connection.execute("PRAGMA page_count").fetchone()[0])
        await thread.run(lambda: connection.execute(f"PRAGMA max_page_count={pages}").fetchall())
        outcome = ResponseOutcome(works=1, failures=[Failure("work", 1, "x" * 1000)] * 1000)
        with pytest.raises(StateError, match=r"failed \(database or disk is full\); check PIXIV_STATE and its disk$"):
            await store.record_response(run.id, outcome)
        assert await store.find_run("user_works", "job") == run
        assert await store.failures(run.id, 0, 10) == []
        await thread.run(lambda: connection.execute("PRAGMA max_page_count=100000").fetchall())
        await store.record_response(run.id, outcome)
        assert await store.failure_counts(run.id) == {"work": 1000}


@pytest.mark.parametrize(
    "outcome",
    [
        ResponseOutcome(works=1, seen=[(0, "illust", 2**70)]),
        ResponseOutcome(works=1, failures=[Failure("work", 1, "\ud800")]),
    ],
)
async def test_a_value_that_sqlite_cannot_store_is_a_state_error(path: Path, outcome: ResponseOutcome) -> None:
    async with opened(path) as store:
        run = await store.create_run("user_works", "job", {}, EARLY)
        with pytest.raises(StateError):
            await store.record_response(run.id, outcome)
        await store.record_response(run.id, ResponseOutcome(works=5))
        found = await store.find_run("user_works", "job")
        assert found
        assert found.works == 5


async def test_a_database_of_another_version_is_rejected_and_not_changed(path: Path) -> None:
    async with opened(path):
        pass
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version=99")
    with pytest.raises(SettingError, match=r"schema version 99, but this program requires \d+: use "):
        await open_state(f"sqlite:///{path}")
    assert rows(path, "PRAGMA user_version") == [(99,)]
    await no_state_threads()


async def test_a_database_of_another_program_is_rejected_and_not_changed(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE theirs (id INTEGER)")
    with pytest.raises(SettingError, match="schema version 0"):
        await open_state(f"sqlite:///{path}")
    assert rows(path, "SELECT name FROM sqlite_master") == [("theirs",)]


def test_a_file_that_is_not_a_database_is_rejected_and_not_changed(path: Path, runner: asyncio.Runner) -> None:
    path.write_bytes(b"not a database" * 1000)
    with pytest.raises(
        SettingError,
        match=r"cannot be used \(file is not a database\); set it to another database, or run scrapy state rebuild$",
    ):
        runner.run(open_state(f"sqlite:///{path}"))
    assert path.read_bytes() == b"not a database" * 1000


# --- URLs ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    ["with space.db", "a#b?c=d&e.db", "100%25.db", "état 日本.db", "file:x.db?mode=ro", "sub/dir/x.db", "'\"`.db"],
)
@pytest.mark.parametrize("is_absolute", [True, False])
async def test_any_path_is_a_plain_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, is_absolute: bool
) -> None:
    monkeypatch.chdir(tmp_path)
    store = await open_state(f"sqlite:///{tmp_path}/{name}" if is_absolute else f"sqlite:///{name}")
    await store.close()
    assert files_in(tmp_path) == [name]


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("postgresql://user:secret@host/db", "postgresql is not supported"),
        ("mysql+pymysql://user:secret@host/db", r"mysql\+pymysql is not supported"),
        ("sqlite:///:memory:", "names no file"),
        ("sqlite:///", "names no file"),
        ("sqlite://", "not a valid URL"),
        ("sqlite://user:secret@host/db", "not a valid URL"),
        ("secret.db", "not a valid URL"),
        ("", "not a valid URL"),
        ("sqlite:///a\0b", "embedded null"),
        ("sqlite:////dev/null/secret/state.db", "cannot be used"),
        ("sqlite:////proc", "cannot be used"),
    ],
)
async def test_an_unsupported_url_is_rejected_in_one_sentence_without_the_password(url: str, problem: str) -> None:
    with pytest.raises(SettingError, match=problem) as caught:
        await open_state(url)
    text = str(caught.value)
    assert text.startswith("PIXIV_STATE ")
    assert "secret@" not in text
    assert "\n" not in text
    await no_state_threads()


# --- The thread ------------------------------------------------------------------------------------------------------


async def no_state_threads() -> None:
    """Waits until all threads of stores have ended."""
    async with asyncio.timeout(10):
        while state_threads():  # noqa: ASYNC110 - threads set no event when they end
            await asyncio.sleep(0.01)


async def test_a_closed_store_leaves_no_thread_and_no_wal_file(path: Path) -> None:
    async with opened(path) as store:
        await store.create_run("user_works", "job", {}, EARLY)
        assert len(state_threads()) == 1
    assert state_threads() == []
    assert files_in(path.parent) == ["state.db"]


@pytest.mark.e2e
async def test_a_garbage_collected_store_leaves_no_thread_and_no_connection(path: Path) -> None:
    store: StateStore | None = await open_state(f"sqlite:///{path}")
    assert store
    await store.create_run("user_works", "job", {}, EARLY)
    store = None
    gc.collect()
    await no_state_threads()
    assert files_in(path.parent) == ["state.db"]


async def test_closing_does_not_wait_for_a_lock_after_stop_waiting(path: Path) -> None:
    store = await open_state(f"sqlite:///{path}")
    with locked(path):
        writing = asyncio.create_task(store.forget_run(1))
        await asyncio.sleep(0.1)
        store.stop_waiting()
        async with asyncio.timeout(10):
            await store.close()
            with pytest.raises(StateBusyError):
                await writing


def test_a_store_that_waits_for_a_lock_does_not_keep_a_failed_program_alive(path: Path) -> None:
    asyncio.run(_create(path))
    with locked(path):
        command = [sys.executable, "-c", UNCLOSED, f"sqlite:///{path}"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert done.stderr.strip().splitlines()[-1] == "RuntimeError: the crawl failed"


async def _create(path: Path) -> None:
    async with opened(path):
        pass

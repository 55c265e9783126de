"""Files that are complete at the same time are stored together, and none takes the place of another."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from pixiv_crawler.exceptions import StateError
from pixiv_crawler.files.group_commit import GroupCommit, NewFile
from pixiv_crawler.files.plan import FileCandidate
from pixiv_crawler.run.state.sqlite import SqliteState
from pixiv_crawler.run.state.worker import WorkerThreads

Store = Callable[[list[NewFile]], list[Any]]


class CountingState(SqliteState):
    """Remembers the paths of each transaction; fails while `is_broken`."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.groups: list[list[str]] = []
        self.is_broken = False

    async def save_files(self, files: Any, forgotten: Any = ()) -> None:
        if self.is_broken:
            raise StateError("the state database failed")
        self.groups.append([file.path for file in files])
        await super().save_files(files, forgotten)


@pytest.fixture
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as runner:
        yield runner


@pytest.fixture
def state(tmp_path: Path, runner: asyncio.Runner) -> Iterator[CountingState]:
    state = runner.run(CountingState.open(tmp_path / "state.sqlite"))
    yield state
    runner.run(state.close())


@pytest.fixture
def commit(tmp_path: Path, state: CountingState) -> Iterator[GroupCommit]:
    threads = WorkerThreads("files")
    run: Any = SimpleNamespace(state=state)
    session: Any = SimpleNamespace(in_storing_thread=threads.run, backlog=nullcontext)
    yield GroupCommit(tmp_path / "files", run, session)
    threads.end()


@pytest.fixture
def store(commit: GroupCommit, runner: asyncio.Runner) -> Store:
    """Stores files at the same time, and returns what became of each."""

    async def stored(files: list[NewFile]) -> list[Any]:
        return await asyncio.gather(*map(commit.store, files), return_exceptions=True)

    return lambda files: runner.run(stored(files))


def new_file(tmp_path: Path, name: str, path: str) -> NewFile:
    part = tmp_path / f"{name}.part"
    part.write_text(name)
    candidate = FileCandidate("https://i.pximg.net/1.txt", lambda _: path, "txt", key=name, content_type="text/plain")
    return NewFile(part, candidate, sha256=name, run_id=1)


def test_files_that_are_complete_at_the_same_time_share_one_transaction(
    tmp_path: Path, state: CountingState, store: Store, runner: asyncio.Runner
) -> None:
    stored = store([new_file(tmp_path, name, f"{name}/1.txt") for name in "abcd"])
    assert state.groups == [["a/1.txt"], ["b/1.txt", "c/1.txt", "d/1.txt"]]  # the first one waits for no other
    for name, file in zip("abcd", stored, strict=True):
        assert runner.run(state.file(file.path)) == file
        assert (tmp_path / "files" / file.path).read_text() == name


def test_of_two_files_with_the_same_path_one_is_left_to_be_stored_by_itself(tmp_path: Path, store: Store) -> None:
    _, first, *others = store([new_file(tmp_path, name, path) for name, path in zip("abcd", "1222", strict=True)])
    assert first is not None
    assert others == [None, None]
    assert (tmp_path / "files" / "2").read_text() == "b"
    assert (tmp_path / "c.part").read_text() == "c"


def test_a_file_that_cannot_be_read_does_not_affect_the_others_of_its_group(tmp_path: Path, store: Store) -> None:
    files = [new_file(tmp_path, name, f"{name}.txt") for name in "abc"]
    files[1].part.unlink()
    first, second, third = store(files)
    assert second is None
    assert first is not None
    assert third is not None


def test_no_file_gets_its_name_if_the_state_database_fails(tmp_path: Path, state: CountingState, store: Store) -> None:
    state.is_broken = True
    errors = store([new_file(tmp_path, name, f"{name}.txt") for name in "abc"])
    assert [type(error) for error in errors] == [StateError] * 3
    state.is_broken = False
    store([new_file(tmp_path, "d", "d.txt")])
    assert [path.name for path in (tmp_path / "files").iterdir()] == ["d.txt"]


def test_a_cancelled_file_does_not_keep_others_from_being_stored(
    tmp_path: Path, commit: GroupCommit, runner: asyncio.Runner
) -> None:
    async def cancel_first() -> list[Any]:
        files = [new_file(tmp_path, name, f"{name}.txt") for name in "abc"]
        first, *others = [asyncio.create_task(commit.store(file)) for file in files]
        await asyncio.sleep(0)
        first.cancel()
        return await asyncio.gather(*others)

    assert None not in runner.run(cancel_first())

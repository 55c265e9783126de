"""Runs coroutine tests, and opens the stores under test."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest

from pixiv_crawler.run.state import RunRecord, StateStore, open_state

Opener = Callable[[], Awaitable[StateStore]]


@pytest.fixture(autouse=True)
def runner() -> Iterator[asyncio.Runner]:
    """The event loop of a test and its fixtures."""
    with asyncio.Runner() as runner:
        yield runner


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    if not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    names = pyfuncitem._fixtureinfo.argnames
    pyfuncitem.funcargs["runner"].run(pyfuncitem.obj(**{name: pyfuncitem.funcargs[name] for name in names}))
    return True


@pytest.fixture(params=["sqlite"])
def open_store(request: pytest.FixtureRequest, tmp_path: Path, runner: asyncio.Runner) -> Iterator[Opener]:
    """Opens the same store each time; one parameter for each implementation."""
    urls = {"sqlite": f"sqlite:///{tmp_path / 'data' / 'state.db'}"}
    opened: list[StateStore] = []

    async def open_() -> StateStore:
        opened.append(await open_state(urls[request.param]))
        return opened[-1]

    yield open_
    for store in opened:
        runner.run(store.close())


@pytest.fixture
def store(open_store: Opener, runner: asyncio.Runner) -> StateStore:
    return runner.run(_awaited(open_store()))


@pytest.fixture
def run(store: StateStore, runner: asyncio.Runner) -> RunRecord:
    """A run that has not started."""
    return runner.run(store.create_run("user_works", "job", {"user_id": "11"}, "2026-01-01T00:00:00+00:00"))


async def _awaited(store: Awaitable[StateStore]) -> StateStore:
    return await store

"""What all downloads of a crawl share: how far they may run ahead, and when they are cancelled."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack
from types import SimpleNamespace
from typing import Any, TypeVar

import pytest
from scrapy.settings import Settings

from pixiv_crawler.exceptions import StoppedError
from pixiv_crawler.files import session as module
from pixiv_crawler.files.session import FileSession
from pixiv_crawler.http.shared import SharedObjects

T = TypeVar("T")

Use = Callable[[FileSession, Any], Awaitable[T]]


@pytest.fixture
def crawler() -> Any:
    slot = SimpleNamespace(closing=None)
    crawler: Any = SimpleNamespace(spider=None, crawling=True, engine=SimpleNamespace(_slot=slot))
    crawler.settings = Settings({"PIXIV_IMAGE_CONCURRENCY": 100, "PIXIV_RATE_LIMIT_PAUSE": 1})
    crawler.get_addon = lambda _: SharedObjects()
    return crawler


@pytest.fixture
def run(crawler: Any) -> Iterator[Callable[[Use[T]], T]]:
    """Runs a function with a session and its crawler."""

    async def use(function: Use[T]) -> T:
        session = FileSession(crawler)
        try:
            return await function(session, crawler)
        finally:
            session.close()

    with asyncio.Runner() as runner:
        yield lambda function: runner.run(use(function))


def test_no_request_is_sent_while_many_files_wait_to_be_stored(run: Any) -> None:
    async def requests(session: FileSession, _: Any) -> None:
        async def request() -> str:
            async with session.request_slot():
                return "sent"

        with ExitStack() as files:
            for _ in range(module._MAX_BACKLOG - 1):
                files.enter_context(session.backlog())
            assert await request() == "sent"
            last = files.enter_context(ExitStack())
            last.enter_context(session.backlog())
            waiting = asyncio.create_task(request())
            await asyncio.sleep(0.01)
            assert not waiting.done()
            last.close()
            assert await asyncio.wait_for(waiting, 1) == "sent"

    run(requests)


def test_a_block_is_cancelled_when_the_crawl_is_stopping_and_its_own_timeout_is_not_changed(run: Any) -> None:
    async def blocks(session: FileSession, crawler: Any) -> None:
        async def wait(seconds: float | None) -> None:
            async with session.cancel_on_stop(), asyncio.timeout(seconds):
                await asyncio.Event().wait()

        with pytest.raises(TimeoutError):
            await wait(0.01)
        waiting = [asyncio.create_task(wait(None)) for _ in range(3)]
        await asyncio.sleep(0.01)
        crawler.engine._slot.closing = object()
        for outcome in await asyncio.wait_for(asyncio.gather(*waiting, return_exceptions=True), 5):
            assert isinstance(outcome, StoppedError)

    run(blocks)


def test_a_session_watches_again_after_all_its_blocks_have_ended(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "POLL_SECONDS", 0.01)

    async def blocks(session: FileSession, crawler: Any) -> None:
        async with session.cancel_on_stop():
            pass
        await asyncio.sleep(0.05)
        crawler_stops = asyncio.get_running_loop().call_later(0.05, setattr, crawler.engine._slot, "closing", object())
        with pytest.raises(StoppedError):
            async with session.cancel_on_stop():
                await asyncio.wait_for(asyncio.Event().wait(), 5)
        crawler_stops.cancel()

    run(blocks)

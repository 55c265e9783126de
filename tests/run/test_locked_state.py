"""Another process may hold the lock of the state database: the crawl waits without stalling, and can be stopped."""

from __future__ import annotations

import asyncio
import signal
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from threading import Thread

import pytest
from scrapy import signals
from scrapy.crawler import Crawler as ScrapyCrawler

from pixiv_crawler.sandbox import Sandbox
from tests.crawling import Crawl, Crawler
from tests.run.crawlers import crawl as crawl_in_process

pytestmark = pytest.mark.promise("state")

HOLD_SECONDS = 2.0
ARGS = {"user_id": "1008", "files": "none", "job": "x"}
WORKS = 35


class Pulse:
    """An extension that holds the lock of the state database for a while, and measures how long the event loop stalls."""

    longest_stall = 0.0

    def __init__(self, crawler: ScrapyCrawler) -> None:
        self._data = Path(crawler.settings["PIXIV_DATA_DIR"])
        self._task: asyncio.Task[None] | None = None
        self._holder: Thread | None = None

    @classmethod
    def from_crawler(cls, crawler: ScrapyCrawler) -> Pulse:
        extension = cls(crawler)
        crawler.signals.connect(extension.response_received, signals.response_received)
        crawler.signals.connect(extension.spider_closed, signals.spider_closed)
        return extension

    def response_received(self) -> None:
        if self._task is None:
            self._holder = Thread(target=self._hold)
            self._holder.start()
            self._task = asyncio.create_task(self._measure())

    def _hold(self) -> None:
        with locked(self._data):
            time.sleep(HOLD_SECONDS)

    async def _measure(self) -> None:
        while True:
            before = time.monotonic()
            await asyncio.sleep(0.01)
            Pulse.longest_stall = max(Pulse.longest_stall, time.monotonic() - before - 0.01)

    def spider_closed(self) -> None:
        assert self._task
        assert self._holder
        self._task.cancel()
        self._holder.join()


@contextmanager
def locked(data: Path) -> Iterator[None]:
    """Holds the write lock of the state database, as another process would."""
    with closing(sqlite3.connect(data / "state.db", isolation_level=None, timeout=30)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield
        connection.execute("ROLLBACK")


def test_the_event_loop_does_not_stall_while_another_process_holds_the_lock(tmp_path: Path) -> None:
    started = time.monotonic()
    crawler = crawl_in_process(tmp_path, settings={"EXTENSIONS": {Pulse: 1}}, job="x", user_id="1008")
    assert time.monotonic() - started >= HOLD_SECONDS
    assert Pulse.longest_stall < HOLD_SECONDS / 2, "the event loop waited for the lock"
    assert crawler.stats.get_value("finish_reason") == "finished"
    assert crawler.stats.get_value("pixiv/lines/illust") == WORKS
    assert not crawler.stats.get_value("pixiv/failed/count")


@pytest.mark.kill
def test_ctrl_c_ends_a_crawl_while_another_process_holds_the_lock_and_the_run_can_be_resumed(
    crawl: Crawler, sandbox: Sandbox
) -> None:
    with _lock_after_first_lines(crawl, sandbox) as lock:
        done = crawl.stopped(signal.SIGINT, lock, **ARGS)
        assert done.status == 2, done.log
        assert "Traceback" not in done.log
    resumed: Crawl = crawl(**ARGS)
    assert resumed.status == 0, resumed.log
    ids = [line["id"] for line in resumed.lines("illusts")]
    assert len(ids) == len(set(ids)) == WORKS


@contextmanager
def _lock_after_first_lines(crawl: Crawler, sandbox: Sandbox) -> Iterator[Callable[[], bool]]:
    """A function that takes the lock once the crawl has sent requests, and is true from then on."""
    stack = ExitStack()

    def lock() -> bool:
        if sandbox.requests and (crawl.data / "state.db").exists():
            stack.enter_context(locked(crawl.data))
            return True
        return False

    with stack:
        yield lock

"""Opens the run of a crawl, commits its checkpoint, and ends it."""

import asyncio
import logging
from typing import Any

from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.exceptions import CloseSpider

from pixiv_crawler.exceptions import PixivCrawlerError, StateError
from pixiv_crawler.http.shared import Component
from pixiv_crawler.run.checkpoint import Checkpoint, Postponed
from pixiv_crawler.run.closing import close_if_idle, is_closing
from pixiv_crawler.run.failures import record_failure
from pixiv_crawler.run.lifecycle import Run, require_run
from pixiv_crawler.run.signals import run_ending, run_opened
from pixiv_crawler.run.state import Failure

logger = logging.getLogger(__name__)

# A kill loses at most this many seconds of work; a commit takes some milliseconds.
COMMIT_SECONDS = 0.5
# Seconds that a crawl which is interrupted waits for another process to release the state database.
PATIENCE_SECONDS = 1.0


class RunExtension(Component):
    """Opens the run as the last step of the crawl's setup, commits its checkpoint regularly, and ends the run.

    Sends `run_opened`, and `run_ending` when everything is stored; again if the end of the run cannot be stored.
    Ends the crawl: bad_arguments, incomplete, storage_failed.
    """

    def __init__(self, crawler: Crawler) -> None:
        require_run(crawler)
        self._crawler = crawler
        self._run = Run.of(crawler)
        self._checkpoint = Checkpoint.of(crawler)
        self._tasks: list[asyncio.Task[None]] = []
        connect = crawler.signals.connect
        connect(self.spider_opened, signals.spider_opened)
        connect(self.item_dropped, signals.item_dropped)
        connect(self.item_error, signals.item_error)
        connect(self.spider_error, signals.spider_error)
        connect(self.spider_closed, signals.spider_closed)

    async def spider_opened(self) -> None:
        try:
            await self._run.open()
            await self._checkpoint.load()
        except StateError as error:
            self._run.fail(error)
            raise CloseSpider("storage_failed") from error
        except PixivCrawlerError as error:  # the earlier check succeeded: another process was faster
            self._run.refusal = error
            raise CloseSpider("bad_arguments") from error
        await self._crawler.signals.send_catch_log_async(run_opened)
        self._tasks = [asyncio.create_task(self._commit()), asyncio.create_task(self._watch())]

    async def _commit(self) -> None:
        while True:
            await asyncio.sleep(COMMIT_SECONDS)
            if self._checkpoint.has_changes:
                await self._checkpoint.commit()
            close_if_idle(self._crawler)

    async def _watch(self) -> None:
        """A crawl that is interrupted does not wait for the database: what is open stays open."""
        while not (is_closing(self._crawler) and self._checkpoint.has_open):  # noqa: ASYNC110 - Scrapy has no signal for it
            await asyncio.sleep(COMMIT_SECONDS)
        await asyncio.sleep(PATIENCE_SECONDS)
        self._run.state.stop_waiting()

    def item_dropped(self, item: Any, exception: BaseException) -> None:
        if not isinstance(exception, Postponed):
            self._checkpoint.discard(item)

    def item_error(self, item: Any, failure: Any) -> None:
        """A pipeline failed on an item; it would do so again."""
        cause = f"{failure.type.__name__}: {failure.value}"
        record_failure(self._crawler, Failure("work", getattr(item, "id", None), cause), item)
        self._checkpoint.discard(item)

    def spider_error(self, failure: Any, response: Any) -> None:
        """A callback failed on a response."""
        cause = f"{failure.type.__name__}: {failure.value}"
        record_failure(self._crawler, Failure("listing", None, cause, getattr(response, "url", "")))

    async def spider_closed(self, reason: str) -> None:
        if not self._run.is_open:
            return
        if reason != "finished":
            asyncio.get_running_loop().call_later(PATIENCE_SECONDS, self._run.state.stop_waiting)
        await self._checkpoint.commit()  # before the tasks are cancelled: a commit in progress must not be cut off
        for task in self._tasks:
            task.cancel()
        await self._end(self._checked(reason))
        await self._run.close()

    def _checked(self, reason: str) -> str:
        """Why the run really ends: Scrapy calls a crawl finished once no request is left in its queues."""
        if reason != "finished":
            return reason
        if self._run.has_failed:  # the last commit failed: the run is resumed from the one before
            return "storage_failed"
        if self._checkpoint.has_open:
            self._run.why_ended = (
                f"The crawl ended with {self._checkpoint.what_is_open}: a middleware, an extension or a scheduler "
                "that is not part of pixiv_crawler may have dropped them"
            )
            return "incomplete"
        return reason

    async def _end(self, reason: str) -> None:
        """The report is durable before the run is marked as finished: a power cut in between leaves a run that is resumed."""
        await self._announce(reason)
        if reason == "finished":
            await self._run.finish()
            if not self._run.has_finished:
                await self._announce("storage_failed")

    async def _announce(self, reason: str) -> None:
        self._crawler.stats.set_value("finish_reason", reason)
        await self._crawler.signals.send_catch_log_async(run_ending, reason=reason)

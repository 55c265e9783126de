"""Keeps the journal of a run."""

from __future__ import annotations

import asyncio
from typing import Any

from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured
from scrapy.utils.misc import load_object

from pixiv_crawler.run.checkpoint import Journal, Postponed
from pixiv_crawler.run.failures import Loss, lose, lost, read_slice, run_ending
from pixiv_crawler.run.output_folder import run_files

# Seconds of work that a kill costs at most; a commit takes some milliseconds.
COMMIT_SECONDS = 0.5


class RunExtension:
    """Tells the journal what became of each item, commits it again and again, and ends the run.

    Sends `run_ending` when all is stored. Settings: FEEDS. Stats read: finish_reason.
    """

    def __init__(self, crawler: Crawler) -> None:
        if not hasattr(crawler.spider, "job"):
            raise NotConfigured  # scrapy shell and its like run spiders that are none of ours
        self._crawler = crawler
        self._journal = Journal.of(crawler)
        feeds = run_files(crawler.settings.getdict("FEEDS")).values()
        self._exported = tuple(load_object(name) for options in feeds for name in options.get("item_classes", ()))
        self._commits: asyncio.Task[None] | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> RunExtension:
        extension = cls(crawler)
        connect = crawler.signals.connect
        connect(extension.spider_opened, signals.spider_opened)
        connect(extension.item_scraped, signals.item_scraped)
        connect(extension.item_dropped, signals.item_dropped)
        connect(extension.item_error, signals.item_error)
        connect(extension.spider_error, signals.spider_error)
        connect(extension.lost, lost)
        connect(extension.read_slice, read_slice)
        connect(extension.spider_closed, signals.spider_closed)
        return extension

    def spider_opened(self) -> None:
        self._commits = asyncio.create_task(self._commit())

    async def _commit(self) -> None:
        while True:
            await asyncio.sleep(COMMIT_SECONDS)
            if self._journal.has_news:
                await self._journal.commit()
            self._let_close()

    def _let_close(self) -> None:
        """Scrapy 2.19 looks whether it may close only when an answer is done with; items that a run goes on with have none."""
        scraper = self._crawler.engine.scraper if self._crawler.engine else None
        if scraper and scraper.slot and (closing := scraper.slot.closing) and not closing.called:
            scraper._check_if_closing()

    def item_scraped(self, item: Any) -> None:
        """An item that is written into the run's folder is done when its line is; the exporter tells that."""
        if not isinstance(item, self._exported):
            self._journal.done(item)

    def item_dropped(self, item: Any, exception: BaseException) -> None:
        if not isinstance(exception, Postponed):
            self._journal.done(item)

    def item_error(self, item: Any, failure: Any) -> None:
        """An item that an error of ours kept from being exported; it would do so again."""
        lose(self._crawler, Loss("work", getattr(item, "id", None), f"{failure.type.__name__}: {failure.value}"))
        self._journal.done(item)

    def spider_error(self, failure: Any, response: Any) -> None:
        """An answer that an error of ours kept from being read to its end."""
        url = getattr(response, "url", "")
        lose(self._crawler, Loss("listing", None, f"{failure.type.__name__}: {failure.value}", url))

    def lost(self, loss: Loss, item: Any) -> None:
        self._journal.note_loss(loss, item)

    def read_slice(self, **read: Any) -> None:
        names = ("entries", "params", "status", "returned")
        self._journal.note_slice({name: read[name] for name in names})

    async def spider_closed(self, reason: str) -> None:
        await self._journal.commit()  # first: a commit that is under way must not be cut off
        if self._commits:
            self._commits.cancel()
        is_finished = reason == "finished"
        if is_finished and not self._journal.is_complete:
            lose(self._crawler, Loss("listing", None, self._journal.why_incomplete))
        self._crawler.signals.send_catch_log(run_ending, reason=reason)
        self._journal.end(is_finished=is_finished and self._journal.is_complete)

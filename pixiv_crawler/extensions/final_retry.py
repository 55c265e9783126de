"""Asks at the end for what failed for a moment."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.exceptions import CloseSpider, DontCloseSpider, NotConfigured

from pixiv_crawler.exceptions import StateError
from pixiv_crawler.http.api_session import ApiSession
from pixiv_crawler.http.requests import request_from_dict
from pixiv_crawler.run.checkpoint import Journal

logger = logging.getLogger(__name__)


class LastRoundExtension:
    """Asks once more, when all else is done, for calls that failed after all their repeats.

    What Pixiv still refuses then is lost. When it does not answer at all, the network is down rather than a call wrong:
    the run ends without being finished, and asks again when it goes on.

    Settings: PIXIV_API_DELAY, RETRY_TIMES (the wait before, twice as long as the last one between repeats).
    Stats: pixiv/apierrors/last_round. Ends the crawl: too_many_errors.
    """

    def __init__(self, crawler: Crawler) -> None:
        if not hasattr(crawler.spider, "job"):
            raise NotConfigured  # scrapy shell and its like run spiders that are none of ours
        self._crawler = crawler
        self._journal = Journal.of(crawler)
        self._session = ApiSession.of(crawler)
        settings = crawler.settings
        self._wait = settings.getfloat("PIXIV_API_DELAY") * 2 ** settings.getint("RETRY_TIMES")
        self._round: asyncio.Task[None] | None = None
        self._silent_at: int | None = None
        """Answers that had come by the beginning of the round, when no call was answered after the last that failed."""

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> LastRoundExtension:
        extension = cls(crawler)
        crawler.signals.connect(extension.spider_idle, signals.spider_idle)
        return extension

    def spider_idle(self) -> None:
        if self._journal.has_failed or not self._journal.failed_calls:
            return
        if self._round is None:
            self._round = asyncio.create_task(self._ask())
        if not self._round.done():
            raise DontCloseSpider
        if self._session.answers == self._silent_at:
            logger.error("No call is answered any more; Pixiv or the network is down")
            raise CloseSpider("too_many_errors")

    async def _ask(self) -> None:
        try:
            requests = await self._journal.reopen()
        except StateError as error:
            self._journal.stop_for(error)
            return
        logger.info("Asking once more for %d calls that failed", len(requests))
        self._crawler.stats.inc_value("pixiv/apierrors/last_round", len(requests))
        self._session.is_last_round = True
        if self._session.answers == self._session.answers_at_failure:
            self._silent_at = self._session.answers
        self._session.pause(self._wait, "repeating after an error")
        engine: Any = self._crawler.engine
        for id_, request in reversed(requests):  # the last that is scheduled is sent first
            engine.crawl(request_from_dict(request, self._crawler.spider, id_))

"""At the end of a crawl, retries the requests that failed with a transient error."""

import asyncio
import logging
from typing import Any

import msgspec
from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.exceptions import CloseSpider, DontCloseSpider

from pixiv_crawler.exceptions import StateError
from pixiv_crawler.http.api_session import ApiSession
from pixiv_crawler.http.requests import FINAL_RETRY, request_from_dict
from pixiv_crawler.http.servers import Servers
from pixiv_crawler.http.shared import Component
from pixiv_crawler.run.checkpoint import Checkpoint
from pixiv_crawler.run.lifecycle import Run, require_run

logger = logging.getLogger(__name__)


class FinalRetryExtension(Component):
    """When everything else is done, retries once each request that failed after all its retries.

    A request that fails again is recorded as failed. The requests that follow from a successful retry are like all
    others: those of them that fail are retried in another round. If no request gets a response at all, the network is
    down: the run then ends unfinished, and sends the requests again when it is resumed.

    Settings: PIXIV_API_DELAY, RETRY_TIMES (the wait before it, twice as long as the last one between retries).
    Stats: pixiv/apierrors/final_retry. Ends the crawl: too_many_errors.
    """

    def __init__(self, crawler: Crawler) -> None:
        require_run(crawler)
        self._crawler = crawler
        self._run = Run.of(crawler)
        self._checkpoint = Checkpoint.of(crawler)
        self._session = ApiSession.of(crawler)
        settings = crawler.settings
        self._wait_seconds = settings.getfloat("PIXIV_API_DELAY") * 2 ** settings.getint("RETRY_TIMES")
        self._retry: asyncio.Task[None] | None = None
        self._responses_before: int | None = None
        """Number of responses before this retry; None if there has been one since the last failure."""
        crawler.signals.connect(self.spider_idle, signals.spider_idle)

    def spider_idle(self) -> None:
        if self._run.has_failed:
            return
        if self._session.responses == self._responses_before:
            logger.error("No response to any API request: Pixiv or the network is down")
            raise CloseSpider("too_many_errors")
        is_preparing = self._retry is not None and not self._retry.done()
        if self._checkpoint.failed_requests and not is_preparing:
            self._retry = asyncio.create_task(self._send_again())
            is_preparing = True
        if is_preparing:
            raise DontCloseSpider

    async def _send_again(self) -> None:
        try:
            requests = await self._checkpoint.reopen_failed_requests()
        except StateError as error:
            self._run.fail(error)
            return
        logger.info("Failed API requests that are retried once more: %d", len(requests))
        self._crawler.stats.inc_value("pixiv/apierrors/final_retry", len(requests))
        if self._session.responses == self._session.responses_at_failure:
            self._responses_before = self._session.responses
        self._session.pause(self._wait_seconds, "retrying after an error")
        engine: Any = self._crawler.engine
        servers = Servers.of(self._crawler)
        for request in reversed(requests):  # the last one that is scheduled is sent first
            content = msgspec.json.decode(request.content)
            again = request_from_dict(content, self._crawler.spider, request.id, servers)
            again.meta[FINAL_RETRY] = True
            engine.crawl(again)

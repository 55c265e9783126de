"""Records what each response led to, and resumes runs."""

from collections.abc import AsyncIterator
from typing import Any

import msgspec
from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.http import Response

from pixiv_crawler.exceptions import StateError
from pixiv_crawler.http.requests import request_from_dict
from pixiv_crawler.http.servers import Servers
from pixiv_crawler.http.shared import Component
from pixiv_crawler.run.checkpoint import Checkpoint
from pixiv_crawler.run.closing import is_working
from pixiv_crawler.run.lifecycle import Run, require_run
from pixiv_crawler.run.state import SavedRequest


class ResumeMiddleware(Component):
    """Records in the checkpoint what each response led to, before any of it is used; a resumed run starts with what is open.

    It runs nearest to the engine, so that it sees the requests and items that are really sent and stored.
    """

    def __init__(self, crawler: Crawler) -> None:
        require_run(crawler)
        self._crawler = crawler
        self._run = Run.of(crawler)
        self._checkpoint = Checkpoint.of(crawler)
        self._servers = Servers.of(crawler)

    async def process_start(self, start: AsyncIterator[Any]) -> AsyncIterator[Any]:
        try:
            left = await self._checkpoint.resume() if self._run.is_resumed else None
        except StateError as error:
            self._run.fail(error)
            return
        found = [one async for one in start]  # also logs in, if the spider needs to know its account
        if left:
            async for one in self._resumed(*left):
                yield one
        elif await self._checkpoint.record_response(None, found):
            for one in found:
                yield one

    async def _resumed(
        self, items: list[Any], requests: list[SavedRequest], refused: list[SavedRequest]
    ) -> AsyncIterator[Any]:
        for one in [*items, *map(self._request, requests)]:
            yield one
        if refused:
            await self._wait_for_others(len(refused))
        for request in refused:
            yield self._request(request)

    async def _wait_for_others(self, refused: int) -> None:
        """Returns when all other requests of the run have a response, including those that follow from them."""
        while self._checkpoint.open_requests > refused and is_working(self._crawler):
            await self._crawler.signals.wait_for(signals.scheduler_empty)

    def _request(self, saved: SavedRequest) -> Request:
        content = msgspec.json.decode(saved.content)
        return request_from_dict(content, self._crawler.spider, saved.id, self._servers)

    async def process_spider_output(self, response: Response, result: AsyncIterator[Any]) -> AsyncIterator[Any]:
        async for one in self._checkpoint.recorded(response.request, result):
            yield one

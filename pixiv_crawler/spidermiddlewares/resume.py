"""Records what each response led to, and resumes runs."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, Self

import msgspec
from scrapy.crawler import Crawler
from scrapy.http import Response

from pixiv_crawler.exceptions import StateError
from pixiv_crawler.http.requests import request_from_dict
from pixiv_crawler.http.servers import Servers
from pixiv_crawler.run.checkpoint import Checkpoint
from pixiv_crawler.run.lifecycle import Run, require_run


class ResumeMiddleware:
    """Records in the checkpoint what each response led to, before any of it is used; a resumed run starts with what is open.

    It runs nearest to the engine, so that it sees the requests and items that are really sent and stored.
    """

    def __init__(self, crawler: Crawler) -> None:
        require_run(crawler)
        self._spider = crawler.spider
        self._run = Run.of(crawler)
        self._checkpoint = Checkpoint.of(crawler)
        self._servers = Servers.of(crawler)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    async def process_start(self, start: AsyncIterator[Any]) -> AsyncIterator[Any]:
        try:
            left = await self._left() if self._run.is_resumed else None
        except StateError as error:
            self._run.fail(error)
            return
        found = [one async for one in start]  # also logs in, if the spider needs to know its account
        if left is None and not await self._checkpoint.record_response(None, found):
            return
        for one in found if left is None else left:
            yield one

    async def _left(self) -> list[Any]:
        requests, items = await self._checkpoint.resume()
        return items + [
            request_from_dict(msgspec.json.decode(request.content), self._spider, request.id, self._servers.api_url)
            for request in requests
        ]

    async def process_spider_output(self, response: Response, result: AsyncIterator[Any]) -> AsyncIterator[Any]:
        async for one in self._checkpoint.recorded(response.request, result):
            yield one

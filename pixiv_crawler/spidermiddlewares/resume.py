"""Lets a run go on where it ended."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured
from scrapy.http import Response

from pixiv_crawler.exceptions import StateError
from pixiv_crawler.http.requests import request_from_dict
from pixiv_crawler.run.checkpoint import Journal


class ResumeMiddleware:
    """Writes what each answer gave into the journal before anything is done with it; begins a run with what is left.

    Runs nearest to the engine, so it sees what is really asked and stored.
    """

    def __init__(self, crawler: Crawler) -> None:
        if not hasattr(crawler.spider, "job"):
            raise NotConfigured  # scrapy shell and its like run spiders that are none of ours
        self._spider = crawler.spider
        self._journal = Journal.of(crawler)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> ResumeMiddleware:
        return cls(crawler)

    async def process_start(self, start: AsyncIterator[Any]) -> AsyncIterator[Any]:
        try:
            left = self._left() if self._journal.is_resumed else None
        except StateError as error:
            self._journal.stop_for(error)
            return
        found = [one async for one in start]  # logs in, too, where a spider must know its account
        if left is None and not self._journal.keeps(None, found):
            return
        for one in found if left is None else left:
            yield one

    def _left(self) -> list[Any]:
        requests, items = self._journal.go_on()
        return items + [request_from_dict(request, self._spider, id_) for id_, request in requests]

    async def process_spider_output(self, response: Response, result: AsyncIterator[Any]) -> AsyncIterator[Any]:
        found: list[Any] = []
        error = await _gather(result, found)
        if isinstance(error, StateError):
            self._journal.stop_for(error)  # the request stays open
            return
        if not self._journal.keeps(response.request, found):
            return
        for one in found:
            yield one
        if error:
            raise error


async def _gather(result: AsyncIterator[Any], found: list[Any]) -> Exception | None:
    """Adds all to a list; what came before an error is whole, so the error waits until that is safe."""
    try:
        async for one in result:
            found.append(one)  # noqa: PERF401 - a comprehension would lose all at an error
    except Exception as error:  # noqa: BLE001 - raised again
        return error
    return None

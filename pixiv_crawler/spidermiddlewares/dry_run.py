"""Reads the beginnings of a few listings for a forecast, and stores nothing."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import Response

from pixiv_crawler.api.enums import WorkType
from pixiv_crawler.http.requests import api_call
from pixiv_crawler.http.shared import Component
from pixiv_crawler.items import Illust, Novel, Unavailable
from pixiv_crawler.run.forecast import MAX_CALLS, Sample


class DryRunMiddleware(Component):
    """Counts what the responses contain, and passes on nothing but the first request of the next listing.

    The add-on enables it for `dry_run=true`. It runs after everything that drops items or adds requests.
    """

    def __init__(self, crawler: Crawler) -> None:
        self._spider: Any = crawler.spider
        self._stats = crawler.stats
        self._sample = Sample.of(crawler)
        self._unavailable = 0

    async def process_spider_output(self, response: Response, result: AsyncIterator[Any]) -> AsyncIterator[Any]:
        assert response.request is not None
        call, index = api_call(response.request), response.cb_kwargs.get("index")
        before = self._sample.items + self._dropped
        following: list[Request] = []
        async for one in result:
            if isinstance(one, Request):
                following += self._following(one, index, is_list=bool(call and call.entries_key))
            else:
                self._count(one)
        self._count_response(self._sample.items + self._dropped - before, is_list=bool(call and call.entries_key))
        for request in following:
            yield request

    def _following(self, request: Request, index: int | None, *, is_list: bool) -> Iterator[Request]:
        """The first request of the next listing, for a request that a response led to."""
        its_index = request.cb_kwargs.get("index")
        if its_index is None:
            self._sample.more_requests += 1
        elif index is not None and its_index == index and is_list:
            self._sample.is_cut = True
            self._sample.is_open |= self._spider.leads_to_listings
            yield from self._sampled(self._spider.next_listing(index + 1, request.cb_kwargs["state"]))
        else:
            yield from self._sampled([request])

    def _sampled(self, requests: Any) -> Iterator[Request]:
        return (request for request in requests if self._sample.calls + 1 < MAX_CALLS)

    def _count(self, item: Any) -> None:
        if isinstance(item, Unavailable):
            self._unavailable += 1
            return
        urls = getattr(item, "file_urls", None) or []
        self._sample.items += 1
        self._sample.files += len(urls)
        is_animation = isinstance(item, Illust) and item.type == WorkType.UGOIRA and bool(urls)
        needs_text = isinstance(item, Novel) and self._spider.args.wants_text
        self._sample.more_requests += is_animation + needs_text

    def _count_response(self, entries: int, *, is_list: bool) -> None:
        sample = self._sample
        sample.listings += is_list
        sample.objects += not is_list
        sample.entries += entries
        sample.largest_page = max(sample.largest_page, entries if is_list else 0)
        sample.expected = int(self._stats.get_value("pixiv/expected", 0))
        sample.single = int(self._stats.get_value("pixiv/expected_single", 0))

    @property
    def _dropped(self) -> int:
        """Entries that do not become a line of their kind."""
        return self._unavailable + int(self._stats.total("pixiv/filters/", "pixiv/duplicates/", "pixiv/max_works/"))

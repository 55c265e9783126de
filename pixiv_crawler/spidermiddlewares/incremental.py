"""Drops the works that are collected."""

from __future__ import annotations

from typing import Any

from scrapy.crawler import Crawler
from scrapy.http import Response
from scrapy.spidermiddlewares.base import BaseSpiderMiddleware

from pixiv_crawler.items import Work
from pixiv_crawler.run.checkpoint import Journal


class NewOnlyMiddleware(BaseSpiderMiddleware):
    """With `new_only=true` drops works whose lines and files are there from an earlier run; an edited work is new.

    Stats: pixiv/new_only/known, pixiv/new_only/new.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._journal = Journal.of(crawler)
        self._is_wanted = getattr(getattr(crawler.spider, "args", None), "new_only", False)

    def get_processed_item(self, item: Any, response: Response | None) -> Any:
        if not self._is_wanted or not isinstance(item, Work):
            return item
        is_known = self._journal.is_collected(item)
        self.crawler.stats.inc_value(f"pixiv/new_only/{'known' if is_known else 'new'}")
        return None if is_known else item

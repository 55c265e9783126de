"""Runs the pipelines."""

from __future__ import annotations

from typing import Any, Self

from scrapy.crawler import Crawler
from scrapy.pipelines import ItemPipelineManager

from pixiv_crawler.run.checkpoint import Journal


class JournaledItemProcessor(ItemPipelineManager):
    """Scrapy's own, which also tells the journal as what an item comes out of the pipelines.

    So a pipeline may return another object than it was given, as Scrapy allows.
    """

    _journal: Journal

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        manager = super().from_crawler(crawler)
        manager._journal = Journal.of(crawler)
        return manager

    async def process_item_async(self, item: Any) -> Any:
        found = await super().process_item_async(item)
        self._journal.becomes(item, found)
        return found

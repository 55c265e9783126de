"""Writes novels as files."""

from __future__ import annotations

from typing import Any

from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured

from pixiv_crawler.exceptions import StateError, StoppedError
from pixiv_crawler.files.novel_files import NovelFiles
from pixiv_crawler.files.partial import StorageError
from pixiv_crawler.files.store import FileStore
from pixiv_crawler.items import Novel
from pixiv_crawler.run.checkpoint import Journal, Postponed


class NovelFilesPipeline:
    """Writes a novel whose text is known in the formats that `novel` names, and adds them to `files`.

    Settings: PIXIV_NOVEL_PATH. Ends the crawl: disk_full, storage_failed.
    """

    def __init__(self, crawler: Crawler) -> None:
        if not hasattr(crawler.spider, "job"):
            raise NotConfigured  # scrapy shell and its like run spiders that are none of ours
        self._journal = Journal.of(crawler)
        self._formats = FileStore.of(crawler).plan.novel_formats
        self._books = NovelFiles(crawler)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> NovelFilesPipeline:
        return cls(crawler)

    async def process_item(self, item: Any) -> Any:
        if isinstance(item, Novel) and item.text is not None and self._formats:
            try:
                item.files += [await self._books.novel(item, as_format) for as_format in self._formats]
            except (StoppedError, StorageError, StateError) as error:
                if not isinstance(error, StoppedError):
                    self._journal.stop_for(error)
                raise Postponed(str(error)) from error
        return item

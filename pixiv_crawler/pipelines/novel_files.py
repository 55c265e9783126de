"""Writes novels as files."""

from __future__ import annotations

from typing import Any

from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured

from pixiv_crawler.books import Books
from pixiv_crawler.exceptions import FileError, StateError, StoppedError
from pixiv_crawler.filestore import FileStore
from pixiv_crawler.items import Novel
from pixiv_crawler.journal import Journal, Postponed
from pixiv_crawler.parts import StorageError
from pixiv_crawler.signals import Loss, lose


class NovelFilesPipeline:
    """Writes a novel whose text is known in the formats that `novel` names, and adds them to `files`.

    Settings: PIXIV_NOVEL_PATH. Stats: pixiv/files/made, pixiv/files/failed. Ends the crawl: disk_full, storage_failed.
    """

    def __init__(self, crawler: Crawler) -> None:
        if not hasattr(crawler.spider, "job"):
            raise NotConfigured  # scrapy shell and its like run spiders that are none of ours
        self._crawler = crawler
        self._formats = FileStore.of(crawler).wanted.novel_formats
        self._books = Books(crawler)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> NovelFilesPipeline:
        return cls(crawler)

    async def process_item(self, item: Any) -> Any:
        if isinstance(item, Novel) and item.text is not None and self._formats:
            await self._write(item)
        return item

    async def _write(self, novel: Novel) -> None:
        made = []
        for as_format in self._formats:
            try:
                wanted, found = await self._books.novel(novel, as_format)
            except (StorageError, StateError) as error:
                Journal.of(self._crawler).stop_for(error)
                raise Postponed(str(error)) from error
            except StoppedError as error:
                raise Postponed(str(error)) from error
            except FileError as error:
                self._crawler.stats.inc_value("pixiv/files/failed")
                lose(self._crawler, Loss("file", novel.id, f"no {as_format} of the novel ({error})"), novel)
                continue
            made.append(found.as_file(wanted))
        novel.files += made

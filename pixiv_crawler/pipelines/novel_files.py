"""Writes novels as files."""

from typing import Any

from scrapy.crawler import Crawler

from pixiv_crawler.files.store import FileStore
from pixiv_crawler.items import Novel
from pixiv_crawler.pipelines.base import AddingPipeline


class NovelFilesPipeline(AddingPipeline):
    """Writes a novel with a text in the formats of the argument `novel`, and adds them to `files`.

    Settings: PIXIV_NOVEL_PATH.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        from pixiv_crawler.files.novel_files import NovelFiles  # writers that only this argument needs

        self._store = FileStore.of(crawler)
        self._files = NovelFiles(crawler)

    def is_wanted(self) -> bool:
        return bool(getattr(self.args, "novel", None))

    async def add(self, item: Any) -> None:
        if isinstance(item, Novel) and item.text is not None:
            item.files += [await self._files.novel(item, format_) for format_ in self._store.plan.novel_formats]

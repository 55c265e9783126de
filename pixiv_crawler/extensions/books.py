"""Writes series of novels as EPUB files."""

import asyncio
import logging

from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.exceptions import DontCloseSpider, NotConfigured

from pixiv_crawler.exceptions import StateError, StoppedError
from pixiv_crawler.files.partial import StorageError
from pixiv_crawler.http.shared import Component
from pixiv_crawler.layout import paths
from pixiv_crawler.options import NovelFormat
from pixiv_crawler.run.checkpoint import Checkpoint
from pixiv_crawler.run.closing import check_idle_now
from pixiv_crawler.run.lifecycle import Run
from pixiv_crawler.run.state import Note

logger = logging.getLogger(__name__)


class BooksExtension(Component):
    """With `novel=epub`, writes each series that the run collected as one EPUB file, once all its novels are stored.

    The file contains the novels that this run and earlier ones collected, in the order of the series.

    Settings: PIXIV_DATA_DIR. Ends the crawl: disk_full, storage_failed.
    """

    def __init__(self, crawler: Crawler) -> None:
        args = getattr(crawler.spider, "args", None)
        if NovelFormat.EPUB not in (getattr(args, "novel", None) or []):
            raise NotConfigured
        self._crawler = crawler
        self._run = Run.of(crawler)
        self._checkpoint = Checkpoint.of(crawler)
        self._data_dir = paths.data_dir(crawler.settings["PIXIV_DATA_DIR"])
        self._writing: asyncio.Task[None] | None = None
        crawler.signals.connect(self.spider_idle, signals.spider_idle)

    def spider_idle(self) -> None:
        if self._run.has_failed or self._checkpoint.failed_requests:
            return  # more novels may follow
        if self._writing is None:
            self._writing = asyncio.create_task(self._write())
            self._writing.add_done_callback(self._written)
        if not self._writing.done():
            raise DontCloseSpider

    def _written(self, writing: asyncio.Task[None]) -> None:
        if not writing.cancelled() and (error := writing.exception()):
            logger.error("The EPUB files of the series could not be written", exc_info=error)
        check_idle_now(self._crawler)

    async def _write(self) -> None:
        from pixiv_crawler.files.novel_files import NovelFiles  # writers that only this argument needs
        from pixiv_crawler.outputs.novel_series import collected_series

        collected = await asyncio.to_thread(collected_series, self._run.folder.path, self._data_dir)
        files = NovelFiles(self._crawler)
        for one in collected:
            try:
                file = await files.series(one.series, one.in_order())
            except (StorageError, StateError) as error:
                self._run.fail(error)
                return
            except StoppedError:
                return
            self._checkpoint.add_note(Note("book", {"path": file.path, "status": file.status}))

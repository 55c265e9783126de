"""Writes series of novels as books."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.exceptions import DontCloseSpider, NotConfigured

from pixiv_crawler.api.enums import NovelFormat
from pixiv_crawler.apisession import ApiSession
from pixiv_crawler.books import Books
from pixiv_crawler.exceptions import FileError, StateError, StoppedError
from pixiv_crawler.items import Novel, NovelSeries
from pixiv_crawler.journal import Journal
from pixiv_crawler.parsing import decode_item
from pixiv_crawler.parts import StorageError
from pixiv_crawler.signals import Loss, lose

logger = logging.getLogger(__name__)


class BooksExtension:
    """With `novel=epub`, writes each series that a run has collected as one EPUB, when all its novels are there.

    The book holds what this run and those before it have of the series, in the series' order.

    Settings: PIXIV_DATA_DIR. Stats: pixiv/books/PATH, downloaded or kept. Ends the crawl: disk_full, storage_failed.
    """

    def __init__(self, crawler: Crawler) -> None:
        args = getattr(crawler.spider, "args", None)
        if NovelFormat.EPUB not in (getattr(args, "novel", None) or []):
            raise NotConfigured
        self._crawler = crawler
        self._journal = Journal.of(crawler)
        self._session = ApiSession.of(crawler)
        self._data_dir = Path(crawler.settings["PIXIV_DATA_DIR"])
        self._writing: asyncio.Task[None] | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> BooksExtension:
        extension = cls(crawler)
        crawler.signals.connect(extension.spider_idle, signals.spider_idle)
        return extension

    def spider_idle(self) -> None:
        if self._journal.has_failed or (self._journal.failed_calls and not self._session.is_last_round):
            return  # not all has come yet
        if self._writing is None:
            self._writing = asyncio.create_task(self._write())
        if not self._writing.done():
            raise DontCloseSpider

    async def _write(self) -> None:
        collected = self._collected()
        books = Books(self._crawler) if collected else None
        for series, novels in collected:
            assert books is not None
            try:
                wanted, found = await books.series(series, novels)
                self._crawler.stats.set_value(f"pixiv/books/{found.path}", found.as_file(wanted).status)
            except (StorageError, StateError) as error:
                self._journal.stop_for(error)
            except StoppedError:
                return
            except FileError as error:
                lose(self._crawler, Loss("file", series.id, f"no book of the series ({error})"))

    def _collected(self) -> list[tuple[NovelSeries, list[Novel]]]:
        """The series of this run, each with its novels whose text is there, of all runs."""
        series = {one.id: one for one in _items(self._journal.folder / "novel_series.jsonl")}
        novels: dict[int, dict[int, Novel]] = {id_: {} for id_ in series}
        for path in sorted(self._data_dir.glob("*/*/novels.jsonl")) if series else []:
            for novel in _items(path):
                if novel.text is not None and novel.series and novel.series.id in series:
                    of_series = novels[novel.series.id]
                    if novel.id not in of_series or of_series[novel.id].fetched_at <= novel.fetched_at:
                        of_series[novel.id] = novel
        return [(one, sorted(novels[id_].values(), key=_place)) for id_, one in series.items() if novels[id_]]


def _place(novel: Novel) -> tuple[float, str, int]:
    """Where a novel stands in its series; those that came from elsewhere by their date, behind."""
    is_told = novel.source is not None and novel.source.endpoint.endswith("/novel/series")
    return (novel.source.position if is_told and novel.source else float("inf"), novel.create_date, novel.id)


def _items(path: Path) -> Iterator[Any]:
    """The items in a file of lines; other runs may be writing to it, so a torn line is left out."""
    if not path.exists():
        return
    with path.open("rb") as lines:
        for line in lines:
            try:
                yield decode_item(line)
            except (msgspec.MsgspecError, AttributeError) as error:
                logger.warning("A line of %s cannot be read (%s)", path, error)

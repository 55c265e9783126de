"""Writes series of novels as books."""

from __future__ import annotations

import asyncio
import gzip
import logging
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import msgspec
from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.exceptions import DontCloseSpider, NotConfigured

from pixiv_crawler.exceptions import StateError, StoppedError
from pixiv_crawler.files.novel_files import NovelFiles
from pixiv_crawler.files.partial import StorageError
from pixiv_crawler.http.api_session import ApiSession
from pixiv_crawler.items import Novel, NovelSeries
from pixiv_crawler.items.codec import decode_item
from pixiv_crawler.layout import paths
from pixiv_crawler.options import NovelFormat
from pixiv_crawler.run.checkpoint import Checkpoint
from pixiv_crawler.run.closing import check_idle_now
from pixiv_crawler.run.lifecycle import Run
from pixiv_crawler.run.state import Note

logger = logging.getLogger(__name__)
_T = TypeVar("_T")


class BooksExtension:
    """With `novel=epub`, writes each series that a run has collected as one EPUB, when all its novels are there.

    The book holds what this run and those before it have of the series, in the series' order.

    Settings: PIXIV_DATA_DIR. Stats: pixiv/books/PATH, what became of it. Ends the crawl: disk_full, storage_failed.
    """

    def __init__(self, crawler: Crawler) -> None:
        args = getattr(crawler.spider, "args", None)
        if NovelFormat.EPUB not in (getattr(args, "novel", None) or []):
            raise NotConfigured
        self._crawler = crawler
        self._run = Run.of(crawler)
        self._checkpoint = Checkpoint.of(crawler)
        self._session = ApiSession.of(crawler)
        self._data_dir = paths.data_dir(crawler.settings["PIXIV_DATA_DIR"])
        self._writing: asyncio.Task[None] | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> BooksExtension:
        extension = cls(crawler)
        crawler.signals.connect(extension.spider_idle, signals.spider_idle)
        return extension

    def spider_idle(self) -> None:
        if self._run.has_failed or (self._checkpoint.failed_requests and not self._session.is_final_retry):
            return  # not all has come yet
        if self._writing is None:
            self._writing = asyncio.create_task(self._write())
            self._writing.add_done_callback(self._written)
        if not self._writing.done():
            raise DontCloseSpider

    def _written(self, writing: asyncio.Task[None]) -> None:
        if not writing.cancelled() and (error := writing.exception()):
            logger.error("The books of series could not be written", exc_info=error)
        check_idle_now(self._crawler)

    async def _write(self) -> None:
        collected = await asyncio.to_thread(_collected, self._run.folder.path, self._data_dir)
        books = NovelFiles(self._crawler)
        for one in collected:
            try:
                file = await books.series(one.series, one.in_order())
            except (StorageError, StateError) as error:
                self._run.fail(error)
                return
            except StoppedError:
                return
            self._checkpoint.add_note(Note("book", {"path": file.path, "status": file.status}))


@dataclass(slots=True)
class _Collected:
    """A series of this run, and what all runs have of it."""

    series: NovelSeries
    novels: dict[int, Novel] = field(default_factory=dict)
    """The newest lines that have a text, by ID."""
    places: dict[int, tuple[str, int]] = field(default_factory=dict)
    """When the series was last seen to show a novel, and where in it."""

    def add(self, novel: Novel) -> None:
        there = self.novels.get(novel.id)
        if novel.text is not None and (there is None or there.fetched_at <= novel.fetched_at):
            self.novels[novel.id] = novel
        if novel.source and novel.source.endpoint.endswith("/novel/series"):
            place = (novel.fetched_at, novel.source.position)
            self.places[novel.id] = max(place, self.places.get(novel.id, place))

    def in_order(self) -> list[Novel]:
        """As the series has them; by their dates when it is not known of all, as they came by other ways, too."""
        novels = sorted(self.novels.values(), key=lambda novel: (novel.create_date, novel.id))
        if self.novels.keys() <= self.places.keys():
            novels.sort(key=lambda novel: self.places[novel.id][1])
        return novels


def _collected(run_folder: Path, data_dir: Path) -> list[_Collected]:
    """The series of a run that have novels."""
    series = {one.id: _Collected(one) for one in _items(run_folder / "novel_series.jsonl", NovelSeries)}
    newest: dict[int, tuple[str, int]] = {}
    """By novel: when it was last seen, and in which series."""
    paths = (path for name in ("novels.jsonl", "novels.jsonl.gz") for path in data_dir.glob(f"*/*/{name}"))
    for novel in (novel for path in sorted(paths) for novel in _items(path, Novel)) if series else []:
        series_id = novel.series.id if novel.series else 0
        if novel.fetched_at >= newest.get(novel.id, ("", 0))[0]:
            newest[novel.id] = (novel.fetched_at, series_id)
        if series_id in series:
            series[series_id].add(novel)
    for one in series.values():
        one.novels = {id_: novel for id_, novel in one.novels.items() if newest[id_][1] == one.series.id}
    return [one for one in series.values() if one.novels]


def _items(path: Path, kind: type[_T]) -> Iterator[_T]:
    """The items in a file of lines; other runs may be writing to it, so a torn line is left out, and a foreign one."""
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as lines:
            for line in lines:
                try:
                    item = decode_item(line)
                except (msgspec.MsgspecError, AttributeError) as error:
                    logger.warning("A line of %s cannot be read (%s)", path, error)
                    continue
                if isinstance(item, kind):
                    yield item
    except FileNotFoundError:
        return
    except (OSError, EOFError, zlib.error) as error:
        logger.warning("%s cannot be read to its end (%s)", path, error)

"""Writes what belongs beside files: their metadata, and small pictures."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path
from typing import Any
from weakref import WeakValueDictionary

from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured

from pixiv_crawler.exceptions import FileError, StoppedError
from pixiv_crawler.files.partial import StorageError
from pixiv_crawler.files.session import FileSession
from pixiv_crawler.files.sidecars import is_of_another_tool, json_sidecar, xmp_sidecar
from pixiv_crawler.files.store import FileStore
from pixiv_crawler.items import File, Work
from pixiv_crawler.layout.paths import beside, small_path
from pixiv_crawler.media.decoding import one_at_a_time
from pixiv_crawler.media.thumbnail import ThumbnailError, thumbnail_of
from pixiv_crawler.options import Sidecar
from pixiv_crawler.run.checkpoint import Journal, Postponed
from pixiv_crawler.run.failures import Loss, lose

logger = logging.getLogger(__name__)


class CompanionsPipeline:
    """With `sidecar` writes the metadata of a work beside each of its files, with `thumbnail` makes small pictures.

    Sidecars are written anew each time, as counts change, but XMP that a photo manager has written is left as it is. A
    picture is made once for each state of a file, and of a file that Pillow cannot read there is none. What cannot be
    written is reported as lost, and the work comes all the same.

    Ends the crawl: disk_full, storage_failed.
    """

    def __init__(self, crawler: Crawler) -> None:
        if not hasattr(crawler.spider, "job"):
            raise NotConfigured  # scrapy shell and its like run spiders that are none of ours
        args = getattr(crawler.spider, "args", None)
        self._crawler = crawler
        self._store = FileStore.of(crawler)
        self._session = FileSession.of(crawler)
        self._sidecars: list[Sidecar] = getattr(args, "sidecar", None) or []
        self._pixels: int | None = getattr(args, "thumbnail", None)
        self._turns: WeakValueDictionary[tuple[str, int], asyncio.Lock] = WeakValueDictionary()
        """By work: it may come from two listings at a time, and its files are the same."""

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> CompanionsPipeline:
        return cls(crawler)

    async def process_item(self, item: Any) -> Any:
        if isinstance(item, Work) and (self._sidecars or self._pixels):
            async with self._turns.setdefault((item.kind, item.id), asyncio.Lock()):
                for file in item.files:
                    if file.status != "failed":
                        await self._write(item, file)
        return item

    async def _write(self, work: Work, file: File) -> None:
        """What belongs beside one file; of a work with hundreds of them, the end of a crawl waits for one only."""
        try:
            await self._session.in_thread(self._write_all, work, file)
        except StoppedError as error:
            raise Postponed(str(error)) from error
        except StorageError as error:
            Journal.of(self._crawler).stop_for(error)
            raise Postponed(str(error)) from error
        except FileError as error:
            lose(self._crawler, Loss("file", work.id, str(error)), work)

    def _write_all(self, work: Work, file: File) -> None:
        for kind in self._sidecars:
            self._write_sidecar(work, file, kind)
        if self._pixels and (file.content_type or "").startswith("image/"):
            self._make_small(file.path, small_path(file.path, self._pixels), self._pixels)

    def _write_sidecar(self, work: Work, file: File, kind: Sidecar) -> None:
        path = beside(file.path, f".{kind}")
        if kind is Sidecar.JSON:
            self._store.write(path, json_sidecar(work, file))
            return
        content, there = xmp_sidecar(work), _content(self._store.local_path(path))
        if there != content and not is_of_another_tool(there):
            self._store.write(path, content)

    def _make_small(self, source: str, target: str, pixels: int) -> None:
        """Makes a small picture; it has the time of the file, so that one of a file that has changed is made anew."""
        made_of = _time_of(self._store.local_path(source))
        if _time_of(self._store.local_path(target)) == made_of:
            return
        try:
            with one_at_a_time():
                content = thumbnail_of(self._store.local_path(source), pixels)
        except ThumbnailError as error:
            logger.warning("%s", error)
        else:
            self._store.write(target, content, made_of)


def _content(path: Path) -> bytes:
    """Empty when there is none that can be read."""
    try:
        return path.read_bytes()
    except OSError:
        return b""


def _time_of(path: Path) -> int | None:
    """When a file was changed last; None when there is none."""
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return None

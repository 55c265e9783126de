"""Writes what belongs beside files: their metadata, and small pictures."""

from __future__ import annotations

import logging
import os
from pathlib import Path
from typing import Any

from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured

from pixiv_crawler.api.enums import Sidecar
from pixiv_crawler.exceptions import StoppedError
from pixiv_crawler.filesession import FileSession
from pixiv_crawler.filestore import FileStore
from pixiv_crawler.items import Work
from pixiv_crawler.journal import Journal, Postponed
from pixiv_crawler.media.thumbnail import ThumbnailError, make_thumbnail
from pixiv_crawler.paths import beside, small_path
from pixiv_crawler.sidecars import write_json, write_xmp

logger = logging.getLogger(__name__)

_WRITERS = {Sidecar.JSON: write_json, Sidecar.XMP: write_xmp}


class CompanionsPipeline:
    """With `sidecar` writes the metadata of a work beside each of its files, with `thumbnail` makes small pictures.

    Sidecars are written anew each time, as counts change; a picture is made once for each state of a file, and of a file
    that Pillow cannot read there is none.

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

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> CompanionsPipeline:
        return cls(crawler)

    async def process_item(self, item: Any) -> Any:
        if isinstance(item, Work) and (self._sidecars or self._pixels):
            try:
                await self._session.in_thread(self._write, item)
            except StoppedError as error:
                raise Postponed(str(error)) from error
            except OSError as error:
                Journal.of(self._crawler).stop_for(error)
                raise Postponed(str(error)) from error
        return item

    def _write(self, work: Work) -> None:
        for file in work.files:
            if file.status == "failed":
                continue
            for kind in self._sidecars:
                _WRITERS[kind](work, file, self._store.place(beside(file.path, f".{kind}")))
            if self._pixels and (file.content_type or "").startswith("image/"):
                _make_small(
                    self._store.place(file.path), self._store.place(small_path(file.path, self._pixels)), self._pixels
                )


def _make_small(source: Path, target: Path, pixels: int) -> None:
    """Makes a small picture; it has the time of the file, so that one of a file that has changed is made anew."""
    made_of = source.stat()
    if _is_of(target, made_of):
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        make_thumbnail(source, target, pixels)
    except ThumbnailError as error:
        logger.warning("%s", error)
    else:
        os.utime(target, ns=(made_of.st_mtime_ns, made_of.st_mtime_ns))


def _is_of(target: Path, made_of: os.stat_result) -> bool:
    try:
        return target.stat().st_mtime_ns == made_of.st_mtime_ns
    except FileNotFoundError:
        return False

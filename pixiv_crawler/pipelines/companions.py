"""Writes the companions of files: their metadata, and thumbnails."""

import asyncio
import logging
from pathlib import Path
from typing import Any
from weakref import WeakValueDictionary

from scrapy.crawler import Crawler

from pixiv_crawler.exceptions import FileError
from pixiv_crawler.files.partial import StorageError
from pixiv_crawler.files.session import FileSession
from pixiv_crawler.files.store import FileStore
from pixiv_crawler.items import File, Work
from pixiv_crawler.layout.paths import companion_path, thumbnail_path
from pixiv_crawler.layout.regular_files import read_regular
from pixiv_crawler.options import Sidecar
from pixiv_crawler.pipelines.base import AddingPipeline

logger = logging.getLogger(__name__)


class CompanionsPipeline(AddingPipeline):
    """With `sidecar`, writes the metadata of a work next to each of its files; with `thumbnail`, writes thumbnails.

    Sidecars are rewritten each time, because counts change, but XMP files that a photo manager has written are kept. A
    thumbnail is generated once for each version of a file; a file that Pillow cannot read has none. A companion that
    cannot be written is recorded as failed; the work is still exported.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._store = FileStore.of(crawler)
        self._session = FileSession.of(crawler)
        self._sidecars: list[Sidecar] = self.args.sidecar or []
        self._pixels: int | None = self.args.thumbnail
        self._locks: WeakValueDictionary[tuple[str, int], asyncio.Lock] = WeakValueDictionary()
        """By work, because two listings can contain the same work, with the same files, at the same time."""

    def is_wanted(self) -> bool:
        return bool(getattr(self.args, "sidecar", None) or getattr(self.args, "thumbnail", None))

    async def add(self, item: Any) -> None:
        if not isinstance(item, Work):
            return
        async with self._locks.setdefault((item.kind, item.id), asyncio.Lock()):
            for file in item.files:
                if file.status != "failed":
                    await self._write(item, file)

    async def _write(self, work: Work, file: File) -> None:
        """Writes the companions of one file: a crawl that ends waits for one file only, not for hundreds."""
        try:
            await self._session.in_thread(self._write_all, work, file)
        except StorageError:
            raise
        except FileError as error:
            self.record_failure(work, "file", str(error))

    def _write_all(self, work: Work, file: File) -> None:
        for kind in self._sidecars:
            self._write_sidecar(work, file, kind)
        if self._pixels and (file.content_type or "").startswith("image/"):
            self._write_thumbnail(
                file.path, thumbnail_path(file.path, self._pixels, self._store.max_name_bytes), self._pixels
            )

    def _write_sidecar(self, work: Work, file: File, kind: Sidecar) -> None:
        from pixiv_crawler.files.sidecars import is_of_another_tool, json_sidecar, xmp_sidecar  # XML and captions

        path = companion_path(file.path, f".{kind}", self._store.max_name_bytes)
        if kind is Sidecar.JSON:
            self._store.write(path, json_sidecar(work, file))
            return
        content, existing = xmp_sidecar(work), _content(self._store.local_path(path))
        if existing != content and not is_of_another_tool(existing):
            self._store.write(path, content)

    def _write_thumbnail(self, source: str, target: str, pixels: int) -> None:
        """Writes a thumbnail with the modification time of its file, by which an outdated one is recognised."""
        from pixiv_crawler.media.decoding import decoding_lock  # Pillow, which most crawls without files do not need
        from pixiv_crawler.media.thumbnail import ThumbnailError, thumbnail_of

        mtime_ns = _mtime_ns(self._store.local_path(source))
        if _mtime_ns(self._store.local_path(target)) == mtime_ns:
            return
        try:
            with decoding_lock():
                content = thumbnail_of(self._store.local_path(source), pixels)
        except ThumbnailError as error:
            logger.warning("%s", error)
        else:
            self._store.write(target, content, mtime_ns)


def _content(path: Path) -> bytes:
    """The content of a file; empty if it cannot be read."""
    try:
        return read_regular(path)
    except (OSError, ValueError):
        return b""


def _mtime_ns(path: Path) -> int | None:
    """The modification time of a file; None if it does not exist."""
    try:
        return path.stat().st_mtime_ns
    except (OSError, ValueError):  # ValueError: the name cannot be encoded
        return None

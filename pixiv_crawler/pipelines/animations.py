"""Makes animations of the ZIPs of frames."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured

from pixiv_crawler.api.image_urls import is_zip
from pixiv_crawler.exceptions import FileError, StateError, StoppedError
from pixiv_crawler.files.partial import StorageError, partial_prefix, sha256_of
from pixiv_crawler.files.plan import FileCandidate
from pixiv_crawler.files.session import FileSession
from pixiv_crawler.files.store import FileStore, failed_file
from pixiv_crawler.items import File, Illust
from pixiv_crawler.layout import paths
from pixiv_crawler.media.animation import AnimationError
from pixiv_crawler.media.animation.workshop import Workshop
from pixiv_crawler.run.checkpoint import Journal, Postponed
from pixiv_crawler.run.failures import Loss, lose


class AnimationsPipeline:
    """Makes of an animation's ZIP what is wanted and not there yet, and adds it to `files`.

    A ZIP that nobody wants for itself is removed once all is made of it, and the line is as if it had never been there;
    it stays when something could not be made.

    Settings: PIXIV_DATA_DIR. Stats: pixiv/files/made, pixiv/files/failed. Ends the crawl: disk_full, storage_failed.
    """

    def __init__(self, crawler: Crawler) -> None:
        spider: Any = crawler.spider
        if not hasattr(spider, "job"):
            raise NotConfigured  # scrapy shell and its like run spiders that are none of ours
        self._crawler = crawler
        self._store = FileStore.of(crawler)
        self._session = FileSession.of(crawler)
        self._journal = Journal.of(crawler)
        self._parts = paths.parts_folder(Path(crawler.settings["PIXIV_DATA_DIR"]), spider.name, spider.job)
        self._workshop = Workshop()

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> AnimationsPipeline:
        return cls(crawler)

    def close_spider(self) -> None:
        self._workshop.close()

    async def process_item(self, item: Any) -> Any:
        if isinstance(item, Illust) and item.ugoira_metadata and self._store.plan.animation_formats:
            try:
                await self._add(item)
            except (StoppedError, StorageError, StateError) as error:
                if not isinstance(error, StoppedError):
                    self._journal.stop_for(error)
                raise Postponed(str(error)) from error
        return item

    async def _add(self, work: Illust) -> None:
        zips = [file for file in work.files if file.content_type == "application/zip"]
        wanted = [self._store.plan.animation(work, kind) for kind in self._store.plan.animation_formats]
        made = [file for one in wanted if (file := await self._made(work, one, zips))]
        if zips and not self._store.plan.wants_zip and all(file.status != "failed" for file in made):
            work.files = [file for file in work.files if file not in zips]
            work.file_urls = [url for url in work.file_urls if not is_zip(url)]
            for file in zips:
                if file.status == "downloaded":
                    await self._store.remove(file.path)
        work.files += made

    async def _made(self, work: Illust, wanted: FileCandidate, zips: list[File]) -> File | None:
        """What became of one animation; None when there is no ZIP, whose loss was said."""
        try:
            if (found := await self._store.find(wanted)) is None:
                if not zips:
                    return None
                wanted = replace(wanted, url=zips[0].url)
                part = await self._session.cancel_on_stop(self._make(work, wanted, zips[0]))
                found = await self._store.put(part, wanted, await self._session.in_thread(sha256_of, part))
                self._crawler.stats.inc_value("pixiv/files/made")
        except (AnimationError, FileError) as error:
            if isinstance(error, StorageError):
                raise
            self._crawler.stats.inc_value("pixiv/files/failed")
            lose(self._crawler, Loss("file", work.id, str(error), wanted.url), work)
            return failed_file(wanted, error)
        return found.as_file(replace(wanted, url=found.url))

    async def _make(self, work: Illust, wanted: FileCandidate, file: File) -> Path:
        assert work.ugoira_metadata is not None
        self._parts.mkdir(parents=True, exist_ok=True)
        part = partial_prefix(self._parts, wanted.key, wanted.url).with_suffix(".part")
        place = self._store.local_path(file.path)
        try:
            await self._workshop.make(place, work.ugoira_metadata.frames, wanted.size_name, part)
        except OSError as error:
            raise StorageError(f"the animation could not be stored ({error.strerror})") from error
        return part

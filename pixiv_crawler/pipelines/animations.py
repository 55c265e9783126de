"""Generates animations from the ZIPs of their frames."""

import logging
from dataclasses import replace
from pathlib import Path
from typing import Any

from scrapy.crawler import Crawler

from pixiv_crawler.api.image_urls import is_zip
from pixiv_crawler.exceptions import FileError
from pixiv_crawler.files.partial import StorageError, sha256_of
from pixiv_crawler.files.plan import FileCandidate
from pixiv_crawler.files.session import FileSession
from pixiv_crawler.files.store import FileStore, failed_file
from pixiv_crawler.items import File, Illust
from pixiv_crawler.media.animation import AnimationError
from pixiv_crawler.media.animation.generator import AnimationGenerator
from pixiv_crawler.options import UgoiraFormat
from pixiv_crawler.pipelines.base import AddingPipeline

logger = logging.getLogger(__name__)


class AnimationsPipeline(AddingPipeline):
    """Generates the requested animations that do not exist yet from a work's ZIP, and adds them to `files`.

    A ZIP that is not requested itself is removed once every animation is generated, and the line does not mention it;
    it is kept if one of them failed, or lacks frames because they are damaged.

    Stats: pixiv/store/generated.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._store = FileStore.of(crawler)
        self._session = FileSession.of(crawler)
        self._generator = AnimationGenerator()

    def is_wanted(self) -> bool:
        return not {UgoiraFormat.ZIP, UgoiraFormat.FRAMES}.issuperset(getattr(self.args, "ugoira", ()))

    def close_spider(self) -> None:
        self._generator.close()

    async def add(self, item: Any) -> None:
        if not isinstance(item, Illust) or not item.ugoira_metadata or not self._store.plan.animation_formats:
            return
        zips = [file for file in item.files if file.content_type == "application/zip"]
        candidates = [self._store.plan.animation(item, kind) for kind in self._store.plan.animation_formats]
        files = [file for candidate in candidates if (file := await self._file(item, candidate, zips))]
        if zips and not self._store.plan.wants_zip and all(file.status in ("downloaded", "kept") for file in files):
            item.files = [file for file in item.files if file not in zips]
            item.file_urls = [url for url in item.file_urls if not is_zip(url)]
            for file in zips:
                if file.status == "downloaded":
                    await self._store.remove(file.path)
        item.files += files

    async def _file(self, work: Illust, candidate: FileCandidate, zips: list[File]) -> File | None:
        """The result of one animation; None if there is no ZIP, whose failure has been recorded."""
        try:
            if (found := await self._store.find(candidate)) is None:
                if not zips:
                    return None
                candidate = replace(candidate, url=zips[0].url)
                async with self._session.cancel_on_stop():
                    part, problem = await self._generate(work, candidate, zips[0])
                if problem:
                    logger.warning("The animation of illust %s lacks frames: %s", work.id, problem)
                sha256 = await self._session.in_thread(sha256_of, part)
                found = await self._store.put(part, candidate, sha256, problem=problem)
                self.crawler.stats.inc_value("pixiv/store/generated")
        except (AnimationError, FileError) as error:
            if isinstance(error, StorageError):
                raise
            self.record_failure(work, "file", str(error), candidate.url)
            return failed_file(candidate, error)
        return found.as_file(replace(candidate, url=found.url))

    async def _generate(self, work: Illust, candidate: FileCandidate, file: File) -> tuple[Path, str | None]:
        """The animation, and which frames it lacks."""
        assert work.ugoira_metadata is not None
        self._store.partial_folder.mkdir(parents=True, exist_ok=True)
        part = self._store.partial_prefix(candidate).with_suffix(".part")
        source = self._store.local_path(file.path)
        try:
            problem = await self._generator.generate(source, work.ugoira_metadata.frames, candidate.size_name, part)
        except OSError as error:
            raise StorageError(f"the animation could not be stored ({error.strerror})") from error
        return part, problem

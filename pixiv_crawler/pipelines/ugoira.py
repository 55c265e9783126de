"""Adds the frames and the ZIP of an animation."""

from typing import Any

from scrapy.crawler import Crawler

from pixiv_crawler.api import endpoints
from pixiv_crawler.api.enums import WorkType
from pixiv_crawler.api.image_urls import frame_urls, zip_choices
from pixiv_crawler.api.parsing import parse_json, parse_ugoira_metadata
from pixiv_crawler.api.website import calls
from pixiv_crawler.exceptions import FileError, StateError
from pixiv_crawler.files.partial import StorageError
from pixiv_crawler.files.store import FileStore
from pixiv_crawler.items import Illust, UgoiraMetadata
from pixiv_crawler.pipelines.base import AddingPipeline


class UgoiraPipeline(AddingPipeline):
    """Requests the frames and the ZIP of an animation if its files are requested; one API request each.

    It sets `file_urls` to the ZIP, and to the images from which Pixiv generated it, as far as they are requested.
    After an error, the work is exported without its files.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._store = FileStore.of(crawler)

    async def add(self, item: Any) -> None:
        if not isinstance(item, Illust) or item.type != WorkType.UGOIRA or not item.file_urls:
            return
        is_web = item.source is not None and item.source.api == "web"
        call = calls.ugoira_meta(item.id) if is_web else endpoints.ugoira_metadata(item.id)
        item.file_urls = []
        with self.recording(item, "file", "the frames of the animation are missing", call):
            response = await self.request(call)
            item.ugoira_metadata = parse_ugoira_metadata(parse_json(response.body))
        if item.ugoira_metadata:
            item.file_urls = [*await self._zip_urls(item.ugoira_metadata, item), *self._frame_urls(item)]

    async def _zip_urls(self, metadata: UgoiraMetadata, illust: Illust) -> list[str]:
        """The ZIP, if it is requested, or if something that is generated from it does not exist yet."""
        plan = self._store.plan
        await self._store.load_names(illust.user)
        try:
            is_missing = not all(
                [await self._store.find(plan.animation(illust, kind)) for kind in plan.animation_formats]
            )
        except (StorageError, StateError):
            raise
        except FileError:
            is_missing = True  # the pipeline that generates it records the failure
        return zip_choices(metadata.zip_urls.medium)[:1] if plan.wants_zip or is_missing else []

    def _frame_urls(self, illust: Illust) -> list[str]:
        if not self._store.plan.wants_frames:
            return []
        assert illust.ugoira_metadata is not None
        original = illust.meta_single_page.get("original_image_url") or ""
        urls = frame_urls(original, len(illust.ugoira_metadata.frames))
        if not urls:
            cause = f"the URL of the first frame ({original or 'none'}) does not determine those of the others"
            self.record_failure(illust, "file", cause)
        return urls

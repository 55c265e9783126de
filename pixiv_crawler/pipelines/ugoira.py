"""Adds what makes an animation of a ZIP."""

from __future__ import annotations

from typing import Any

from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured

from pixiv_crawler.api import endpoints
from pixiv_crawler.api.enums import WorkType
from pixiv_crawler.api.image_urls import frame_urls, zip_choices
from pixiv_crawler.api.parsing import parse_json, parse_ugoira_metadata
from pixiv_crawler.exceptions import FileError, LoginError, StateError, StoppedError
from pixiv_crawler.files.store import FileStore
from pixiv_crawler.http.requests import api_request
from pixiv_crawler.items import Illust, UgoiraMetadata
from pixiv_crawler.run.checkpoint import Journal, Postponed
from pixiv_crawler.run.failures import Loss, lose


class UgoiraPipeline:
    """Asks for the frames and the ZIP of an animation, when its files are wanted; one API request each.

    From then on `file_urls` has the ZIP, and the images of which Pixiv made it, as far as they are wanted. An error
    there costs the files, never the work. Settings: PIXIV_API_URL.
    """

    def __init__(self, crawler: Crawler) -> None:
        if not hasattr(crawler.spider, "job"):
            raise NotConfigured  # scrapy shell and its like run spiders that are none of ours
        self._crawler = crawler
        self._api_url = crawler.settings["PIXIV_API_URL"]
        self._store = FileStore.of(crawler)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> UgoiraPipeline:
        return cls(crawler)

    async def process_item(self, item: Any) -> Any:
        if isinstance(item, Illust) and item.type == WorkType.UGOIRA and item.file_urls:
            await self._add_frames(item)
        return item

    async def _add_frames(self, illust: Illust) -> None:
        call = endpoints.ugoira_metadata(illust.id)
        Journal.of(self._crawler).check_open()
        illust.file_urls = []
        try:
            response = await self._crawler.engine.download_async(api_request(call, self._api_url))
            illust.ugoira_metadata = parse_ugoira_metadata(parse_json(response.body))
        except (LoginError, StoppedError) as error:
            raise Postponed(str(error)) from error
        except Exception as error:  # noqa: BLE001 - whatever it was, the work itself is whole
            lose(self._crawler, Loss("file", illust.id, f"no frames of the animation ({error})", str(call)), illust)
            return
        illust.file_urls = [*await self._zip_urls(illust.ugoira_metadata, illust), *self._frame_urls(illust)]

    async def _zip_urls(self, metadata: UgoiraMetadata, illust: Illust) -> list[str]:
        """The ZIP, when it is wanted, or something that is made of it and not there yet."""
        plan = self._store.plan
        try:
            missing = not all(
                [await self._store.find(plan.animation(illust, kind)) for kind in plan.animation_formats]
            )
        except StoppedError as error:
            raise Postponed(str(error)) from error
        except StateError as error:
            Journal.of(self._crawler).stop_for(error)
            raise Postponed(str(error)) from error
        except FileError:
            missing = True  # what is wrong is said when it is made
        return zip_choices(metadata.zip_urls.medium)[:1] if plan.wants_zip or missing else []

    def _frame_urls(self, illust: Illust) -> list[str]:
        if not self._store.plan.wants_frames:
            return []
        assert illust.ugoira_metadata is not None
        original = illust.meta_single_page.get("original_image_url") or ""
        urls = frame_urls(original, len(illust.ugoira_metadata.frames))
        if not urls:
            cause = f"the address of the first image ({original or 'none'}) does not tell those of the others"
            lose(self._crawler, Loss("file", illust.id, cause), illust)
        return urls

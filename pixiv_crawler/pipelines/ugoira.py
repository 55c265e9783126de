"""Adds what makes an animation of a ZIP."""

from __future__ import annotations

from typing import Any

from scrapy.crawler import Crawler

from pixiv_crawler.api import endpoints
from pixiv_crawler.api.enums import WorkType
from pixiv_crawler.exceptions import LoginError, StoppedError
from pixiv_crawler.items import Illust
from pixiv_crawler.journal import Journal, Postponed
from pixiv_crawler.parsing import parse_json, parse_ugoira_metadata
from pixiv_crawler.requests import api_request
from pixiv_crawler.signals import Loss, lose


class UgoiraPipeline:
    """Asks for the frames and the ZIP of an animation, when its files are wanted; one API request each.

    An error there costs the ZIP, never the work. Settings: PIXIV_API_URL.
    """

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._api_url = crawler.settings["PIXIV_API_URL"]

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
        try:
            response = await self._crawler.engine.download_async(api_request(call, self._api_url))
            illust.ugoira_metadata = parse_ugoira_metadata(parse_json(response.body))
        except (LoginError, StoppedError) as error:
            raise Postponed(str(error)) from error
        except Exception as error:  # noqa: BLE001 - whatever it was, the work itself is whole
            illust.file_urls = []
            lose(self._crawler, Loss("file", illust.id, f"no frames of the animation ({error})", str(call)))
            return
        illust.file_urls = [illust.ugoira_metadata.zip_urls.medium]

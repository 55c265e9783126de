"""Adds the text of a novel."""

from __future__ import annotations

from typing import Any

from scrapy.crawler import Crawler

from pixiv_crawler.api import endpoints
from pixiv_crawler.api.parsing import parse_webview_novel
from pixiv_crawler.exceptions import LoginError, StoppedError
from pixiv_crawler.http.requests import api_request
from pixiv_crawler.items import Novel
from pixiv_crawler.run.checkpoint import Journal, Postponed
from pixiv_crawler.run.failures import Loss, lose


class NovelTextPipeline:
    """Asks for the text of a novel when `text=true`, or to make a file of it; one API request each.

    An error there costs the text, never the novel. Settings: PIXIV_API_URL.
    """

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._api_url = crawler.settings["PIXIV_API_URL"]
        self._is_wanted = getattr(getattr(crawler.spider, "args", None), "wants_text", False)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> NovelTextPipeline:
        return cls(crawler)

    async def process_item(self, item: Any) -> Any:
        if self._is_wanted and isinstance(item, Novel):
            await self._add_text(item)
        return item

    async def _add_text(self, novel: Novel) -> None:
        call = endpoints.webview_novel(novel.id)
        Journal.of(self._crawler).check_open()
        try:
            response = await self._crawler.engine.download_async(api_request(call, self._api_url))
            novel.text, novel.webview = parse_webview_novel(response.body, novel.id)
        except (LoginError, StoppedError) as error:
            raise Postponed(str(error)) from error
        except Exception as error:  # noqa: BLE001 - whatever it was, the novel itself is whole
            lose(self._crawler, Loss("text", novel.id, f"no text of the novel ({error})", str(call)), novel)

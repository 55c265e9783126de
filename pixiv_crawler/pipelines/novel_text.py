"""Adds the text of a novel."""

from typing import Any

from pixiv_crawler.api import endpoints
from pixiv_crawler.api.parsing import parse_web_novel, parse_webview_novel
from pixiv_crawler.api.website import calls
from pixiv_crawler.items import Novel
from pixiv_crawler.pipelines.base import AddingPipeline


class NovelTextPipeline(AddingPipeline):
    """Requests the text of a novel if `text=true`, or if the novel is to be written as a file; one API request each.

    After an error, the novel is exported without its text.
    """

    def is_wanted(self) -> bool:
        return getattr(self.args, "wants_text", False)

    async def add(self, item: Any) -> None:
        if not isinstance(item, Novel):
            return
        is_web = item.source is not None and item.source.api == "web"
        call = calls.novel(item.id) if is_web else endpoints.webview_novel(item.id)
        with self.recording(item, "text", "the text of the novel is missing", call):
            response = await self.request(call)
            parse = parse_web_novel if is_web else parse_webview_novel
            item.text, item.webview = parse(response.body, item.id)

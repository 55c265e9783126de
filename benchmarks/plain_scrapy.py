"""What anyone would write in an hour: a Scrapy project of one spider, FilesPipeline and one feed. Settings and spider in one.

The figures of the other benchmarks are compared with it; nothing is verified, resumed or reported.
"""

from __future__ import annotations

import json
import os
from collections.abc import AsyncIterator, Iterator
from typing import Any

from scrapy import FormRequest, Request, Spider
from scrapy.http import Response
from scrapy.pipelines.files import FilesPipeline

BOT_NAME = "plain"
SPIDER_MODULES = ["plain_scrapy"]
ITEM_PIPELINES = {"plain_scrapy.ImagesPipeline": 1}
FILES_STORE = os.environ["PLAIN_FOLDER"] + "/files"
FEEDS = {os.environ["PLAIN_FOLDER"] + "/works.jsonl": {"format": "jsonlines"}}
TELNETCONSOLE_ENABLED = REMOTE_CONTROL_ENABLED = False
LOG_LEVEL = "INFO"


class ImagesPipeline(FilesPipeline):
    """Downloads files with the Referer that Pixiv requires."""

    def get_media_requests(self, item: dict[str, Any], info: Any) -> list[Request]:
        return [Request(url, headers={"Referer": "https://app-api.pixiv.net/"}) for url in item["file_urls"]]


class WorksSpider(Spider):
    name = "works"
    url: str
    login: str
    """The form and the headers of the login, as JSON."""
    user_id: str
    files = "1"

    async def start(self) -> AsyncIterator[Any]:
        yield FormRequest(f"{self.url}/auth/token", callback=self.parse_token, **json.loads(self.login))

    def parse_token(self, response: Response) -> Iterator[Request]:
        headers = {"Authorization": f"Bearer {response.json()['access_token']}"}
        yield Request(f"{self.url}/v1/user/illusts?user_id={self.user_id}", headers=headers)

    def parse(self, response: Response) -> Iterator[Any]:
        listing = response.json()
        for work in listing["illusts"]:
            yield work | {"file_urls": self.file_urls(work) if self.files == "1" else []}
        if listing["next_url"]:
            yield response.request.replace(url=f"{self.url}/v1/user/illusts?{listing['next_url'].partition('?')[2]}")

    def file_urls(self, work: dict[str, Any]) -> list[str]:
        pages = [page["image_urls"]["original"] for page in work["meta_pages"]]
        urls = pages or [work["meta_single_page"]["original_image_url"]]
        return [url.replace("https://i.pximg.net", self.url) for url in urls]

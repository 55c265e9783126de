"""Single works by ID."""

from collections.abc import Iterator

from pydantic import Field

from pixiv_crawler.api import endpoints
from pixiv_crawler.api.call import ApiCall
from pixiv_crawler.argument_types import IllustIdList, NovelIdList
from pixiv_crawler.arguments import WorksArgs
from pixiv_crawler.spiders.base_works import WorkListingSpider


class WorksSpider(WorkListingSpider):
    """Works by ID; yields `Illust` and `Novel`.

    Source: GET /v1/illust/detail, /v2/novel/detail; frames from /v1/ugoira/metadata, novel texts from /webview/v2/novel
    Example: scrapy crawl works -a illust_id=127410001,https://www.pixiv.net/artworks/126360001
    """

    name = "works"

    class Args(WorksArgs):
        illust_id: IllustIdList | None = Field(None, description="Illust IDs or URLs, comma-separated.")
        novel_id: NovelIdList | None = Field(None, description="Novel IDs or URLs, comma-separated.")
        _one = WorksArgs.require_one("illust_id", "novel_id")

    args: Args

    def start_calls(self) -> Iterator[ApiCall]:
        yield from map(endpoints.illust_detail, self.args.illust_id or [])
        yield from map(endpoints.novel_detail, self.args.novel_id or [])

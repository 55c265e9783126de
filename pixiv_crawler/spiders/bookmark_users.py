"""Users who bookmarked works."""

from collections.abc import Iterator

from pydantic import Field

from pixiv_crawler.api import endpoints
from pixiv_crawler.api.call import ApiCall
from pixiv_crawler.argument_types import IllustIdList, NovelIdList, Offset
from pixiv_crawler.arguments import SpiderArgs
from pixiv_crawler.spiders.base_listings import ListingSpider


class BookmarkUsersSpider(ListingSpider):
    """Users who publicly bookmarked the given works, without their own works; yields `UserPreview`.

    Source: GET /v1/illust/bookmark/users, /v1/novel/bookmark/users
    Example: scrapy crawl bookmark_users -a illust_id=111870001
    """

    name = "bookmark_users"

    class Args(SpiderArgs):
        illust_id: IllustIdList | None = Field(None, description="Illust IDs or URLs, comma-separated.")
        novel_id: NovelIdList | None = Field(None, description="Novel IDs or URLs, comma-separated.")
        offset: Offset = 0
        _one = SpiderArgs.require_one("illust_id", "novel_id")

    args: Args

    def start_calls(self) -> Iterator[ApiCall]:
        for illust_id in self.args.illust_id or []:
            yield endpoints.illust_bookmark_users(illust_id).at(self.args.offset)
        for novel_id in self.args.novel_id or []:
            yield endpoints.novel_bookmark_users(novel_id).at(self.args.offset)

"""Comments on works."""

from collections.abc import Iterator

from pydantic import Field
from scrapy import Request

from pixiv_crawler.api import endpoints
from pixiv_crawler.api.call import ApiCall, JsonObject
from pixiv_crawler.argument_types import Flag, IllustIdList, NovelIdList, Offset
from pixiv_crawler.arguments import SpiderArgs
from pixiv_crawler.items import Comment, Item
from pixiv_crawler.spiders.base_listings import ListingSpider


class CommentsSpider(ListingSpider):
    """Comments on works, newest first, each followed by its replies; yields `Comment`.

    Source: GET /v3/illust/comments, /v3/novel/comments, /v2/illust/comment/replies, /v2/novel/comment/replies
    Example: scrapy crawl comments -a illust_id=75300001 -a replies=true
    """

    name = "comments"

    class Args(SpiderArgs):
        illust_id: IllustIdList | None = Field(None, description="Illust IDs or URLs, comma-separated.")
        novel_id: NovelIdList | None = Field(None, description="Novel IDs or URLs, comma-separated.")
        replies: Flag = Field(True, description="Also collect the replies to comments.")
        offset: Offset = 0
        _one = SpiderArgs.require_one("illust_id", "novel_id")

    args: Args

    def start_calls(self) -> Iterator[ApiCall]:
        for illust_id in self.args.illust_id or []:
            yield endpoints.illust_comments(illust_id).at(self.args.offset)
        for novel_id in self.args.novel_id or []:
            yield endpoints.novel_comments(novel_id).at(self.args.offset)

    def parse_entry(self, entry: JsonObject, call: ApiCall) -> Iterator[Item | Request]:
        for found in super().parse_entry(entry, call):
            yield found
            if isinstance(found, Comment) and self.args.replies:
                yield from self.replies(found)

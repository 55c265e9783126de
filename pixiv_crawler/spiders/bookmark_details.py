"""The account's bookmarks of works."""

from collections.abc import Iterator

from pydantic import Field

from pixiv_crawler.api import endpoints
from pixiv_crawler.api.call import ApiCall
from pixiv_crawler.argument_types import IllustIdList
from pixiv_crawler.arguments import SpiderArgs
from pixiv_crawler.spiders.base_listings import ListingSpider


class BookmarkDetailsSpider(ListingSpider):
    """The account's bookmarks of the given works, with their tags; yields `BookmarkDetail`.

    Source: GET /v2/illust/bookmark/detail
    Example: scrapy crawl bookmark_details -a illust_id=127410001,126360001
    """

    name = "bookmark_details"

    class Args(SpiderArgs):
        illust_id: IllustIdList = Field(description="Illust IDs or URLs, comma-separated.")

    args: Args

    def start_calls(self) -> Iterator[ApiCall]:
        yield from map(endpoints.illust_bookmark_detail, self.args.illust_id)

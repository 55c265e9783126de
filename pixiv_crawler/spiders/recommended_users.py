"""Users that Pixiv recommends to the account."""

from collections.abc import Iterator

from pixiv_crawler.api import endpoints
from pixiv_crawler.api.call import ApiCall
from pixiv_crawler.argument_types import Offset
from pixiv_crawler.arguments import SpiderArgs
from pixiv_crawler.spiders.base_listings import ListingSpider


class RecommendedUsersSpider(ListingSpider):
    """Users that Pixiv recommends to the account; yields `UserPreview`.

    Source: GET /v1/user/recommended
    Example: scrapy crawl recommended_users
    """

    name = "recommended_users"

    class Args(SpiderArgs):
        offset: Offset = 0

    args: Args

    def start_calls(self) -> Iterator[ApiCall]:
        yield endpoints.user_recommended().at(self.args.offset)

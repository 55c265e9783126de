"""Users that the account has blocked."""

from collections.abc import Iterator

from pixiv_crawler.api import account_endpoints
from pixiv_crawler.api.call import ApiCall
from pixiv_crawler.argument_types import Offset
from pixiv_crawler.arguments import SpiderArgs
from pixiv_crawler.spiders.base_listings import ListingSpider


class BlockedUsersSpider(ListingSpider):
    """Users that the account has blocked, without their works; yields `UserPreview`.

    Source: GET /v1/access-block/users
    Example: scrapy crawl blocked_users
    """

    name = "blocked_users"

    class Args(SpiderArgs):
        offset: Offset = 0

    args: Args

    def start_calls(self) -> Iterator[ApiCall]:
        yield account_endpoints.access_block_users().at(self.args.offset)

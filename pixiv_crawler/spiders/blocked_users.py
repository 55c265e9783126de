"""Users that the account has blocked."""

from collections.abc import Iterator

from pixiv_crawler.api import endpoints
from pixiv_crawler.api.call import ApiCall
from pixiv_crawler.argument_types import Offset
from pixiv_crawler.arguments import SpiderArgs
from pixiv_crawler.spiders.base_listings import ListingSpider


class BlockedUsersSpider(ListingSpider):
    """Users that the account has blocked, without their works; yields `UserPreview`.

    Pixiv's own app of 2026 reads them elsewhere, so this endpoint may end; a crawl then reports a failure.

    Source: GET /v2/user/list
    Example: scrapy crawl blocked_users
    """

    name = "blocked_users"

    class Args(SpiderArgs):
        offset: Offset = 0

    args: Args

    def needs_account(self) -> bool:
        return True

    def start_calls(self) -> Iterator[ApiCall]:
        yield endpoints.user_list(self.own_user_id()).at(self.args.offset)

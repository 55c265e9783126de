"""Mypixiv friends of users."""

from collections.abc import Iterator

from pydantic import Field

from pixiv_crawler.api import endpoints
from pixiv_crawler.api.call import ApiCall
from pixiv_crawler.argument_types import Offset, UserIdList
from pixiv_crawler.arguments import SpiderArgs
from pixiv_crawler.spiders.base_listings import ListingSpider


class MypixivUsersSpider(ListingSpider):
    """Mypixiv friends of the given users; yields `UserPreview`.

    Source: GET /v1/user/mypixiv
    Example: scrapy crawl mypixiv_users -a user_id=2188232
    """

    name = "mypixiv_users"

    class Args(SpiderArgs):
        user_id: UserIdList | None = Field(
            None, description="Users whose mypixiv friends to collect; default: the account."
        )
        offset: Offset = 0

    args: Args

    def needs_account(self) -> bool:
        return self.args.user_id is None

    def start_calls(self) -> Iterator[ApiCall]:
        for user_id in self.args.user_id or [self.own_user_id()]:
            yield endpoints.user_mypixiv(user_id).at(self.args.offset)

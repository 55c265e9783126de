"""Followers of users."""

from collections.abc import Iterator

from pydantic import Field

from pixiv_crawler.api import endpoints
from pixiv_crawler.api.call import ApiCall
from pixiv_crawler.argument_types import Offset, UserIdList
from pixiv_crawler.arguments import SpiderArgs
from pixiv_crawler.spiders.base_listings import ListingSpider


class FollowersSpider(ListingSpider):
    """Followers of the given users, newest first; yields `UserPreview`. Pixiv shows at most about 5,000.

    Source: GET /v1/user/follower
    Example: scrapy crawl followers -a user_id=2188232
    """

    name = "followers"

    class Args(SpiderArgs):
        user_id: UserIdList | None = Field(None, description="Users whose followers to collect; default: the account.")
        offset: Offset = 0

    args: Args

    def needs_account(self) -> bool:
        return self.args.user_id is None

    def start_calls(self) -> Iterator[ApiCall]:
        for user_id in self.args.user_id or [self.own_user_id()]:
            yield endpoints.user_follower(user_id).at(self.args.offset)

"""Users that users follow."""

from collections.abc import Iterator
from typing import Annotated

from pydantic import Field

from pixiv_crawler.api import endpoints
from pixiv_crawler.api.call import ApiCall
from pixiv_crawler.api.enums import Restrict
from pixiv_crawler.argument_types import Offset, UserIdList, pixiv_value
from pixiv_crawler.arguments import SpiderArgs
from pixiv_crawler.spiders.base import ListsOfUsers
from pixiv_crawler.spiders.base_listings import ListingSpider


class FollowingSpider(ListsOfUsers, ListingSpider):
    """Users that the given users follow, newest first; yields `UserPreview`. Pixiv shows at most about 5,000.

    Source: GET /v1/user/following
    Example: scrapy crawl following -a user_id=2188232
    """

    name = "following"

    class Args(SpiderArgs):
        user_id: UserIdList | None = Field(
            None, description="Users whose followed users to collect; default: the account."
        )
        restrict: Annotated[Restrict | str, pixiv_value(Restrict)] = Field(
            Restrict.PUBLIC, description="Followed publicly or privately; private for the account only."
        )
        offset: Offset = 0

    args: Args

    def start_calls(self) -> Iterator[ApiCall]:
        for user_id in self.args.user_id or [self.own_user_id()]:
            yield endpoints.user_following(user_id, self.args.restrict).at(self.args.offset)

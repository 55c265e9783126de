"""Users with their profiles."""

from collections.abc import Iterator
from typing import Annotated

from pydantic import Field

from pixiv_crawler.api import endpoints
from pixiv_crawler.api.call import ApiCall
from pixiv_crawler.argument_types import UserIdList, list_of
from pixiv_crawler.arguments import SpiderArgs
from pixiv_crawler.options import UserExtra
from pixiv_crawler.spiders.base_listings import ListingSpider


class UsersSpider(ListingSpider):
    """Users with their profile, profile publicity and workspace; yields `UserDetail`.

    Source: GET /v1/user/detail
    Example: scrapy crawl users -a user_id=2188232,1008
    """

    name = "users"

    class Args(SpiderArgs):
        user_id: UserIdList = Field(description="User IDs or profile URLs, comma-separated.")
        extras: Annotated[list[UserExtra], list_of(UserExtra)] | None = Field(
            None, description="Profile images to download, comma-separated."
        )

    args: Args

    def start_calls(self) -> Iterator[ApiCall]:
        yield from map(endpoints.user_detail, self.args.user_id)

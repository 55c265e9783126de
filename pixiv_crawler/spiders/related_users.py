"""Users related to other users."""

from collections.abc import Iterator

from pydantic import Field

from pixiv_crawler.api import endpoints
from pixiv_crawler.api.call import ApiCall
from pixiv_crawler.argument_types import Offset, UserIdList
from pixiv_crawler.arguments import SpiderArgs
from pixiv_crawler.spiders.base_listings import ListingSpider


class RelatedUsersSpider(ListingSpider):
    """Users that Pixiv relates to the given users; yields `UserPreview`.

    Source: GET /v1/user/related
    Example: scrapy crawl related_users -a user_id=2188232
    """

    name = "related_users"

    class Args(SpiderArgs):
        user_id: UserIdList = Field(description="User IDs or profile URLs, comma-separated.")
        offset: Offset = 0

    args: Args

    def start_calls(self) -> Iterator[ApiCall]:
        for user_id in self.args.user_id:
            yield endpoints.user_related(user_id).at(self.args.offset)

"""New works of the users that the account follows."""

from collections.abc import Iterator
from typing import Annotated

from pydantic import Field

from pixiv_crawler.api import endpoints
from pixiv_crawler.api.call import ApiCall
from pixiv_crawler.api.enums import FeedRestrict, WorkType
from pixiv_crawler.argument_types import Offset, pixiv_value
from pixiv_crawler.arguments import TypedWorksArgs
from pixiv_crawler.spiders.base_works import WorkListingSpider


class FollowingFeedSpider(WorkListingSpider):
    """New works of the users that the account follows, newest first; yields `Illust` and, if requested, `Novel`.

    Source: GET /v2/illust/follow, /v1/novel/follow
    Example: scrapy crawl following_feed -a restrict=public
    """

    name = "following_feed"
    is_newest_first = True

    class Args(TypedWorksArgs):
        restrict: Annotated[FeedRestrict | str, pixiv_value(FeedRestrict)] = Field(
            FeedRestrict.ALL, description="Works of users who are followed publicly, privately, or both."
        )
        offset: Offset = 0

    args: Args

    def start_calls(self) -> Iterator[ApiCall]:
        if self.args.illust_types:
            yield endpoints.illust_follow(self.args.restrict).at(self.args.offset)
        if WorkType.NOVEL in self.args.type:
            yield endpoints.novel_follow(self.args.restrict).at(self.args.offset)

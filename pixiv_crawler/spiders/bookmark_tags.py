"""The tags of users' bookmarks."""

from collections.abc import Iterator
from typing import Annotated

from pydantic import Field

from pixiv_crawler.api import endpoints
from pixiv_crawler.api.call import ApiCall
from pixiv_crawler.api.enums import Restrict, WorkKind
from pixiv_crawler.argument_types import Offset, UserIdList, one_of, pixiv_value
from pixiv_crawler.arguments import SpiderArgs
from pixiv_crawler.spiders.base import ListsOfUsers
from pixiv_crawler.spiders.base_listings import ListingSpider


class BookmarkTagsSpider(ListsOfUsers, ListingSpider):
    """The tags of users' bookmarks, with their counts; yields `BookmarkTag`.

    Source: GET /v1/user/bookmark-tags/illust, /v1/user/bookmark-tags/novel
    Example: scrapy crawl bookmark_tags -a restrict=private
    """

    name = "bookmark_tags"

    class Args(SpiderArgs):
        user_id: UserIdList | None = Field(
            None, description="Users whose bookmark tags to collect; default: the account."
        )
        restrict: Annotated[Restrict | str, pixiv_value(Restrict)] = Field(
            Restrict.PUBLIC, description="Tags of public or private bookmarks; private for the account only."
        )
        type: Annotated[WorkKind, one_of(WorkKind)] = Field(
            WorkKind.ILLUST, description="Tags of bookmarked illusts or novels."
        )
        offset: Offset = 0

    args: Args

    def start_calls(self) -> Iterator[ApiCall]:
        is_novel = self.args.type is WorkKind.NOVEL
        endpoint = endpoints.user_bookmark_tags_novel if is_novel else endpoints.user_bookmark_tags_illust
        for user_id in self.args.user_id or [self.own_user_id()]:
            yield endpoint(user_id, self.args.restrict).at(self.args.offset)

"""Works that users bookmarked."""

from collections.abc import Iterator
from typing import Annotated

from pydantic import Field

from pixiv_crawler.api import endpoints
from pixiv_crawler.api.call import ApiCall
from pixiv_crawler.api.enums import Restrict, WorkType
from pixiv_crawler.argument_types import PositiveNumber, UserIdList, Word, pixiv_value
from pixiv_crawler.arguments import TypedWorksArgs
from pixiv_crawler.spiders.base import ListsOfUsers
from pixiv_crawler.spiders.base_works import WorkListingSpider


class BookmarksSpider(ListsOfUsers, WorkListingSpider):
    """The works that users bookmarked, newest bookmark first; yields `Illust` and, if requested, `Novel`.

    Source: GET /v1/user/bookmarks/illust, /v1/user/bookmarks/novel
    Example: scrapy crawl bookmarks -a restrict=private
    """

    name = "bookmarks"
    is_newest_first = True

    class Args(TypedWorksArgs):
        user_id: UserIdList | None = Field(None, description="Users whose bookmarks to collect; default: the account.")
        restrict: Annotated[Restrict | str, pixiv_value(Restrict)] = Field(
            Restrict.PUBLIC, description="Public or private bookmarks; private for the account only."
        )
        tag: Word | None = Field(
            None, description="Only bookmarks with this tag of the user; 未分類 for bookmarks without tags."
        )
        max_bookmark_id: PositiveNumber | None = Field(
            None, description="Start at the bookmark with this ID, or at the next older one."
        )

    args: Args

    def start_calls(self) -> Iterator[ApiCall]:
        for user_id in self.args.user_id or [self.own_user_id()]:
            requested = (user_id, self.args.restrict, self.args.tag, self.args.max_bookmark_id)
            if self.args.illust_types:
                yield endpoints.user_bookmarks_illust(*requested)
            if WorkType.NOVEL in self.args.type:
                yield endpoints.user_bookmarks_novel(*requested)

"""The account's own bookmarks, found by a search."""

from collections.abc import Iterator
from typing import Annotated

from pydantic import Field

from pixiv_crawler.api import account_endpoints
from pixiv_crawler.api.call import ApiCall
from pixiv_crawler.api.enums import Restrict, WorkType
from pixiv_crawler.api.pagers.totals import BookmarkSearchPager
from pixiv_crawler.argument_types import Month, Offset, Word, pixiv_value
from pixiv_crawler.arguments import TypedWorksArgs
from pixiv_crawler.spiders.base_works import WorkListingSpider


class SearchBookmarksSpider(WorkListingSpider):
    """The account's own bookmarks that a search finds; yields `Illust` and, if requested, `Novel`.

    Pixiv says how many there are: bookmarks that it counts but does not list are reported as missing.

    Source: GET /v1/search/bookmark/illust, /v1/search/bookmark/novel, /v1/search/bookmark/sync-status
    Example: scrapy crawl search_bookmarks -a tag=背景
    """

    name = "search_bookmarks"

    class Args(TypedWorksArgs):
        restrict: Annotated[Restrict | str, pixiv_value(Restrict)] = Field(
            Restrict.PUBLIC, description="Public or private bookmarks."
        )
        tag: Word | None = Field(None, description="Only bookmarks to which the account gave this tag.")
        work_tag: Word | None = Field(None, description="Only works that have this tag themselves.")
        period: Month | None = Field(None, description="Only bookmarks of this month, YYYY-MM.")
        offset: Offset = 0

    args: Args

    def start_calls(self) -> Iterator[ApiCall]:
        searched = (self.args.restrict, self.args.tag, self.args.work_tag, self.args.period)
        yield account_endpoints.search_bookmark_sync_status()
        if self.args.illust_types:
            yield account_endpoints.search_bookmark_illust(*searched).at(self.args.offset)
        if WorkType.NOVEL in self.args.type:
            yield account_endpoints.search_bookmark_novel(*searched).at(self.args.offset)

    def pager(self) -> BookmarkSearchPager:
        return BookmarkSearchPager()

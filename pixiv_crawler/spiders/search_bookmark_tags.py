"""The tags of the account's own bookmarks and of the bookmarked works."""

from collections.abc import Iterator
from typing import Annotated

from pydantic import Field

from pixiv_crawler.api import account_endpoints
from pixiv_crawler.api.call import ApiCall
from pixiv_crawler.api.enums import Restrict, TagOwner, WorkKind
from pixiv_crawler.argument_types import Month, Offset, Word, one_of, pixiv_value
from pixiv_crawler.arguments import SpiderArgs
from pixiv_crawler.spiders.base_listings import ListingSpider

_ENDPOINTS = {
    (WorkKind.ILLUST, TagOwner.BOOKMARK): account_endpoints.search_bookmark_illust_bookmark_tag,
    (WorkKind.ILLUST, TagOwner.WORK): account_endpoints.search_bookmark_illust_illust_tag,
    (WorkKind.NOVEL, TagOwner.BOOKMARK): account_endpoints.search_bookmark_novel_bookmark_tag,
    (WorkKind.NOVEL, TagOwner.WORK): account_endpoints.search_bookmark_novel_novel_tag,
}


class SearchBookmarkTagsSpider(ListingSpider):
    """The tags of the account's own bookmarks, or of the bookmarked works, with counts; yields `BookmarkTag`.

    Source: GET /v1/search/bookmark/illust/bookmark-tag, /v1/search/bookmark/illust/illust-tag,
    /v1/search/bookmark/novel/bookmark-tag, /v1/search/bookmark/novel/novel-tag
    Example: scrapy crawl search_bookmark_tags -a of=work
    """

    name = "search_bookmark_tags"

    class Args(SpiderArgs):
        of: Annotated[TagOwner, one_of(TagOwner)] = Field(
            TagOwner.BOOKMARK, description="Tags that the account gave its bookmarks, or tags of the bookmarked works."
        )
        restrict: Annotated[Restrict | str, pixiv_value(Restrict)] = Field(
            Restrict.PUBLIC, description="Tags of public or private bookmarks."
        )
        type: Annotated[WorkKind, one_of(WorkKind)] = Field(
            WorkKind.ILLUST, description="Tags of bookmarked illusts or novels."
        )
        word: Word | None = Field(None, description="Only tags that contain this word.")
        period: Month | None = Field(None, description="Only tags of bookmarks of this month, YYYY-MM.")
        offset: Offset = 0

    args: Args

    def start_calls(self) -> Iterator[ApiCall]:
        endpoint = _ENDPOINTS[self.args.type, self.args.of]
        yield endpoint(self.args.restrict, self.args.word, self.args.period).at(self.args.offset)

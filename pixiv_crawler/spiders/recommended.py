"""Works that Pixiv recommends to the account."""

from collections.abc import Iterator

from pydantic import Field

from pixiv_crawler.api import endpoints
from pixiv_crawler.api.call import ApiCall
from pixiv_crawler.api.enums import WorkType
from pixiv_crawler.api.pagers.next_url import SeenIdsPager
from pixiv_crawler.argument_types import Count, Flag, IllustIdList
from pixiv_crawler.arguments import TypedWorksArgs
from pixiv_crawler.spiders.base_works import WorkListingSpider


class RecommendedSpider(WorkListingSpider):
    """Works that Pixiv recommends to the account, each once; yields `Illust` and, if requested, `Novel`.

    Pixiv shows a few hundred works, until its URLs become too long; this is the end of the listing, not a failure.

    Source: GET /v1/illust/recommended, /v1/novel/recommended
    Example: scrapy crawl recommended -a max_works=100
    """

    name = "recommended"

    class Args(TypedWorksArgs):
        ranking: Flag = Field(
            False, description="Also collect the works of the day's ranking that the response includes."
        )
        max_bookmark_id_for_recommend: Count | None = Field(None, description="Cursor of the endpoint.")
        min_bookmark_id_for_recent_illust: Count | None = Field(None, description="Cursor of the endpoint.")
        bookmark_illust_ids: IllustIdList | None = Field(
            None, description="Base the recommendations on these illusts: IDs or URLs, comma-separated."
        )

    args: Args

    def start_calls(self) -> Iterator[ApiCall]:
        seeds = ",".join(map(str, self.args.bookmark_illust_ids or [])) or None
        for content_type in self.args.content_types:
            yield endpoints.illust_recommended(
                content_type,
                include_ranking_illusts=self.args.ranking,
                max_bookmark_id_for_recommend=self.args.max_bookmark_id_for_recommend,
                min_bookmark_id_for_recent_illust=self.args.min_bookmark_id_for_recent_illust,
                bookmark_illust_ids=seeds,
            )
        if WorkType.NOVEL in self.args.type:
            yield endpoints.novel_recommended(include_ranking_novels=self.args.ranking)

    def pager(self) -> SeenIdsPager:
        return SeenIdsPager()

    def head_key(self, call: ApiCall) -> str:
        return f"ranking_{call.entries_key}"

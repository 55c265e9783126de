"""Series and their works."""

from collections.abc import Iterator

from pydantic import Field

from pixiv_crawler.api import endpoints
from pixiv_crawler.api.call import ApiCall
from pixiv_crawler.api.pagers.totals import SeriesPager
from pixiv_crawler.argument_types import IllustSeriesIdList, NovelSeriesIdList, Offset
from pixiv_crawler.arguments import WorksArgs
from pixiv_crawler.spiders.base_works import WorkListingSpider


class SeriesSpider(WorkListingSpider):
    """Series and their works; yields `IllustSeries` and `Illust`, or `NovelSeries` and `Novel`.

    Works that a series counts but Pixiv does not list are reported as missing.

    Source: GET /v1/illust/series, /v2/novel/series
    Example: scrapy crawl series -a series_id=300017
    """

    name = "series"

    class Args(WorksArgs):
        series_id: IllustSeriesIdList | None = Field(None, description="Illust series: IDs or URLs, comma-separated.")
        novel_series_id: NovelSeriesIdList | None = Field(
            None, description="Novel series: IDs or URLs, comma-separated."
        )
        offset: Offset = 0
        _one = WorksArgs.require_one("series_id", "novel_series_id")

    args: Args

    def start_calls(self) -> Iterator[ApiCall]:
        for series_id in self.args.series_id or []:
            yield endpoints.illust_series(series_id).at(self.args.offset)
        for series_id in self.args.novel_series_id or []:
            yield endpoints.novel_series(series_id).at(self.args.offset, name="last_order")

    def pager(self) -> SeriesPager:
        return SeriesPager()

    def head_key(self, call: ApiCall) -> str:
        return f"{call.entries_key.removesuffix('s')}_series_detail"

"""Rankings, day by day."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Self

from pydantic import Field, model_validator

from pixiv_crawler.api import endpoints
from pixiv_crawler.api.call import ApiCall
from pixiv_crawler.api.enums import IllustRankingMode, NovelRankingMode, WorkType
from pixiv_crawler.api.pagers import RankPager
from pixiv_crawler.arguments import DaySpan, Offset, TypedWorksArgs, WordList
from pixiv_crawler.spiders.base_works import WorkListingSpider


class RankingsSpider(WorkListingSpider):
    """Rankings of one or more days, from rank 1; yields `Illust` or `Novel`, whose position is the rank.

    The ranking of a day is published around noon of the next day in Japan; until then it is empty.

    Source: GET /v1/illust/ranking, /v1/novel/ranking
    Example: scrapy crawl rankings -a mode=day,week_original -a max_works=600
    """

    name = "rankings"

    class Args(TypedWorksArgs):
        mode: WordList = Field(["day"], description="Ranking modes, comma-separated.")
        date: DaySpan | None = Field(None, description="A day in Japan, or FIRST..LAST; default: the newest ranking.")
        offset: Offset = 0

        @model_validator(mode="after")
        def _modes(self) -> Self:
            known = [*IllustRankingMode] * bool(self.illust_types) + [*NovelRankingMode] * (
                WorkType.NOVEL in self.type
            )
            if not self.mode:
                raise ValueError(
                    f"spider argument mode: the list is empty: pass one or more of {', '.join(dict.fromkeys(known))}"
                )
            for mode in self.mode:
                if mode not in known:
                    raise ValueError(f"spider argument mode: {mode!r} is not one of {', '.join(dict.fromkeys(known))}")
            return self

    args: Args

    def pager(self) -> RankPager:
        return RankPager()

    def start_calls(self) -> Iterator[ApiCall]:
        days: list[date | None] = [*self.args.date] if self.args.date else [None]
        for day in days:
            for mode in self.args.mode:
                if self.args.illust_types and mode in [*IllustRankingMode]:
                    yield endpoints.illust_ranking(mode, day).at(self.args.offset)
                if WorkType.NOVEL in self.args.type and mode in [*NovelRankingMode]:
                    yield endpoints.novel_ranking(mode, day).at(self.args.offset)

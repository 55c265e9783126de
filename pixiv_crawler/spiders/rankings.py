"""Rankings, day by day."""

from collections.abc import Callable, Iterator
from datetime import date
from typing import Annotated

from pydantic import AfterValidator, Field, ValidationInfo

from pixiv_crawler.api import endpoints
from pixiv_crawler.api.call import ApiCall
from pixiv_crawler.api.enums import IllustRankingMode, NovelRankingMode, WorkType
from pixiv_crawler.api.pagers.next_url import RankPager
from pixiv_crawler.argument_types import DaySpan, Offset, WordList, check_pixiv_value, list_schema
from pixiv_crawler.arguments import TypedWorksArgs
from pixiv_crawler.spiders.base_works import WorkListingSpider

Ranking = Callable[[str, date | None], ApiCall]


def _rankings(types: list[str]) -> dict[Ranking, list[str]]:
    """The rankings that contain works of these types, with the modes that are known."""
    illusts: dict[Ranking, list[str]] = {endpoints.illust_ranking: [*IllustRankingMode]}
    novels: dict[Ranking, list[str]] = {endpoints.novel_ranking: [*NovelRankingMode]}
    return (illusts if {*types} - {WorkType.NOVEL} else {}) | (novels if WorkType.NOVEL in types else {})


def _modes(types: list[str]) -> list[str]:
    """The known modes of the rankings that contain works of these types."""
    return list(dict.fromkeys(mode for known in _rankings(types).values() for mode in known))


def _checked_modes(modes: list[str], info: ValidationInfo) -> list[str]:
    known = _modes(info.data.get("type", []))
    if not modes:
        raise ValueError(f"the list is empty: pass one or more of {', '.join(known)}")
    for mode in modes:
        check_pixiv_value(mode, known, info)
    return modes


class RankingsSpider(WorkListingSpider):
    """Rankings of one or more days, from rank 1; yields `Illust` or `Novel`, whose position is the rank.

    The ranking of a day is published around noon of the next day in Japan; until then it is empty.

    Source: GET /v1/illust/ranking, /v1/novel/ranking
    Example: scrapy crawl rankings -a mode=day,week_original -a max_works=600
    """

    name = "rankings"

    class Args(TypedWorksArgs):
        mode: Annotated[WordList, AfterValidator(_checked_modes), list_schema(_modes([*WorkType]))] = Field(
            ["day"], description="Ranking modes, comma-separated."
        )
        date: DaySpan | None = Field(None, description="A day in Japan, or FIRST..LAST; default: the newest ranking.")
        offset: Offset = 0

    args: Args

    def pager(self) -> RankPager:
        return RankPager()

    def start_calls(self) -> Iterator[ApiCall]:
        days: list[date | None] = [*self.args.date] if self.args.date else [None]
        for day in days:
            for mode in self.args.mode:
                for ranking in self._rankings_with(mode):
                    yield ranking(mode, day).at(self.args.offset)

    def _rankings_with(self, mode: str) -> list[Ranking]:
        """The requested rankings with a mode; all of them if the mode is not known."""
        rankings = _rankings(self.args.type)
        return [ranking for ranking, known in rankings.items() if mode in known] or [*rankings]

"""Works found by a search."""

from collections.abc import Iterator
from typing import Annotated, Self

from pydantic import Field, model_validator

from pixiv_crawler.api import endpoints, search_partitions
from pixiv_crawler.api.call import ApiCall
from pixiv_crawler.api.enums import SearchDuration, SearchSort, SearchTarget, WorkType
from pixiv_crawler.api.japan import today
from pixiv_crawler.api.oauth import Account
from pixiv_crawler.api.pagers.next_url import Pager
from pixiv_crawler.api.pagers.search import PreviewPager, SearchPager
from pixiv_crawler.api.search_partitions import SearchPartition
from pixiv_crawler.argument_types import PastDay, Word, pixiv_value
from pixiv_crawler.arguments import TypedWorksArgs
from pixiv_crawler.exceptions import ArgumentError
from pixiv_crawler.options import AiFilter
from pixiv_crawler.spiders.base_works import WorkListingSpider

_ILLUSTS_ONLY = (SearchSort.POPULAR_MALE_DESC, SearchSort.POPULAR_FEMALE_DESC)
# By the key of the entries, and whether the search is a preview.
_ENDPOINTS = {
    ("illusts", False): endpoints.search_illust,
    ("illusts", True): endpoints.search_popular_preview_illust,
    ("novels", False): endpoints.search_novel,
    ("novels", True): endpoints.search_popular_preview_novel,
}


class SearchSpider(WorkListingSpider):
    """All works that a search finds, beyond the 5,000 that Pixiv shows; yields `Illust` and, if requested, `Novel`.

    Where Pixiv shows no more works, a search by date is split into partitions; the report lists them and says which of
    them are complete.

    Source: GET /v1/search/illust, /v1/search/novel, /v1/search/popular-preview/illust, /v1/search/popular-preview/novel
    Example: scrapy crawl search -a word=桜 -a ai=no,unknown
    """

    name = "search"
    is_newest_first = True

    class Args(TypedWorksArgs):
        word: Word = Field(description="What to search for; works must match all words.")
        target: Annotated[SearchTarget | str, pixiv_value(SearchTarget)] = Field(
            SearchTarget.PARTIAL_MATCH_FOR_TAGS, description="What the words must match; text is for novels only."
        )
        sort: Annotated[SearchSort | str, pixiv_value(SearchSort)] = Field(
            SearchSort.DATE_DESC,
            description="Order of the works; orders by popularity require a premium account and show at most 5,000 works. "
            "popular_preview: only the 30 most popular works, for every account.",
        )
        duration: Annotated[SearchDuration | str, pixiv_value(SearchDuration)] | None = Field(
            None, description="Only works published within this period."
        )
        start_date: PastDay | None = Field(None, description="Only works published on or after this day in Japan.")
        end_date: PastDay | None = Field(None, description="Only works published on or before this day in Japan.")

        @model_validator(mode="after")
        def _span(self) -> Self:
            if self.start_date and self.end_date and self.end_date < self.start_date:
                raise ValueError(f"end_date {self.end_date} is before start_date {self.start_date}")
            if self.duration and (self.start_date or self.end_date):
                raise ValueError("duration cannot be combined with start_date and end_date: pass one or the other")
            if self.target is SearchTarget.TEXT and self.illust_types:
                raise ValueError("target text searches novels only: pass -a type=novel")
            if self.sort in _ILLUSTS_ONLY and WorkType.NOVEL in self.type:
                raise ValueError(
                    f"novels cannot be sorted by {self.sort}: remove novel from type, or pass sort=popular_desc"
                )
            return self

    args: Args

    def needs_account(self) -> bool:
        return self.args.sort.startswith("popular") and not self._is_preview

    def check_account(self, account: Account) -> None:
        if not account.is_premium:
            raise ArgumentError(
                f"sort {self.args.sort} requires a premium account, which this one is not: "
                "pass sort=popular_preview for the 30 most popular works, or sort=date_desc"
            )

    @property
    def _is_preview(self) -> bool:
        return self.args.sort is SearchSort.POPULAR_PREVIEW

    def pager(self) -> Pager:
        if self._is_preview:
            return PreviewPager()
        return SearchPager(self._call, self._first_partition(), today=today().isoformat())

    def start_calls(self) -> Iterator[ApiCall]:
        if self.args.illust_types:
            yield self._call("illusts", self._first_partition())
        if WorkType.NOVEL in self.args.type:
            yield self._call("novels", self._first_partition())

    def _first_partition(self) -> SearchPartition:
        start, end = self.args.start_date, self.args.end_date
        if start or end:  # Pixiv requires both or neither
            return SearchPartition(
                sort=self.args.sort,
                start_date=start.isoformat() if start else search_partitions.FIRST_DAY,
                end_date=(end or today()).isoformat(),
            )
        return SearchPartition(sort=self.args.sort)

    def _call(self, entries_key: str, part: SearchPartition) -> ApiCall:
        narrowed = self._fixed(entries_key) | part.params
        if self._is_preview:
            del narrowed["sort"]
        return _ENDPOINTS[entries_key, self._is_preview](self.args.word, self.args.target, **narrowed)

    def _fixed(self, entries_key: str) -> dict[str, str | None]:
        """The parameters, other than days, by which the arguments narrow the search."""
        types = self.args.illust_types
        return {
            "duration": self.args.duration,
            "search_ai_type": self._ai_type(),
            "content_type": types[0] if entries_key == "illusts" and len(types) == 1 else None,
        }

    def _ai_type(self) -> str | None:
        """Lets Pixiv leave out works that the filter `ai` would drop: works made by AI, or all others."""
        wanted = set(self.args.ai or AiFilter)
        if wanted == {AiFilter.YES}:
            return "2"
        return None if AiFilter.YES in wanted else "1"

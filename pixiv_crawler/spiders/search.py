"""Works by word."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Annotated, Any, Self

from pydantic import Field, model_validator

from pixiv_crawler.api import endpoints, search_partitions
from pixiv_crawler.api.availability import unavailable
from pixiv_crawler.api.call import ApiCall, JsonObject
from pixiv_crawler.api.enums import SearchDuration, SearchSort, SearchTarget, WorkType
from pixiv_crawler.api.oauth import Account
from pixiv_crawler.api.pagers import next_call
from pixiv_crawler.api.parsing import Listing
from pixiv_crawler.api.search_partitions import SearchPartition
from pixiv_crawler.arguments import PastDay, TypedWorksArgs, Word, one_of, today
from pixiv_crawler.exceptions import ArgumentError
from pixiv_crawler.options import AiFilter
from pixiv_crawler.run.state import Note
from pixiv_crawler.spiders.base_listings import State
from pixiv_crawler.spiders.base_works import WorkListingSpider

_ILLUSTS_ONLY = (SearchSort.POPULAR_MALE_DESC, SearchSort.POPULAR_FEMALE_DESC)


class SearchSpider(WorkListingSpider):
    """All works that a search finds, beyond the 5,000 that Pixiv shows of one; yields `Illust` or, on request, `Novel`.

    A search by date is split into parts where Pixiv shows no more; the report lists them and whether each is complete.

    Source: GET /v1/search/illust, /v1/search/novel
    Example: scrapy crawl search -a word=桜 -a ai=no,unknown
    """

    name = "search"
    is_newest_first = True

    class Args(TypedWorksArgs):
        word: Word = Field(description="Text to search for; a work must contain all of its words.")
        target: Annotated[SearchTarget, one_of(SearchTarget)] = Field(
            SearchTarget.PARTIAL_MATCH_FOR_TAGS, description="Where to search; text is only for novels."
        )
        sort: Annotated[SearchSort, one_of(SearchSort)] = Field(
            SearchSort.DATE_DESC,
            description="Order of the works; by popularity needs premium and shows at most 5,000 works.",
        )
        duration: Annotated[SearchDuration, one_of(SearchDuration)] | None = Field(
            None, description="Only works of this last period."
        )
        start_date: PastDay | None = Field(None, description="Only works published on that day in Japan or later.")
        end_date: PastDay | None = Field(None, description="Only works published on that day in Japan or earlier.")

        @model_validator(mode="after")
        def _span(self) -> Self:
            if self.start_date and self.end_date and self.end_date < self.start_date:
                raise ValueError(f"end_date {self.end_date} is before start_date {self.start_date}")
            if self.duration and (self.start_date or self.end_date):
                raise ValueError("give either duration or start_date and end_date")
            if self.target is SearchTarget.TEXT and self.illust_types:
                raise ValueError("target text is for novels; give -a type=novel too")
            if self.sort in _ILLUSTS_ONLY and WorkType.NOVEL in self.type:
                raise ValueError(
                    f"sort {self.sort} is not for novels; leave them out of type, or sort by popular_desc"
                )
            return self

    args: Args

    def needs_account(self) -> bool:
        return self.args.sort.startswith("popular")

    def check_account(self, account: Account) -> None:
        if not account.is_premium:
            raise ArgumentError(f"sort {self.args.sort} is for premium accounts, which this one is not; sort by date")

    def start_calls(self) -> Iterator[ApiCall]:
        if self.args.illust_types:
            yield self._call("illusts", self._first_slice())
        if WorkType.NOVEL in self.args.type:
            yield self._call("novels", self._first_slice())

    def _first_slice(self) -> SearchPartition:
        start, end = self.args.start_date, self.args.end_date
        if start or end:  # Pixiv wants both or none
            return SearchPartition(
                sort=self.args.sort,
                start_date=start.isoformat() if start else search_partitions.FIRST_DAY,
                end_date=(end or today()).isoformat(),
            )
        return SearchPartition(sort=self.args.sort)

    def _call(self, entries_key: str, part: SearchPartition) -> ApiCall:
        endpoint = endpoints.search_illust if entries_key == "illusts" else endpoints.search_novel
        filters = self._fixed(entries_key) | part.params
        return endpoint(self.args.word, self.args.target, **filters)

    def _fixed(self, entries_key: str) -> dict[str, str | None]:
        """What the user has narrowed the search by, beside its days."""
        types = self.args.illust_types
        return {
            "duration": self.args.duration,
            "search_ai_type": self._ai_type(),
            "content_type": types[0] if entries_key == "illusts" and len(types) == 1 else None,
        }

    def _ai_type(self) -> str | None:
        """What Pixiv can leave out of what the filter `ai` would drop: works made by AI, or all others."""
        wanted = set(self.args.ai or AiFilter)
        if wanted == {AiFilter.YES}:
            return "2"
        return None if AiFilter.YES in wanted else "1"

    def first_state(self, call: ApiCall, before: State) -> State:
        return {"slice": self._first_slice().to_dict(), "waiting": [], "returned": 0, "first": None, "last": None}

    def following(
        self, call: ApiCall, listing: Listing | None, entries: list[Any], state: State
    ) -> tuple[ApiCall, State] | None:
        state = _counted(state, entries)
        following = next_call(call, listing.next_url) if listing else None
        if following and following.params.get("offset", 0) <= search_partitions.MAX_OFFSET:
            return following, state
        is_at_cap = call.params.get("offset", 0) + search_partitions.LISTING_SIZE > search_partitions.MAX_OFFSET
        is_capped = bool(following) or (bool(entries) and is_at_cap)
        return self._next_slice(call, state, failed=listing is None, is_capped=is_capped)

    def _next_slice(
        self, call: ApiCall, state: State, *, failed: bool, is_capped: bool
    ) -> tuple[ApiCall, State] | None:
        done = SearchPartition(**state["slice"])
        status: search_partitions.Status = "failed" if failed else "incomplete" if is_capped else "complete"
        found: list[SearchPartition] = []
        if is_capped and state["last"]:
            fixed = {name for name, value in self._fixed(call.entries_key).items() if value}
            fixed |= {"content_type", "ratio_pattern"} if call.entries_key == "novels" else set()
            status, found = search_partitions.after_cap(
                done, state["first"], state["last"], fixed=fixed, today=today().isoformat()
            )
        elif failed and state["last"]:
            found = search_partitions.after_failure(done, state["last"], today=today().isoformat())
        self._note(done, status, state, call)
        waiting: list[JsonObject] = [part.to_dict() for part in found] + state["waiting"]
        if not waiting:
            return None
        following = {"slice": waiting[0], "waiting": waiting[1:], "returned": 0, "first": None, "last": None}
        return self._call(call.entries_key, SearchPartition(**waiting[0])), following

    def may_stop(self, state: State) -> bool:
        """Only while days are read backwards, one after the other: what follows is older then."""
        part = SearchPartition(**state["slice"])
        return (
            part.sort == SearchSort.DATE_DESC
            and part.opposite_reached is None
            and not part.filters
            and not state["waiting"]
        )

    def stopped(self, call: ApiCall, state: State) -> None:
        self._note(SearchPartition(**state["slice"]), "known", state, call)

    def _note(self, done: SearchPartition, status: search_partitions.Status, state: State, call: ApiCall) -> None:
        """Writes the slice into the report; one that Pixiv did not show whole is a loss."""
        entry = {"entries": call.entries_key, "params": done.params, "status": status, "returned": state["returned"]}
        self.checkpoint.add_note(Note("search_partition", entry))
        if status == "incomplete":
            self.record_failure("slice", None, f"Pixiv shows no more than {state['returned']} works of it", call)


def _create_date(entry: JsonObject) -> str | None:
    """When a work was published; a placeholder tells the time of the answer instead."""
    told = entry.get("create_date")
    is_date = isinstance(told, str) and re.match(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T", told)
    return str(told) if is_date and not unavailable(entry) else None


def _counted(state: State, entries: list[Any]) -> State:
    """The state with the number of entries and the dates at both ends of what the slice has shown."""
    dates = [date for entry in entries if isinstance(entry, dict) and (date := _create_date(entry))]
    return state | {
        "returned": state["returned"] + len(entries),
        "first": state["first"] or (dates[0] if dates else None),
        "last": dates[-1] if dates else state["last"],
    }

"""Pagers of listings whose number of works is known: what was not listed is missing."""

from abc import abstractmethod
from dataclasses import replace
from typing import ClassVar

from pixiv_crawler.api import account_endpoints, reconciliation
from pixiv_crawler.api.call import ApiCall
from pixiv_crawler.api.pagers.next_url import Pager
from pixiv_crawler.api.pagers.steps import Done, ListingResponse, Missing, Next, State, Step, TotalKnown, Warned


class TotalPager(Pager):
    """Compares the number of works that the responses state with those that were listed.

    The state has the field `total`: the smallest number in a response, because works that appear meanwhile may not be
    listed.
    """

    counted: ClassVar[str]
    """What counts the works, such as `the series counts`."""

    @abstractmethod
    def total(self, listing: ListingResponse) -> int | None:
        """The number of works in the entire listing; None if it is not known."""

    def step(self, listing: ListingResponse, state: State) -> Step:
        totals = [state["total"]] if "total" in state else []
        if (total := self.total(listing)) is not None:
            totals.append(total)
        step = super().step(listing, state | ({"total": min(totals)} if totals else {}))
        if total is not None and "total" not in state:
            left = total - listing.seen + len(listing.entries)
            step = replace(step, notes=[*step.notes, *([TotalKnown(left)] if left > 0 else [])])
        if isinstance(step, Next) or listing.error or not totals or listing.seen >= min(totals):
            return step
        cause = (
            f"{self.counted} {min(totals)} works, but Pixiv listed {listing.seen}; "
            "the others are hidden from the app, or from this account"
        )
        return replace(step, notes=[*step.notes, Missing("works", None, cause)])


class SeriesPager(TotalPager):
    """Reads a series."""

    counted = "the series counts"

    def total(self, listing: ListingResponse) -> int | None:
        return reconciliation.series_total(listing.head)


class BookmarkSearchPager(TotalPager):
    """Reads a search in the account's bookmarks, after the response that says whether it knows all of them."""

    counted = "the search counts"

    def total(self, listing: ListingResponse) -> int | None:
        return listing.total if reconciliation.is_count(listing.total) else None

    def yields_items(self, call: ApiCall) -> bool:
        return not _is_status(call)

    def is_end(self, call: ApiCall, error: Exception) -> bool:
        """Without the status, the bookmarks are collected nevertheless."""
        return _is_status(call)

    def step(self, listing: ListingResponse, state: State) -> Step:
        if not _is_status(listing.call):
            return super().step(listing, state)
        is_known = any(isinstance(entry, dict) and entry.get("is_synchronised") is True for entry in listing.entries)
        return Done(state, [] if is_known else [Warned(_NOT_SYNCHRONISED)])


_NOT_SYNCHRONISED = (
    "Pixiv does not say that its search knows all bookmarks of the account: repeat the crawl later, "
    "or use the spider bookmarks"
)


def _is_status(call: ApiCall) -> bool:
    return call.path == account_endpoints.search_bookmark_sync_status().path

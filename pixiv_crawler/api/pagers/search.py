"""Reads a search beyond Pixiv's cap, partition by partition."""

import re
from collections.abc import Callable, Sequence
from typing import Any

from pixiv_crawler.api import search_partitions
from pixiv_crawler.api.availability import unavailable
from pixiv_crawler.api.call import ApiCall, JsonObject
from pixiv_crawler.api.pagers.next_url import Pager, followed, not_followed
from pixiv_crawler.api.pagers.steps import Done, ListingResponse, Missing, Next, Note, PartitionRead, State, Step
from pixiv_crawler.api.search_partitions import LISTING_SIZE, MAX_OFFSET, SearchPartition
from pixiv_crawler.exceptions import ParseError

# A search for novels cannot be narrowed by these.
_ILLUSTS_ONLY = {"content_type", "ratio_pattern"}


class SearchPager(Pager):
    """Follows a search; where Pixiv shows no more, continues with further partitions of it.

    The state has these fields: `partition`; `waiting`, the partitions after it; `returned`, how many entries it has
    shown; `first` and `last`, the create_dates at its ends; `is_short`, whether it shifted, so that works may be
    missing.
    """

    def __init__(
        self, call_for: Callable[[str, SearchPartition], ApiCall], first: SearchPartition, *, today: str
    ) -> None:
        """`call_for` makes the first call of a partition, for `illusts` or `novels`; `today` is the day in Japan."""
        self._call_for = call_for
        self._first = first
        self._today = today

    def first_state(self, call: ApiCall, before: State) -> State:
        return _begun(self._first.to_dict(), [])

    def step(self, listing: ListingResponse, state: State) -> Step:
        state = _counted(state, self.unread(listing.entries, state))
        try:
            found = followed(listing, state)
        except ParseError as error:
            return Done(state, [not_followed(error)])
        following, state = found.call, found.state
        if any(isinstance(note, Missing) for note in found.notes):
            status, parts = self._split(listing.call.entries_key, state, is_failed=False, is_capped=True)
            if status != "incomplete":  # days that were not read to their end are read again
                return self._after_partition(listing, state, status, parts)
            state = state | {"is_short": True}
        if following and following.offset <= MAX_OFFSET:
            return Next(following, state, listing.seen, found.notes)
        is_at_cap = listing.call.offset + LISTING_SIZE > MAX_OFFSET
        is_capped = bool(following) or (bool(listing.entries) and is_at_cap)
        is_failed = bool(listing.error)
        status, parts = self._split(listing.call.entries_key, state, is_failed=is_failed, is_capped=is_capped)
        return self._after_partition(listing, state, status, parts)

    def _after_partition(
        self, listing: ListingResponse, state: State, status: search_partitions.Status, parts: list[SearchPartition]
    ) -> Step:
        entries_key = listing.call.entries_key
        notes = self._noted(entries_key, status, state)
        waiting: list[JsonObject] = [part.to_dict() for part in parts] + state["waiting"]
        if not waiting:
            return Done(state, notes)
        call = self._call_for(entries_key, SearchPartition(**waiting[0]))
        cycle = {"cycle": state["cycle"]} if "cycle" in state else {}
        return Next(call, _begun(waiting[0], waiting[1:]) | cycle, listing.seen, notes)

    def _split(
        self, entries_key: str, state: State, *, is_failed: bool, is_capped: bool
    ) -> tuple[search_partitions.Status, list[SearchPartition]]:
        """How a partition ended, and the partitions that its rest is split into."""
        done, last = SearchPartition(**state["partition"]), state["last"]
        if is_capped and last:
            fixed = set(self._call_for(entries_key, self._first).params)
            fixed |= _ILLUSTS_ONLY if entries_key == "novels" else set()
            return search_partitions.after_cap(done, state["first"], last, fixed=fixed, today=self._today)
        if is_failed:
            return "failed", search_partitions.after_failure(done, last, today=self._today) if last else []
        return ("incomplete" if is_capped else "complete"), []

    def may_stop(self, state: State) -> bool:
        """Only while days are read backwards, one after the other, is everything that follows older."""
        part = SearchPartition(**state["partition"])
        return part.sort == "date_desc" and part.opposite_reached is None and not part.filters and not state["waiting"]

    def stopped(self, call: ApiCall, state: State) -> Sequence[Note]:
        return self._noted(call.entries_key, "known", state)

    def _noted(self, entries_key: str, status: search_partitions.Status, state: State) -> list[Note]:
        """A partition is listed in the report; one that Pixiv did not show completely is a failure."""
        query, returned = self._call_for(entries_key, SearchPartition(**state["partition"])).params, state["returned"]
        is_short = state.get("is_short", False)  # a failure already
        notes: list[Note] = [PartitionRead(entries_key, query, "incomplete" if is_short else status, returned)]
        if status == "incomplete" and not is_short:
            notes.append(Missing("partition", None, f"Pixiv shows no more than {returned} works of it"))
        return notes


class PreviewPager(Pager):
    """Reads the only listing of a preview, which is never all that a search finds."""

    def step(self, listing: ListingResponse, state: State) -> Step:
        status = "failed" if listing.error else "preview"
        return Done(state, [PartitionRead(listing.call.entries_key, listing.call.params, status, listing.seen)])


def _begun(partition: JsonObject, waiting: list[JsonObject]) -> State:
    return {"partition": partition, "waiting": waiting, "returned": 0, "first": None, "last": None, "is_short": False}


def _counted(state: State, entries: list[Any]) -> State:
    """The state with the number of entries, and the dates at both ends, of what the partition has shown."""
    dates = [date for entry in entries if isinstance(entry, dict) and (date := _create_date(entry))]
    return state | {
        "returned": state["returned"] + len(entries),
        "first": state["first"] or (dates[0] if dates else None),
        "last": dates[-1] if dates else state["last"],
    }


def _create_date(entry: JsonObject) -> str | None:
    """When a work was published; a placeholder has the time of the response instead."""
    date = entry.get("create_date")
    is_date = isinstance(date, str) and re.match(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T", date)
    return str(date) if is_date and not unavailable(entry) else None

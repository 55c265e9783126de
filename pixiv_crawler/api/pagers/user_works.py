"""Reads all works of a user, as far as Pixiv shows them, and compares them with the counts in the user's profile."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from typing import Any

from pixiv_crawler.api import endpoints, reconciliation
from pixiv_crawler.api.availability import unavailable
from pixiv_crawler.api.call import ApiCall
from pixiv_crawler.api.enums import ILLUST_TYPES, WorkType
from pixiv_crawler.api.errors import ApiError, ApiFault, ErrorKind
from pixiv_crawler.api.pagers.next_url import Pager, followed, is_cut_off, not_followed
from pixiv_crawler.api.pagers.steps import (
    Done,
    HiddenWorks,
    ListingResponse,
    Missing,
    Next,
    Note,
    Refused,
    Remark,
    State,
    Step,
    TotalKnown,
    Warned,
)
from pixiv_crawler.api.parsing import is_id
from pixiv_crawler.api.search_partitions import LISTING_SIZE, MAX_OFFSET
from pixiv_crawler.exceptions import ParseError

# The key of a profile's counts, which are all that is requested again at the end of a listing.
_COUNTS = "profile"


class UserWorksPager(Pager):
    """Reads the profile of a user, then the listings of illusts and of novels.

    The state has these fields. Of a user: `user_id`; `totals`, the counts in the profile; `refusal`, why there is no
    profile; `may_have_shown`, whether an earlier listing was not empty. Of a listing: `shown`, the works by type;
    `is_lost`, whether it failed; `limit`, the lowest offset that Pixiv is known to reject; `waiting`, the types that
    are read separately; `has_shifted`, whether works appeared or disappeared meanwhile; `compared`, the last call,
    when the profile is requested again because of that.
    """

    def __init__(
        self,
        types: Sequence[str],
        offset: int = 0,
        *,
        yields_profiles: bool = False,
        compares_always: bool = False,
    ) -> None:
        self._types = types
        self._compares_always = compares_always
        """Whether the works are compared with another list, even if none seems to be missing."""
        self._yields_profiles = yields_profiles
        """Whether the profiles become items."""
        self._illust_types = [type_ for type_ in types if type_ is not WorkType.NOVEL]
        self._offset = offset
        """The first entry that the user wants of each listing."""

    def first_calls(self, user_id: int) -> Iterator[ApiCall]:
        """The first call of each listing of a user."""
        yield endpoints.user_detail(user_id)
        if self._illust_types:
            yield endpoints.user_illusts(user_id, type=self._single_type).at(self._offset)
        if WorkType.NOVEL in self._types:
            yield endpoints.user_novels(user_id).at(self._offset)

    @property
    def _single_type(self) -> str | None:
        """The type to request. Pixiv accepts illust and manga, and does not document which of them includes animations."""
        types = self._illust_types
        return types[0] if len(types) == 1 and types[0] is not WorkType.UGOIRA else None

    def first_state(self, call: ApiCall, before: State) -> State:
        if _is_profile(call):
            return {"user_id": call.params["user_id"], "totals": {}, "refusal": None, "may_have_shown": False}
        of_user = {name: before[name] for name in ("user_id", "totals", "refusal")}
        may_have_shown = before["may_have_shown"] or bool(before.get("shown") or before.get("is_lost"))
        of_listing: State = {"shown": {}, "is_lost": False, "limit": None, "waiting": []}
        return of_user | {"may_have_shown": may_have_shown} | of_listing

    def yields_items(self, call: ApiCall) -> bool:
        return (self._yields_profiles and call.key != _COUNTS) or not _is_profile(call)

    def is_end(self, call: ApiCall, error: Exception) -> bool:
        """Without a profile, and at the cap, `_at_end` determines what is missing."""
        return _is_profile(call) or self._is_cap(call, error)

    def _is_cap(self, call: ApiCall, error: Exception) -> bool:
        """Whether Pixiv rejects an offset in the middle of a listing; one that the user chose is a failed request."""
        is_listing = call.key in ("illusts", "novels") and not self._offset
        return is_listing and isinstance(error, ApiError) and error.fault.kind is ErrorKind.OFFSET_LIMIT

    def step(self, listing: ListingResponse, state: State) -> Step:
        if _is_profile(listing.call):
            return self._after_profile(listing, state)
        state = self._counted(listing, state)
        try:
            found = followed(listing, state)
        except ParseError as error:
            return Done(state | {"is_lost": True}, [not_followed(error)])
        state = found.state | ({"has_shifted": True} if found.has_shifted else {})
        if not found.call and is_cut_off(listing):
            state = state | {"limit": MAX_OFFSET + 1}
        chosen = self._chosen(listing, found.call, state)
        if chosen is None and self._may_be_outdated(listing.call, state):
            profile = replace(endpoints.user_detail(state["user_id"]), entry_key=_COUNTS)
            return Next(profile, state | {"compared": listing.call.to_dict()}, listing.seen, found.notes)
        if chosen is None:
            return Done(state, [*found.notes, *self._at_end(listing.call, state)])
        call, state = chosen
        # The listing of a type begins without an overlap, and has positions of its own.
        return Next(call, state, listing.seen if state.get("overlap") != {} else call.offset, found.notes)

    # --- The profile -------------------------------------------------------------------------------------------------

    def _may_be_outdated(self, call: ApiCall, state: State) -> bool:
        """Whether works disappeared since the profile was requested, which may be those that it counts and Pixiv did not list."""
        has_shifted = state.get("has_shifted", False) and not state["is_lost"]
        return has_shifted and bool(reconciliation.missing(state["totals"], state["shown"], self._counts(call)))

    def _after_profile(self, listing: ListingResponse, state: State) -> Step:
        if compared := state.get("compared"):
            totals = state["totals"] if listing.error else reconciliation.totals(*listing.entries)
            state = state | {"totals": totals}
            return Done(state, list(self._at_end(ApiCall(**compared), state)))
        if listing.error:
            return Done(state | {"refusal": asdict(_fault(listing.error))})
        (user,) = listing.entries
        totals = reconciliation.totals(user.get("profile") if isinstance(user, dict) else None)
        # The profile does not count animations separately.
        counts = [totals.get(type_, 0) for type_ in self._types]
        count, single = sum(counts) - self._offset, sum(max(0, count - MAX_OFFSET - LISTING_SIZE) for count in counts)
        return Done(state | {"totals": totals}, [TotalKnown(count, single)] if count > 0 else [])

    # --- The listings ------------------------------------------------------------------------------------------------

    def _counted(self, listing: ListingResponse, state: State) -> State:
        if listing.error:
            is_cap = self._is_cap(listing.call, listing.error)
            return state | ({"limit": listing.call.offset} if is_cap else {"is_lost": True})
        works = (_shown(entry, listing.call) for entry in self.unread(listing.entries, state))
        return state | {"shown": reconciliation.with_works(state["shown"], works)}

    def _chosen(
        self, listing: ListingResponse, following: ApiCall | None, state: State
    ) -> tuple[ApiCall, State] | None:
        """The next part of a listing, as far as Pixiv shows it; then the rest of the listings of each type."""
        if state["is_lost"]:
            return None
        if following and (state["limit"] is None or following.offset < state["limit"]):
            return following, state
        if following or listing.error or self._may_be_cut_off(listing.call, state):
            return self._beyond_cap(listing.call, state | {"limit": state["limit"] or MAX_OFFSET + 1})
        return self._next_type(state)

    def _may_be_cut_off(self, call: ApiCall, state: State) -> bool:
        """Whether a listing without `next_url` may have ended at the cap, and not with its last work."""
        is_at_cap = call.offset + LISTING_SIZE > MAX_OFFSET and not self._offset
        return is_at_cap and not reconciliation.is_complete(state["totals"], state["shown"], self._counts(call))

    def _beyond_cap(self, call: ApiCall, state: State) -> tuple[ApiCall, State] | None:
        """`next_url` leads from offset 4980 to 5010, which Pixiv rejects, so the last part is requested separately."""
        if call.offset != MAX_OFFSET < state["limit"]:
            return _at(call, MAX_OFFSET), state
        if call.key == "illusts" and "type" not in call.params:
            state = state | {"waiting": [type_ for type_ in self._separate_types() if _has_more(type_, state)]}
        return self._next_type(state)

    def _separate_types(self) -> list[str]:
        """The types that Pixiv accepts and that may include wanted works."""
        types = [WorkType.ILLUST if type_ is WorkType.UGOIRA else type_ for type_ in self._illust_types]
        return sorted(set(types))

    def _next_type(self, state: State) -> tuple[ApiCall, State] | None:
        """The call for the listing of the next type, from its first work that has not been shown."""
        if not state["waiting"]:
            return None
        type_, *waiting = state["waiting"]
        call = endpoints.user_illusts(state["user_id"], type=type_)
        shown = reconciliation.number(state["shown"], type_)
        return _at(call, min(shown, MAX_OFFSET)), state | {"waiting": waiting, "overlap": {}}

    # --- The end of a listing ----------------------------------------------------------------------------------------

    def _at_end(self, call: ApiCall, state: State) -> Iterator[Note]:
        """What is missing; nothing after an error, which has been recorded already."""
        if state["is_lost"]:
            return
        if not state["shown"]:
            yield from self._nothing_shown(call, state)
        if not self._offset:
            yield from self._compared(call, state)

    def _nothing_shown(self, call: ApiCall, state: State) -> Iterator[Note]:
        """A user without a profile and without works in any listing is gone, or not available."""
        if not state["refusal"]:
            yield Remark(f"User {state['user_id']} has no works of type {', '.join(self._types)}")
        elif not state["may_have_shown"] and (call.key == "novels" or WorkType.NOVEL not in self._types):
            yield Refused(endpoints.user_detail(state["user_id"]), ApiFault(**state["refusal"]))

    def _compared(self, call: ApiCall, state: State) -> Iterator[Note]:
        """The works that Pixiv counts but did not show."""
        names, totals, shown = self._counts(call), state["totals"], state["shown"]
        cap = f"it shows no more than about {MAX_OFFSET} of a listing" if state["limit"] else ""
        if reconciliation.missing(totals, shown, names):
            cause = reconciliation.comparison(totals, shown, names)
            other = self._unwanted_type(shown)
            if not cap and other and self._compares_always:
                yield replace(self._hidden_works(call, state, f"{cause}; the others are {other}, or hidden"), count=0)
            elif not cap and other:
                yield Warned(f"User {state['user_id']}: {cause}; the others are {other}, or hidden")
            else:
                hidden = cap or "the others are hidden from the app, or from this account"
                yield self._hidden_works(call, state, f"{cause}; {hidden}")
        elif self._compares_always:
            yield self._hidden_works(call, state, "")
        elif shown and not reconciliation.is_complete(totals, shown, names):
            yield self._unknown_total(state, cap)

    def _hidden_works(self, call: ApiCall, state: State, cause: str) -> HiddenWorks:
        names, shown = self._counts(call), state["shown"]
        ids = [id_ for ids in shown.values() for id_ in ids if id_ is not None]
        return HiddenWorks(state["user_id"], reconciliation.missing(state["totals"], shown, names), names, ids, cause)

    def _counts(self, call: ApiCall) -> list[str]:
        """The counts with which a listing is compared."""
        return ["novel"] if call.key == "novels" else reconciliation.counts_of(self._illust_types)

    def _unwanted_type(self, shown: reconciliation.Listed) -> str:
        """What works that were not shown may be although they were not requested; empty if they were.

        The profile counts animations as illusts, and a listing of illusts may leave them out.
        """
        if self._single_type is WorkType.ILLUST and not shown.get(WorkType.UGOIRA):
            return "animations"
        return "illustrations" if self._illust_types == [WorkType.UGOIRA] else ""

    def _unknown_total(self, state: State, cap: str) -> Note:
        """Without a count nothing is known to be missing; at the cap, works almost certainly are."""
        why = ApiFault(**state["refusal"]) if state["refusal"] else "the profile does not contain it"
        unknown = f"the number of works is unknown ({why})"
        if cap:
            return Missing("works", state["user_id"], f"{unknown}; {cap}")
        return Warned(f"User {state['user_id']}: {unknown}, so works that Pixiv hides are not reported")


def _is_profile(call: ApiCall) -> bool:
    """Whether a call requests the profile of the user, which precedes the listings."""
    return not call.entries_key


def _fault(error: Exception) -> ApiFault:
    return error.fault if isinstance(error, ApiError) else ApiFault(ErrorKind.UNKNOWN, 0, str(error))


def _shown(entry: Any, call: ApiCall) -> tuple[str, int | None]:
    """The type and the ID of an entry, as far as they are known; a placeholder has the type illust, whatever it stands for."""
    if not isinstance(entry, dict) or not is_id(entry.get("id")):
        return reconciliation.UNKNOWN, None
    if call.key == "novels":
        return WorkType.NOVEL, entry["id"]
    is_known = entry.get("type") in ILLUST_TYPES and not unavailable(entry)
    return (entry["type"] if is_known else reconciliation.UNKNOWN), entry["id"]


def _has_more(type_: str, state: State) -> bool:
    """Whether the listing of a type may show works that were not shown, by the profile and by the cap."""
    count = reconciliation.number(state["shown"], type_)
    return count < MAX_OFFSET + LISTING_SIZE and count < state["totals"].get(type_, math.inf)


def _at(call: ApiCall, offset: int) -> ApiCall:
    """The same call from that entry on; an offset of 0 is explicit, because it begins a part."""
    return replace(call, params=call.params | {"offset": offset})

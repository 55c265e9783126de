"""The works of given users."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import asdict, replace
from typing import Any

from pydantic import Field

from pixiv_crawler.api import endpoints, reconciliation
from pixiv_crawler.api.availability import unavailable
from pixiv_crawler.api.call import ApiCall
from pixiv_crawler.api.enums import WorkType
from pixiv_crawler.api.errors import ApiError, ApiFault, ErrorKind
from pixiv_crawler.api.parsing import Listing, is_id
from pixiv_crawler.api.search_partitions import LISTING_SIZE, MAX_OFFSET
from pixiv_crawler.arguments import Offset, TypedWorksArgs, UserIdList
from pixiv_crawler.run.failures import warn
from pixiv_crawler.spiders.base import now
from pixiv_crawler.spiders.base_listings import State
from pixiv_crawler.spiders.base_works import WorkListingSpider

# What is asked of a user before the listings; `users=true` asks for the whole answer, after them.
_PROFILE = "profile"


class UserWorksSpider(WorkListingSpider):
    """The works of the given users, newest first; yields `Illust` and, on request, `Novel`.

    The profile of a user is requested first. Its counts are compared with what the listings show, and works that Pixiv
    does not show are reported as failures. A listing is requested even if the profile counts nothing, because counts may
    lag behind, and even if there is no profile: a user is gone only if the listings are empty, too.

    Pixiv shows about 5,000 works of a listing. If the listing of all illusts ends there, the listing of each type is read
    from there on; the position of such a work is its place in the listing of its type.

    Source: GET /v1/user/detail, /v1/user/illusts, /v1/user/novels
    Example: scrapy crawl user_works -a user_id=2188232 -a type=illust,novel
    """

    name = "user_works"
    is_newest_first = True

    class Args(TypedWorksArgs):
        user_id: UserIdList = Field(description="IDs of users or URLs of their profiles, comma-separated.")
        offset: Offset = 0

    args: Args

    def start_calls(self) -> Iterator[ApiCall]:
        for user_id in self.args.user_id:
            yield replace(endpoints.user_detail(user_id), entry_key=_PROFILE)
            if self.args.illust_types:
                yield endpoints.user_illusts(user_id, type=self._type()).at(self.args.offset)
            if WorkType.NOVEL in self.args.type:
                yield endpoints.user_novels(user_id).at(self.args.offset)

    def _type(self) -> WorkType | None:
        """The type to ask for. Pixiv takes one of two, and does not say where animations belong: entries are looked at."""
        types = self.args.illust_types
        return types[0] if len(types) == 1 and types[0] is not WorkType.UGOIRA else None

    def _parse_one(self, entry: Any, call: ApiCall, fetched_at: str, position: int) -> Iterator[Any]:
        """A profile becomes no line, and is no loss whatever it holds."""
        return iter(()) if call.key == _PROFILE else super()._parse_one(entry, call, fetched_at, position)

    def parse_refusal(self, error: Exception, call: ApiCall) -> Iterator[Any]:
        """Without a profile, and behind the cap, it is the end of the listings that tells what is lost."""
        if call.key == _PROFILE or self._is_cap(error, call):
            return iter(())
        return super().parse_refusal(error, call)

    def _is_cap(self, error: Exception | None, call: ApiCall) -> bool:
        """Whether Pixiv refuses to go on in a listing; from an offset of the user's own it is a call that failed."""
        is_listing = call.key in ("illusts", "novels") and not self.args.offset
        return is_listing and isinstance(error, ApiError) and error.fault.kind is ErrorKind.OFFSET_LIMIT

    # --- What rides on the requests ----------------------------------------------------------------------------------

    def first_state(self, call: ApiCall, before: State) -> State:
        """The profile's counts go from listing to listing of a user; the works shown are those of one listing.

        refusal: why there is no profile. may_have_shown: whether an earlier listing of the user was not empty.
        limit: the lowest offset that Pixiv is known to refuse. waiting: types that are read after the listing of all.
        """
        if call.key == _PROFILE:
            return {"user_id": call.params["user_id"], "totals": {}, "refusal": None, "may_have_shown": False}
        known = {name: before[name] for name in ("user_id", "totals", "refusal")}
        may_have_shown = before["may_have_shown"] or bool(before.get("shown") or before.get("is_lost"))
        return known | {
            "may_have_shown": may_have_shown,
            "shown": {},
            "is_lost": False,
            "limit": None,
            "waiting": [],
        }

    def carried(self, call: ApiCall, entries: list[Any], state: State, error: Exception | None) -> State:
        if call.key == _PROFILE:
            return state | (
                {"refusal": asdict(_fault(error))} if error else {"totals": reconciliation.totals(*entries)}
            )
        if error:
            return state | ({"limit": _offset(call)} if self._is_cap(error, call) else {"is_lost": True})
        return state | {"shown": reconciliation.with_works(state["shown"], (_shown(entry, call) for entry in entries))}

    # --- What is asked next ------------------------------------------------------------------------------------------

    def following(
        self, call: ApiCall, listing: Listing | None, entries: list[Any], state: State
    ) -> tuple[ApiCall, State] | None:
        """The next part of a listing, as far as Pixiv lets us; behind that, what the listings of the types have."""
        following = super().following(call, listing, entries, state)
        if call.key == _PROFILE or state["is_lost"]:
            return None
        if following and (state["limit"] is None or _offset(following[0]) < state["limit"]):
            return following
        if following or listing is None or self._may_be_cut(call, state):
            return self._beyond(call, state | {"limit": state["limit"] or MAX_OFFSET + 1})
        return self._next_type(state)

    def _may_be_cut(self, call: ApiCall, state: State) -> bool:
        """Whether a listing that does not lead on may end at the cap, and not with the last work."""
        is_at_cap = _offset(call) + LISTING_SIZE > MAX_OFFSET and not self.args.offset
        return is_at_cap and not reconciliation.is_complete(state["totals"], state["shown"], self._counts(call))

    def _beyond(self, call: ApiCall, state: State) -> tuple[ApiCall, State] | None:
        """What to ask at the cap: listings lead from offset 4980 to 5010, so the last part is asked for by itself."""
        if _offset(call) != MAX_OFFSET < state["limit"]:
            return _at(call, MAX_OFFSET), state
        if call.key == "illusts" and "type" not in call.params:
            state = state | {"waiting": [type_ for type_ in self._split() if _leads_on(type_, state)]}
        return self._next_type(state)

    def _split(self) -> list[WorkType]:
        """The types that Pixiv takes, of which wanted works may be."""
        wanted = self.args.illust_types
        is_illust = WorkType.ILLUST in wanted or WorkType.UGOIRA in wanted
        return [WorkType.ILLUST] * is_illust + [WorkType.MANGA] * (WorkType.MANGA in wanted)

    def _next_type(self, state: State) -> tuple[ApiCall, State] | None:
        """The next of the types that are read by themselves, behind those works of it that have come."""
        if not state["waiting"]:
            return None
        type_, *waiting = state["waiting"]
        call = endpoints.user_illusts(state["user_id"], type=type_)
        return _at(call, min(reconciliation.number(state["shown"], type_), MAX_OFFSET)), state | {"waiting": waiting}

    def seen_before(self, following: ApiCall, seen: int) -> int:
        """An offset that is less than what has been counted begins a part of its own."""
        return int(min(seen, following.params.get("offset", seen)))

    # --- What is said at the end -------------------------------------------------------------------------------------

    def ending(self, call: ApiCall, state: State) -> Iterator[Any]:
        """What an error has lost is named already, and so is not compared."""
        if call.key == _PROFILE:
            self._announce(state["totals"])
        elif not state["is_lost"]:
            if not state["shown"]:
                yield from self._nothing_shown(call, state)
            if not self.args.offset:
                self._compare(call, state)

    def _announce(self, totals: reconciliation.Totals) -> None:
        """Says how many works will come, for the estimate; of animations alone the profile says nothing."""
        count = sum(totals.get(type_, 0) for type_ in self.args.type)
        if count > self.args.offset:
            self.expect(count - self.args.offset)

    def _nothing_shown(self, call: ApiCall, state: State) -> Iterator[Any]:
        """A user without a profile and without works in any listing is gone, or cannot be had."""
        if not state["refusal"]:
            self.logger.info("User %d has no works of type %s", state["user_id"], ", ".join(self.args.type))
        elif not state["may_have_shown"] and (call.key == "novels" or WorkType.NOVEL not in self.args.type):
            profile = endpoints.user_detail(state["user_id"])
            error = ApiError(str(profile), ApiFault(**state["refusal"]))
            yield from self._stamped(super().parse_refusal(error, profile), profile, now(), 1)

    def _compare(self, call: ApiCall, state: State) -> None:
        """Names the works that Pixiv counts and has not shown."""
        names, totals, shown = self._counts(call), state["totals"], state["shown"]
        cap = f"it shows no more than about {MAX_OFFSET} of a listing" if state["limit"] else ""
        if reconciliation.missing(totals, shown, names):
            cause = reconciliation.comparison(totals, shown, names)
            if cap or not self._leaves_animations_out(shown):
                hidden = cap or "the others are hidden from the app, or from this account"
                self.record_failure("works", state["user_id"], f"{cause}; {hidden}", call)
            else:
                warn(self.crawler, f"User {state['user_id']}: {cause}; the others are animations, or hidden")
        elif shown and not reconciliation.is_complete(totals, shown, names):
            self._say_unknown(call, state, cap)

    def _counts(self, call: ApiCall) -> list[str]:
        """The names of the counts that a listing is held against."""
        return ["novel"] if call.key == "novels" else reconciliation.counts_of(self.args.illust_types)

    def _leaves_animations_out(self, shown: reconciliation.Listed) -> bool:
        """Whether a listing may lack animations that are counted: what Pixiv lists as illusts is not known."""
        return self._type() is WorkType.ILLUST and not shown.get(WorkType.UGOIRA)

    def _say_unknown(self, call: ApiCall, state: State, cap: str) -> None:
        """Without a count nothing is known to be missing; at the cap it is, as good as surely."""
        why = ApiFault(**state["refusal"]) if state["refusal"] else "the profile does not tell"
        unknown = f"how many works there are is not known ({why})"
        if cap:
            self.record_failure("works", state["user_id"], f"{unknown}; {cap}", call)
        else:
            warn(self.crawler, f"User {state['user_id']}: {unknown}, so those that Pixiv hides are not named")


def _fault(error: Exception) -> ApiFault:
    return error.fault if isinstance(error, ApiError) else ApiFault(ErrorKind.UNKNOWN, 0, str(error))


def _shown(entry: Any, call: ApiCall) -> tuple[str, int | None]:
    """The type and the ID of an entry, as far as it tells them; a placeholder calls itself an illust whatever it is."""
    if not isinstance(entry, dict) or not is_id(entry.get("id")):
        return reconciliation.UNKNOWN, None
    if call.key == "novels":
        return WorkType.NOVEL, entry["id"]
    is_told = entry.get("type") in (WorkType.ILLUST, WorkType.MANGA, WorkType.UGOIRA) and not unavailable(entry)
    return (entry["type"] if is_told else reconciliation.UNKNOWN), entry["id"]


def _leads_on(type_: WorkType, state: State) -> bool:
    """Whether the listing of a type may show works that were not shown, by the profile and by the cap."""
    count = reconciliation.number(state["shown"], type_)
    return count < MAX_OFFSET + LISTING_SIZE and count < state["totals"].get(type_, math.inf)


def _offset(call: ApiCall) -> int:
    return int(call.params.get("offset", 0))


def _at(call: ApiCall, offset: int) -> ApiCall:
    """The same call from that entry on; at 0 too, as the beginning of a part (see `seen_before`)."""
    return replace(call, params=call.params | {"offset": offset})

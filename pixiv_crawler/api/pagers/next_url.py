"""Pagers that follow `next_url`."""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, ClassVar
from urllib.parse import parse_qsl, urlsplit

from pixiv_crawler.api.call import ApiCall, JsonObject, ParamValue
from pixiv_crawler.api.cycle_detection import cycle_state, is_cycle
from pixiv_crawler.api.errors import ApiError, ErrorKind
from pixiv_crawler.api.pagers import overlap
from pixiv_crawler.api.pagers.overlap import Continued
from pixiv_crawler.api.pagers.steps import Done, ListingResponse, Missing, Next, Note, Remark, State, Step
from pixiv_crawler.api.parsing import is_id
from pixiv_crawler.api.search_partitions import LISTING_SIZE, MAX_OFFSET
from pixiv_crawler.console.redaction import SECRET_NAMES
from pixiv_crawler.exceptions import ParseError

# Parameters that are numbers; all others stay text, because a search word may consist of digits.
_NUMBERS = {
    "offset",
    "last_order",
    "user_id",
    "seed_user_id",
    "illust_id",
    "novel_id",
    "comment_id",
    "series_id",
    "illust_series_id",
    "max_bookmark_id",
    "max_illust_id",
    "max_novel_id",
    "max_bookmark_id_for_recommend",
    "min_bookmark_id_for_recent_illust",
}


# Characters. Cursors that list hundreds of IDs have several thousand; Pixiv rejects URLs of more than about 8,000.
_LONGEST_URL = 32_768

# More digits do not fit into an integer of a database.
_MAX_DIGITS = 18
_NUMBER = re.compile(rf"[0-9]{{1,{_MAX_DIGITS}}}")
# Every path of the App API begins with its version.
_PATH = re.compile(r"/v[0-9]+(/[^.]+)")
# What a listing is about; words and tags are not included, because Pixiv may return them in another form.
_IDENTITY = (
    *("user_id", "seed_user_id", "illust_id", "novel_id", "comment_id", "series_id", "illust_series_id"),
    *("mode", "restrict", "content_type"),
)


# Parameters that only list works that were shown before, so that Pixiv shows others.
_SEEN_IDS = ("viewed[", "already_recommended")
_TOO_LONG = (ErrorKind.BAD_PARAMETER, ErrorKind.UNKNOWN)


class Pager:
    """Follows `next_url` to the end of a listing; the base class of all other pagers."""

    has_overlap: ClassVar[bool] = True
    """Whether a listing by offset is read with an overlap, which requires that it has an order."""

    def first_state(self, call: ApiCall, before: State) -> State:
        """The state of the first request of a listing; `before` is the state at the end of the listing before it."""
        return {}

    def step(self, listing: ListingResponse, state: State) -> Step:
        """What follows a response, or an error in its place."""
        try:
            found = followed(listing, state, has_overlap=self.has_overlap)
        except ParseError as error:
            return Done(state, [not_followed(error)])
        if found.call:
            return Next(found.call, found.state, listing.seen, found.notes)
        return Done(found.state, [not_shown(listing)] if is_cut_off(listing) else found.notes)

    def unread(self, entries: list[Any], state: State) -> list[Any]:
        """The entries of a response that the responses before it did not contain."""
        return overlap.unread(entries, state)

    def is_end(self, call: ApiCall, error: Exception) -> bool:
        """Whether an error only marks the end of a listing, so that nothing is missing.

        If Pixiv may refuse everything, the call is sent again nevertheless, and its listing may then continue.
        """
        return False

    def yields_items(self, call: ApiCall) -> bool:
        """Whether the entries of a response become items; if not, only the pager uses them."""
        return True

    def may_stop(self, state: State) -> bool:
        """Whether nothing new can follow once all entries of a response are known."""
        return True

    def stopped(self, call: ApiCall, state: State) -> Sequence[Note]:
        """What to note when a listing is not read further, because what follows is known."""
        return ()


class RankPager(Pager):
    """Follows a ranking, whose positions are ranks: works that are gone are left out of a response, but counted by its offsets."""

    def step(self, listing: ListingResponse, state: State) -> Step:
        step = super().step(listing, state)
        return (
            replace(step, seen=max(step.seen, overlap.read_until(step.call, step.state)))
            if isinstance(step, Next)
            else step
        )


class SeenIdsPager(Pager):
    """Follows a listing whose `next_url` lists the works that were shown: it ends when that URL becomes too long for Pixiv.

    Such listings overlap and may go on forever: with `ends_at_known`, a response without anything new is the last one.
    """

    has_overlap = False

    def __init__(self, *, ends_at_known: bool = False) -> None:
        self._ends_at_known = ends_at_known

    def step(self, listing: ListingResponse, state: State) -> Step:
        if listing.error and self.is_end(listing.call, listing.error):
            return Done(state, [Remark(f"Pixiv shows no more than {len(seen_ids(listing.call))} works here")])
        ids = {entry["id"] for entry in listing.entries if isinstance(entry, dict) and is_id(entry.get("id"))}
        if self._ends_at_known and ids <= seen_ids(listing.call):
            return Done(state)
        return super().step(listing, state)

    def is_end(self, call: ApiCall, error: Exception) -> bool:
        return isinstance(error, ApiError) and error.fault.kind in _TOO_LONG and bool(seen_ids(call))


def seen_ids(call: ApiCall) -> set[int]:
    """The works that a call lists as shown before."""
    texts = (str(value) for name, value in call.params.items() if lists_seen_ids(name))
    return {int(text) for text in texts if _NUMBER.fullmatch(text)}


def lists_seen_ids(name: str) -> bool:
    """Whether a parameter only lists works that were shown before; there may be hundreds."""
    return name.startswith(_SEEN_IDS)


def followed(listing: ListingResponse, state: State, *, has_overlap: bool = True) -> Continued:
    """The call after a response, and the new state, which includes those of the cycle detection and of the overlap.

    Raises:
        ParseError: `next_url` is invalid, or the listing is a cycle.
    """
    following = next_call(listing.call, listing.next_url)
    if following:
        state = state | {"cycle": cycle_state(state.get("cycle", {}), listing.entries)}
        if is_cycle(state["cycle"]):
            raise ParseError("next_url forms a cycle: the same entries again and again, or none at all")
    found = Continued(following, state)
    if has_overlap and not listing.error:
        found = overlap.continued(listing.call, listing.entries, following, state)
    return (
        found
        if found.call
        else replace(found, state={name: value for name, value in found.state.items() if name != "cycle"})
    )


def is_cut_off(listing: ListingResponse) -> bool:
    """Whether a listing ends at Pixiv's cap, and not with its last entry."""
    return listing.call.params.get("offset") == MAX_OFFSET and len(listing.entries) >= LISTING_SIZE


def not_shown(listing: ListingResponse) -> Missing:
    """What follows the cap."""
    cause = f"Pixiv shows no more than {listing.seen} entries: the offset must be no more than {MAX_OFFSET}"
    return Missing("listing", listing.call.target and listing.call.target[1], cause)


def not_followed(error: ParseError) -> Missing:
    """A listing that cannot be followed."""
    return Missing("listing", None, str(error))


def next_call(call: ApiCall, next_url: str | None) -> ApiCall | None:
    """The call that `next_url` names; None at the end of a listing.

    Only its path and query count: every request goes to PIXIV_API_URL, whatever host a response names.

    Raises:
        ParseError: the URL does not belong to the App API, leads to another listing, or names the response that it
        came with.
    """
    if not next_url:
        return None
    if len(next_url) > _LONGEST_URL:
        raise ParseError(f"next_url {next_url[:60]!r}... has {len(next_url)} characters, which no server accepts")
    try:
        parts = urlsplit(next_url)
    except ValueError as error:
        raise ParseError(f"next_url {next_url!r} is not a valid URL ({error})") from error
    if not _endpoint(parts.path):
        raise ParseError(f"next_url {next_url!r} is not a URL of the App API")
    following = replace(call, path=parts.path, params=_params(parts.query))
    if not _is_same_listing(call, following):
        raise ParseError(f"next_url {next_url!r} leads to another listing than {call}")
    # Offsets must increase, or a listing would never end.
    if following.path == call.path and _others(following) == _others(call) and following.offset <= call.offset:
        raise ParseError(f"next_url {next_url!r} does not advance from offset {call.offset}")
    return following


def _params(query: str) -> JsonObject:
    """The parameters of a query; one that occurs several times is a list."""
    texts: dict[str, list[str]] = {}
    for name, text in parse_qsl(query, keep_blank_values=True):
        texts.setdefault(name, []).append(text)
    kept = {name: members for name, members in texts.items() if name not in SECRET_NAMES}
    return {name: _value(name, members) for name, members in kept.items()}


def _endpoint(path: str) -> str:
    """The path without its version; empty if it is not a path of the App API."""
    found = _PATH.fullmatch(path)
    return found[1] if found else ""


def _is_same_listing(call: ApiCall, following: ApiCall) -> bool:
    identity = [name for name in _IDENTITY if name in call.params]
    is_same = all(str(following.params.get(name)) == str(call.params[name]) for name in identity)
    return is_same and _endpoint(following.path) == _endpoint(call.path)


def _others(call: ApiCall) -> dict[str, str]:
    """The parameters of a call without its offset."""
    return {name: str(value) for name, value in call.params.items() if name != "offset"}


def _value(name: str, texts: list[str]) -> ParamValue:
    if name in _NUMBERS:
        text = ",".join(texts)
        if not _NUMBER.fullmatch(text):
            raise ParseError(
                f"next_url has {name}={text[:30]!r}, which is not a number of at most {_MAX_DIGITS} digits"
            )
        return int(text)
    return texts if len(texts) > 1 else texts[0]

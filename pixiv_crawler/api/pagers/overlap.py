"""Reads listings by offset with an overlap, so that entries that appear or disappear meanwhile cannot hide others.

In such a listing, an entry that is added or removed moves all that follow it. Each part therefore begins at the last
entry that was read. The fingerprints of the last entries read are remembered: what follows the first of them in a
response is unread, unless it is one of them. If a response does not begin with one of them, the listing has moved too
far: parts before it, and behind it, are requested until one of them has one.

A listing that `next_url` continues by an ID or by the works that were shown does not move, and is read without an
overlap.

The state is the field `overlap` of the pager's state: `last`, the fingerprints of the last entries read; `end`, the
offset behind them; `width`, the number of entries that are requested again; while they are searched for, `searches`,
the number of requests, and `back` and `ahead`, the offsets to request next, if any; `is_lost`, whether they could not
be found.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from pixiv_crawler.api.call import ApiCall, JsonObject
from pixiv_crawler.api.cycle_detection import fingerprint
from pixiv_crawler.api.pagers.steps import Missing, Note, Remark, State
from pixiv_crawler.api.search_partitions import LISTING_SIZE, MAX_OFFSET

# Entries that are remembered. While some of them are left, the place is found: a full listing tolerates 29 that
# disappear.
_REMEMBERED = 30
# Entries that are requested again where a listing has just moved, or where a response is short, because Pixiv counts
# works that it leaves out: the last entry may then be that much farther ahead.
_WIDEST = 10
# Of so many works that a part leaves out, one may be at its end.
_SPARSE = 4
# Requests to find the place again; they reach 400 entries back.
_MAX_SEARCHES = 20
# Every third of them looks ahead, because more entries usually disappear at once than appear.
_AHEAD_EVERY = 3
_OFFSETS = ("offset", "last_order")
# Beginnings of parameters that continue a listing in another way.
_OTHER_CURSORS = ("max_", "min_", "viewed", "already_recommended")

_NEW: JsonObject = {"last": [], "end": 0, "width": 1, "searches": 0, "back": None, "ahead": None, "is_lost": False}


@dataclass(frozen=True, slots=True)
class Continued:
    """What follows a response of a listing."""

    call: ApiCall | None
    """None at the end of the listing."""
    state: State
    notes: Sequence[Note] = ()
    has_shifted: bool = False
    """Whether the place was found again after the listing had moved."""


def unread(entries: list[Any], state: State) -> list[Any]:
    """The entries of a response that were not read before; none while the place is being searched for."""
    before = _overlap(state)
    if not before["last"]:
        return entries
    if not _is_place(entries, before):
        return []
    is_known = [fingerprint(entry) in before["last"] for entry in entries]
    first = is_known.index(True)
    return [entry for entry, known in zip(entries[first:], is_known[first:], strict=True) if not known]


def read_until(call: ApiCall, state: State) -> int:
    """The offset behind the entries read before the next call of a listing."""
    return int(_overlap(state)["end"]) or _offset(call)


def continued(call: ApiCall, entries: list[Any], following: ApiCall | None, state: State) -> Continued:
    """The next call of a listing; `following` is the one that `next_url` names."""
    before = _overlap(state)
    # No entries, but a next_url: Pixiv leaves out all works of this part, and there is nothing to compare.
    is_left_out = not entries and following is not None and not before["searches"]
    if before["last"] and not is_left_out and not _is_place(entries, before):
        return _searched(call, entries, following, state)
    notes = [Remark(f"{call} continues the listing, which had shifted")] if before["searches"] else ()
    if following is None and before["last"]:
        after = _read(entries, state, end=_offset(call) + len(entries), width=1)
        return Continued(None, state | {"overlap": after}, notes, has_shifted=bool(notes))
    if following is None or before["is_lost"] or not _is_by_offset(call, following):
        return Continued(following, state)
    width = _width(call, entries, following, state)
    if not width:
        return Continued(following, state | {"overlap": _NEW}, notes, has_shifted=bool(notes))
    end = _offset(following)
    after = _read(entries, state, end=end, width=width)
    return Continued(_at(following, end - width), state | {"overlap": after}, notes, has_shifted=bool(notes))


def _read(entries: list[Any], state: State, *, end: int, width: int) -> JsonObject:
    """The state after a response whose place is known."""
    last = [*_overlap(state)["last"], *map(fingerprint, unread(entries, state))][-_REMEMBERED:]
    return _NEW | {"last": last, "end": end, "width": width}


def _width(call: ApiCall, entries: list[Any], following: ApiCall, state: State) -> int:
    """How many entries to request again; 0 if that would show nothing."""
    before, start, end = _overlap(state), _offset(call), _offset(following)
    has_shifted = before["searches"] > 0
    left_out = end - start - len(entries)
    # What lies between the last entry and the next part is left out, so the next part cannot begin with an entry that
    # was read.
    is_stuck = has_shifted and left_out > 0 and not unread(entries, state) and end <= before["end"]
    if is_stuck or left_out > len(entries):
        return 0
    width = max(1 + math.ceil(left_out / _SPARSE), _WIDEST if has_shifted else before["width"] // 2)
    # The cap of a listing is the last offset; a part that begins there shows more than one that cannot be requested.
    width = end - MAX_OFFSET if start < MAX_OFFSET < end - width else min(width, _WIDEST)
    return max(0, min(width, end - start - 1))


def _searched(call: ApiCall, entries: list[Any], following: ApiCall | None, state: State) -> Continued:
    """The next request that may find the place where the listing was left."""
    before, start = _overlap(state), _offset(call)
    if start == 0 and not entries:
        cause = "the listing became empty while it was read, so entries may have been skipped"
        return Continued(None, state, [_missing(call, cause)])
    searches, back, ahead = before["searches"], before["back"], before["ahead"]
    if start < before["end"]:
        back = max(0, start - (LISTING_SIZE - 1 if searches else _WIDEST - 1)) if start else None
    if start >= before["end"] or not searches:
        ahead = _offset(following) - 1 if following and _offset(following) <= MAX_OFFSET else None
    is_ahead = ahead is not None and (back is None or searches % _AHEAD_EVERY == _AHEAD_EVERY - 1)
    place = ahead if is_ahead else back
    if place is None or searches == _MAX_SEARCHES:
        return _lost(call, state)
    after = before | {"searches": searches + 1, "back": back, "ahead": ahead}
    return Continued(_at(call, place), state | {"overlap": after})


def _lost(call: ApiCall, state: State) -> Continued:
    """Reads on without an overlap: a listing that moves this much has no order to rely on."""
    cause = (
        "entries appeared or disappeared while the listing was read, and those read last were not found again, "
        "so others may have been skipped"
    )
    end = _at(call, _overlap(state)["end"])
    return Continued(end, state | {"overlap": _NEW | {"is_lost": True}}, [_missing(call, cause)])


def _missing(call: ApiCall, cause: str) -> Missing:
    target = call.target
    return Missing("listing", target and target[1], cause)


def _overlap(state: State) -> JsonObject:
    return {**_NEW, **state.get("overlap", {})}


def _is_place(entries: list[Any], before: JsonObject) -> bool:
    """Whether a response shows where the listing was left.

    A part begins with an entry that was read. If only a later one was, that one may have moved down, behind unread
    ones.
    """
    shown = entries if before["searches"] else entries[:1]
    return any(fingerprint(entry) in before["last"] for entry in shown)


def _is_by_offset(call: ApiCall, following: ApiCall) -> bool:
    is_other = any(name.startswith(_OTHER_CURSORS) for name in following.params)
    return not is_other and _offset(following) > _offset(call)


def _name(call: ApiCall) -> str:
    """The parameter that names the first entry of a response."""
    return next((name for name in _OFFSETS if name in call.params), _OFFSETS[0])


def _offset(call: ApiCall) -> int:
    offset = call.params.get(_name(call), 0)
    return offset if isinstance(offset, int) else 0


def _at(call: ApiCall, offset: int) -> ApiCall:
    return replace(call, params=call.params | {_name(call): offset})

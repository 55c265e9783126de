"""Listings that shrink and grow while they are read: every entry that stays is read once, or the run says that some may be missing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from random import Random
from typing import Any

import pytest

from pixiv_crawler.api import endpoints
from pixiv_crawler.api.call import ApiCall
from pixiv_crawler.api.enums import SearchTarget, WorkType
from pixiv_crawler.api.pagers.next_url import Pager, RankPager
from pixiv_crawler.api.pagers.search import SearchPager
from pixiv_crawler.api.pagers.steps import Done, ListingResponse, Missing, Next
from pixiv_crawler.api.pagers.user_works import UserWorksPager
from pixiv_crawler.api.search_partitions import SearchPartition
from tests.api.shifting import PAGE, Entry, Read, ShiftingList, complaints, read
from tests.listing_cap import SMALL_CAP, listing_cap_restored, replace_cap
from tests.promises import tries

pytestmark = pytest.mark.promise("shift")

FEED = ApiCall("/v1/illust/follow", {"restrict": "all"}, entries_key="illusts")
NOVELS = ApiCall("/v2/novel/series", {"series_id": 7}, entries_key="novels")
WORLDS = range(tries(80, 200))
SIZES = (0, 1, 30, 31, 59, 60, 61, 100, 200, 400)


def entries(count: int) -> list[Entry]:
    return [{"id": 10_000 - number, "type": "illust", "create_date": _date(number)} for number in range(count)]


def _date(number: int) -> str:
    """Twelve works a day, newest first."""
    return f"2026-{12 - number // 300:02}-{28 - number % 300 // 12:02}T{23 - number % 12:02}:00:00+09:00"


def world(seed: int, changes: int, *, name: str = "offset", size: int | None = None) -> ShiftingList:
    rng = Random(f"{seed} {changes}")
    return ShiftingList(entries(rng.choice(SIZES) if size is None else size), rng, changes, name)


# --- Nothing that stays is skipped in silence ------------------------------------------------------------------------


@pytest.mark.parametrize("changes", [0, 1, 3, 20])
@pytest.mark.parametrize(
    ("pager", "first", "name"),
    [(Pager(), FEED, "offset"), (RankPager(), FEED, "offset"), (Pager(), NOVELS, "last_order")],
)
@pytest.mark.e2e
def test_listings_that_shift_are_read_completely_and_once(
    pager: Pager, first: ApiCall, name: str, changes: int, record_property: Callable[[str, object], None]
) -> None:
    record_property("shifting listings", len(WORLDS))
    incomplete = 0
    for seed in WORLDS:
        listing = world(seed, changes, name=name)
        found = read(pager, first, listing.response)
        assert complaints(listing, found) == [], seed
        assert sorted(set(found.positions)) == found.positions
        incomplete += not found.is_complete
    assert incomplete <= (2 if changes > 3 else 0)


USERS = [
    lambda number: {"user": {"id": number, "name": "A"}, "illusts": [], "is_muted": False},
    lambda number: {"name": f"タグ{number}", "count": 1},
    lambda number: {"id": number, "comment": "!", "user": {"id": 1}},
]


@pytest.mark.parametrize("make", USERS, ids=["previews", "tags", "comments"])
@pytest.mark.e2e
def test_users_tags_and_comments_are_recognized_whatever_else_of_them_changes(
    make: Any, record_property: Callable[[str, object], None]
) -> None:
    record_property("shifting listings", len(WORLDS))
    for seed in WORLDS:
        listing = world(seed, 3)
        listing.entries = [make(entry["id"]) for entry in listing.entries]

        def respond(call: ApiCall, seen: int, listing: ShiftingList = listing) -> ListingResponse:
            found = listing.response(call, seen)
            changed = [entry | {"count": seen, "is_muted": seen % 2} for entry in found.entries]
            return ListingResponse(call, changed, found.next_url, seen)

        found = read(Pager(), FEED, respond)
        assert (
            complaints(listing, found, lambda entry: entry.get("name") or entry.get("id") or entry["user"]["id"]) == []
        )
        assert found.is_complete


@pytest.mark.parametrize("changes", [0, 1, 3, 20])
@pytest.mark.e2e
def test_the_works_of_users_are_read_completely_or_held_against_their_profile(
    changes: int, record_property: Callable[[str, object], None]
) -> None:
    record_property("shifting listings", len(WORLDS))
    for seed in WORLDS:
        listing = world(seed, changes)
        pager = UserWorksPager([WorkType.ILLUST, WorkType.MANGA, WorkType.UGOIRA])
        profile, first = pager.first_calls(7)

        def respond(call: ApiCall, seen: int, listing: ShiftingList = listing) -> ListingResponse:
            return listing.response(call, seen) if call.entries_key else ListingResponse(call, [_profile(listing)])

        step = pager.step(respond(profile, 0), pager.first_state(profile, {}))
        assert isinstance(step, Done)
        found = read(pager, first, respond, before=step.state)
        found.entries = [entry for entry in found.entries if "id" in entry]
        assert complaints(listing, found) == [], seed


def _profile(listing: ShiftingList) -> Entry:
    counts = {"total_illusts": len(listing.entries) - len(listing.hidden), "total_manga": 0, "total_novels": 0}
    return counts | {"profile": counts}  # for the response as a whole, and for its profile


def test_works_that_disappeared_meanwhile_are_not_missing() -> None:
    """The profile counts them when the listing begins, so it is requested again."""
    listing = ShiftingList(entries(100), Random(1))
    pager = UserWorksPager([WorkType.ILLUST, WorkType.MANGA, WorkType.UGOIRA])

    def respond(call: ApiCall, seen: int) -> ListingResponse:
        listing.hidden = set(range(0, 90, 10)) if listing.requests == 2 else listing.hidden
        return listing.response(call, seen) if call.entries_key else ListingResponse(call, [_profile(listing)])

    profile, first = pager.first_calls(7)
    before = pager.step(respond(profile, 0), pager.first_state(profile, {})).state
    assert before["totals"]["illust"] == 100
    assert read(pager, first, respond, before=before).is_complete


def _search(sort: str) -> SearchPager:
    part = SearchPartition(sort=sort)
    return SearchPager(_search_call, part, today="2026-12-31")


def _search_call(_key: str, part: SearchPartition) -> ApiCall:
    return endpoints.search_illust("a", SearchTarget.KEYWORD, **part.params)


class DatedList(ShiftingList):
    """A search: the order, and the days that it is limited to, are those of the call."""

    def selected(self, call: ApiCall) -> Iterator[int]:
        start, end = call.params.get("start_date", ""), call.params.get("end_date", "9")
        days = (entry["create_date"][:10] for entry in self.entries)
        found = [index for index, day in enumerate(days) if start <= day <= end]
        return iter(found[::-1] if call.params["sort"] == "date_asc" else found)


@pytest.mark.parametrize("cap", [SMALL_CAP, 5000])
@pytest.mark.parametrize("sort", ["date_desc", "date_asc"])
@pytest.mark.parametrize("changes", [0, 3, 20])
@pytest.mark.e2e
def test_searches_that_shift_are_read_completely_or_reported(
    sort: str, changes: int, cap: int, record_property: Callable[[str, object], None]
) -> None:
    record_property("shifting listings", len(WORLDS[:100]))
    with listing_cap_restored():
        replace_cap(cap)
        for seed in WORLDS[:100]:
            rng = Random(f"{seed} {changes}")
            listing = DatedList(entries(rng.choice(SIZES)), rng, changes)
            pager = _search(sort)
            found = read(pager, _search_call("illusts", SearchPartition(sort=sort)), listing.response)
            found.entries = list({entry["id"]: entry for entry in found.entries}.values())  # days are read twice
            assert complaints(listing, found) == [], seed


# --- What cannot be repaired is reported -----------------------------------------------------------------------------


class OtherList(ShiftingList):
    """A listing that has other entries from the second request on."""

    def shift(self) -> None:
        self.entries = [{"id": entry["id"] + 100_000} for entry in self.entries]


def test_a_listing_whose_last_entries_are_not_found_again_is_reported_after_a_few_requests() -> None:
    listing = OtherList(entries(3000), Random(1))
    found = read(Pager(), FEED, listing.response)
    (missing,) = [note for note in found.notes if isinstance(note, Missing)]
    assert missing.what == "listing"
    assert "not found again" in missing.cause
    assert listing.requests <= 3000 / PAGE + 25


def test_a_search_whose_order_is_lost_continues_from_the_day_that_it_reached() -> None:
    class Replaced(DatedList):
        def shift(self) -> None:
            self.entries = [entry | {"id": entry["id"] + 100_000} for entry in self.entries]
            self.shift = lambda: None  # type: ignore[method-assign]  # once only

    listing = Replaced(entries(300), Random(1))
    found = read(_search("date_desc"), _search_call("illusts", SearchPartition(sort="date_desc")), listing.response)
    assert found.is_complete
    assert {entry["id"] for entry in listing.entries[30:]} <= {entry["id"] for entry in found.entries}


def test_an_entry_that_moves_down_hides_no_others() -> None:
    listing = ShiftingList(entries(90), Random(1))

    def respond(call: ApiCall, seen: int) -> ListingResponse:
        found = listing.response(call, seen)
        if listing.requests == 1:
            listing.entries.insert(44, listing.entries.pop(24))
        return found

    found = read(Pager(), FEED, respond)
    assert sorted(entry["id"] for entry in found.entries) == sorted(entry["id"] for entry in listing.entries)


def test_a_listing_that_becomes_empty_while_it_is_read_is_reported() -> None:
    listing = ShiftingList(entries(100), Random(1))

    def respond(call: ApiCall, seen: int) -> ListingResponse:
        found = listing.response(call, seen)
        listing.hidden = set(range(100))
        return found

    found = read(Pager(), FEED, respond)
    assert (len(found.entries), found.is_complete) == (30, False)
    assert listing.requests < 10


# --- Costs -----------------------------------------------------------------------------------------------------------


@pytest.mark.e2e
def test_where_nothing_shifts_the_overlap_costs_less_than_four_percent_more_requests() -> None:
    asked = without = 0
    for size in range(0, 5000, 257):
        listing = ShiftingList(entries(size), Random(1))
        found = read(Pager(), FEED, listing.response)
        assert [entry["id"] for entry in found.entries] == [entry["id"] for entry in listing.entries]
        assert found.positions == list(range(1, size + 1))
        asked += listing.requests
        without += max(1, -(-size // PAGE))
    assert asked / without < 1.04


@pytest.mark.e2e
def test_a_shift_costs_few_more_requests() -> None:
    asked = sum(_read_with_one_shift(count).requests for count in range(1, 21))
    assert asked / 20 <= 35 + 4


def _read_with_one_shift(count: int) -> ShiftingList:
    listing = ShiftingList(entries(1000), Random(1))

    def respond(call: ApiCall, seen: int) -> ListingResponse:
        if listing.requests == 10:
            listing.hidden = set(range(count))
        return listing.response(call, seen)

    found = read(Pager(), FEED, respond)
    assert [entry["id"] for entry in found.entries] == [entry["id"] for entry in listing.entries]
    return listing


def test_a_parameter_that_pixiv_adds_to_next_url_changes_no_position() -> None:
    listing = ShiftingList(entries(100), Random(1))

    def respond(call: ApiCall, seen: int) -> ListingResponse:
        found = listing.response(call, seen)
        return ListingResponse(call, found.entries, f"{found.next_url}&type=illust" if found.next_url else None, seen)

    pager = UserWorksPager([WorkType.ILLUST, WorkType.MANGA, WorkType.UGOIRA])
    profile, first = pager.first_calls(7)
    before = pager.step(ListingResponse(profile, [_profile(listing)]), pager.first_state(profile, {})).state
    found = read(pager, first, respond, before=before)
    assert found.positions == list(range(1, 101))
    assert listing.requests == 4


# --- Works that Pixiv leaves out -------------------------------------------------------------------------------------


@pytest.mark.parametrize("share", [0.024, 0.1, 0.3, 0.5, 0.9, 0.99])
@pytest.mark.e2e
def test_works_that_pixiv_leaves_out_but_counts_are_no_shift(share: float) -> None:
    asked = places = 0
    for seed in range(40):
        rng = Random(seed)
        size = rng.choice((60, 100, 500, 2000))
        left_out = {index for index in range(size) if rng.random() < share}
        listing = _Gaps(entries(size), Random(1), hidden=left_out)
        found = read(RankPager(), FEED, listing.response)
        assert found.entries == [entry for index, entry in enumerate(listing.entries) if index not in left_out]
        assert found.is_complete
        asked, places = asked + listing.requests, places + -(-size // PAGE)
    assert asked / places < (1.1 if share <= 0.1 else 1.3)


class _Gaps(ShiftingList):
    def response(self, call: ApiCall, seen: int) -> ListingResponse:
        self.requests += 1
        start = call.params.get("offset", 0)
        shown = [
            entry
            for index, entry in enumerate(self.entries)
            if index not in self.hidden and start <= index < start + PAGE
        ]
        next_url = f"https://app-api.pixiv.net{FEED.at(start + PAGE)}" if start + PAGE < len(self.entries) else None
        return ListingResponse(call, shown, next_url, seen)


# --- Listings that do not shift --------------------------------------------------------------------------------------


@pytest.mark.parametrize("params", [{"max_bookmark_id": 99}, {"max_illust_id": 99}, {"viewed[0]": 1, "offset": 30}])
def test_a_listing_that_continues_by_an_id_is_read_without_an_overlap(params: dict[str, Any]) -> None:
    following = ApiCall(FEED.path, FEED.params | params, "illusts")
    step = Pager().step(ListingResponse(FEED, entries(30), f"https://app-api.pixiv.net{following}", 30), {})
    assert isinstance(step, Next)
    assert "overlap" not in step.state
    assert str(step.call) == str(following)


def test_a_request_without_the_state_of_an_overlap_continues_at_its_offset() -> None:
    listing = ShiftingList(entries(100), Random(1))
    found = read(Pager(), FEED.at(30), listing.response)
    assert len(found.entries) == 70
    assert isinstance(found, Read)

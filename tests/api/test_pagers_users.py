"""The steps of `UserWorksPager`, response by response."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pixiv_crawler.api.call import ApiCall
from pixiv_crawler.api.enums import WorkType
from pixiv_crawler.api.errors import ApiError, ApiFault, ErrorKind
from pixiv_crawler.api.pagers.steps import (
    Done,
    HiddenWorks,
    ListingResponse,
    Missing,
    Next,
    Refused,
    Remark,
    State,
    Step,
    TotalKnown,
    Warned,
)
from pixiv_crawler.api.pagers.user_works import UserWorksPager

ILLUST, MANGA, UGOIRA, NOVEL = WorkType.ILLUST, WorkType.MANGA, WorkType.UGOIRA, WorkType.NOVEL
ILLUSTS = [ILLUST, MANGA, UGOIRA]
CAP = ApiError("/v1/user/illusts", ApiFault(ErrorKind.OFFSET_LIMIT, 400, "Offset must be no more than 5000"))
GONE = ApiError("/v1/user/detail", ApiFault(ErrorKind.USER_GONE, 404, "The user has left pixiv"))
DOWN = ApiError("/v1/user/illusts", ApiFault(ErrorKind.SERVER_ERROR, 500, "Error"))


def works(first: int, count: int, type_: str = "illust") -> list[Any]:
    return [{"id": id_, "type": type_} for id_ in range(first, first + count)]


def after_profile(
    pager: UserWorksPager, profile: Any = None, error: Exception | None = None
) -> tuple[Done, list[ApiCall]]:
    """The step after the profile, and the first calls of the listings."""
    call, *others = pager.first_calls(7)
    entries = [] if error else [{"profile": profile or {}} | (profile or {})]
    done = pager.step(ListingResponse(call, entries, error=error), pager.first_state(call, {}))
    assert isinstance(done, Done)
    return done, others


def step(pager: UserWorksPager, call: ApiCall, entries: Any, state: State, seen: int = 0, **more: Any) -> Step:
    """The step after a response; its state is plain JSON."""
    found = pager.step(ListingResponse(call, entries, seen=seen + len(entries), **more), state)
    assert json.loads(json.dumps(found.state)) == found.state
    return found


def next_url(call: ApiCall, offset: int) -> str:
    return f"https://app-api.pixiv.net{call.at(offset)}"


def test_the_profile_determines_the_expected_number_of_works() -> None:
    pager = UserWorksPager([ILLUST, MANGA, NOVEL], offset=10)
    done, calls = after_profile(pager, {"total_illusts": 30, "total_manga": 5, "total_novels": 2})
    assert done.notes == [TotalKnown(27)]
    assert [call.path for call in calls] == ["/v1/user/illusts", "/v1/user/novels"]
    assert all(call.params["offset"] == 10 for call in calls)


def test_a_profile_becomes_an_item_only_if_that_is_wanted_and_a_missing_one_is_not_yet_a_failure() -> None:
    pager = UserWorksPager(ILLUSTS)
    profile, listing = pager.first_calls(7)
    assert (pager.yields_items(profile), pager.yields_items(listing)) == (False, True)
    assert UserWorksPager(ILLUSTS, yields_profiles=True).yields_items(profile)
    assert (pager.is_end(profile, DOWN), pager.is_end(listing, DOWN), pager.is_end(listing, CAP)) == (
        True,
        False,
        True,
    )


@pytest.mark.parametrize(
    ("types", "profile", "shown", "notes"),
    [
        (ILLUSTS, {"total_illusts": 2, "total_manga": 0}, works(1, 2), []),
        (
            ILLUSTS,
            {"total_illusts": 5, "total_manga": 0},
            works(1, 2),
            [
                HiddenWorks(
                    7,
                    3,
                    ["illust", "manga"],
                    [1, 2],
                    "the profile counts 5 illusts, but Pixiv listed 2; "
                    "the others are hidden from the app, or from this account",
                )
            ],
        ),
        (
            [ILLUST],
            {"total_illusts": 3},
            works(1, 2),
            [Warned("User 7: the profile counts 3 illusts, but Pixiv listed 2; the others are animations, or hidden")],
        ),
        (
            [UGOIRA],
            {"total_illusts": 3},
            works(1, 2),
            [
                Warned(
                    "User 7: the profile counts 3 illusts, but Pixiv listed 2; the others are illustrations, or hidden"
                )
            ],
        ),
        (
            ILLUSTS,
            {},
            works(1, 2),
            [
                Warned(
                    "User 7: the number of works is unknown (the profile does not contain it), "
                    "so works that Pixiv hides are not reported"
                )
            ],
        ),
        (
            ILLUSTS,
            {"total_illusts": 0, "total_manga": 0},
            [],
            [Remark("User 7 has no works of type illust, manga, ugoira")],
        ),
    ],
)
def test_at_its_end_a_listing_is_compared_with_the_profile(
    types: list[WorkType], profile: Any, shown: list[Any], notes: list[Any]
) -> None:
    pager = UserWorksPager(types)
    before, (call,) = after_profile(pager, profile)
    done = step(pager, call, shown, pager.first_state(call, before.state))
    assert isinstance(done, Done)
    assert list(done.notes) == notes


def test_with_an_offset_argument_nothing_is_compared() -> None:
    pager = UserWorksPager(ILLUSTS, offset=30)
    before, (call,) = after_profile(pager, {"total_illusts": 100, "total_manga": 0})
    assert step(pager, call, works(1, 2), pager.first_state(call, before.state)).notes == []


def test_a_user_without_a_profile_is_deleted_if_all_listings_are_empty() -> None:
    pager = UserWorksPager([*ILLUSTS, NOVEL])
    before, (illusts, novels) = after_profile(pager, error=GONE)
    first = step(pager, illusts, [], pager.first_state(illusts, before.state))
    second = step(pager, novels, [], pager.first_state(novels, first.state))
    assert first.notes == []
    (refusal,) = second.notes
    assert isinstance(refusal, Refused)
    assert (refusal.call.path, refusal.fault) == ("/v1/user/detail", GONE.fault)


def test_a_user_without_a_profile_but_with_works_is_not_deleted() -> None:
    pager = UserWorksPager([*ILLUSTS, NOVEL])
    before, (illusts, novels) = after_profile(pager, error=GONE)
    first = step(pager, illusts, works(1, 1), pager.first_state(illusts, before.state))
    assert step(pager, novels, [], pager.first_state(novels, first.state)).notes == []


@pytest.mark.parametrize("fault", ["error", "cycle"])
def test_after_a_failure_nothing_is_compared(fault: str) -> None:
    pager = UserWorksPager(ILLUSTS)
    before, (call,) = after_profile(pager, {"total_illusts": 100, "total_manga": 0})
    state = pager.first_state(call, before.state)
    if fault == "error":
        done = step(pager, call, [], state, error=DOWN)
        assert done.notes == []
    else:
        done = step(pager, call, works(1, 2), state, next_url=next_url(call, 0))
        assert [note.what for note in done.notes if isinstance(note, Missing)] == ["listing"]
    assert isinstance(done, Done)


def test_at_the_cap_the_last_part_is_requested_and_then_the_rest_of_each_type() -> None:
    pager = UserWorksPager(ILLUSTS)
    before, (first,) = after_profile(pager, {"total_illusts": 6500, "total_manga": 2000})
    shown = {"illust": list(range(4000)), "manga": list(range(10_000, 11_000))}
    state = pager.first_state(first, before.state) | {"shown": shown}
    at_4980 = first.at(4980)

    at_5010 = step(pager, at_4980, works(20_000, 10), state, seen=4980, next_url=next_url(first, 5010))
    assert isinstance(at_5010, Next)
    assert (at_5010.call.params["offset"], at_5010.seen) == (5010, 4990)

    last_part = step(pager, at_5010.call, [], at_5010.state, seen=4990, error=CAP)
    assert isinstance(last_part, Next)
    assert (last_part.call.params["offset"], last_part.seen) == (5000, 4990)

    illusts = step(pager, last_part.call, works(30_000, 20), last_part.state, seen=5000)
    assert isinstance(illusts, Next)
    assert {name: illusts.call.params[name] for name in ("type", "offset")} == {"type": "illust", "offset": 4030}
    assert illusts.seen == 4030

    manga = step(pager, illusts.call, works(40_000, 5), illusts.state, seen=4030)
    assert isinstance(manga, Next)
    assert {name: manga.call.params[name] for name in ("type", "offset")} == {"type": "manga", "offset": 1000}
    assert manga.seen == 1000

    done = step(pager, manga.call, works(50_000, 5, "manga"), manga.state, seen=1000)
    assert isinstance(done, Done)
    (missing,) = done.notes
    assert isinstance(missing, HiddenWorks)
    assert (missing.user_id, missing.count) == (7, 3460)
    assert missing.cause.endswith("it shows no more than about 5000 of a listing")


def test_a_type_without_further_works_is_not_read_separately() -> None:
    pager = UserWorksPager(ILLUSTS)
    before, (first,) = after_profile(pager, {"total_illusts": 6500, "total_manga": 1})
    shown = {"illust": list(range(5000)), "manga": [9000]}
    state = pager.first_state(first, before.state) | {"shown": shown, "limit": 5010}
    illusts = step(pager, first.at(5000), works(20_000, 1), state, seen=5000)
    assert isinstance(illusts, Next)
    assert illusts.call.params["type"] == "illust"
    assert illusts.state["waiting"] == []

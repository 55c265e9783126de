"""The step after a response: by next_url, by rank, by the listed works, and to the next partition of a search."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pixiv_crawler.api import account_endpoints, endpoints
from pixiv_crawler.api.call import ApiCall
from pixiv_crawler.api.enums import SearchTarget
from pixiv_crawler.api.errors import ApiError, ApiFault, ErrorKind
from pixiv_crawler.api.pagers.next_url import Pager, RankPager, SeenIdsPager
from pixiv_crawler.api.pagers.search import PreviewPager, SearchPager
from pixiv_crawler.api.pagers.steps import (
    Done,
    ListingResponse,
    Missing,
    Next,
    Note,
    PartitionRead,
    Remark,
    Step,
    TotalKnown,
    Warned,
)
from pixiv_crawler.api.pagers.totals import BookmarkSearchPager, SeriesPager
from pixiv_crawler.api.search_partitions import FIRST_DAY, MAX_OFFSET, SearchPartition

CALL = ApiCall("/v1/illust/follow", {"restrict": "all"}, entries_key="illusts")
TODAY = "2026-01-31"


def fault(kind: ErrorKind) -> ApiError:
    return ApiError("/v1/any", ApiFault(kind, 400, "no"))


def url(call: ApiCall) -> str:
    return f"https://app-api.pixiv.net{call}"


def entries(*ids: int) -> list[Any]:
    return [{"id": id_} for id_ in ids]


# --- next_url --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("pager", [Pager(), RankPager(), SeenIdsPager()])
def test_a_listing_ends_without_next_url_and_after_an_error(pager: Pager) -> None:
    for listing in (ListingResponse(CALL, entries(1)), ListingResponse(CALL, error=fault(ErrorKind.SERVER_ERROR))):
        assert pager.step(listing, {}) == Done({})


def test_next_url_is_followed_and_entries_are_counted_on() -> None:
    step = Pager().step(ListingResponse(CALL, entries(1, 2), url(CALL.at(30)), seen=32), {})
    assert isinstance(step, Next)
    assert (step.call, step.seen) == (CALL.at(30), 32)


@pytest.mark.parametrize("next_url", ["rubbish", url(CALL)])
def test_a_next_url_that_cannot_be_followed_is_a_missing_listing(next_url: str) -> None:
    step = Pager().step(ListingResponse(CALL, entries(1), next_url), {})
    assert isinstance(step, Done)
    (missing,) = step.notes
    assert isinstance(missing, Missing)
    assert (missing.what, missing.id) == ("listing", None)


def test_a_cycle_ends_a_listing_and_is_a_missing_listing() -> None:
    state: dict[str, Any] = {}
    for number in range(100):
        step: Step = Pager().step(ListingResponse(CALL, entries(1, 2), url(CALL.at(30 + number))), state)
        state = json.loads(json.dumps(step.state))
        if isinstance(step, Done):
            break
    assert number < 10
    assert "cycle" in str(step.notes)


def test_a_rank_counts_works_that_are_left_out() -> None:
    step = RankPager().step(ListingResponse(CALL, entries(1, 2), url(CALL.at(30)), seen=2), {})
    assert isinstance(step, Next)
    assert step.seen == 30


# --- Series ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "head", "seen", "counts"),
    [
        ({}, {"series_work_count": 3}, 2, 3),
        ({}, {"content_count": 3}, 2, 3),
        ({"total": 3}, {}, 2, 3),
        ({"total": 3}, {"content_count": 4}, 2, 3),  # a work appeared while the series was read
        ({"total": 4}, {"content_count": 3}, 3, None),
        ({}, {"content_count": 2}, 2, None),
        ({}, {"content_count": "3"}, 2, None),
        ({}, None, 2, None),
    ],
)
def test_works_that_a_series_counts_but_pixiv_does_not_list_are_missing(
    before: dict[str, int], head: Any, seen: int, counts: int | None
) -> None:
    step = SeriesPager().step(ListingResponse(CALL, entries(1, 2), seen=seen, head=head), before)
    cause = f"the series counts {counts} works, but Pixiv listed 2; the others are hidden from the app, or from this account"
    assert missing_of(step) == ([Missing("works", None, cause)] if counts else [])


def missing_of(step: Step) -> list[Note]:
    return [note for note in step.notes if isinstance(note, Missing)]


def test_an_unfinished_series_is_not_compared() -> None:
    head = {"series_work_count": 99}
    error = SeriesPager().step(ListingResponse(CALL, error=fault(ErrorKind.SERVER_ERROR)), {"total": 99})
    following = SeriesPager().step(ListingResponse(CALL, entries(1), url(CALL.at(30)), seen=30, head=head), {})
    assert missing_of(error) == missing_of(following) == []
    assert following.state["total"] == 99
    assert list(following.notes) == [TotalKnown(70)], "of 99, from the offset 29 on"
    assert isinstance(following, Next)
    again = SeriesPager().step(
        ListingResponse(CALL, entries(1), url(CALL.at(60)), seen=31, head=head), following.state
    )
    assert list(again.notes) == [], "the number is known"


# --- Searches in bookmarks -------------------------------------------------------------------------------------------

SYNC = account_endpoints.search_bookmark_sync_status()


@pytest.mark.parametrize(("total", "missing"), [(3, True), (2, False), (None, False), ("3", False), (-1, False)])
def test_bookmarks_that_a_search_counts_but_pixiv_does_not_list_are_missing(total: Any, missing: bool) -> None:
    step = BookmarkSearchPager().step(ListingResponse(CALL, entries(1, 2), seen=2, total=total), {})
    cause = "the search counts 3 works, but Pixiv listed 2; the others are hidden from the app, or from this account"
    assert missing_of(step) == ([Missing("works", None, cause)] if missing else [])
    assert [note for note in step.notes if isinstance(note, TotalKnown)] == (
        [TotalKnown(total)] if total in (2, 3) else []
    )


@pytest.mark.parametrize(
    ("listing", "is_known"),
    [
        (ListingResponse(SYNC, [{"is_synchronised": True}]), True),
        (ListingResponse(SYNC, [{"is_synchronised": False}]), False),
        (ListingResponse(SYNC, [{}]), False),
        (ListingResponse(SYNC, ["x"]), False),
        (ListingResponse(SYNC, error=fault(ErrorKind.SERVER_ERROR)), False),
    ],
)
def test_a_search_that_may_not_know_all_bookmarks_is_a_warning(listing: ListingResponse, is_known: bool) -> None:
    pager = BookmarkSearchPager()
    assert not pager.yields_items(listing.call)
    assert pager.is_end(listing.call, Exception())
    step = pager.step(listing, {})
    assert isinstance(step, Done)
    assert [type(note) for note in step.notes] == ([] if is_known else [Warned])


# --- Works that were listed ------------------------------------------------------------------------------------------

SEEN = ApiCall("/v2/illust/related", {"illust_id": 1, "viewed[0]": "5", "viewed[1]": "6"}, entries_key="illusts")


@pytest.mark.parametrize(
    ("call", "kind", "is_end"),
    [
        (SEEN, ErrorKind.BAD_PARAMETER, True),
        (SEEN, ErrorKind.UNKNOWN, True),
        (SEEN, ErrorKind.GONE, False),
        (ApiCall("/v2/illust/related", {"illust_id": 1}), ErrorKind.BAD_PARAMETER, False),
    ],
)
def test_a_url_that_became_too_long_is_the_end_and_no_failure(call: ApiCall, kind: ErrorKind, is_end: bool) -> None:
    pager = SeenIdsPager()
    assert pager.is_end(call, fault(kind)) is is_end
    notes = pager.step(ListingResponse(call, error=fault(kind)), {}).notes
    assert list(notes) == ([Remark("Pixiv shows no more than 2 works here")] if is_end else [])


@pytest.mark.parametrize(("ids", "continues"), [((5, 6), False), ((6,), False), ((), False), ((5, 7), True)])
def test_a_response_without_anything_new_is_the_last_one(ids: tuple[int, ...], continues: bool) -> None:
    following = ApiCall(SEEN.path, SEEN.params | {"viewed[2]": "7"}, entries_key="illusts")
    step = SeenIdsPager(ends_at_known=True).step(ListingResponse(SEEN, entries(*ids), url(following)), {})
    assert isinstance(step, Next) is continues


# --- Searches --------------------------------------------------------------------------------------------------------


def search(entries_key: str, part: SearchPartition) -> ApiCall:
    endpoint = endpoints.search_illust if entries_key == "illusts" else endpoints.search_novel
    return endpoint("a", SearchTarget.TEXT, **part.params)


def dated(*days: str) -> list[Any]:
    return [{"id": number, "create_date": f"{day}T12:00:00+09:00"} for number, day in enumerate(days, 1)]


PAGER = SearchPager(search, SearchPartition(sort="date_desc"), today=TODAY)
FIRST = search("illusts", SearchPartition(sort="date_desc"))


def searched(call: ApiCall, found: list[Any], **more: Any) -> Step:
    step = PAGER.step(ListingResponse(call, found, **more), PAGER.first_state(FIRST, {}))
    assert json.loads(json.dumps(step.state)) == step.state
    return step


def test_a_search_below_the_cap_is_complete() -> None:
    step = searched(FIRST, dated("2026-01-02", "2026-01-01"))
    assert isinstance(step, Done)
    assert list(step.notes) == [PartitionRead("illusts", FIRST.params, "complete", 2)]


@pytest.mark.parametrize(("error", "status"), [(None, "preview"), (fault(ErrorKind.SERVER_ERROR), "failed")])
def test_a_preview_is_a_single_listing_that_is_not_complete(error: Exception | None, status: str) -> None:
    listing = ListingResponse(FIRST, dated("2026-01-02"), next_url=url(FIRST.at(30)), seen=1, error=error)
    step = PreviewPager().step(listing, {})
    assert step == Done({}, [PartitionRead("illusts", FIRST.params, status, 1)])


def test_a_search_is_followed_up_to_the_cap() -> None:
    step = searched(FIRST, dated("2026-01-02"), next_url=url(FIRST.at(MAX_OFFSET)), seen=1)
    assert isinstance(step, Next)
    assert (step.call.params["offset"], step.notes) == (MAX_OFFSET, ())


@pytest.mark.parametrize("has_next_url", [True, False])
def test_beyond_the_cap_a_search_continues_from_the_day_that_was_reached(has_next_url: bool) -> None:
    next_url = url(FIRST.at(MAX_OFFSET + 30)) if has_next_url else None
    step = searched(FIRST.at(MAX_OFFSET), dated("2026-01-30", "2026-01-28"), next_url=next_url, seen=5030)
    assert isinstance(step, Next)
    assert (step.call.params["start_date"], step.call.params["end_date"]) == (FIRST_DAY, "2026-01-28")
    assert "offset" not in step.call.params
    assert step.seen == 5030
    (read,) = step.notes
    assert isinstance(read, PartitionRead)
    assert (read.status, read.returned) == ("continued", 2)


def test_a_failed_partition_continues_behind_the_day_that_was_reached() -> None:
    state = PAGER.first_state(FIRST, {}) | {"first": "2026-01-30T12:00:00+09:00", "last": "2026-01-28T12:00:00+09:00"}
    step = PAGER.step(ListingResponse(FIRST.at(60), error=fault(ErrorKind.SERVER_ERROR)), state)
    assert isinstance(step, Next)
    assert step.call.params["end_date"] == "2026-01-28"
    assert [note.status for note in step.notes if isinstance(note, PartitionRead)] == ["failed"]


def test_a_search_by_popularity_cannot_be_split_and_says_so() -> None:
    popular = SearchPartition(sort="popular_desc")
    pager = SearchPager(search, popular, today=TODAY)
    call = search("illusts", popular)
    step = pager.step(ListingResponse(call.at(MAX_OFFSET), dated("2026-01-30")), pager.first_state(call, {}))
    assert isinstance(step, Done)
    assert [type(note) for note in step.notes] == [PartitionRead, Missing]


@pytest.mark.parametrize(
    ("part", "waiting", "may_stop"),
    [
        ({"sort": "date_desc"}, [], True),
        ({"sort": "date_desc"}, [{"sort": "date_desc"}], False),
        ({"sort": "date_asc"}, [], False),
        ({"sort": "date_desc", "filters": {"content_type": "manga"}}, [], False),
        ({"sort": "date_desc", "opposite_reached": "2026-01-30T12:00:00+09:00"}, [], False),
    ],
)
def test_a_search_may_stop_at_known_works_only_while_days_are_read_backwards(
    part: dict[str, Any], waiting: list[Any], may_stop: bool
) -> None:
    assert PAGER.may_stop({"partition": part, "waiting": waiting}) is may_stop

"""Works of a user that Pixiv counts and does not show: got behind its cap where that is possible, named where not."""

from __future__ import annotations

import signal
from collections import Counter
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from pixiv_crawler.sandbox import Fault, Sandbox, User, WorkSpec
from tests.crawling import Crawl, Crawler
from tests.listing_cap import PIXIVS_CAP, SMALL_CAP
from tests.sample_responses import illust, record, user_illusts

from .asked import GONE, LIMITED, ORDINARY, RICH, WITHOUT_WORKS, api, assert_whole, ids, losses

MANY = 3001


def mixed(count: int) -> list[str]:
    """The types of so many works: of 13 consecutive ones 5 are manga."""
    return ["manga" if number % 13 < 5 else "illust" for number in range(count)]


# More than a listing shows with the small cap, which is 50 + 30.
MIXED = mixed(104)


def add_user(sandbox: Sandbox, types: list[str]) -> None:
    """Adds a user whose works are of these types, oldest first."""
    sandbox.add_user(User(MANY, "多作な人", "many", tuple(map(WorkSpec, types))))


def offsets(sandbox: Sandbox, **query: str) -> list[int]:
    """Where the user's listing of a type was asked to begin."""
    asked = [request.query for request in api(sandbox, "/v1/user/illusts")]
    return [int(known.get("offset", 0)) for known in asked if known.get("type") == query.get("type")]


# --- Behind the cap --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("cap", "works", "refused"), [(SMALL_CAP, 104, 60), (PIXIVS_CAP, 6500, 5010)])
def test_all_works_of_a_user_come_once_beyond_the_cap_of_a_listing(
    tmp_path: Path, cap: int, works: int, refused: int
) -> None:
    with Sandbox(listing_cap=cap) as sandbox:
        add_user(sandbox, mixed(works))
        done = Crawler(sandbox, tmp_path)(user_id=MANY, files="none")
    assert_whole(done)
    lines = done.lines("illusts")
    reached = cap + 30
    assert ids(lines)[:reached] == [work.id for work in sandbox.world.works(MANY)][:reached]
    assert sorted(ids(lines)) == sorted(work.id for work in sandbox.world.works(MANY))
    shown = Counter(line["type"] for line in lines[:reached])
    assert offsets(sandbox, type="illust")[0] == shown["illust"], "what was shown is not asked for again"
    assert offsets(sandbox, type="manga")[0] == shown["manga"]
    assert max(offsets(sandbox)) == refused, "Pixiv is believed, once"


def test_a_position_is_the_place_in_the_listing_of_its_call(capped: Sandbox, crawl_capped: Crawler) -> None:
    add_user(capped, MIXED)
    lines = crawl_capped(user_id=MANY, files="none").lines("illusts")
    for type_ in (None, "illust", "manga"):
        listing = [work.id for work in capped.world.works(MANY) if type_ in (None, work.type)]
        of_type = [line for line in lines if line["source"]["params"].get("type") == type_]
        assert [listing[line["source"]["position"] - 1] for line in of_type] == ids(of_type)


def test_a_listing_that_ends_at_the_cap_without_a_word_is_gone_on_with(
    capped: Sandbox, crawl_capped: Crawler, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pixiv_crawler.sandbox.routes import works as routes_works

    plain = routes_works.next_page
    monkeypatch.setattr(
        routes_works,
        "next_page",
        lambda world, call, start, total: plain(world, call, start, total) if start < 30 else None,
    )
    add_user(capped, MIXED)
    done = crawl_capped(user_id=MANY, files="none")
    assert_whole(done)
    assert len(set(ids(done.lines("illusts")))) == len(done.lines("illusts")) == len(MIXED)
    assert {request.status for request in capped.requests} == {200}


def test_works_that_no_listing_reaches_are_named_once(capped: Sandbox, crawl_capped: Crawler) -> None:
    add_user(capped, ["illust"] * 104)
    done = crawl_capped(user_id=MANY, files="none")
    assert done.status == 3
    assert ids(done.lines("illusts")) == [work.id for work in capped.world.works(MANY)][:80]
    (loss,) = done.report["failures"]
    assert (loss["what"], loss["id"]) == ("works", MANY)
    assert loss["cause"] == (
        "the profile counts 104 illusts, but Pixiv listed 80; it shows no more than about 50 of a listing"
    )
    assert offsets(capped, type="illust") == offsets(capped, type="manga") == []


def test_one_type_that_was_asked_for_is_read_to_the_cap(capped: Sandbox, crawl_capped: Crawler) -> None:
    add_user(capped, ["manga"] * 90 + ["illust"] * 10)
    done = crawl_capped(user_id=MANY, files="none", type="manga")
    assert len(set(ids(done.lines("illusts")))) == 80
    assert losses(done) == [("works", MANY)]
    assert set(offsets(capped)) == set(offsets(capped, type="illust")) == set()


def test_types_that_are_not_wanted_are_not_read_behind_the_cap(capped: Sandbox, crawl_capped: Crawler) -> None:
    add_user(capped, MIXED)
    done = crawl_capped(user_id=MANY, files="none", type="illust,ugoira")
    assert_whole(done)
    assert len(done.lines("illusts")) == MIXED.count("illust")
    assert offsets(capped, type="manga") == []


def test_a_cap_without_a_profile_is_a_loss_for_nobody_knows_what_is_behind(
    capped: Sandbox, crawl_capped: Crawler
) -> None:
    add_user(capped, MIXED)
    capped.add_fault(Fault("empty_404", "/v1/user/detail"))
    done = crawl_capped(user_id=MANY, files="none")
    assert len(set(ids(done.lines("illusts")))) == len(MIXED)
    assert done.status == 3
    (loss,) = done.report["failures"]
    assert (loss["what"], loss["id"]) == ("works", MANY)
    assert "the number of works is unknown (empty_404 (HTTP 404)" in loss["cause"]


def test_an_offset_of_the_users_own_beyond_the_cap_is_a_call_that_failed(
    capped: Sandbox, crawl_capped: Crawler
) -> None:
    add_user(capped, MIXED)
    done = crawl_capped(user_id=MANY, files="none", offset=51)
    assert done.lines("illusts") == []
    assert losses(done) == [("listing", MANY)]


def has_come(sandbox: Sandbox, type_: str, requests: int) -> bool:
    return len(offsets(sandbox, type=type_)) >= requests


@pytest.mark.parametrize("kills", [[("illust", 1)], [("illust", 1), ("illust", 2), ("manga", 1), ("manga", 2)]])
@pytest.mark.kill
def test_a_run_killed_behind_the_cap_goes_on_and_comes_to_all_works_once(
    tmp_path: Path, kills: list[tuple[str, int]]
) -> None:
    with Sandbox(latency_seconds=0.002, listing_cap=SMALL_CAP) as sandbox:
        add_user(sandbox, MIXED)
        crawl = Crawler(sandbox, tmp_path)
        args = {"user_id": MANY, "files": "none", "job": "x"}
        for type_, requests in kills:
            when = partial(has_come, sandbox, type_, requests)
            assert crawl.stopped(signal.SIGKILL, when, **args).status == -signal.SIGKILL
        done = crawl(**args)
        assert_whole(done)
        assert sorted(ids(done.lines("illusts"))) == sorted(work.id for work in sandbox.world.works(MANY))
        assert len(api(sandbox, "/v1/user/detail")) == 1


# --- Counted and not shown -------------------------------------------------------------------------------------------


class Counting:
    """Crawls against a Pixiv whose profiles count what they are told to."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __call__(self, user_id: int, profile: dict[str, Any], *listings: dict[str, Any], **args: Any) -> Crawl:
        samples = self._folder / "samples"
        record(samples, "user_detail__0", {"user": {"id": user_id}, "profile": profile})
        for number, listing in enumerate(listings):
            record(samples, f"user_illusts__{number}", listing)
        with Sandbox(samples=samples) as sandbox:
            return Crawler(sandbox, self._folder)(**({"user_id": user_id, "files": "none"} | args))


@pytest.fixture
def counting(tmp_path: Path) -> Counting:
    return Counting(tmp_path)


def counts(illusts: int, manga: int = 0, novels: int = 0) -> dict[str, int]:
    return {"total_illusts": illusts, "total_manga": manga, "total_novels": novels}


@pytest.mark.parametrize(
    ("user_id", "profile", "args", "words"),
    [
        (ORDINARY, counts(40), {}, "counts 40 illusts, but Pixiv listed 35; the others are hidden"),
        (ORDINARY, counts(35, manga=2), {}, "counts 2 manga, but Pixiv listed 0;"),
        (ORDINARY, counts(35, novels=6), {"type": "novel"}, "counts 6 novels, but Pixiv listed 4;"),
        (ORDINARY, counts(40, novels=6), {"type": "illust,manga,novel", "max_pages": 0}, "counts 40 illusts"),
        (RICH, counts(65), {"type": "ugoira"}, "counts 65 illusts, but Pixiv listed 61;"),
        (RICH, counts(61, manga=14), {"type": "manga"}, "counts 14 manga, but Pixiv listed 13;"),
        (LIMITED, counts(13), {}, "counts 13 illusts, but Pixiv listed 8, and 4 withheld;"),
        (WITHOUT_WORKS, counts(3), {}, "counts 3 illusts, but Pixiv listed 0;"),
    ],
)
def test_works_that_are_counted_and_not_shown_are_named(
    counting: Counting, user_id: int, profile: dict[str, int], args: dict[str, Any], words: str
) -> None:
    done = counting(user_id, profile, **args)
    assert done.status == 3
    assert {loss["what"] for loss in done.report["failures"]} == {"works"}
    assert {loss["id"] for loss in done.report["failures"]} == {user_id}
    assert words in done.report["failures"][0]["cause"]
    assert len(done.report["failures"]) == (2 if "novel" in args.get("type", "") and "illust" in args["type"] else 1)


@pytest.mark.parametrize(
    ("user_id", "profile", "args"),
    [
        (ORDINARY, counts(35, novels=4), {"type": "illust,manga,ugoira,novel"}),
        (ORDINARY, counts(30), {}),  # published meanwhile
        (ORDINARY, counts(35, novels=9), {}),  # novels were not asked for
        (ORDINARY, counts(35, manga=9), {"type": "illust"}),
        (ORDINARY, counts(40), {"max_works": 35}),
        (ORDINARY, counts(40), {"max_works": 3}),
        (ORDINARY, counts(40), {"offset": 1}),
        (ORDINARY, counts(35), {"min_bookmarks": 10**9}),  # shown, and dropped by a filter
        (RICH, counts(61, manga=13), {"type": "ugoira"}),  # shown, and of another type
        (LIMITED, counts(9, manga=3), {}),  # withheld ones may be manga
        (ORDINARY, counts(0), {}),  # asked for all the same
    ],
)
def test_what_was_shown_and_what_was_not_asked_for_is_no_loss(
    counting: Counting, user_id: int, profile: dict[str, int], args: dict[str, Any]
) -> None:
    done = counting(user_id, profile, **args)
    assert_whole(done)
    assert done.report["warnings"] == []


def test_a_repeated_entry_hides_no_work_that_is_missing(counting: Counting) -> None:
    """A work was published while the listing was read, so one comes twice; another never comes."""
    listings = [user_illusts(illust(3), illust(2), next_offset=30), user_illusts(illust(2), illust(1), next_offset=60)]
    done = counting(77, counts(4), *listings)
    assert ids(done.lines("illusts")) == [3, 2, 1]
    assert losses(done) == [("works", 77)]


@pytest.mark.parametrize("listing", [user_illusts(illust(1), next_url="nowhere"), user_illusts(illust(1), 5)])
def test_what_an_error_lost_already_is_not_named_again(counting: Counting, listing: dict[str, Any]) -> None:
    done = counting(77, counts(2), listing)
    assert ids(done.lines("illusts")) == [1]
    assert len(losses(done)) == 1
    assert losses(done)[0][0] in ("listing", "entry")


def test_a_page_that_failed_is_the_only_loss(sandbox: Sandbox, crawl: Crawler) -> None:
    sandbox.add_fault(Fault("server_error_500", "/v1/user/illusts", times=None, after=1))
    done = crawl(user_id=RICH, files="none", settings={"RETRY_TIMES": 0})
    assert losses(done) == [("listing", RICH)]


def test_animations_that_a_listing_of_illusts_may_leave_out_are_a_warning(sandbox: Sandbox, crawl: Crawler) -> None:
    """What Pixiv lists as illusts is not known: only what is sure is a loss."""
    done = crawl(user_id=RICH, files="none", type="illust")
    assert_whole(done)
    (warning,) = done.report["warnings"]
    assert warning == (
        f"User {RICH}: the profile counts 61 illusts, but Pixiv listed 57; the others are animations, or hidden"
    )


# --- Profiles that cannot be had -------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["server_error_500", "html_200", "reset", "not_found_404", "redirect", "empty_404"])
def test_a_profile_that_cannot_be_had_costs_no_work(sandbox: Sandbox, crawl: Crawler, kind: str) -> None:
    sandbox.add_fault(Fault(kind, "/v1/user/detail", times=None))
    args = {"user_id": f"{RICH},{ORDINARY}", "type": "illust,manga,ugoira,novel"}
    done = crawl(**args, files="none", settings={"RETRY_TIMES": 1})
    assert_whole(done)
    assert len(done.lines("illusts")) == 74 + 35
    assert done.lines("unavailable") == [line for line in done.lines("unavailable") if line["type"] == "novel"]
    warned = {warning.partition(":")[0] for warning in done.report["warnings"]}
    assert warned == {f"User {RICH}", f"User {ORDINARY}"}


@pytest.mark.parametrize(
    "profile",
    [{}, {"total_illusts": "35"}, {"total_illusts": 10**30, "total_manga": -1}, {"id": 10**30}, {"x": 10**4000}],
)
def test_a_profile_that_counts_nothing_is_a_warning(counting: Counting, profile: dict[str, Any]) -> None:
    done = counting(ORDINARY, profile)
    assert_whole(done)
    assert len(done.lines("illusts")) == 35
    assert ["the profile does not contain it" in warning for warning in done.report["warnings"]] == [True]


def test_a_user_without_works_and_without_a_profile_is_a_loss(sandbox: Sandbox, crawl: Crawler) -> None:
    sandbox.add_fault(Fault("server_error_500", "/v1/user/detail", times=None))
    done = crawl(user_id=WITHOUT_WORKS, settings={"RETRY_TIMES": 1})
    assert losses(done) == [("listing", WITHOUT_WORKS)]
    assert "/v1/user/detail" in done.report["failures"][0]["source"]
    assert done.lines("unavailable") == []


def test_a_gone_user_is_one_loss_however_many_listings_are_empty(sandbox: Sandbox, crawl: Crawler) -> None:
    done = crawl(user_id=GONE, type="illust,novel")
    assert losses(done) == [("user", GONE)]
    (line,) = done.lines("unavailable")
    assert (line["id"], line["reason"], line["source"]["endpoint"]) == (GONE, "user_gone", "/v1/user/detail")
    assert line["evidence"]["status"] == 404
    assert [request.path for request in api(sandbox)] == ["/v1/user/detail", "/v1/user/illusts", "/v1/user/novels"]


# --- What a look at the user costs, and gives ------------------------------------------------------------------------


def test_each_user_is_looked_up_once_and_first(sandbox: Sandbox, crawl: Crawler) -> None:
    assert_whole(crawl(user_id=f"{ORDINARY},{WITHOUT_WORKS}", type="illust,manga,ugoira,novel", files="none"))
    asked = [(request.path.rpartition("/")[2], int(request.query["user_id"])) for request in api(sandbox)]
    assert asked == [
        ("detail", ORDINARY),
        ("illusts", ORDINARY),
        ("illusts", ORDINARY),
        ("novels", ORDINARY),
        ("detail", WITHOUT_WORKS),
        ("illusts", WITHOUT_WORKS),
        ("novels", WITHOUT_WORKS),
    ]


def test_the_profile_with_users_true_is_a_line_of_its_own(crawl: Crawler) -> None:
    done = crawl(user_id=ORDINARY, users="true", files="none")
    assert_whole(done)
    assert [line["user"]["id"] for line in done.lines("users")] == [ORDINARY]


@pytest.mark.parametrize(
    ("args", "count"),
    [
        ({}, 74),
        ({"type": "manga"}, 13),
        ({"type": "illust,novel"}, 61 + 17),
        ({"offset": 70}, 4),
        ({"type": "ugoira"}, 0),
    ],
)
def test_the_works_to_come_are_announced(crawl: Crawler, args: dict[str, Any], count: int) -> None:
    log = crawl(user_id=RICH, files="none", max_works=1, **args).log
    assert ("'pixiv/expected'" in log) == bool(count)
    assert f"'pixiv/expected': {count}," in log or not count

"""Works of a user beyond the listing cap are collected by type; works that are counted but not listed are reported."""

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

from .checks import GONE, LIMITED, ORDINARY, RICH, WITHOUT_WORKS, api, assert_complete, failures, ids

MANY = 3001


def mixed_types(count: int) -> list[str]:
    """The types of `count` works: 5 of 13 consecutive ones are manga."""
    return ["manga" if number % 13 < 5 else "illust" for number in range(count)]


# More than a listing shows with the small cap, which is 50 + 30 works.
MIXED = mixed_types(104)


def add_user(sandbox: Sandbox, types: list[str]) -> None:
    """Adds a user whose works are of these types, oldest first."""
    sandbox.add_user(User(MANY, "多作な人", "many", tuple(map(WorkSpec, types))))


def offsets(sandbox: Sandbox, **query: str) -> list[int]:
    """The requested offsets of the user's listing of a type."""
    queries = [request.query for request in api(sandbox, "/v1/user/illusts")]
    return [int(sent.get("offset", 0)) for sent in queries if sent.get("type") == query.get("type")]


# --- Beyond the cap --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("cap", "works"), [(SMALL_CAP, 104), (PIXIVS_CAP, 6500)])
def test_all_works_of_a_user_beyond_the_listing_cap_are_collected_once(tmp_path: Path, cap: int, works: int) -> None:
    with Sandbox(listing_cap=cap) as sandbox:
        add_user(sandbox, mixed_types(works))
        done = Crawler(sandbox, tmp_path)(user_id=MANY, files="none")
    assert_complete(done)
    lines = done.lines("illusts")
    reached = cap + 30
    assert ids(lines)[:reached] == [work.id for work in sandbox.world.works(MANY)][:reached]
    assert sorted(ids(lines)) == sorted(work.id for work in sandbox.world.works(MANY))
    shown = Counter(line["type"] for line in lines[:reached])
    assert offsets(sandbox, type="illust")[0] == shown["illust"], "works that were listed are not requested again"
    assert offsets(sandbox, type="manga")[0] == shown["manga"]
    assert max(offsets(sandbox)) == cap, "the last part begins at the cap, and no offset is rejected"


def test_a_position_counts_within_the_listing_of_its_call(capped: Sandbox, crawl_capped: Crawler) -> None:
    add_user(capped, MIXED)
    lines = crawl_capped(user_id=MANY, files="none").lines("illusts")
    for type_ in (None, "illust", "manga"):
        listing = [work.id for work in capped.world.works(MANY) if type_ in (None, work.type)]
        of_type = [line for line in lines if line["source"]["params"].get("type") == type_]
        assert [listing[line["source"]["position"] - 1] for line in of_type] == ids(of_type)


def test_a_listing_that_ends_at_the_cap_without_an_error_is_continued(
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
    assert_complete(done)
    assert len(set(ids(done.lines("illusts")))) == len(done.lines("illusts")) == len(MIXED)
    assert {request.status for request in capped.requests} == {200}


def test_works_that_no_listing_reaches_are_one_failure(capped: Sandbox, crawl_capped: Crawler) -> None:
    add_user(capped, ["illust"] * 104)
    done = crawl_capped(user_id=MANY, files="none")
    assert done.status == 3
    assert ids(done.lines("illusts")) == [work.id for work in capped.world.works(MANY)][:80]
    (failure,) = done.report["failures"]
    assert (failure["what"], failure["id"]) == ("works", MANY)
    assert failure["cause"] == (
        "the profile counts 104 illusts, but Pixiv listed 80; it shows no more than about 50 of a listing"
    )
    assert offsets(capped, type="illust") == offsets(capped, type="manga") == []


def test_a_single_requested_type_is_read_up_to_the_cap(capped: Sandbox, crawl_capped: Crawler) -> None:
    add_user(capped, ["manga"] * 90 + ["illust"] * 10)
    done = crawl_capped(user_id=MANY, files="none", type="manga")
    assert len(set(ids(done.lines("illusts")))) == 80
    assert failures(done) == [("works", MANY)]
    assert set(offsets(capped)) == set(offsets(capped, type="illust")) == set()


def test_only_requested_types_are_read_beyond_the_cap(capped: Sandbox, crawl_capped: Crawler) -> None:
    add_user(capped, MIXED)
    done = crawl_capped(user_id=MANY, files="none", type="illust,ugoira")
    assert_complete(done)
    assert len(done.lines("illusts")) == MIXED.count("illust")
    assert offsets(capped, type="manga") == []


def test_reaching_the_cap_without_a_profile_is_a_failure(capped: Sandbox, crawl_capped: Crawler) -> None:
    add_user(capped, MIXED)
    capped.add_fault(Fault("empty_404", "/v1/user/detail"))
    done = crawl_capped(user_id=MANY, files="none")
    assert len(set(ids(done.lines("illusts")))) == len(MIXED)
    assert done.status == 3
    (failure,) = done.report["failures"]
    assert (failure["what"], failure["id"]) == ("works", MANY)
    assert "the number of works is unknown (empty_404 (HTTP 404)" in failure["cause"]


def test_an_offset_argument_beyond_the_cap_is_a_failed_listing(capped: Sandbox, crawl_capped: Crawler) -> None:
    add_user(capped, MIXED)
    done = crawl_capped(user_id=MANY, files="none", offset=51)
    assert done.lines("illusts") == []
    assert failures(done) == [("listing", MANY)]


def was_requested(sandbox: Sandbox, type_: str, requests: int) -> bool:
    return len(offsets(sandbox, type=type_)) >= requests


@pytest.mark.parametrize("kills", [[("illust", 1)], [("illust", 1), ("illust", 2), ("manga", 1), ("manga", 2)]])
@pytest.mark.kill
def test_a_run_killed_beyond_the_cap_is_resumed_and_collects_all_works_once(
    tmp_path: Path, kills: list[tuple[str, int]]
) -> None:
    with Sandbox(latency_seconds=0.002, listing_cap=SMALL_CAP) as sandbox:
        add_user(sandbox, MIXED)
        crawl = Crawler(sandbox, tmp_path)
        args = {"user_id": MANY, "files": "none", "job": "x"}
        for type_, requests in kills:
            when = partial(was_requested, sandbox, type_, requests)
            assert crawl.stopped(signal.SIGKILL, when, **args).status == -signal.SIGKILL
        done = crawl(**args)
        assert_complete(done)
        assert sorted(ids(done.lines("illusts"))) == sorted(work.id for work in sandbox.world.works(MANY))
        assert len(api(sandbox, "/v1/user/detail")) == 1


# --- Counted but not listed ------------------------------------------------------------------------------------------


class CrawlWithProfile:
    """Crawls a user with the given profile and listings."""

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
def crawl_with_profile(tmp_path: Path) -> CrawlWithProfile:
    return CrawlWithProfile(tmp_path)


def counts(illusts: int, manga: int = 0, novels: int = 0) -> dict[str, int]:
    return {"total_illusts": illusts, "total_manga": manga, "total_novels": novels}


@pytest.mark.parametrize(
    ("user_id", "profile", "args", "words"),
    [
        (ORDINARY, counts(40), {}, "counts 40 illusts, but Pixiv listed 35; the others are hidden"),
        (ORDINARY, counts(35, manga=2), {}, "counts 2 manga, but Pixiv listed 0;"),
        (ORDINARY, counts(35, novels=6), {"type": "novel"}, "counts 6 novels, but Pixiv listed 4;"),
        (ORDINARY, counts(40, novels=6), {"type": "illust,manga,novel", "max_pages": 0}, "counts 40 illusts"),
        (RICH, counts(61, manga=14), {"type": "manga"}, "counts 14 manga, but Pixiv listed 13;"),
        (LIMITED, counts(13), {}, "counts 13 illusts, but Pixiv listed 8, and 4 withheld or of an unknown type;"),
        (WITHOUT_WORKS, counts(3), {}, "counts 3 illusts, but Pixiv listed 0;"),
    ],
)
def test_works_that_are_counted_but_not_listed_are_a_failure(
    crawl_with_profile: CrawlWithProfile, user_id: int, profile: dict[str, int], args: dict[str, Any], words: str
) -> None:
    done = crawl_with_profile(user_id, profile, **args)
    assert done.status == 3
    assert {failure["what"] for failure in done.report["failures"]} == {"works"}
    assert {failure["id"] for failure in done.report["failures"]} == {user_id}
    assert words in done.report["failures"][0]["cause"]
    assert len(done.report["failures"]) == (2 if "novel" in args.get("type", "") and "illust" in args["type"] else 1)


@pytest.mark.parametrize(
    ("user_id", "profile", "args"),
    [
        (ORDINARY, counts(35, novels=4), {"type": "illust,manga,ugoira,novel"}),
        (ORDINARY, counts(30), {}),  # published during the crawl
        (ORDINARY, counts(35, novels=9), {}),  # novels were not requested
        (ORDINARY, counts(35, manga=9), {"type": "illust"}),
        (ORDINARY, counts(40), {"max_works": 35}),
        (ORDINARY, counts(40), {"max_works": 3}),
        (ORDINARY, counts(40), {"offset": 1}),
        (ORDINARY, counts(35), {"min_bookmarks": 10**9}),  # listed, and dropped by a filter
        (RICH, counts(61, manga=13), {"type": "ugoira"}),  # listed, and of another type
        (LIMITED, counts(9, manga=3), {}),  # unavailable ones may be manga
        (ORDINARY, counts(0), {}),  # requested in any case
    ],
)
def test_works_that_were_listed_or_not_requested_are_not_a_failure(
    crawl_with_profile: CrawlWithProfile, user_id: int, profile: dict[str, int], args: dict[str, Any]
) -> None:
    done = crawl_with_profile(user_id, profile, **args)
    assert_complete(done)
    assert done.report["warnings"] == []


def test_a_repeated_entry_does_not_hide_a_missing_work(crawl_with_profile: CrawlWithProfile) -> None:
    """A work was published while the listing was read, so one entry is repeated; another work is missing."""
    listings = [user_illusts(illust(3), illust(2), next_offset=30), user_illusts(illust(2), illust(1), next_offset=60)]
    done = crawl_with_profile(77, counts(4), *listings)
    assert ids(done.lines("illusts")) == [3, 2, 1]
    assert failures(done) == [("works", 77)]


@pytest.mark.parametrize("listing", [user_illusts(illust(1), next_url="nowhere"), user_illusts(illust(1), 5)])
def test_works_that_are_missing_because_of_an_error_are_reported_once(
    crawl_with_profile: CrawlWithProfile, listing: dict[str, Any]
) -> None:
    done = crawl_with_profile(77, counts(2), listing)
    assert ids(done.lines("illusts")) == [1]
    assert len(failures(done)) == 1
    assert failures(done)[0][0] in ("listing", "entry")


def test_a_failed_listing_is_the_only_failure(sandbox: Sandbox, crawl: Crawler) -> None:
    sandbox.add_fault(Fault("server_error_500", "/v1/user/illusts", times=None, after=1))
    done = crawl(user_id=RICH, files="none", settings={"RETRY_TIMES": 0})
    assert failures(done) == [("listing", RICH)]


def test_animations_that_may_be_missing_from_a_listing_of_illusts_are_a_warning(
    sandbox: Sandbox, crawl: Crawler
) -> None:
    """It is unknown what Pixiv lists as illusts, so the difference is not a failure."""
    done = crawl(user_id=RICH, files="none", type="illust")
    assert_complete(done)
    (warning,) = done.report["warnings"]
    assert warning == (
        f"User {RICH}: the profile counts 61 illusts, but Pixiv listed 57; the others are animations, or hidden"
    )


# --- Unavailable profiles --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["server_error_500", "html_200", "reset", "not_found_404", "redirect", "empty_404"])
def test_all_works_are_collected_without_a_profile(sandbox: Sandbox, crawl: Crawler, kind: str) -> None:
    sandbox.add_fault(Fault(kind, "/v1/user/detail", times=None))
    args = {"user_id": f"{RICH},{ORDINARY}", "type": "illust,manga,ugoira,novel"}
    done = crawl(**args, files="none", settings={"RETRY_TIMES": 1})
    assert_complete(done)
    assert len(done.lines("illusts")) == 74 + 35
    assert done.lines("unavailable") == [line for line in done.lines("unavailable") if line["type"] == "novel"]
    warned = {warning.partition(":")[0] for warning in done.report["warnings"]}
    assert warned == {f"User {RICH}", f"User {ORDINARY}"}


@pytest.mark.parametrize(
    "profile",
    [{}, {"total_illusts": "35"}, {"total_illusts": 10**30, "total_manga": -1}, {"id": 10**30}, {"x": 10**4000}],
)
def test_a_profile_without_counts_is_a_warning(crawl_with_profile: CrawlWithProfile, profile: dict[str, Any]) -> None:
    done = crawl_with_profile(ORDINARY, profile)
    assert_complete(done)
    assert len(done.lines("illusts")) == 35
    assert ["the profile does not contain it" in warning for warning in done.report["warnings"]] == [True]


def test_a_user_without_works_and_without_a_profile_is_a_failure(sandbox: Sandbox, crawl: Crawler) -> None:
    sandbox.add_fault(Fault("server_error_500", "/v1/user/detail", times=None))
    done = crawl(user_id=WITHOUT_WORKS, settings={"RETRY_TIMES": 1})
    assert failures(done) == [("listing", WITHOUT_WORKS)]
    assert "/v1/user/detail" in done.report["failures"][0]["source"]
    assert done.lines("unavailable") == []


def test_a_deleted_user_is_one_failure_for_all_listings(sandbox: Sandbox, crawl: Crawler) -> None:
    done = crawl(user_id=GONE, type="illust,novel", settings={"PIXIV_STRICT": 1})
    assert failures(done) == [("user", GONE)]
    (line,) = done.lines("unavailable")
    assert (line["id"], line["reason"], line["source"]["endpoint"]) == (GONE, "user_gone", "/v1/user/detail")
    assert line["evidence"]["status"] == 404
    assert [request.path for request in api(sandbox)] == ["/v1/user/detail", "/v1/user/illusts", "/v1/user/novels"]


# --- Requesting the profile ------------------------------------------------------------------------------------------


def test_the_profile_of_each_user_is_requested_once_and_first(sandbox: Sandbox, crawl: Crawler) -> None:
    assert_complete(crawl(user_id=f"{ORDINARY},{WITHOUT_WORKS}", type="illust,manga,ugoira,novel", files="none"))
    requested = [(request.path.rpartition("/")[2], int(request.query["user_id"])) for request in api(sandbox)]
    assert requested == [
        ("detail", ORDINARY),
        ("illusts", ORDINARY),
        ("illusts", ORDINARY),
        ("novels", ORDINARY),
        ("detail", WITHOUT_WORKS),
        ("illusts", WITHOUT_WORKS),
        ("novels", WITHOUT_WORKS),
    ]


def test_with_users_true_the_profile_is_a_line(crawl: Crawler) -> None:
    done = crawl(user_id=ORDINARY, users="true", files="none")
    assert_complete(done)
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
def test_the_expected_number_of_works_is_a_stat(crawl: Crawler, args: dict[str, Any], count: int) -> None:
    log = crawl(user_id=RICH, files="none", max_works=1, **args).log
    assert ("'pixiv/expected'" in log) == bool(count)
    assert f"'pixiv/expected': {count}," in log or not count


# --- A profile that was refused --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("users", "requests"), [("false", 2), ("true", 3)])
def test_a_profile_that_was_refused_once_is_requested_again(
    sandbox: Sandbox, crawl: Crawler, users: str, requests: int
) -> None:
    """With users=true it is also requested for the first work; it becomes one line nevertheless."""
    sandbox.add_fault(Fault("bad_parameter", "/v1/user/detail", times=1))
    done = crawl(user_id=ORDINARY, users=users, files="none")
    assert_complete(done)
    assert len(api(sandbox, "/v1/user/detail")) == requests
    assert [line["user"]["id"] for line in done.lines("users")] == [ORDINARY] * (users == "true")
    assert len(done.lines("illusts")) == 35


def test_a_profile_that_was_refused_is_requested_again_when_the_run_is_resumed(
    sandbox: Sandbox, crawl: Crawler
) -> None:
    sandbox.add_fault(Fault("bad_parameter", "/v1/user/detail", times=1))
    sandbox.add_fault(Fault("rate_limit_403", "/v1/user/illusts", times=None, after=1))
    args = {"user_id": RICH, "files": "none", "job": "x"}
    assert crawl(**args, settings={"PIXIV_RATE_LIMIT_PAUSE": 0.001}).status == 2
    sandbox.clear_faults()
    assert_complete(crawl(**args))
    assert len(api(sandbox, "/v1/user/detail")) == 2

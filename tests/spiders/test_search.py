"""Searches, compared with the works of the simulated Pixiv; some have more results than Pixiv shows."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from pixiv_crawler.api import japan, search_partitions
from pixiv_crawler.api.pagers.search import _counted
from pixiv_crawler.sandbox import Fault, Sandbox, Work
from pixiv_crawler.sandbox.world.fixtures.keywords import FIREWORKS_DAY, STARRY_DAY, spread_evenly
from pixiv_crawler.sandbox.world.works import JST
from tests.crawling import Crawl, Crawler
from tests.listing_cap import SMALL_CAP

from .checks import api, assert_complete, assert_refused_for_the_account, ids

BLOSSOM, STARS = "桜", "星空"
PATH = "/v1/search/illust"

# With the small cap, a search lists 80 works: SNOW has 95 on one day, HAIL 184.
SNOW, HAIL = "粉雪", "雹"


@pytest.fixture
def capped(capped: Sandbox) -> Sandbox:
    """With words that exceed its cap, as STARS and FIREWORKS exceed Pixiv's."""
    add_words(capped)
    return capped


def add_words(sandbox: Sandbox) -> None:
    sandbox.world.add_keyword(SNOW, spread_evenly(date(2026, 4, 24), 200, 70) | {STARRY_DAY: 95})
    sandbox.world.add_keyword(HAIL, spread_evenly(date(2026, 7, 24), 17, 4) | {FIREWORKS_DAY: 184})


def found(sandbox: Sandbox, word: str) -> list[Work]:
    """All works that a word finds, oldest first."""
    hits = sandbox.world.generated_users.keywords.by_word[word].summaries
    return [work for hit in hits if (work := sandbox.world.work(hit.id)) is not None]


def shown_days(done: Crawl) -> list[str]:
    return [work["create_date"][:10] for work in done.lines("illusts")]


def assert_found(done: Crawl, sandbox: Sandbox, word: str) -> None:
    """Every work of the word is collected once, and no request is rejected."""
    works = done.lines("illusts")
    assert len(works) == len(set(ids(works)))
    assert set(ids(works)) == {work.id for work in found(sandbox, word)}
    assert max(int(request.query.get("offset", 0)) for request in api(sandbox, PATH)) <= sandbox.world.listing_cap
    assert {request.status for request in api(sandbox)} == {200}


def test_a_search_below_the_cap_is_one_partition(sandbox: Sandbox, crawl: Crawler) -> None:
    done = crawl("search", word=BLOSSOM, files="none")
    assert_complete(done)
    assert_found(done, sandbox, BLOSSOM)
    assert shown_days(done) == sorted(shown_days(done), reverse=True)
    assert [work["source"]["position"] for work in done.lines("illusts")] == list(range(1, 401))
    assert done.report["search"] == {
        "is_complete": True,
        "holes": [],
        "partitions": [
            {
                "entries": "illusts",
                "params": {
                    "word": BLOSSOM,
                    "search_target": "partial_match_for_tags",
                    "include_potential_violation_works": True,
                    "filter": "for_ios",
                    "sort": "date_desc",
                },
                "status": "complete",
                "returned": 400,
            }
        ],
    }


def test_a_search_in_the_opposite_order_finds_the_same_works(sandbox: Sandbox, crawl: Crawler) -> None:
    done = crawl("search", word=BLOSSOM, sort="date_asc", files="none")
    assert_complete(done)
    assert_found(done, sandbox, BLOSSOM)
    assert shown_days(done) == sorted(shown_days(done))


def test_all_works_are_collected_once_even_if_a_day_exceeds_the_cap(tmp_path: Path) -> None:
    with Sandbox(listing_cap=SMALL_CAP) as sandbox:
        add_words(sandbox)
        done = Crawler(sandbox, tmp_path)("search", word=SNOW, files="none")
    assert_complete(done)
    assert_found(done, sandbox, SNOW)
    search = done.report["search"]
    assert search["is_complete"]
    spans = [
        (partition["params"]["sort"], partition["params"].get("start_date"), partition["params"].get("end_date"))
        for partition in search["partitions"]
    ]
    assert spans == [
        ("date_desc", None, None),
        ("date_desc", "2007-09-10", "2026-06-15"),
        ("date_asc", "2026-06-15", "2026-06-15"),
        ("date_desc", "2007-09-10", "2026-06-14"),
    ]
    assert [partition["status"] for partition in search["partitions"]] == [
        "continued",
        "continued",
        "complete",
        "complete",
    ]
    assert [partition["returned"] for partition in search["partitions"][:3]] == [SMALL_CAP + 30] * 3


def test_more_works_than_the_cap_are_collected_oldest_first(capped: Sandbox, crawl_capped: Crawler) -> None:
    capped.world.now = datetime.now(
        JST
    )  # the crawler searches up to the current date, which must not be in the future
    done = crawl_capped("search", word=SNOW, sort="date_asc", files="none")
    assert_complete(done)
    assert_found(done, capped, SNOW)
    assert done.report["search"]["is_complete"]


def test_a_day_too_large_for_both_orders_is_split_by_type(capped: Sandbox, crawl_capped: Crawler) -> None:
    done = crawl_capped("search", word=HAIL, files="none")
    assert_complete(done)
    assert_found(done, capped, HAIL)
    search = done.report["search"]
    assert search["is_complete"]
    assert [partition["status"] for partition in search["partitions"]].count("split") == 1
    split = [partition for partition in search["partitions"] if "content_type" in partition["params"]]
    assert [partition["params"]["content_type"] for partition in split] == ["illust", "illust", "manga", "ugoira"]
    assert {partition["params"]["start_date"] for partition in split} == {"2026-08-01"}


def test_a_day_that_cannot_be_split_further_is_incomplete(sandbox: Sandbox, tmp_path: Path) -> None:
    day = search_partitions.SearchPartition(
        sort="date_asc",
        start_date="2026-08-01",
        end_date="2026-08-01",
        filters={"content_type": "illust", "search_ai_type": "1", "ratio_pattern": "square"},
        opposite_reached="2026-08-01T12:00:00+09:00",
    )
    edges = ("2026-08-01T00:00:00+09:00", "2026-08-01T12:00:00+09:00")
    assert search_partitions.after_cap(day, *edges, fixed=set(), today="2026-11-24") == ("incomplete", [])
    met = search_partitions.after_cap(day, edges[0], "2026-08-01T12:00:01+09:00", fixed=set(), today="2026-11-24")
    assert met == ("complete", [])


@pytest.mark.parametrize(
    ("start", "end"), [("2026-03-10", "2026-04-02"), ("2026-03-10", "2026-03-10"), (None, "2026-04-02")]
)
def test_a_range_of_days_includes_both_ends(sandbox: Sandbox, crawl: Crawler, start: str | None, end: str) -> None:
    done = crawl("search", word=BLOSSOM, start_date=start, end_date=end, files="none")
    assert_complete(done)
    expected = [work.id for work in found(sandbox, BLOSSOM) if (start or "") <= work.created.date().isoformat() <= end]
    assert ids(done.lines("illusts")) == expected[::-1]
    (partition,) = done.report["search"]["partitions"]
    assert (partition["params"]["start_date"], partition["params"]["end_date"]) == (start or "2007-09-10", end)


def test_a_range_without_an_end_goes_up_to_today(sandbox: Sandbox, crawl: Crawler) -> None:
    sandbox.world.now = datetime.now(JST)
    done = crawl("search", word=BLOSSOM, start_date="2026-05-01", files="none")
    assert_complete(done)
    expected = [work.id for work in found(sandbox, BLOSSOM) if work.created.date().isoformat() >= "2026-05-01"]
    assert ids(done.lines("illusts")) == expected[::-1]


def test_partitions_of_a_range_beyond_the_cap_stay_within_it(capped: Sandbox, crawl_capped: Crawler) -> None:
    done = crawl_capped("search", word=SNOW, start_date="2026-06-14", end_date="2026-06-15", files="none")
    assert_complete(done)
    expected = {
        work.id for work in found(capped, SNOW) if work.created.date().isoformat() in ("2026-06-14", "2026-06-15")
    }
    assert len(expected) >= 75
    assert set(ids(done.lines("illusts"))) == expected
    spans = [
        (partition["params"]["start_date"], partition["params"]["end_date"])
        for partition in done.report["search"]["partitions"]
    ]
    assert min(start for start, _ in spans) >= "2026-06-14"
    assert max(end for _, end in spans) <= "2026-06-15"


@pytest.mark.parametrize("type_", ["illust", "manga", "ugoira", "illust,manga"])
def test_only_works_of_the_requested_types_are_collected(sandbox: Sandbox, crawl: Crawler, type_: str) -> None:
    done = crawl("search", word=BLOSSOM, type=type_, files="none")
    assert_complete(done)
    assert set(ids(done.lines("illusts"))) == {
        work.id for work in found(sandbox, BLOSSOM) if work.type in type_.split(",")
    }
    content_type = api(sandbox, PATH)[0].query.get("content_type")
    assert content_type == (None if "," in type_ else type_)


@pytest.mark.parametrize(
    ("ai", "requested", "types"),
    [
        ("yes", "2", {2}),
        ("no", "1", {1}),
        ("no,unknown", "1", {0, 1}),
        ("yes,no", None, {1, 2}),
        ("unknown", "1", {0}),
    ],
)
def test_works_are_filtered_by_ai_in_the_request_and_by_the_crawler(
    sandbox: Sandbox, crawl: Crawler, ai: str, requested: str | None, types: set[int]
) -> None:
    done = crawl("search", word=BLOSSOM, ai=ai, files="none")
    assert_complete(done)
    assert set(ids(done.lines("illusts"))) == {work.id for work in found(sandbox, BLOSSOM) if work.ai_type in types}
    assert api(sandbox, PATH)[0].query.get("search_ai_type") == requested


def test_novels_and_illusts_are_found_in_one_search(sandbox: Sandbox, crawl: Crawler) -> None:
    done = crawl("search", word="短編", type="illust,novel", files="none")
    assert_complete(done)
    novels = [novel for novel in sandbox.world.novel_catalogue.novels() if "短編" in (*novel.tags, *novel.reader_tags)]
    assert set(ids(done.lines("novels"))) == {novel.id for novel in novels if novel.is_open}
    assert {partition["entries"] for partition in done.report["search"]["partitions"]} == {"illusts", "novels"}


def test_the_text_of_novels_is_searched(sandbox: Sandbox, crawl: Crawler) -> None:
    done = crawl("search", word="図書館の司書", target="text", type="novel", files="none")
    assert_complete(done)
    novels = [
        novel for novel in sandbox.world.novel_catalogue.novels() if "図書館の司書" in novel.text and novel.is_open
    ]
    assert novels
    assert set(ids(done.lines("novels"))) == {novel.id for novel in novels}


@pytest.mark.parametrize("target", ["exact_match_for_tags", "title_and_caption", "keyword"])
def test_the_target_selects_the_searched_fields(sandbox: Sandbox, crawl: Crawler, target: str) -> None:
    done = crawl("search", word=BLOSSOM, target=target, files="none")
    assert_complete(done)
    works = [work for work in found(sandbox, BLOSSOM) if target != "title_and_caption" or BLOSSOM in work.title]
    assert set(ids(done.lines("illusts"))) == {work.id for work in works}


def test_several_words_must_all_match(sandbox: Sandbox, crawl: Crawler) -> None:
    done = crawl("search", word=f"{BLOSSOM} R-18", files="none")
    assert_complete(done)
    assert set(ids(done.lines("illusts"))) == {work.id for work in found(sandbox, BLOSSOM) if work.spec.x_restrict}


@pytest.mark.parametrize("sort", ["popular_desc", "popular_male_desc", "popular_female_desc"])
def test_sorting_by_popularity_is_rejected_without_premium(sandbox: Sandbox, crawl: Crawler, sort: str) -> None:
    done = crawl("search", word=BLOSSOM, sort=sort)
    assert_refused_for_the_account(done, sandbox, sort, "premium", "pass sort=popular_preview", "sort=date_desc")


def test_a_preview_shows_the_most_popular_works_to_every_account_and_claims_no_completeness(
    sandbox: Sandbox, crawl: Crawler
) -> None:
    done = crawl(
        "search",
        word=BLOSSOM,
        sort="popular_preview",
        type="illust,novel",
        start_date="2026-01-01",
        end_date="2026-10-31",
        files="none",
    )
    assert_complete(done)
    requests = {request.path: request.query for request in api(sandbox)}
    assert set(requests) == {"/v1/search/popular-preview/illust", "/v1/search/popular-preview/novel"}
    assert all("sort" not in query and query["start_date"] == "2026-01-01" for query in requests.values())
    popular = sorted(
        (
            work
            for work in found(sandbox, BLOSSOM)
            if work.type == "illust" and "2026-01-01" <= work.created.date().isoformat() <= "2026-10-31"
        ),
        key=lambda work: -work.total_bookmarks,
    )
    works = done.lines("illusts")
    assert [work["total_bookmarks"] for work in works] == [work.total_bookmarks for work in popular[:30]]
    assert {work["source"]["endpoint"] for work in works} == {"/v1/search/popular-preview/illust"}
    search = done.report["search"]
    assert (search["is_complete"], search["holes"]) == (False, search["partitions"])
    assert [(part["entries"], part["status"]) for part in search["partitions"]] == [
        ("illusts", "preview"),
        ("novels", "preview"),
    ]
    assert search["partitions"][0]["returned"] == len(works)
    assert search["partitions"][0]["params"]["include_potential_violation_works"] is True


def test_a_preview_that_failed_is_a_failure(sandbox: Sandbox, crawl: Crawler) -> None:
    sandbox.add_fault(Fault("html_503", "/v1/search/popular-preview", times=None))
    done = crawl("search", word=BLOSSOM, sort="popular_preview", files="none", settings={"RETRY_TIMES": 1})
    assert done.status == 3
    assert [part["status"] for part in done.report["search"]["holes"]] == ["failed"]
    assert [failure["what"] for failure in done.report["failures"]] == ["listing"]


def test_works_are_sorted_by_popularity_with_premium(tmp_path: Path) -> None:
    with Sandbox(premium=True) as sandbox:
        done = Crawler(sandbox, tmp_path)("search", word=BLOSSOM, sort="popular_desc", files="none")
        assert_complete(done)
        assert_found(done, sandbox, BLOSSOM)
    bookmarks = [work["total_bookmarks"] for work in done.lines("illusts")]
    assert bookmarks == sorted(bookmarks, reverse=True)


def test_a_search_by_popularity_beyond_the_cap_is_reported_as_incomplete(tmp_path: Path) -> None:
    with Sandbox(premium=True, listing_cap=SMALL_CAP) as sandbox:
        done = Crawler(sandbox, tmp_path)("search", word=BLOSSOM, sort="popular_desc", files="none")
        assert max(int(request.query.get("offset", 0)) for request in api(sandbox)) <= SMALL_CAP
    assert done.status == 3
    assert len(set(ids(done.lines("illusts")))) == SMALL_CAP + 30
    assert [partition["status"] for partition in done.report["search"]["holes"]] == ["incomplete"]
    assert [failure["what"] for failure in done.report["failures"]] == ["partition"]


def test_a_permanent_error_fails_the_partition_and_keeps_the_works_so_far(sandbox: Sandbox, crawl: Crawler) -> None:
    sandbox.add_fault(Fault("html_200", PATH, times=None, after=5))
    done = crawl("search", word=BLOSSOM, files="none", settings={"RETRY_TIMES": 1})
    assert done.status == 3
    assert len(done.lines("illusts")) == 146
    search = done.report["search"]
    assert not search["is_complete"]
    assert {partition["status"] for partition in search["holes"]} == {"failed"}
    assert "Traceback" not in done.log
    assert len(api(sandbox, PATH)) < 30, "the search ends"


def test_works_after_a_failed_listing_are_collected(sandbox: Sandbox, crawl: Crawler) -> None:
    sandbox.add_fault(Fault("bad_parameter", PATH, where="offset=145", times=None))
    done = crawl("search", word=BLOSSOM, files="none", settings={"RETRY_TIMES": 1})
    assert done.status == 3
    assert {partition["status"] for partition in done.report["search"]["holes"]} == {"failed"}
    oldest = min(work.created.date().isoformat() for work in found(sandbox, BLOSSOM))
    assert oldest in shown_days(done), "older works are collected although a partition failed"
    works = ids(done.lines("illusts"))
    assert len(works) == len(set(works))


def test_novels_are_collected_although_a_partition_failed(sandbox: Sandbox, crawl: Crawler) -> None:
    sandbox.add_fault(Fault("html_503", PATH, times=None))
    done = crawl("search", word="短編", type="illust,novel", files="none", settings={"RETRY_TIMES": 1})
    assert done.status == 3
    assert done.lines("novels")
    statuses = {partition["entries"]: partition["status"] for partition in done.report["search"]["partitions"]}
    assert statuses == {"illusts": "failed", "novels": "complete"}


def test_a_search_without_results_is_not_a_failure(crawl: Crawler) -> None:
    done = crawl("search", word="そんな言葉はどこにもない", files="none")
    assert_complete(done)
    assert done.report["lines"] == {}


def test_works_hidden_by_the_account_settings_are_unavailable(tmp_path: Path) -> None:
    with Sandbox(x_restrict=0) as sandbox:
        done = Crawler(sandbox, tmp_path)("search", word=BLOSSOM, files="none")
        assert_complete(done)
        hidden = {work.id for work in found(sandbox, BLOSSOM) if work.spec.x_restrict}
        assert set(ids(done.lines("unavailable"))) == hidden
        assert {line["reason"] for line in done.lines("unavailable")} == {"r18_hidden"}
        assert len(done.lines("illusts")) == 400 - len(hidden)


def test_the_date_of_a_placeholder_is_ignored() -> None:
    """It is the time of the response: a search that continued from there would repeat the same request forever."""
    work = {"id": 2, "create_date": "2026-06-15T00:00:00+09:00", "visible": True, "user": {"id": 77}}
    placeholder = {"id": 3, "create_date": "2026-11-24T05:00:00+09:00", "visible": False, "user": {"id": 0}}
    broken = {"id": 4, "create_date": 5}
    state = {"returned": 0, "first": None, "last": None}
    assert _counted(state, [placeholder, broken, work, placeholder, broken, "not an entry"]) == {
        "returned": 6,
        "first": work["create_date"],
        "last": work["create_date"],
    }


@pytest.mark.parametrize("extra", ["comments", "users"])
def test_extras_do_not_end_the_search(sandbox: Sandbox, crawl: Crawler, extra: str) -> None:
    done = crawl("search", word=BLOSSOM, end_date="2026-03-05", files="none", **{extra: "true"})
    assert_complete(done)
    assert len(done.lines("illusts")) == sum(
        work.created.date().isoformat() <= "2026-03-05" for work in found(sandbox, BLOSSOM)
    )
    assert done.lines(extra)
    assert [partition["status"] for partition in done.report["search"]["partitions"]] == ["complete"]


def test_a_word_with_special_characters_is_sent_unchanged(sandbox: Sandbox, crawl: Crawler) -> None:
    word = '100% &offset=9 "a+b" #? 桜'
    assert_complete(crawl("search", word=word, files="none"))
    assert [request.query["word"] for request in api(sandbox)] == [word]
    assert "offset" not in api(sandbox)[0].query


def test_max_works_ends_a_search(sandbox: Sandbox, crawl: Crawler) -> None:
    done = crawl("search", word=STARS, max_works=45, files="none")
    assert_complete(done)
    assert len(done.lines("illusts")) == 45
    assert len(api(sandbox)) == 2


def test_a_range_without_an_end_is_found_in_the_sandbox_of_a_crawl(crawl: Crawler) -> None:
    start = japan.today() - timedelta(days=1)
    done = crawl("search", word=BLOSSOM, start_date=start, files="none", settings={"PIXIV_SANDBOX": 1})
    assert_complete(done)

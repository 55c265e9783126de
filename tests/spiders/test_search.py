"""Searches, against what the simulated Pixiv really holds; some are larger than Pixiv shows of one search."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import pytest

from pixiv_crawler.api import search_partitions
from pixiv_crawler.api.pagers.search import _counted
from pixiv_crawler.sandbox import Fault, Sandbox, Work
from pixiv_crawler.sandbox.world.fixtures.keywords import FIREWORKS_DAY, STARRY_DAY, spread_evenly
from pixiv_crawler.sandbox.world.works import JST
from tests.crawling import Crawl, Crawler
from tests.listing_cap import PIXIVS_CAP, SMALL_CAP

from .asked import api, assert_refused_for_the_account, assert_whole, ids

BLOSSOM, STARS = "桜", "星空"
PATH = "/v1/search/illust"

# With the small cap, a search lists 60 works: SNOW has 75 on one day, HAIL 138.
SNOW, HAIL = "粉雪", "雹"


@pytest.fixture
def capped(capped: Sandbox) -> Sandbox:
    """Has words that exceed its cap as STARS and FIREWORKS exceed Pixiv's."""
    add_words(capped)
    return capped


def add_words(sandbox: Sandbox) -> None:
    sandbox.world.add_keyword(SNOW, spread_evenly(date(2026, 4, 24), 200, 70) | {STARRY_DAY: 75})
    sandbox.world.add_keyword(HAIL, spread_evenly(date(2026, 7, 24), 17, 4) | {FIREWORKS_DAY: 138})


def found(sandbox: Sandbox, word: str) -> list[Work]:
    """All works that a word finds, oldest first."""
    hits = sandbox.world.generated_users.keywords.by_word[word].summaries
    return [work for hit in hits if (work := sandbox.world.work(hit.id)) is not None]


def shown_days(done: Crawl) -> list[str]:
    return [work["create_date"][:10] for work in done.lines("illusts")]


def assert_found(done: Crawl, sandbox: Sandbox, word: str) -> None:
    """Every work of the word once, and no request that Pixiv would refuse."""
    works = done.lines("illusts")
    assert len(works) == len(set(ids(works)))
    assert set(ids(works)) == {work.id for work in found(sandbox, word)}
    assert max(int(request.query.get("offset", 0)) for request in api(sandbox, PATH)) <= sandbox.world.listing_cap
    assert {request.status for request in api(sandbox)} == {200}


def test_a_search_below_the_cap_is_one_slice(sandbox: Sandbox, crawl: Crawler) -> None:
    done = crawl("search", word=BLOSSOM, files="none")
    assert_whole(done)
    assert_found(done, sandbox, BLOSSOM)
    assert shown_days(done) == sorted(shown_days(done), reverse=True)
    assert [work["source"]["position"] for work in done.lines("illusts")] == list(range(1, 401))
    assert done.report["search"] == {
        "is_complete": True,
        "holes": [],
        "slices": [
            {
                "entries": "illusts",
                "params": {"sort": "date_desc", "start_date": None, "end_date": None},
                "status": "complete",
                "returned": 400,
            }
        ],
    }


def test_a_search_in_the_other_direction_finds_the_same(sandbox: Sandbox, crawl: Crawler) -> None:
    done = crawl("search", word=BLOSSOM, sort="date_asc", files="none")
    assert_whole(done)
    assert_found(done, sandbox, BLOSSOM)
    assert shown_days(done) == sorted(shown_days(done))


@pytest.mark.parametrize(("cap", "word"), [(SMALL_CAP, SNOW), (PIXIVS_CAP, STARS)])
def test_all_works_come_once_each_though_more_than_the_cap_share_a_day(tmp_path: Path, cap: int, word: str) -> None:
    with Sandbox(listing_cap=cap) as sandbox:
        add_words(sandbox)
        done = Crawler(sandbox, tmp_path)("search", word=word, files="none")
    assert_whole(done)
    assert_found(done, sandbox, word)
    ledger = done.report["search"]
    assert ledger["is_complete"]
    spans = [
        (part["params"]["sort"], part["params"]["start_date"], part["params"]["end_date"]) for part in ledger["slices"]
    ]
    assert spans == [
        ("date_desc", None, None),
        ("date_desc", "2007-09-10", "2026-06-15"),
        ("date_asc", "2026-06-15", "2026-06-15"),
        ("date_desc", "2007-09-10", "2026-06-14"),
    ]
    assert [part["status"] for part in ledger["slices"]] == ["continued", "continued", "complete", "complete"]
    assert [part["returned"] for part in ledger["slices"][:3]] == [cap + 10] * 3


def test_more_works_than_the_cap_come_oldest_first_too(capped: Sandbox, crawl_capped: Crawler) -> None:
    capped.world.now = datetime.now(JST)  # the crawler asks up to its own today, which Pixiv must not think future
    done = crawl_capped("search", word=SNOW, sort="date_asc", files="none")
    assert_whole(done)
    assert_found(done, capped, SNOW)
    assert done.report["search"]["is_complete"]


def test_a_day_too_large_for_both_directions_is_cut_by_type(capped: Sandbox, crawl_capped: Crawler) -> None:
    done = crawl_capped("search", word=HAIL, files="none")
    assert_whole(done)
    assert_found(done, capped, HAIL)
    ledger = done.report["search"]
    assert ledger["is_complete"]
    assert [part["status"] for part in ledger["slices"]].count("split") == 1
    split = [part for part in ledger["slices"] if "content_type" in part["params"]]
    assert [part["params"]["content_type"] for part in split] == ["illust", "illust", "manga", "ugoira"]
    assert {part["params"]["start_date"] for part in split} == {"2026-08-01"}


def test_a_day_that_no_cut_makes_small_enough_is_named(sandbox: Sandbox, tmp_path: Path) -> None:
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
def test_a_span_of_days_holds_both_ends(sandbox: Sandbox, crawl: Crawler, start: str | None, end: str) -> None:
    done = crawl("search", word=BLOSSOM, start_date=start, end_date=end, files="none")
    assert_whole(done)
    expected = [work.id for work in found(sandbox, BLOSSOM) if (start or "") <= work.created.date().isoformat() <= end]
    assert ids(done.lines("illusts")) == expected[::-1]
    (part,) = done.report["search"]["slices"]
    assert (part["params"]["start_date"], part["params"]["end_date"]) == (start or "2007-09-10", end)


def test_a_span_without_an_end_goes_up_to_today(sandbox: Sandbox, crawl: Crawler) -> None:
    sandbox.world.now = datetime.now(JST)
    done = crawl("search", word=BLOSSOM, start_date="2026-05-01", files="none")
    assert_whole(done)
    expected = [work.id for work in found(sandbox, BLOSSOM) if work.created.date().isoformat() >= "2026-05-01"]
    assert ids(done.lines("illusts")) == expected[::-1]


def test_a_span_larger_than_the_cap_is_never_left(capped: Sandbox, crawl_capped: Crawler) -> None:
    done = crawl_capped("search", word=SNOW, start_date="2026-06-14", end_date="2026-06-15", files="none")
    assert_whole(done)
    expected = {
        work.id for work in found(capped, SNOW) if work.created.date().isoformat() in ("2026-06-14", "2026-06-15")
    }
    assert len(expected) >= 75
    assert set(ids(done.lines("illusts"))) == expected
    spans = [(part["params"]["start_date"], part["params"]["end_date"]) for part in done.report["search"]["slices"]]
    assert min(start for start, _ in spans) >= "2026-06-14"
    assert max(end for _, end in spans) <= "2026-06-15"


@pytest.mark.parametrize("type_", ["illust", "manga", "ugoira", "illust,manga"])
def test_only_works_of_the_type_asked_for_come(sandbox: Sandbox, crawl: Crawler, type_: str) -> None:
    done = crawl("search", word=BLOSSOM, type=type_, files="none")
    assert_whole(done)
    assert set(ids(done.lines("illusts"))) == {
        work.id for work in found(sandbox, BLOSSOM) if work.type in type_.split(",")
    }
    content_type = api(sandbox, PATH)[0].query.get("content_type")
    assert content_type == (None if "," in type_ else type_)


@pytest.mark.parametrize(
    ("ai", "asked", "types"),
    [
        ("yes", "2", {2}),
        ("no", "1", {1}),
        ("no,unknown", "1", {0, 1}),
        ("yes,no", None, {1, 2}),
        ("unknown", "1", {0}),
    ],
)
def test_works_by_ai_are_left_out_by_pixiv_and_by_us(
    sandbox: Sandbox, crawl: Crawler, ai: str, asked: str | None, types: set[int]
) -> None:
    done = crawl("search", word=BLOSSOM, ai=ai, files="none")
    assert_whole(done)
    assert set(ids(done.lines("illusts"))) == {work.id for work in found(sandbox, BLOSSOM) if work.ai_type in types}
    assert api(sandbox, PATH)[0].query.get("search_ai_type") == asked


def test_novels_are_found_beside_illusts(sandbox: Sandbox, crawl: Crawler) -> None:
    done = crawl("search", word="短編", type="illust,novel", files="none")
    assert_whole(done)
    novels = [novel for novel in sandbox.world.novel_catalogue.novels() if "短編" in (*novel.tags, *novel.reader_tags)]
    assert set(ids(done.lines("novels"))) == {novel.id for novel in novels if novel.is_open}
    assert {part["entries"] for part in done.report["search"]["slices"]} == {"illusts", "novels"}


def test_the_text_of_novels_is_searched(sandbox: Sandbox, crawl: Crawler) -> None:
    done = crawl("search", word="図書館の司書", target="text", type="novel", files="none")
    assert_whole(done)
    novels = [
        novel for novel in sandbox.world.novel_catalogue.novels() if "図書館の司書" in novel.text and novel.is_open
    ]
    assert novels
    assert set(ids(done.lines("novels"))) == {novel.id for novel in novels}


@pytest.mark.parametrize("target", ["exact_match_for_tags", "title_and_caption", "keyword"])
def test_a_target_says_where_to_look(sandbox: Sandbox, crawl: Crawler, target: str) -> None:
    done = crawl("search", word=BLOSSOM, target=target, files="none")
    assert_whole(done)
    works = [work for work in found(sandbox, BLOSSOM) if target != "title_and_caption" or BLOSSOM in work.title]
    assert set(ids(done.lines("illusts"))) == {work.id for work in works}


def test_several_words_are_looked_for_together(sandbox: Sandbox, crawl: Crawler) -> None:
    done = crawl("search", word=f"{BLOSSOM} R-18", files="none")
    assert_whole(done)
    assert set(ids(done.lines("illusts"))) == {work.id for work in found(sandbox, BLOSSOM) if work.spec.x_restrict}


@pytest.mark.parametrize("sort", ["popular_desc", "popular_male_desc", "popular_female_desc"])
def test_popularity_is_refused_without_premium(sandbox: Sandbox, crawl: Crawler, sort: str) -> None:
    done = crawl("search", word=BLOSSOM, sort=sort)
    assert_refused_for_the_account(done, sandbox, sort, "premium", "pass sort=date_desc")


def test_popularity_sorts_with_premium(tmp_path: Path) -> None:
    with Sandbox(premium=True) as sandbox:
        done = Crawler(sandbox, tmp_path)("search", word=BLOSSOM, sort="popular_desc", files="none")
        assert_whole(done)
        assert_found(done, sandbox, BLOSSOM)
    bookmarks = [work["total_bookmarks"] for work in done.lines("illusts")]
    assert bookmarks == sorted(bookmarks, reverse=True)


def test_popularity_beyond_the_cap_is_a_named_hole(tmp_path: Path) -> None:
    with Sandbox(premium=True, listing_cap=SMALL_CAP) as sandbox:
        done = Crawler(sandbox, tmp_path)("search", word=BLOSSOM, sort="popular_desc", files="none")
        assert max(int(request.query.get("offset", 0)) for request in api(sandbox)) <= SMALL_CAP
    assert done.status == 3
    assert len(set(ids(done.lines("illusts")))) == 60
    assert [part["status"] for part in done.report["search"]["holes"]] == ["incomplete"]
    assert [loss["what"] for loss in done.report["failures"]] == ["slice"]


def test_an_error_for_ever_names_the_slice_and_keeps_what_came(sandbox: Sandbox, crawl: Crawler) -> None:
    sandbox.add_fault(Fault("html_200", PATH, times=None, after=5))
    done = crawl("search", word=BLOSSOM, files="none", settings={"RETRY_TIMES": 1})
    assert done.status == 3
    assert len(done.lines("illusts")) == 150
    ledger = done.report["search"]
    assert not ledger["is_complete"]
    assert {part["status"] for part in ledger["holes"]} == {"failed"}
    assert "Traceback" not in done.log
    assert len(api(sandbox, PATH)) < 30, "it does not go on for ever"


def test_what_lies_behind_a_failed_listing_is_still_collected(sandbox: Sandbox, crawl: Crawler) -> None:
    sandbox.add_fault(Fault("bad_parameter", PATH, where="offset=150", times=None))
    done = crawl("search", word=BLOSSOM, files="none", settings={"RETRY_TIMES": 1})
    assert done.status == 3
    assert {part["status"] for part in done.report["search"]["holes"]} == {"failed"}
    oldest = min(work.created.date().isoformat() for work in found(sandbox, BLOSSOM))
    assert oldest in shown_days(done), "a slice that fails half way is no reason to leave out all older works"
    works = ids(done.lines("illusts"))
    assert len(works) == len(set(works))


def test_a_failed_slice_does_not_keep_novels_from_coming(sandbox: Sandbox, crawl: Crawler) -> None:
    sandbox.add_fault(Fault("html_503", PATH, times=None))
    done = crawl("search", word="短編", type="illust,novel", files="none", settings={"RETRY_TIMES": 1})
    assert done.status == 3
    assert done.lines("novels")
    slices = {part["entries"]: part["status"] for part in done.report["search"]["slices"]}
    assert slices == {"illusts": "failed", "novels": "complete"}


def test_a_search_that_finds_nothing_is_no_loss(crawl: Crawler) -> None:
    done = crawl("search", word="そんな言葉はどこにもない", files="none")
    assert_whole(done)
    assert done.report["lines"] == {}


def test_works_that_the_account_does_not_show_become_unavailable(tmp_path: Path) -> None:
    with Sandbox(x_restrict=0) as sandbox:
        done = Crawler(sandbox, tmp_path)("search", word=BLOSSOM, files="none")
        assert_whole(done)
        hidden = {work.id for work in found(sandbox, BLOSSOM) if work.spec.x_restrict}
        assert set(ids(done.lines("unavailable"))) == hidden
        assert {line["reason"] for line in done.lines("unavailable")} == {"r18_hidden"}
        assert len(done.lines("illusts")) == 400 - len(hidden)


def test_what_a_placeholder_says_of_its_date_leads_no_search() -> None:
    """It looks like the time of the answer: a search that went on from there would ask for the same again and again."""
    work = {"id": 2, "create_date": "2026-06-15T00:00:00+09:00", "visible": True, "user": {"id": 77}}
    withheld = {"id": 3, "create_date": "2026-11-24T05:00:00+09:00", "visible": False, "user": {"id": 0}}
    broken = {"id": 4, "create_date": 5}
    state = {"returned": 0, "first": None, "last": None}
    assert _counted(state, [withheld, broken, work, withheld, broken, "no entry"]) == {
        "returned": 6,
        "first": work["create_date"],
        "last": work["create_date"],
    }


@pytest.mark.parametrize("extra", ["comments", "users"])
def test_extras_of_found_works_keep_the_search_going(sandbox: Sandbox, crawl: Crawler, extra: str) -> None:
    done = crawl("search", word=BLOSSOM, end_date="2026-03-05", files="none", **{extra: "true"})
    assert_whole(done)
    assert len(done.lines("illusts")) == sum(
        work.created.date().isoformat() <= "2026-03-05" for work in found(sandbox, BLOSSOM)
    )
    assert done.lines(extra)
    assert [part["status"] for part in done.report["search"]["slices"]] == ["complete"]


def test_a_word_of_odd_characters_arrives_as_it_is(sandbox: Sandbox, crawl: Crawler) -> None:
    word = '100% &offset=9 "a+b" #? 桜'
    assert_whole(crawl("search", word=word, files="none"))
    assert [request.query["word"] for request in api(sandbox)] == [word]
    assert "offset" not in api(sandbox)[0].query


def test_max_works_ends_a_search(sandbox: Sandbox, crawl: Crawler) -> None:
    done = crawl("search", word=STARS, max_works=45, files="none")
    assert_whole(done)
    assert len(done.lines("illusts")) == 45
    assert len(api(sandbox)) == 2

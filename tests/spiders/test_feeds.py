"""Related, recommended and new works, and those of followed users."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from pixiv_crawler.sandbox import Fault, Sandbox
from pixiv_crawler.sandbox.world.feeds import new_works, novels_of, related_ids, works_of
from pixiv_crawler.sandbox.world.works import Work
from tests.crawling import Crawler
from tests.sample_responses import illust, record

from .checks import ACCOUNT, api, assert_complete, assert_refused, failures, ids


@pytest.mark.parametrize("remainder", [0, 1])
def test_related_works_are_collected_once_up_to_the_end(sandbox: Sandbox, crawl: Crawler, remainder: int) -> None:
    """The chain ends with null for some works and with an empty listing for others."""
    seed = sandbox.world.work(_with_parity(sandbox, remainder))
    assert seed is not None
    done = crawl("related", illust_id=seed.id, files="none")
    assert_complete(done)
    works = ids(done.lines("illusts")) + ids(done.lines("unavailable"))
    assert len(works) == len(set(works)) == 100
    assert set(works) == set(related_ids(sandbox.world, seed))
    assert not any("offset" in request.query for request in api(sandbox))
    assert not any("viewed" in name for work in done.lines("illusts") for name in work["source"]["params"])


def _with_parity(sandbox: Sandbox, remainder: int) -> int:
    hits = [work for work in _followed(sandbox, "public") if work.id % 2 == remainder]
    return hits[0].id


def _followed(sandbox: Sandbox, restrict: str) -> list[Work]:
    return works_of(sandbox.world, sandbox.world.follows.following(ACCOUNT, restrict))


def test_works_related_to_several_works_are_collected(sandbox: Sandbox, crawl: Crawler) -> None:
    seeds = [work.id for work in _followed(sandbox, "public")[:2]]
    done = crawl("related", illust_id=f"{seeds[0]}, https://www.pixiv.net/artworks/{seeds[1]}", files="none")
    assert_complete(done)
    for seed in seeds:
        work = sandbox.world.work(seed)
        assert work is not None
        assert set(related_ids(sandbox.world, work)) <= set(ids(done.lines("illusts")))


def test_related_works_of_a_deleted_work_are_a_failure(sandbox: Sandbox, crawl: Crawler) -> None:
    done = crawl("related", illust_id=f"9,{_with_parity(sandbox, 0)}", files="none")
    assert done.status == 3
    assert failures(done) == [("work", 9)]
    assert len(done.lines("illusts")) == 100


def test_a_failed_listing_of_related_works_is_a_failure(sandbox: Sandbox, crawl: Crawler) -> None:
    sandbox.add_fault(Fault("html_503", "/v2/illust/related", times=None, after=1))
    done = crawl("related", illust_id=_with_parity(sandbox, 0), files="none", settings={"RETRY_TIMES": 1})
    assert done.status == 3
    assert [what for what, _ in failures(done)] == ["listing"]
    assert len(done.lines("illusts")) == 30


@pytest.mark.parametrize("type_", ["illust,ugoira", "manga"])
def test_recommended_works_end_when_the_url_is_too_long(sandbox: Sandbox, crawl: Crawler, type_: str) -> None:
    done = crawl("recommended", type=type_, files="none")
    assert_complete(done)
    works = ids(done.lines("illusts"))
    assert len(works) == len(set(works)) == 330
    assert {work["type"] for work in done.lines("illusts")} == set(type_.split(","))
    assert [request.status for request in api(sandbox)][-1] == 414
    assert "Pixiv shows no more than" in done.log


def test_recommended_works_of_all_types_are_collected_once(crawl: Crawler) -> None:
    done = crawl("recommended", files="none")
    assert_complete(done)
    works = ids(done.lines("illusts"))
    assert len(works) == len(set(works)) == 660
    assert {work["type"] for work in done.lines("illusts")} == {"illust", "manga", "ugoira"}


def test_recommended_works_are_filtered_by_type(crawl: Crawler) -> None:
    done = crawl("recommended", type="ugoira", files="none")
    assert_complete(done)
    assert {work["type"] for work in done.lines("illusts")} == {"ugoira"}


def test_a_failed_listing_of_recommended_works_is_a_failure(sandbox: Sandbox, crawl: Crawler) -> None:
    sandbox.add_fault(Fault("server_error_500", "/v1/illust/recommended", times=None, after=2))
    done = crawl("recommended", type="illust,ugoira", files="none", settings={"RETRY_TIMES": 1})
    assert done.status == 3
    assert len(done.lines("illusts")) == 120
    assert [what for what, _ in failures(done)] == ["listing"]


def test_ranking_true_adds_ranked_works_to_recommended_works(sandbox: Sandbox, crawl: Crawler) -> None:
    done = crawl("recommended", ranking="true", max_works=40, files="none")
    assert_complete(done)
    assert len(set(ids(done.lines("illusts")))) == 40
    assert api(sandbox)[0].query["include_ranking_illusts"] == "true"
    ranked = done.lines("illusts")[:10]
    assert [work["source"]["position"] for work in ranked] == list(range(1, 11))


def test_recommended_works_have_no_ranking_by_default(sandbox: Sandbox, crawl: Crawler) -> None:
    crawl("recommended", max_works=3, files="none")
    assert api(sandbox)[0].query["include_ranking_illusts"] == "false"


def test_an_invalid_work_of_the_ranking_is_rejected_alone(tmp_path: Path) -> None:
    ranked = [illust(1), illust(2, total_view="many"), illust(3)]
    response = {"illusts": [illust(4)], "ranking_illusts": ranked, "next_url": None}
    record(tmp_path / "samples", "illust_recommended__0", response)
    with Sandbox(samples=tmp_path / "samples") as recorded:
        done = Crawler(recorded, tmp_path / "crawl")("recommended", type="illust", ranking="true", files="none")
    assert sorted(ids(done.lines("illusts"))) == [1, 3, 4]
    assert [line["raw"]["id"] for line in done.lines("rejected")] == [2]
    assert failures(done) == [("entry", 2)]
    assert done.status == 3


def test_cursor_arguments_are_sent(sandbox: Sandbox, crawl: Crawler) -> None:
    crawl(
        "recommended",
        type="illust",
        max_bookmark_id_for_recommend=7,
        min_bookmark_id_for_recent_illust=8,
        bookmark_illust_ids="70560001,75900001",
        max_works=1,
        files="none",
    )
    query = api(sandbox)[0].query
    assert (query["max_bookmark_id_for_recommend"], query["min_bookmark_id_for_recent_illust"]) == ("7", "8")
    assert query["bookmark_illust_ids"] == "70560001,75900001"


def test_invalid_bookmark_illust_ids_are_rejected(sandbox: Sandbox, crawl: Crawler) -> None:
    assert_refused(crawl("recommended", bookmark_illust_ids="12,abc"), sandbox, "bookmark_illust_ids", "'abc'")


def test_recommended_novels_are_collected(sandbox: Sandbox, crawl: Crawler) -> None:
    done = crawl("recommended", type="novel", ranking="true", files="none")
    assert_complete(done)
    novels = ids(done.lines("novels"))
    assert len(novels) == len(set(novels)) >= 60
    assert {request.path for request in api(sandbox)} == {"/v1/novel/recommended"}


@pytest.mark.parametrize(("restrict", "count"), [("public", 439), ("private", 111), ("all", 550), (None, 550)])
def test_the_feed_contains_works_of_followed_users(
    sandbox: Sandbox, crawl: Crawler, restrict: str | None, count: int
) -> None:
    done = crawl("following_feed", restrict=restrict, files="none")
    assert_complete(done)
    works = sorted(done.lines("illusts") + done.lines("unavailable"), key=lambda line: line["source"]["position"])
    assert len(works) == count
    assert ids(works) == [work.id for work in _followed(sandbox, restrict or "all")]


def test_the_feed_contains_novels(sandbox: Sandbox, crawl: Crawler) -> None:
    done = crawl("following_feed", type="novel", files="none")
    assert_complete(done)
    novels = novels_of(sandbox.world, sandbox.world.follows.following(ACCOUNT))
    assert ids(done.lines("novels")) == [novel.id for novel in novels] != []


def test_the_works_of_mypixiv_friends_are_collected_newest_first(sandbox: Sandbox, crawl: Crawler) -> None:
    done = crawl("mypixiv_works", type="illust,manga,ugoira,novel", files="none")
    assert_complete(done)
    friends = sandbox.world.follows.mypixiv[ACCOUNT]
    works = sorted(done.lines("illusts") + done.lines("unavailable"), key=lambda line: line["source"]["position"])
    assert ids(works) == [work.id for work in works_of(sandbox.world, friends)] != []
    assert ids(done.lines("novels")) == [novel.id for novel in novels_of(sandbox.world, friends)]
    assert {request.path for request in api(sandbox)} == {"/v2/illust/mypixiv", "/v1/novel/mypixiv"}


def test_new_works_stop_after_300(sandbox: Sandbox, crawl: Crawler) -> None:
    done = crawl("new_works", files="none")
    assert_complete(done)
    works = ids(done.lines("illusts"))
    assert len(works) == len(set(works)) == 300
    assert len(api(sandbox)) == 10


@pytest.mark.parametrize(("type_", "content_type"), [("illust", "illust"), ("manga", "manga"), ("ugoira", "illust")])
def test_new_works_stop_after_max_works(sandbox: Sandbox, crawl: Crawler, type_: str, content_type: str) -> None:
    done = crawl("new_works", type=type_, max_works=35, files="none")
    assert_complete(done)
    expected = [work.id for work in new_works(sandbox.world, content_type, None) if work.type == type_]
    assert ids(done.lines("illusts")) == expected[:35]
    assert {request.query["content_type"] for request in api(sandbox)} == {content_type}


def test_new_works_end_with_pixivs_last_listing(sandbox: Sandbox, crawl: Crawler) -> None:
    done = crawl("new_works", type="manga", max_works=100_000, files="none")
    assert_complete(done)
    assert ids(done.lines("illusts")) == [work.id for work in new_works(sandbox.world, "manga", None)]


def test_new_novels_are_collected(sandbox: Sandbox, crawl: Crawler) -> None:
    done = crawl("new_works", type="novel", files="none")
    assert_complete(done)
    assert ids(done.lines("novels")) == [novel.id for novel in sandbox.world.novel_catalogue.novels() if novel.is_open]


def test_a_refusal_that_may_mark_the_end_of_related_works_is_put_to_the_test(sandbox: Sandbox, crawl: Crawler) -> None:
    seed = _with_parity(sandbox, 0)
    expected = ids(crawl("related", illust_id=seed, files="none", job="whole").lines("illusts"))
    shutil.rmtree(crawl.data)
    sandbox.add_fault(Fault("bad_parameter", "/v2/illust/related", times=1, after=1))
    done = crawl("related", illust_id=seed, files="none")
    assert_complete(done)
    assert ids(done.lines("illusts")) == expected

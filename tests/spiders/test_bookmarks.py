"""Bookmarks of the account and of other users."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import pytest

from pixiv_crawler.sandbox import Sandbox
from pixiv_crawler.sandbox.world.bookmarks import Bookmark
from tests.crawling import Crawl, Crawler

from .checks import ACCOUNT, ORDINARY, RICH, api, assert_complete, assert_refused_for_the_account, ids


def bookmarked(sandbox: Sandbox, user_id: int, restrict: str = "public") -> list[int]:
    """The bookmarked works, newest bookmark first."""
    return [bookmark.work_id for bookmark in sandbox.world.bookmarks.of(user_id, restrict)]


def all_lines(done: Crawl) -> list[dict[str, Any]]:
    lines = done.lines("illusts") + done.lines("unavailable")
    return sorted(lines, key=lambda line: line["source"]["position"])


def test_all_public_bookmarks_of_the_account_are_collected_in_order(sandbox: Sandbox, crawl: Crawler) -> None:
    done = crawl("bookmarks", files="none")
    assert_complete(done)
    assert len(done.lines("illusts")) == 102
    assert ids(all_lines(done)) == bookmarked(sandbox, ACCOUNT)
    assert [line["source"]["position"] for line in all_lines(done)] == list(range(1, 109))
    assert done.report["unavailable"] == {"sanity_level": 2, "mypixiv": 1, "unknown": 3}
    for line in done.lines("unavailable"):
        assert line["type"] == "illust"
        assert line["evidence"]["visible"] is False
        assert "/common/images/limit_" in line["evidence"]["image"]


def test_the_cursor_is_the_id_of_the_bookmark(sandbox: Sandbox, crawl: Crawler) -> None:
    crawl("bookmarks", type="illust,manga,ugoira,novel", files="none")
    requests = api(sandbox, "/v1/user/bookmarks/")
    assert len(requests) == 6
    assert not any("offset" in request.query for request in requests)
    assert ["max_bookmark_id" in request.query for request in requests] == [False, True, True, True, False, True]


def test_private_bookmarks_are_those_of_the_account(sandbox: Sandbox, crawl: Crawler) -> None:
    done = crawl("bookmarks", restrict="private", files="none")
    assert_complete(done)
    assert ids(all_lines(done)) == bookmarked(sandbox, ACCOUNT, "private")
    assert len(done.lines("illusts")) == 20


def test_private_bookmarks_can_be_requested_by_the_id_of_the_account(crawl: Crawler) -> None:
    done = crawl("bookmarks", restrict="private", user_id=ACCOUNT, files="none")
    assert_complete(done)
    assert len(done.lines("illusts")) == 20


@pytest.mark.parametrize("user_id", [str(RICH), f"{ACCOUNT},{RICH}"])
def test_private_bookmarks_of_other_users_are_rejected(sandbox: Sandbox, crawl: Crawler, user_id: str) -> None:
    done = crawl("bookmarks", user_id=user_id, restrict="private")
    assert_refused_for_the_account(done, sandbox, str(RICH), "private")


def test_public_bookmarks_of_other_users_are_collected(sandbox: Sandbox, crawl: Crawler) -> None:
    done = crawl("bookmarks", user_id=f"{RICH},{ORDINARY}", files="none")
    assert_complete(done)
    assert ids(done.lines("illusts")) == bookmarked(sandbox, RICH)


@pytest.mark.parametrize("tag", ["お気に入り", "棚7", "未分類"])
def test_only_bookmarks_with_the_tag_are_collected(sandbox: Sandbox, crawl: Crawler, tag: str) -> None:
    done = crawl("bookmarks", tag=tag, files="none")
    assert_complete(done)
    known = sandbox.world.bookmarks.of(ACCOUNT, "public")
    expected = [entry.work_id for entry in known if (tag in entry.tags if tag != "未分類" else not entry.tags)]
    assert expected
    assert ids(all_lines(done)) == expected
    assert {request.query["tag"] for request in api(sandbox)} == {tag}


def test_an_unused_tag_is_not_a_failure(crawl: Crawler) -> None:
    done = crawl("bookmarks", tag="無い")
    assert_complete(done)
    assert done.report["lines"] == {}


def test_a_crawl_starts_at_the_given_bookmark(sandbox: Sandbox, crawl: Crawler) -> None:
    known = sandbox.world.bookmarks.of(ACCOUNT, "public")
    done = crawl("bookmarks", max_bookmark_id=known[70].id, files="none")
    assert_complete(done)
    assert ids(all_lines(done)) == [entry.work_id for entry in known[70:]]


def test_bookmarked_novels_are_collected(sandbox: Sandbox, crawl: Crawler) -> None:
    done = crawl("bookmarks", type="novel", files="none")
    assert_complete(done)
    public = [entry.work_id for entry in sandbox.world.novel_bookmarks.of(ACCOUNT, "public")]
    assert len(public) == 40
    assert [line["type"] for line in done.lines("unavailable")] == ["novel"]
    assert set(ids(done.lines("novels"))) | set(ids(done.lines("unavailable"))) == set(public)
    assert len(done.lines("novels")) == 39
    assert {request.path for request in api(sandbox)} == {"/v1/user/bookmarks/novel"}


def test_private_bookmarks_of_novels_are_collected(sandbox: Sandbox, crawl: Crawler) -> None:
    done = crawl("bookmarks", type="novel", restrict="private", files="none")
    assert_complete(done)
    assert len(done.lines("novels")) == 5


@pytest.mark.parametrize("restrict", ["public", "private"])
def test_a_search_in_bookmarks_finds_all_of_them_and_proves_it(
    sandbox: Sandbox, crawl: Crawler, restrict: str
) -> None:
    done = crawl("search_bookmarks", restrict=restrict, type="illust,manga,ugoira,novel", files="none")
    assert_complete(done)
    assert done.report["warnings"] == []
    illusts = [line for line in all_lines(done) if line.get("type") != "novel"]
    assert ids(illusts) == bookmarked(sandbox, ACCOUNT, restrict)
    novels = {line["id"] for line in done.lines("unavailable") if line["type"] == "novel"}
    known = [bookmark.work_id for bookmark in sandbox.world.novel_bookmarks.of(ACCOUNT, restrict)]
    assert novels | set(ids(done.lines("novels"))) == set(known)
    assert len({request.path for request in api(sandbox)}) == 3


@pytest.mark.parametrize("argument", ["tag", "work_tag", "period"])
def test_a_search_in_bookmarks_by_tag_tag_of_the_work_or_month(
    sandbox: Sandbox, crawl: Crawler, argument: str
) -> None:
    known = sandbox.world.bookmarks.of(ACCOUNT, "public")
    works = {one.work_id: work for one in known if (work := sandbox.world.work(one.work_id)) and not work.spec.limit}

    def values(bookmark: Bookmark) -> Sequence[str]:
        work = works.get(bookmark.work_id)
        return {"tag": bookmark.tags, "work_tag": work.tags if work else (), "period": (bookmark.month,)}[argument]

    value = next(values(one)[0] for one in known if values(one))
    done = crawl("search_bookmarks", **{argument: value}, files="none")
    assert_complete(done)
    assert ids(all_lines(done)) == [one.work_id for one in known if value in values(one)]
    assert len(all_lines(done)) < len(known)


def test_bookmarks_that_a_search_counts_but_does_not_list_are_missing(sandbox: Sandbox, crawl: Crawler) -> None:
    sandbox.world.novel_bookmarks.put(ACCOUNT, 9)
    sandbox.world.account.is_synchronised = False
    done = crawl("search_bookmarks", type="novel", files="none")
    assert done.status == 3
    (failure,) = done.report["failures"]
    assert failure["what"] == "works"
    assert failure["cause"].startswith("the search counts 41 works, but Pixiv listed 40; ")
    (warning,) = done.report["warnings"]
    assert warning.startswith("Pixiv does not say that its search knows all bookmarks")


@pytest.mark.parametrize("type_", ["illust", "novel"])
def test_the_tags_of_bookmarks_are_found_with_their_counts(sandbox: Sandbox, crawl: Crawler, type_: str) -> None:
    known = (sandbox.world.novel_bookmarks if type_ == "novel" else sandbox.world.bookmarks).of(ACCOUNT, "public")
    done = crawl("search_bookmark_tags", type=type_)
    assert_complete(done)
    counts = Counter(tag for bookmark in known for tag in bookmark.tags)
    assert {line["name"]: line["count"] for line in done.lines("bookmark_tags")} == counts


@pytest.mark.parametrize(("type_", "word"), [("illust", "女"), ("novel", "編")])
def test_the_tags_of_bookmarked_works_are_found_by_a_word(
    sandbox: Sandbox, crawl: Crawler, type_: str, word: str
) -> None:
    done = crawl("search_bookmark_tags", type=type_, of="work", word=word)
    assert_complete(done)
    tags = done.lines("bookmark_tags")
    assert tags
    assert all(word in tag["name"] for tag in tags)
    assert type_ == "novel" or {tag["translated_name"] for tag in tags} == {"girl"}
    assert {request.path for request in api(sandbox)} == {f"/v1/search/bookmark/{type_}/{type_}-tag"}


def test_no_file_is_downloaded_for_a_placeholder(sandbox: Sandbox, crawl: Crawler) -> None:
    done = crawl("bookmarks", files="square_medium")
    assert_complete(done)
    assert not any("/common/images/limit_" in request.path for request in sandbox.requests)


def test_works_without_caption_and_user_details_are_collected(crawl: Crawler) -> None:
    works = crawl("bookmarks", files="none").lines("illusts")
    assert any(work["user"]["is_followed"] is None for work in works)
    assert any(work["caption"] == "" for work in works)

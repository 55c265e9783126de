"""Bookmarks of the account and of other users."""

from __future__ import annotations

from typing import Any

import pytest

from pixiv_crawler.sandbox import Sandbox
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


def test_no_file_is_downloaded_for_a_placeholder(sandbox: Sandbox, crawl: Crawler) -> None:
    done = crawl("bookmarks", files="square_medium")
    assert_complete(done)
    assert not any("/common/images/limit_" in request.path for request in sandbox.requests)


def test_works_without_caption_and_user_details_are_collected(crawl: Crawler) -> None:
    works = crawl("bookmarks", files="none").lines("illusts")
    assert any(work["user"]["is_followed"] is None for work in works)
    assert any(work["caption"] == "" for work in works)

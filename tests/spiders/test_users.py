"""Users, follows, and tags and details of bookmarks."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from pixiv_crawler.sandbox import Sandbox, User, WorkSpec
from tests.crawling import Crawl, Crawler
from tests.listing_cap import SMALL_CAP

from .checks import (
    ACCOUNT,
    GONE,
    ORDINARY,
    PROLIFIC,
    RICH,
    SUSPENDED,
    api,
    assert_complete,
    assert_refused,
    assert_refused_for_the_account,
    failures,
    paths,
)


def previewed(done: Crawl) -> list[int]:
    return [line["user"]["id"] for line in done.lines("user_previews")]


def test_users_have_profile_publicity_and_workspace(sandbox: Sandbox, crawl: Crawler) -> None:
    done = crawl("users", user_id=f"{RICH},https://www.pixiv.net/en/users/{ORDINARY}")
    assert_complete(done)
    rich, ordinary = done.lines("users")
    assert (rich["user"]["id"], ordinary["user"]["id"]) == (RICH, ORDINARY)
    assert rich["user"]["comment"].startswith("絵を描いています。")
    assert rich["profile"]["total_illusts"] + rich["profile"]["total_manga"] == 74
    assert rich["profile"]["total_novels"] == 17
    assert rich["profile_publicity"]["birth_year"] == "private"
    assert rich["workspace"]["workspace_image_url"] is None
    assert paths(sandbox) == {"/v1/user/detail"}


@pytest.mark.parametrize("user_id", [GONE, SUSPENDED, 999_999_999])
@pytest.mark.parametrize("is_strict", [False, True])
def test_a_deleted_user_is_unavailable_and_a_failure_only_on_request(
    crawl: Crawler, user_id: int, is_strict: bool
) -> None:
    done = crawl("users", user_id=f"{user_id},{RICH}", settings={"PIXIV_STRICT": is_strict})
    assert done.status == (3 if is_strict else 0)
    assert [line["user"]["id"] for line in done.lines("users")] == [RICH]
    assert [(line["type"], line["id"], line["reason"]) for line in done.lines("unavailable")] == [
        ("user", user_id, "user_gone")
    ]
    assert failures(done) == ([("user", user_id)] if is_strict else [])


@pytest.mark.parametrize(
    ("arguments", "user_id", "restrict", "count"),
    [
        ({}, ACCOUNT, "public", 35),
        ({"restrict": "private"}, ACCOUNT, "private", 5),
        ({"user_id": RICH}, RICH, "public", 70),
        ({"user_id": RICH, "offset": 60}, RICH, "public", 10),
    ],
)
def test_followed_users_are_collected_newest_first(
    sandbox: Sandbox, crawl: Crawler, arguments: dict[str, object], user_id: int, restrict: str, count: int
) -> None:
    done = crawl("following", **arguments)
    assert_complete(done)
    assert previewed(done) == sandbox.world.follows.following(user_id, restrict)[-count:]
    assert len(previewed(done)) == count
    assert all(len(line["illusts"]) <= 3 for line in done.lines("user_previews"))


@pytest.mark.parametrize(("arguments", "user_id", "count"), [({}, ACCOUNT, 40), ({"user_id": RICH}, RICH, 96)])
def test_followers_are_collected(
    sandbox: Sandbox, crawl: Crawler, arguments: dict[str, object], user_id: int, count: int
) -> None:
    done = crawl("followers", **arguments)
    assert_complete(done)
    assert previewed(done) == sandbox.world.follows.followers(user_id)
    assert len(previewed(done)) == count


@pytest.mark.parametrize("spider", ["following", "bookmark_tags"])
def test_private_lists_of_other_users_are_rejected(sandbox: Sandbox, crawl: Crawler, spider: str) -> None:
    done = crawl(spider, user_id=RICH, restrict="private")
    assert_refused_for_the_account(done, sandbox, str(RICH), "private")


@pytest.mark.parametrize("spider", ["following", "followers"])
def test_a_list_of_users_beyond_the_cap_is_a_failure(tmp_path: Path, spider: str) -> None:
    with Sandbox(listing_cap=SMALL_CAP) as sandbox:
        done = Crawler(sandbox, tmp_path)(spider, user_id=PROLIFIC)
    assert done.status == 3
    assert len(set(previewed(done))) == SMALL_CAP + 30
    (failure,) = done.report["failures"]
    assert failure["what"] == "listing"
    assert f"offset must be no more than {SMALL_CAP}" in failure["cause"]
    assert "Traceback" not in done.log


@pytest.mark.parametrize("user_id", [None, RICH])
def test_mypixiv_friends_are_collected(sandbox: Sandbox, crawl: Crawler, user_id: int | None) -> None:
    done = crawl("mypixiv_users", **({"user_id": user_id} if user_id else {}))
    assert_complete(done)
    assert previewed(done) == sandbox.world.follows.mypixiv[user_id or ACCOUNT] != []


def test_recommended_users_are_collected_and_are_not_followed(sandbox: Sandbox, crawl: Crawler) -> None:
    done = crawl("recommended_users")
    assert_complete(done)
    assert len(set(previewed(done))) == len(previewed(done)) == 90
    assert set(previewed(done)).isdisjoint(sandbox.world.follows.following(ACCOUNT))


def test_users_who_bookmarked_works_are_collected(sandbox: Sandbox, crawl: Crawler) -> None:
    sandbox.add_user(User(50, "n", "a", (WorkSpec(total_bookmarks=64),)))
    (illust,) = sandbox.world.works(50)
    novel = min(
        (one for one in sandbox.world.novel_catalogue.novels() if one.is_open), key=lambda one: one.total_bookmarks
    )
    done = crawl("bookmark_users", illust_id=illust.id, novel_id=novel.id)
    assert_complete(done)
    counts = Counter(line["source"]["endpoint"] for line in done.lines("user_previews"))
    assert counts == {"/v1/illust/bookmark/users": 64, "/v1/novel/bookmark/users": novel.total_bookmarks}


def test_related_users_are_collected(sandbox: Sandbox, crawl: Crawler) -> None:
    done = crawl("related_users", user_id=RICH)
    assert_complete(done)
    assert len(set(previewed(done))) == len(previewed(done)) > 0
    assert RICH not in previewed(done)
    assert {request.query["seed_user_id"] for request in api(sandbox)} == {str(RICH)}


def test_a_deleted_user_has_no_related_users(crawl: Crawler) -> None:
    done = crawl("related_users", user_id=999_999_999)
    assert done.status == 0
    assert [(line["id"], line["reason"]) for line in done.lines("unavailable")] == [(999_999_999, "user_gone")]


def test_users_are_found_by_name(sandbox: Sandbox, crawl: Crawler) -> None:
    done = crawl("search_users", word="ふつうの人")
    assert_complete(done)
    assert previewed(done) == [ORDINARY]


def test_many_users_are_found_in_several_listings(sandbox: Sandbox, crawl: Crawler) -> None:
    done = crawl("search_users", word="星見ひかり")
    assert_complete(done)
    assert len(set(previewed(done))) == len(previewed(done)) > 0
    assert {line["user"]["name"] for line in done.lines("user_previews")} == {"星見ひかり"}


@pytest.mark.parametrize(
    ("arguments", "count"), [({}, 36), ({"restrict": "private"}, None), ({"type": "novel"}, None), ({"offset": 30}, 6)]
)
def test_bookmark_tags_have_counts(
    sandbox: Sandbox, crawl: Crawler, arguments: dict[str, object], count: int | None
) -> None:
    done = crawl("bookmark_tags", **arguments)
    assert_complete(done)
    is_novel = arguments.get("type") == "novel"
    known = sandbox.world.novel_bookmarks if is_novel else sandbox.world.bookmarks
    entries = known.of(ACCOUNT, str(arguments.get("restrict", "public")))
    lines = done.lines("bookmark_tags")
    assert all(line["count"] == sum(line["name"] in entry.tags for entry in entries) for line in lines)
    expected = len({tag for entry in entries for tag in entry.tags})
    assert len(lines) == (count or expected)
    assert expected - len(lines) == arguments.get("offset", 0)


def test_bookmark_tags_of_other_users_are_collected(crawl: Crawler) -> None:
    done = crawl("bookmark_tags", user_id=RICH)
    assert_complete(done)
    assert {line["source"]["params"]["user_id"] for line in done.lines("bookmark_tags")} == {RICH}


@pytest.mark.parametrize("type_", ["illust", "novel"])
def test_trending_tags_are_collected_once(sandbox: Sandbox, crawl: Crawler, type_: str) -> None:
    done = crawl("trending_tags", type=type_)
    assert_complete(done)
    lines = done.lines("trending_tags")
    assert 0 < len(lines) <= 24
    assert len({line["tag"] for line in lines}) == len(lines)
    assert [line["source"]["position"] for line in lines] == list(range(1, len(lines) + 1))
    assert all(line["illust"]["id"] for line in lines)
    assert [request.path for request in api(sandbox)] == [f"/v1/trending-tags/{type_}"]


def test_bookmark_details_are_collected(sandbox: Sandbox, crawl: Crawler) -> None:
    private = sandbox.world.bookmarks.of(ACCOUNT, "private")[0]
    other = next(
        work.id for work in sandbox.world.works(PROLIFIC) if not sandbox.world.bookmarks.find(ACCOUNT, work.id)
    )
    done = crawl("bookmark_details", illust_id=f"{private.work_id},{other},9")
    assert done.status == 3
    first, second = done.lines("bookmark_details")
    assert (first["illust_id"], first["is_bookmarked"], first["restrict"]) == (private.work_id, True, "private")
    assert {tag["name"] for tag in first["tags"] if tag["is_registered"]} == set(private.tags)
    assert (second["illust_id"], second["is_bookmarked"]) == (other, False)
    assert failures(done) == [("work", 9)]


def test_an_empty_word_is_rejected(sandbox: Sandbox, crawl: Crawler) -> None:
    assert_refused(crawl("search_users", word="  "), sandbox, "word", "is empty")

from __future__ import annotations

import json
from typing import Any

import pytest

from pixiv_crawler.sandbox import User, WorkSpec

from .client import Client

RICH, ORDINARY = 2188232, 1008
LIST, DETAIL, TAGS = "/v1/user/bookmarks/illust", "/v2/illust/bookmark/detail", "/v1/user/bookmark-tags/illust"
ADD, DELETE = "/v2/illust/bookmark/add", "/v1/illust/bookmark/delete"
OWN = {"user_id": 1001}


def bookmarked(client: Client, **query: object) -> list[int]:
    return [work["id"] for work in client.entries("illusts", LIST, **query)]


def detail(client: Client, work_id: int) -> dict[str, Any]:
    return client.api(DETAIL, illust_id=work_id).json["bookmark_detail"]


def unmarked(client: Client) -> int:
    """A work that the account has not bookmarked, with tags."""
    client.sandbox.add_user(User(50, "n", "a", (WorkSpec(tags=("猫", "制服"), caption="c"),)))
    return client.sandbox.world.works(50)[0].id


@pytest.mark.parametrize(
    ("query", "total"),
    [
        (OWN | {"restrict": "public"}, 108),
        (OWN, 108),
        (OWN | {"restrict": "private"}, 20),
        ({"user_id": RICH, "restrict": "public"}, 45),
        ({"user_id": RICH, "restrict": "private"}, 45),
        ({"user_id": 1003}, 0),
    ],
)
def test_bookmark_listings_reach_the_end_and_private_ones_belong_to_the_account(
    client: Client, query: dict[str, object], total: int
) -> None:
    found = bookmarked(client, **query)
    assert len(found) == len(set(found)) == total


def test_new_bookmarks_do_not_shift_the_cursor(client: Client) -> None:
    first = client.api(LIST, **OWN).json
    assert "&max_bookmark_id=" in first["next_url"]
    second = client.api(first["next_url"].removeprefix("https://app-api.pixiv.net")).json
    client.post(ADD, illust_id=unmarked(client))
    assert client.api(first["next_url"].removeprefix("https://app-api.pixiv.net")).json == second
    assert client.api(LIST, **OWN).json["illusts"][1:] == first["illusts"][:29]


def test_deleted_and_hidden_works_remain_as_placeholders(client: Client) -> None:
    works = client.entries("illusts", LIST, **OWN)
    hidden = [work for work in works if not work["visible"]]
    names = sorted(work["image_urls"]["large"].rpartition("limit_")[2] for work in hidden)
    assert names == ["mypixiv_360.png", *["sanity_level_360.png"] * 2, *["unknown_360.png"] * 3]
    assert all(work["is_bookmarked"] for work in works)
    assert sum(work["user"]["id"] == 0 for work in hidden) == 3


def test_a_bookmarked_work_that_is_withdrawn_becomes_a_placeholder(client: Client) -> None:
    work_id = unmarked(client)
    client.post(ADD, illust_id=work_id)
    client.sandbox.add_user(User(50, "n", "a", (WorkSpec(withdrawn=True),)))
    newest = client.api(LIST, **OWN).json["illusts"][0]
    assert (newest["id"], newest["visible"], newest["user"]["id"]) == (work_id, False, 0)


def test_entries_lack_the_keys_that_pixiv_omits(client: Client) -> None:
    works = [work for work in client.entries("illusts", LIST, **OWN) if work["visible"]]
    assert not any("total_comments" in work for work in works)
    blank = [work["id"] for work in works if not work["caption"]]
    silent = [work["id"] for work in works if "is_followed" not in work["user"]]
    assert 0 < len(silent) < len(works) / 3
    details = [client.api("/v1/illust/detail", illust_id=work_id).json["illust"]["caption"] for work_id in blank]
    assert any(details)


def test_a_tag_selects_bookmarks_and_a_special_tag_those_without_tags(client: Client) -> None:
    tags = client.entries("bookmark_tags", TAGS, **OWN)
    assert len(tags) > 30
    assert [tag["count"] for tag in tags] == sorted((tag["count"] for tag in tags), reverse=True)
    for tag in tags[::7]:
        assert len(bookmarked(client, **OWN, tag=tag["name"])) == tag["count"]
    tagged = {work_id for tag in tags for work_id in bookmarked(client, **OWN, tag=tag["name"])}
    untagged = bookmarked(client, **OWN, tag="未分類")
    assert tagged | set(untagged) == set(bookmarked(client, **OWN))
    assert not tagged & set(untagged)


def test_bookmark_tags_are_those_of_the_account_by_default(client: Client) -> None:
    own = client.api(TAGS).json["bookmark_tags"]
    assert own == client.api(TAGS, **OWN, restrict="public").json["bookmark_tags"]
    assert client.api(TAGS, restrict="private").json["bookmark_tags"] != own
    assert client.api(TAGS, user_id=RICH).json["bookmark_tags"]


@pytest.mark.parametrize("query", [{"user_id": RICH, "restrict": "private"}, {"restrict": "secret"}])
def test_private_tags_of_other_users_are_rejected(client: Client, query: dict[str, object]) -> None:
    reply = client.api(TAGS, **query)
    assert reply.status == 400
    assert json.loads(reply.message) == {"restrict": ["restrict contains invalid value"]}


@pytest.mark.parametrize(
    ("form", "tags"),
    [
        ({}, []),
        ({"tags[]": ["背景", "参考"]}, ["背景", "参考"]),
        ({"tags[]": "背景 参考"}, ["背景", "参考"]),
        ({"tags[0]": "背景", "tags[1]": "背景"}, ["背景"]),
    ],
)
def test_an_added_bookmark_is_visible_in_all_responses_at_once(
    client: Client, form: dict[str, object], tags: list[str]
) -> None:
    work_id = unmarked(client)
    assert detail(client, work_id) == {
        "is_bookmarked": False,
        "tags": [{"name": name, "is_registered": False} for name in ("猫", "制服")],
        "restrict": "public",
    }
    assert client.post(ADD, illust_id=work_id, restrict="private", **form).json == {}
    known = detail(client, work_id)
    assert (known["is_bookmarked"], known["restrict"]) == (True, "private")
    assert [tag["name"] for tag in known["tags"] if tag["is_registered"]] == tags
    assert bookmarked(client, **OWN, restrict="private")[0] == work_id
    assert client.api("/v1/illust/detail", illust_id=work_id).json["illust"]["is_bookmarked"]
    assert client.works(50)[0]["is_bookmarked"]
    assert client.api("/v1/search/illust", word="制服").json["illusts"]


def test_adding_a_bookmark_again_overwrites_it_and_keeps_its_position(client: Client) -> None:
    work_id = unmarked(client)
    client.post(ADD, illust_id=work_id, **{"tags[]": ["a", "b"]})
    newer = next(work.id for work in client.sandbox.world.works(ORDINARY)[20:])
    client.post(ADD, illust_id=newer)
    client.post(ADD, illust_id=work_id, **{"tags[]": "c"})
    assert bookmarked(client, **OWN)[:2] == [newer, work_id]
    assert [tag["name"] for tag in detail(client, work_id)["tags"] if tag["is_registered"]] == ["c"]
    client.post(ADD, illust_id=work_id, restrict="private")
    assert work_id not in bookmarked(client, **OWN)


def test_a_deleted_bookmark_cannot_be_deleted_again(client: Client) -> None:
    work_id = bookmarked(client, **OWN)[5]
    assert client.post(DELETE, illust_id=work_id).json == {}
    assert work_id not in bookmarked(client, **OWN)
    assert client.post(DELETE, illust_id=work_id).status == 404


@pytest.mark.parametrize("path", [ADD, DELETE])
def test_a_change_requires_the_id_of_a_work(client: Client, path: str) -> None:
    reply = client.post(path, restrict="public")
    assert (reply.status, "Illust Id is required" in reply.message) == (400, True)
    assert client.post(path, illust_id=1).status == 404
    assert client.api(path, illust_id=1).status == 405


def test_the_profile_counts_public_bookmarks(client: Client) -> None:
    client.post(ADD, illust_id=unmarked(client))
    profile = client.api("/v1/user/detail", **OWN).json["profile"]
    assert profile["total_illust_bookmarks_public"] == 109


def test_as_many_users_bookmarked_a_work_as_its_total_says(client: Client) -> None:
    client.sandbox.add_user(User(50, "n", "a", (WorkSpec(total_bookmarks=64), WorkSpec(total_bookmarks=9000))))
    many, few = (work.id for work in client.sandbox.world.works(50))
    client.post(ADD, illust_id=few)
    users = client.entries("users", "/v1/illust/bookmark/users", illust_id=few)
    ids = [user["id"] for user in users]
    assert ids[0] == 1001
    assert len(ids) == len(set(ids)) == 64
    last = client.api("/v1/illust/bookmark/users", illust_id=many, offset=5000).json
    assert (len(last["users"]), last["next_url"]) == (30, None)
    reply = client.api("/v1/illust/bookmark/users", {"Accept-Language": "en"}, illust_id=many, offset=5001)
    assert (reply.status, reply.user_message) == (400, "Invalid request.")

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from pixiv_crawler.sandbox import Novel, NovelSpec, User, Work, WorkSpec

from .client import Client

RICH, LIMITED, NOVELIST = 2188232, 1002, 1010
ENGLISH = {"Accept-Language": "en"}
PATHS = [
    ("illust", "/v2/illust/comments"),
    ("illust", "/v3/illust/comments"),
    ("novel", "/v1/novel/comments"),
    ("novel", "/v2/novel/comments"),
    ("novel", "/v3/novel/comments"),
]


def works(client: Client, kind: str) -> list[Work] | list[Novel]:
    world = client.sandbox.world
    return world.works(RICH) if kind == "illust" else world.novels_of(RICH)


def comments(client: Client, path: str, **query: object) -> list[dict[str, Any]]:
    return [comment for listing in client.listings(path, **query) for comment in listing["comments"]]


def with_replies(client: Client, kind: str, work_id: int) -> Iterator[dict[str, Any]]:
    for comment in comments(client, f"/v3/{kind}/comments", **{f"{kind}_id": work_id}):
        yield comment
        if comment["has_replies"]:
            yield from comments(client, f"/v2/{kind}/comment/replies", comment_id=comment["id"])


@pytest.mark.parametrize("kind", ["illust", "novel"])
@pytest.mark.e2e
def test_a_work_has_as_many_comments_and_replies_as_it_says(client: Client, kind: str) -> None:
    path = {"illust": "/v1/illust/detail", "novel": "/v2/novel/detail"}[kind]
    counted = []
    for work in works(client, kind):
        ids = [comment["id"] for comment in with_replies(client, kind, work.id)]
        detail = client.api(path, **{f"{kind}_id": work.id}).json[kind]
        assert len(ids) == len(set(ids)) == detail["total_comments"]
        counted.append(len(ids))
    assert counted.count(0) >= 3


@pytest.mark.parametrize("version", ["v2", "v3"])
def test_75_comments_take_three_listings_newest_first(client: Client, version: str) -> None:
    work = next(work for work in client.sandbox.world.works(RICH) if work.total_comments == 75)
    listings = list(client.listings(f"/{version}/illust/comments", illust_id=work.id))
    assert [len(listing["comments"]) for listing in listings] == [30, 30, 15]
    assert all(listing["comment_access_control"] == 0 for listing in listings)
    dates = [comment["date"] for listing in listings for comment in listing["comments"]]
    assert dates == sorted(dates, reverse=True)
    assert dates[-1] > work.created.isoformat()
    assert all(date.endswith("+09:00") for date in dates)


@pytest.mark.parametrize(("kind", "replies"), [("illust", 40), ("novel", 33)])
def test_one_comment_has_more_replies_than_a_listing(client: Client, kind: str, replies: int) -> None:
    work = next(work for work in works(client, kind) if work.spec.replies)
    shown = comments(client, f"/v3/{kind}/comments", **{f"{kind}_id": work.id})
    (answered,) = (comment for comment in shown if comment["has_replies"])
    found = comments(client, f"/v2/{kind}/comment/replies", comment_id=answered["id"])
    assert len({reply["id"] for reply in found}) == len(found) == replies
    assert all(reply["date"] > answered["date"] and not reply["has_replies"] for reply in found)


def test_the_first_replies_endpoint_of_illusts_still_works(client: Client) -> None:
    work = next(work for work in client.sandbox.world.works(RICH) if work.spec.replies)
    newest = client.api("/v3/illust/comments", illust_id=work.id).json["comments"][0]
    found = comments(client, "/v1/illust/comment/replies", comment_id=newest["id"])
    assert len(found) == 40
    assert all("stamp" not in reply for reply in found)


@pytest.mark.parametrize("path", ["/v2/illust/comment/replies", "/v2/novel/comment/replies"])
def test_a_comment_without_replies_has_an_empty_listing(client: Client, path: str) -> None:
    kind = path.split("/")[2]
    shown = [
        comment
        for work in works(client, kind)[:20]
        for comment in client.api(f"/v3/{kind}/comments", **{f"{kind}_id": work.id}).json["comments"]
        if not comment["has_replies"]
    ]
    assert client.api(path, comment_id=shown[0]["id"]).json == {"comments": [], "next_url": None}


def test_the_first_version_of_novels_lists_replies_with_their_parents(client: Client) -> None:
    novel = next(novel for novel in client.sandbox.world.novels_of(RICH) if novel.spec.replies)
    shown = comments(client, "/v1/novel/comments", novel_id=novel.id)
    assert len({comment["id"] for comment in shown}) == len(shown) == novel.total_comments == 35
    replies = [comment for comment in shown if comment["parent_comment"]]
    assert len(replies) == 33
    assert all("parent_comment" not in reply["parent_comment"] for reply in replies)


@pytest.mark.parametrize(("kind", "path"), PATHS)
def test_the_total_is_included_on_request(client: Client, kind: str, path: str) -> None:
    work = next(work for work in works(client, kind) if work.total_comments)
    query = {f"{kind}_id": work.id}
    assert "total_comments" not in client.api(path, **query).json
    response = client.api(path, include_total_comments="true", **query).json
    assert response["total_comments"] == work.total_comments


def test_comments_have_the_fields_of_the_third_version(client: Client) -> None:
    work = next(work for work in client.sandbox.world.works(RICH) if work.total_comments == 75)
    shown = comments(client, "/v3/illust/comments", illust_id=work.id)
    assert {frozenset(comment) for comment in shown} == {
        frozenset({"id", "comment", "date", "user", "has_replies", "stamp"})
    }
    users = [comment["user"] for comment in shown if comment["user"]]
    assert 0 < len(users) < len(shown)
    assert {frozenset(user) for user in users} == {frozenset({"id", "name", "account", "profile_image_urls"})}
    assert any(re.search(r"\(heart\)", comment["comment"]) for comment in shown)


def test_stamps_are_files_of_the_static_host(client: Client) -> None:
    work = next(work for work in client.sandbox.world.works(RICH) if work.total_comments == 75)
    stamped = [comment for comment in comments(client, "/v3/illust/comments", illust_id=work.id) if comment["stamp"]]
    assert stamped
    for comment in stamped:
        assert comment["comment"] == ""
        assert comment["stamp"]["stamp_url"].endswith(f"/{comment['stamp']['stamp_id']}_s.jpg")
        assert client.request("GET", comment["stamp"]["stamp_url"].removeprefix("https://s.pximg.net")).status == 200


def test_commenters_are_users(client: Client) -> None:
    work = next(work for work in client.sandbox.world.works(RICH) if work.total_comments == 75)
    for comment in client.api("/v3/illust/comments", illust_id=work.id).json["comments"][:5]:
        if comment["user"]:
            user = client.api("/v1/user/detail", user_id=comment["user"]["id"]).json["user"]
            assert user["name"] == comment["user"]["name"]


def test_the_first_comments_endpoint_of_illusts_is_retired(client: Client) -> None:
    reply = client.api("/v1/illust/comments", illust_id=client.sandbox.world.works(RICH)[0].id)
    assert (reply.status, reply.body) == (404, b"")


@pytest.mark.parametrize(("kind", "path"), PATHS)
def test_comments_on_unknown_works_are_not_found(client: Client, kind: str, path: str) -> None:
    reply = client.api(path, ENGLISH, **{f"{kind}_id": 1})
    assert reply.status == 404
    assert reply.user_message == "The artwork has been deleted or the artwork ID does not exist."
    assert f"{kind}_id" in json.loads(client.api(path).message)


@pytest.mark.parametrize(
    "path", ["/v1/illust/comment/replies", "/v2/illust/comment/replies", "/v2/novel/comment/replies"]
)
@pytest.mark.parametrize("number", [0, 9999])
def test_replies_to_unknown_comments_are_not_found(client: Client, path: str, number: int) -> None:
    kind = path.split("/")[2]
    without = next(work for work in works(client, kind) if not work.total_comments)
    assert client.api(path, comment_id=without.id * 10_000 + number).status == 404
    assert client.api(path, comment_id=number).status == 404


def test_comments_on_a_limited_work_are_rejected(client: Client) -> None:
    limited = [work for work in client.sandbox.world.works(LIMITED) if work.spec.limit]
    statuses = {work.spec.limit: client.api("/v3/illust/comments", illust_id=work.id).status for work in limited}
    assert statuses == {"sanity_level": 404, "mypixiv": 403, "unknown": 404}
    novel = next(novel for novel in client.sandbox.world.novels_of(NOVELIST) if not novel.is_open)
    assert client.api("/v3/novel/comments", novel_id=novel.id).status == 403


def test_works_can_be_specified_with_comments(client: Client) -> None:
    user = User(50, "n", "a", (WorkSpec(comments=31, replies=2),), novels=(NovelSpec(comments=1),))
    client.sandbox.add_user(user)
    (illust,), (novel,) = client.sandbox.world.works(50), client.sandbox.world.novels_of(50)
    assert len(list(with_replies(client, "illust", illust.id))) == 33
    assert len(list(with_replies(client, "novel", novel.id))) == 1

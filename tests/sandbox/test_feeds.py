from __future__ import annotations

from itertools import pairwise
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from pixiv_crawler.sandbox import User, WorkSpec

from .client import Client

RICH, ORDINARY = 2188232, 1008
RECOMMENDED = ("/v1/illust/recommended", "/v1/manga/recommended")


def followed_listings(client: Client, path: str, **query: object) -> tuple[list[list[int]], int]:
    """The IDs of each listing, and the status of the last response."""
    reply, pages = client.api(path, **query), []
    while reply.status == 200:
        pages.append([work["id"] for work in reply.json["illusts"]])
        if not reply.json["next_url"]:
            break
        following = urlsplit(reply.json["next_url"])
        reply = client.api(f"{following.path}?{following.query}")
    return pages, reply.status


@pytest.mark.parametrize("parity", [0, 1])
def test_related_listings_overlap_and_end_on_an_empty_one_or_a_null(client: Client, parity: int) -> None:
    found = client.api("/v1/search/illust", word="桜").json["illusts"]
    seed = next(work["id"] for work in found if work["id"] % 2 == parity)
    pages, status = followed_listings(client, "/v2/illust/related", illust_id=seed, filter="for_ios")
    ids = [work_id for page in pages for work_id in page]
    assert status == 200
    assert len(set(ids)) == 100
    assert all(len(set(later) & set(earlier)) == 3 for earlier, later in pairwise(pages) if later)
    assert (pages[-1] == []) is (parity == 0)
    assert seed not in ids


def test_the_cursor_of_related_works_is_what_was_viewed(client: Client) -> None:
    seed = client.sandbox.world.works(RICH)[0].id
    response = client.api("/v2/illust/related", illust_id=seed, filter="for_ios").json
    query = dict(parse_qsl(urlsplit(response["next_url"]).query))
    assert list(query)[:5] == ["illust_id", "filter", "seed_illust_ids[0]", "viewed[0]", "viewed[1]"]
    assert "viewed%5B29%5D=" in response["next_url"]
    assert [int(query[f"viewed[{number}]"]) for number in range(30)] == [work["id"] for work in response["illusts"]]
    assert client.api("/v2/illust/related", illust_id=1).status == 404


@pytest.mark.parametrize("path", RECOMMENDED)
def test_recommended_works_are_listed_once_until_the_url_is_too_long(client: Client, path: str) -> None:
    pages, status = followed_listings(client, path)
    ids = [work_id for page in pages for work_id in page]
    assert status == 414
    assert [len(page) for page in pages] == [90] + [30] * (len(pages) - 1)
    assert 270 <= len(set(ids)) == len(ids) <= 360


def test_a_url_that_is_too_long_is_rejected_by_the_front_server(client: Client) -> None:
    reply = client.api("/v1/illust/recommended", padding="x" * 9000)
    assert (reply.status, reply.headers["content-type"][:9]) == (414, "text/html")


def test_the_cursor_of_recommended_works_contains_all_parameters(client: Client) -> None:
    response = client.api("/v1/illust/recommended", content_type="illust", include_ranking_label="true").json
    query = dict(parse_qsl(urlsplit(response["next_url"]).query))
    assert list(query)[:8] == [
        "content_type",
        "include_ranking_label",
        "min_bookmark_id_for_recent_illust",
        "max_bookmark_id_for_recommend",
        "offset",
        "include_ranking_illusts",
        "include_privacy_policy",
        "viewed[0]",
    ]
    assert (response["ranking_illusts"], response["privacy_policy"], response["contest_exists"]) == ([], {}, False)


def test_recommended_works_have_the_requested_type_and_extras(client: Client) -> None:
    extras = {"include_ranking_illusts": "true", "include_privacy_policy": "true"}
    illusts = client.api("/v1/illust/recommended", **extras).json
    manga = client.api("/v1/manga/recommended", **extras).json
    assert {work["type"] for work in illusts["illusts"]} == {"illust", "ugoira"}
    assert {work["type"] for work in manga["illusts"] + manga["ranking_illusts"]} == {"manga"}
    assert len(illusts["ranking_illusts"]) == 10
    assert set(illusts["privacy_policy"]) == {"version", "message", "url"}
    assert "contest_exists" not in manga


@pytest.mark.parametrize("type_", ["illust", "manga"])
@pytest.mark.e2e
def test_new_works_go_back_to_yesterday_newest_first(client: Client, type_: str) -> None:
    listings = list(client.listings("/v1/illust/new", content_type=type_))
    works = [work for listing in listings for work in listing["illusts"]]
    ids = [work["id"] for work in works]
    assert ids == sorted(set(ids), reverse=True)
    assert {work["type"] == "manga" for work in works} == {type_ == "manga"}
    assert {work["create_date"][:10] for work in works} == {"2026-11-19", "2026-11-20"}
    assert "max_illust_id=" in listings[0]["next_url"]


def users_of(works: list[dict[str, Any]]) -> set[int]:
    return {work["user"]["id"] for work in works}


def test_the_follow_feed_contains_the_works_of_followed_users_newest_first(client: Client) -> None:
    feeds = {how: client.entries("illusts", "/v2/illust/follow", restrict=how) for how in ("public", "private", "all")}
    for how, works in feeds.items():
        dates = [work["create_date"] for work in works]
        assert dates == sorted(dates, reverse=True)
        shown = [work for work in works if work["visible"]]
        assert all(work["user"]["is_followed"] for work in shown)
        assert users_of(shown) <= set(client.sandbox.world.follows.following(1001, how))
    assert len(feeds["all"]) == len(feeds["public"]) + len(feeds["private"]) == len({w["id"] for w in feeds["all"]})
    assert {RICH, ORDINARY} <= users_of(feeds["public"])


@pytest.mark.e2e
def test_a_followed_users_new_work_and_a_new_follow_are_in_the_feed(client: Client) -> None:
    client.sandbox.add_user(User(50, "n", "a", (WorkSpec(),) * 3))
    assert 50 not in users_of(client.entries("illusts", "/v2/illust/follow", restrict="all"))
    client.post("/v1/user/follow/add", user_id=50, restrict="private")
    assert 50 in users_of(client.entries("illusts", "/v2/illust/follow", restrict="private"))
    assert 50 not in users_of(client.entries("illusts", "/v2/illust/follow", restrict="public"))

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from pixiv_crawler.sandbox import Novel

from .client import Client, Reply
from .test_novel_routes import novels

ACCOUNT, RICH, NOVELIST, ORDINARY = 1001, 2188232, 1010, 1008
SEARCH = "/v1/search/novel"


def visible(client: Client) -> list[Novel]:
    return [novel for novel in client.sandbox.world.novel_catalogue.novels() if novel.is_open]


def post(client: Client, path: str, **form: object) -> Reply:
    client.api("/v1/user/novels", user_id=ACCOUNT)
    headers = {
        "Authorization": f"Bearer {client.access_token}",
        "Content-Type": "application/x-www-form-urlencoded",
    }
    return client.request("POST", path, headers, urlencode(form, doseq=True))


@pytest.mark.parametrize(
    ("path", "query"),
    [
        (SEARCH, {"word": "の", "search_target": "text"}),
        ("/v1/novel/new", {}),
        ("/v1/novel/ranking", {"mode": "week"}),
        ("/v1/novel/recommended", {}),
        ("/v1/novel/related", {"novel_id": None}),
        ("/v1/novel/follow", {"restrict": "all"}),
        ("/v1/user/bookmarks/novel", {"user_id": ACCOUNT}),
    ],
)
def test_a_chain_of_listings_contains_each_novel_once(client: Client, path: str, query: dict[str, object]) -> None:
    client.sandbox.world.follows.put(ACCOUNT, NOVELIST)
    if "novel_id" in query:
        query = {"novel_id": client.sandbox.world.novels_of(ORDINARY)[0].id}
    listings = list(client.listings(path, **query))
    ids = [novel["id"] for listing in listings for novel in listing["novels"]]
    assert len(listings) > 1
    assert len(ids) == len(set(ids)) > 30


def test_new_novels_are_those_of_all_users(client: Client) -> None:
    listed = novels(client, "/v1/novel/new")
    assert [novel["id"] for novel in listed] == [novel.id for novel in visible(client)]
    first = client.api("/v1/novel/new").json
    assert first["next_url"].endswith(f"max_novel_id={listed[29]['id']}")


@pytest.mark.parametrize(("restrict", "users"), [("public", {RICH, ORDINARY}), ("private", {NOVELIST})])
def test_the_feed_contains_novels_of_followed_users(client: Client, restrict: str, users: set[int]) -> None:
    client.sandbox.world.follows.put(ACCOUNT, NOVELIST, "private")
    listed = novels(client, "/v1/novel/follow", restrict=restrict)
    assert {novel["user"]["id"] for novel in listed} == users
    assert all(novel["user"]["is_followed"] and novel["visible"] for novel in listed)
    assert [novel["create_date"] for novel in listed] == sorted((n["create_date"] for n in listed), reverse=True)


@pytest.mark.parametrize("mode", ["day", "week", "day_male", "day_female", "week_rookie"])
def test_a_ranking_has_neither_rated_nor_ai_works(client: Client, mode: str) -> None:
    listed = novels(client, "/v1/novel/ranking", mode=mode)
    assert len(listed) > 60
    assert {novel["x_restrict"] for novel in listed} == {0}
    assert {novel["novel_ai_type"] for novel in listed} == {0, 1}


@pytest.mark.parametrize(("mode", "field", "value"), [("day_r18", "x_restrict", 1), ("day_ai", "novel_ai_type", 2)])
def test_some_rankings_contain_one_kind_only(client: Client, mode: str, field: str, value: int) -> None:
    listed = novels(client, "/v1/novel/ranking", mode=mode)
    assert {novel[field] for novel in listed} == {value}


def test_every_day_has_a_different_ranking(client: Client) -> None:
    days = ["2026-11-01", "2026-11-02", "2026-11-01"]
    first, second, again = (novels(client, "/v1/novel/ranking", mode="day", date=day) for day in days)
    assert first == again != second
    early = novels(client, "/v1/novel/ranking", date="2018-12-31")
    assert early
    assert all(novel["create_date"] < "2019" for novel in early)


def test_there_is_no_ranking_of_today_before_noon(client: Client) -> None:
    world = client.sandbox.world
    today = {"path": "/v1/novel/ranking", "date": world.today.isoformat()}
    assert client.api(**today).json["novels"]
    world.now = world.now.replace(hour=11)
    assert client.api(**today).json == {"novels": [], "next_url": None}


def test_recommendations_come_in_steps_of_fifteen(client: Client) -> None:
    first = client.api("/v1/novel/recommended", include_ranking_novels="true").json
    assert len(first["novels"]) == len(first["ranking_novels"]) == 15
    assert parse_qs(urlsplit(first["next_url"]).query) == {
        "include_ranking_novels": ["true"],
        "offset": ["15"],
        "max_bookmark_id_for_recommend": ["0"],
    }
    known = ",".join(str(novel["id"]) for novel in first["novels"])
    others = client.api("/v1/novel/recommended", already_recommended=known).json
    assert others["novels"] == client.api("/v1/novel/recommended", offset=15).json["novels"]
    assert others["ranking_novels"] == []


def test_related_novels_do_not_include_the_novel_itself(client: Client) -> None:
    novel = client.sandbox.world.novels_of(ORDINARY)[0]
    listed = novels(client, "/v1/novel/related", novel_id=novel.id)
    assert novel.id not in {other["id"] for other in listed}
    assert set(novel.tags) & {tag["name"] for tag in listed[0]["tags"]}


@pytest.mark.parametrize(
    ("target", "word", "where"),
    [
        ("partial_match_for_tags", "短", lambda novel: any("短" in tag for tag in all_tags(novel))),
        ("exact_match_for_tags", "短編", lambda novel: "短編" in all_tags(novel)),
        ("exact_match_for_tags", "短", lambda novel: False),
        ("text", "猫だけが", lambda novel: "猫だけが" in novel.text),
        ("title_and_caption", "更新", lambda novel: "更新" in novel.title + novel.caption),
        ("keyword", "旅\u3000猫", lambda novel: all(w in " ".join((*all_tags(novel), said(novel))) for w in "旅猫")),
    ],
)
def test_a_search_finds_what_its_target_contains(client: Client, target: str, word: str, where: Any) -> None:
    listed = novels(client, SEARCH, word=word, search_target=target)
    expected = sorted(filter(where, visible(client)), key=lambda novel: novel.created, reverse=True)
    assert [novel["id"] for novel in listed] == [novel.id for novel in expected]


def all_tags(novel: Novel) -> list[str]:
    return [*novel.tags, *novel.reader_tags]


def said(novel: Novel) -> str:
    return f"{novel.title} {novel.caption}"


def test_a_search_can_start_with_the_oldest(client: Client) -> None:
    newest, oldest = (novels(client, SEARCH, word="旅", sort=sort) for sort in ("date_desc", "date_asc"))
    assert newest == oldest[::-1]


def test_a_search_can_be_limited_to_a_date_range(client: Client) -> None:
    every = novels(client, SEARCH, word="旅")
    day = every[3]["create_date"][:10]
    within = novels(client, SEARCH, word="旅", start_date=day, end_date=day)
    assert [novel["id"] for novel in within] == [n["id"] for n in every if n["create_date"][:10] == day]
    since = novels(client, SEARCH, word="旅", start_date=day)
    assert since == [novel for novel in every if novel["create_date"][:10] >= day]


def test_a_search_can_be_limited_to_the_last_year(client: Client) -> None:
    every, recent = (
        novels(client, SEARCH, word="の", search_target="text", **query)
        for query in ({}, {"duration": "within_last_year"})
    )
    assert 0 < len(recent) < len(every)
    assert recent == every[: len(recent)]


@pytest.mark.parametrize(("ai", "types"), [(0, {0, 1, 2}), (1, {0, 1}), (2, {2})])
def test_a_search_can_exclude_ai(client: Client, ai: int, types: set[int]) -> None:
    listed = novels(client, SEARCH, word="の", search_target="text", search_ai_type=ai)
    assert {novel["novel_ai_type"] for novel in listed} == types


@pytest.mark.e2e
def test_a_search_ends_at_offset_5000(client: Client) -> None:
    client.sandbox.world.add_user(50, novels=5100)
    last = client.api(SEARCH, word="の", search_target="text", offset=4980).json
    assert len(last["novels"]) == 30
    beyond = client.api(SEARCH, word="の", search_target="text", offset=5001)
    assert beyond.status == 400
    assert json.loads(beyond.message) == {"offset": ["offset must be no more than 5000"]}


def test_the_preview_contains_the_most_popular_and_has_no_next_url(client: Client) -> None:
    response = client.api("/v1/search/popular-preview/novel", word="の", search_target="text").json
    assert set(response) == {"novels", "search_span_limit"}
    bookmarks = [novel["total_bookmarks"] for novel in response["novels"]]
    assert len(bookmarks) == 30
    assert bookmarks == sorted(bookmarks, reverse=True)


def test_sorting_by_popularity_requires_premium(client: Client) -> None:
    assert client.api(SEARCH, word="旅", sort="popular_desc").status == 400
    client.sandbox.world.account.is_premium = True
    bookmarks = [novel["total_bookmarks"] for novel in novels(client, SEARCH, word="旅", sort="popular_desc")]
    assert bookmarks == sorted(bookmarks, reverse=True)


@pytest.mark.parametrize(
    ("path", "query"),
    [
        (SEARCH, {}),
        (SEARCH, {"word": "旅", "sort": "best"}),
        (SEARCH, {"word": "旅", "search_target": "all"}),
        (SEARCH, {"word": "旅", "duration": "within_last_hour"}),
        (SEARCH, {"word": "旅", "start_date": "2026-13-01"}),
        (SEARCH, {"word": "旅", "end_date": "20260101"}),
        ("/v1/novel/ranking", {"mode": "month"}),
        ("/v1/novel/ranking", {"mode": "day", "date": "yesterday"}),
        ("/v1/novel/ranking", {"mode": "day", "date": "2039-01-01"}),
        ("/v1/novel/new", {"max_novel_id": "x"}),
        ("/v1/novel/follow", {"restrict": "friends"}),
        ("/v1/user/bookmarks/novel", {}),
        ("/v1/user/bookmarks/novel", {"user_id": ACCOUNT, "restrict": "all"}),
        ("/v1/user/bookmark-tags/novel", {"user_id": RICH, "restrict": "private"}),
    ],
)
def test_an_invalid_parameter_is_rejected_with_json_in_a_string(
    client: Client, path: str, query: dict[str, object]
) -> None:
    reply = client.api(path, **query)
    assert reply.status == 400
    assert json.loads(reply.message)


def test_trending_tags_each_show_an_illust(client: Client) -> None:
    tags = client.api("/v1/trending-tags/novel").json["trend_tags"]
    assert 10 <= len(tags) <= 24
    assert len({tag["illust"]["id"] for tag in tags}) == len({tag["tag"] for tag in tags}) == len(tags)
    assert all(client.api("/v1/illust/detail", illust_id=tag["illust"]["id"]).status == 200 for tag in tags[:3])


def test_the_cursor_of_bookmarks_is_the_bookmark_id(client: Client) -> None:
    listings = list(client.listings("/v1/user/bookmarks/novel", user_id=ACCOUNT))
    listed = [novel for listing in listings for novel in listing["novels"]]
    assert [len(listing["novels"]) for listing in listings] == [30, 10]
    assert "max_bookmark_id=" in listings[0]["next_url"]
    assert sum(not novel["visible"] for novel in listed) == 1
    assert all(novel["is_bookmarked"] for novel in listed)


def test_private_bookmarks_are_visible_to_the_account_only(client: Client) -> None:
    own = novels(client, "/v1/user/bookmarks/novel", user_id=ACCOUNT, restrict="private")
    assert len(own) == 5
    public, private = (
        novels(client, "/v1/user/bookmarks/novel", user_id=ORDINARY, restrict=restrict)
        for restrict in ("public", "private")
    )
    assert public == private
    assert len(public) == 17


@pytest.mark.parametrize(("tag", "count"), [("読みかけ", 39), ("本棚3", 1), ("未分類", 1), ("無い", 0)])
def test_bookmarks_can_be_filtered_by_tag(client: Client, tag: str, count: int) -> None:
    assert len(novels(client, "/v1/user/bookmarks/novel", user_id=ACCOUNT, tag=tag)) == count


def test_bookmark_tags_are_counted(client: Client) -> None:
    listings = list(client.listings("/v1/user/bookmark-tags/novel"))
    tags = [tag for listing in listings for tag in listing["bookmark_tags"]]
    assert (len(listings), len(tags)) == (2, 34)
    assert tags[0] == {"name": "読みかけ", "count": 39}


def test_a_bookmark_can_be_added_changed_and_deleted(client: Client) -> None:
    novel = next(novel for novel in client.sandbox.world.novels_of(ORDINARY) if novel.tags)
    detail = {"path": "/v2/novel/bookmark/detail", "novel_id": novel.id}
    before = client.api(**detail).json["bookmark_detail"]
    assert (before["is_bookmarked"], before["restrict"]) == (False, "public")
    assert [tag["name"] for tag in before["tags"]] == list(novel.tags)

    reply = post(client, "/v2/novel/bookmark/add", novel_id=novel.id, restrict="private", **{"tags[]": ["a", "b c"]})
    assert (reply.status, reply.json) == (200, {})
    added = client.api(**detail).json["bookmark_detail"]
    assert (added["is_bookmarked"], added["restrict"]) == (True, "private")
    assert [tag["name"] for tag in added["tags"] if tag["is_registered"]] == ["a", "b", "c"]
    first = client.api("/v1/user/bookmarks/novel", user_id=ACCOUNT, restrict="private").json["novels"][0]
    assert (first["id"], first["is_bookmarked"]) == (novel.id, True)

    assert post(client, "/v2/novel/bookmark/add", novel_id=novel.id).json == {}
    assert client.api(**detail).json["bookmark_detail"]["restrict"] == "public"
    assert post(client, "/v1/novel/bookmark/delete", novel_id=novel.id).json == {}
    assert client.api(**detail).json["bookmark_detail"] == before


def test_bookmarks_of_unknown_novels_are_rejected(client: Client) -> None:
    assert post(client, "/v2/novel/bookmark/add", novel_id=1).status == 404
    assert post(client, "/v2/novel/bookmark/add").status == 400
    assert post(client, "/v1/novel/bookmark/delete").status == 400
    assert client.api("/v2/novel/bookmark/add", novel_id=1).status == 405

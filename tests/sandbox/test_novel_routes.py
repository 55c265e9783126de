from __future__ import annotations

import json
import re
from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from pixiv_crawler.sandbox import Novel, NovelSeries, NovelSpec, Sandbox, User

from .client import Client, Reply, urls_in

RICH, NOVELIST, ORDINARY, EMPTY, GONE, SUSPENDED = 2188232, 1010, 1008, 1003, 1004, 1005
RAILWAY, LETTERS, LIGHTHOUSE = 900011, 900012, 900013
ENGLISH = {"Accept-Language": "en"}


def novels(client: Client, path: str, **query: object) -> list[dict[str, Any]]:
    return [novel for listing in client.listings(path, **query) for novel in listing["novels"]]


def novel_in(page: Reply) -> dict[str, Any]:
    """The JSON between `novel:` and `isOwnWork` in a page."""
    assert page.headers["content-type"].startswith("text/html")
    found = re.search(r"novel: (\{.*\}),\n\s+isOwnWork", page.body.decode())
    assert found
    return json.loads(found[1])


def titled(client: Client, title: str) -> Novel:
    return next(novel for novel in client.sandbox.world.novels_of(RICH) if novel.title == title)


@pytest.mark.parametrize(("user_id", "listings", "count"), [(RICH, 1, 17), (NOVELIST, 3, 65), (ORDINARY, 1, 4)])
def test_listings_reach_the_last_novel_newest_first(client: Client, user_id: int, listings: int, count: int) -> None:
    ids = [novel["id"] for novel in novels(client, "/v1/user/novels", user_id=user_id)]
    assert ids == [novel.id for novel in client.sandbox.world.novels_of(user_id)]
    assert len(set(ids)) == count
    assert len(list(client.listings("/v1/user/novels", user_id=user_id))) == listings


def test_the_listing_of_a_user_without_novels_names_the_user(client: Client) -> None:
    response = client.api("/v1/user/novels", user_id=EMPTY).json
    assert (response["user"]["id"], response["novels"], response["next_url"]) == (EMPTY, [], None)


@pytest.mark.parametrize("user_id", [GONE, SUSPENDED, 4_000_000_000])
def test_the_listing_of_an_unknown_user_names_no_user(client: Client, user_id: int) -> None:
    reply = client.api("/v1/user/novels", user_id=user_id)
    assert reply.status == 200
    assert (reply.json["user"]["id"], reply.json["novels"], reply.json["next_url"]) == (0, [], None)


def test_the_profile_counts_novels_and_their_series(client: Client) -> None:
    profile = client.api("/v1/user/detail", user_id=RICH).json["profile"]
    assert (profile["total_novels"], profile["total_novel_series"]) == (17, 2)


def test_the_detail_of_a_novel_agrees_with_its_listing(client: Client) -> None:
    for novel in client.api("/v1/user/novels", user_id=NOVELIST, offset=30).json["novels"]:
        detail = client.api("/v2/novel/detail", novel_id=novel["id"]).json["novel"]
        assert detail == novel | {"comment_access_control": 0}


def test_a_withheld_novel_is_a_placeholder(client: Client) -> None:
    limited = [novel for novel in novels(client, "/v1/user/novels", user_id=NOVELIST) if not novel["visible"]]
    (novel,) = limited
    assert novel["image_urls"]["large"].endswith("/limit_mypixiv_360.png")
    assert (novel["title"], novel["text_length"], novel["is_mypixiv_only"]) == ("", 0, True)
    reply = client.api("/webview/v2/novel", ENGLISH, id=novel["id"])
    assert (reply.status, reply.user_message) == (403, "The creator has limited who can view this content")


def test_the_account_can_hide_rated_novels(client: Client) -> None:
    client.sandbox.world.account.x_restrict = 0
    listed = novels(client, "/v1/user/novels", user_id=RICH)
    limited = [novel for novel in listed if not novel["visible"]]
    names = [novel["image_urls"]["large"].rpartition("/")[2] for novel in limited]
    assert names == ["limit_r18g_360.png", "limit_r18_360.png"]
    assert client.api("/webview/v2/novel", id=limited[0]["id"]).status == 403


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/v2/novel/detail", "novel_id"),
        ("/webview/v2/novel", "id"),
        ("/v1/novel/series", "series_id"),
        ("/v2/novel/series", "series_id"),
        ("/v1/novel/related", "novel_id"),
        ("/v2/novel/bookmark/detail", "novel_id"),
    ],
)
def test_unknown_ids_are_not_found(client: Client, path: str, name: str) -> None:
    missing = client.api(path, ENGLISH, **{name: 1})
    assert missing.status == 404
    assert missing.user_message == "The artwork has been deleted or the artwork ID does not exist."
    assert name in json.loads(client.api(path).message)


def test_the_page_of_a_novel_contains_its_text(client: Client) -> None:
    for novel in client.sandbox.world.novels_of(RICH):
        shown = novel_in(client.api("/webview/v2/novel", id=novel.id, viewer_version="20221031_ai"))
        assert (shown["id"], shown["title"], shown["text"]) == (str(novel.id), novel.title, novel.text)
        detail = client.api("/v2/novel/detail", novel_id=novel.id).json["novel"]
        assert detail["text_length"] == len(shown["text"])
        assert detail["page_count"] == shown["text"].count("[newpage]") + 1


def test_texts_contain_all_of_pixivs_markup(client: Client) -> None:
    text = "".join(novel.text for novel in client.sandbox.world.novels_of(RICH))
    marks = ("[newpage]", "[chapter:", "[pixivimage:", "[uploadedimage:", "[jump:1]", "[[rb:", "[[jumpuri:")
    assert all(mark in text for mark in marks)
    assert re.search(r"\[pixivimage:\d+-2\]", text)


def test_a_text_embeds_works_and_uploaded_images(client: Client) -> None:
    shown = novel_in(client.api("/webview/v2/novel", id=titled(client, "絵のある話").id))
    assert {f"[pixivimage:{key}]" for key in shown["illusts"]} == set(re.findall(r"\[pixivimage:.*?\]", shown["text"]))
    assert {f"[uploadedimage:{key}]" for key in shown["images"]} == set(
        re.findall(r"\[uploadedimage:.*?\]", shown["text"])
    )
    urls = set(urls_in(shown))
    assert len(urls) >= 14
    for url in urls:
        assert client.file(url).status == 200, url


def test_empty_maps_are_lists_and_a_missing_series_is_null(client: Client) -> None:
    shown = novel_in(client.api("/webview/v2/novel", id=client.sandbox.world.novels_of(ORDINARY)[0].id))
    assert (shown["illusts"], shown["images"]) == ([], [])
    assert (shown["seriesId"], shown["seriesNavigation"]) == (None, None)


def test_a_text_can_name_works_that_the_page_does_not_describe(client: Client) -> None:
    shown = novel_in(client.api("/webview/v2/novel", id=titled(client, "絵が名前だけの話").id))
    assert "[pixivimage:" in shown["text"]
    assert shown["illusts"] == []
    assert shown["images"]


@pytest.mark.parametrize("version", ["v1", "v2"])
@pytest.mark.parametrize(("series_id", "count", "listings"), [(RAILWAY, 5, 1), (LETTERS, 3, 1), (LIGHTHOUSE, 35, 2)])
def test_a_series_is_listed_in_order(client: Client, version: str, series_id: int, count: int, listings: int) -> None:
    responses = list(client.listings(f"/{version}/novel/series", series_id=series_id))
    listed = [novel for response in responses for novel in response["novels"]]
    assert len(responses) == listings
    assert len({novel["id"] for novel in listed}) == len(listed) == count
    assert [novel["create_date"] for novel in listed] == sorted(novel["create_date"] for novel in listed)
    assert {novel["series"]["id"] for novel in listed} == {series_id}
    for response in responses:
        assert response["novel_series_first_novel"] == listed[0]
        assert response["novel_series_latest_novel"] == listed[-1]
        detail = response["novel_series_detail"]
        assert (detail["id"], detail["content_count"]) == (series_id, count)
        assert detail["total_character_count"] == sum(novel["text_length"] for novel in listed)


def test_the_cursor_of_a_series_is_last_order(client: Client) -> None:
    response = client.api("/v2/novel/series", series_id=LIGHTHOUSE).json
    assert response["next_url"].endswith("/v2/novel/series?series_id=900013&last_order=30")


def test_novels_of_a_series_name_their_neighbours(client: Client) -> None:
    listed = client.api("/v2/novel/series", series_id=LETTERS).json["novels"]
    shown = [novel_in(client.api("/webview/v2/novel", id=novel["id"])) for novel in listed]
    navigation = [novel["seriesNavigation"] for novel in shown]
    assert [novel["seriesId"] for novel in shown] == [str(LETTERS)] * 3
    assert navigation[0]["prevNovel"] is navigation[2]["nextNovel"] is None
    assert navigation[1]["prevNovel"]["id"] == listed[0]["id"]
    assert navigation[1]["nextNovel"]["id"] == listed[2]["id"]
    assert [navigation[1][key]["contentOrder"] for key in ("prevNovel", "nextNovel")] == ["1", "3"]


def test_the_series_of_a_user_are_listed(client: Client) -> None:
    details = client.api("/v1/user/novel-series", user_id=RICH).json["novel_series_details"]
    assert [(detail["id"], detail["content_count"]) for detail in details] == [(LETTERS, 3), (RAILWAY, 5)]
    assert client.api("/v1/user/novel-series", user_id=EMPTY).json == {"novel_series_details": [], "next_url": None}


def test_many_series_of_a_user_need_several_listings(client: Client) -> None:
    specs = tuple(NovelSpec(series=NovelSeries(number, f"s{number}")) for number in range(1, 36))
    client.sandbox.add_user(User(50, "n", "a", novels=specs))
    listings = list(client.listings("/v1/user/novel-series", user_id=50))
    ids = [detail["id"] for listing in listings for detail in listing["novel_series_details"]]
    assert ids == list(range(35, 0, -1))


def test_every_file_that_a_listing_names_exists(client: Client) -> None:
    for user_id in (RICH, NOVELIST):
        urls = set(urls_in(client.api("/v1/user/novels", user_id=user_id).json))
        assert any("/novel-cover-master/" in url for url in urls)
        for url in urls:
            Image.open(BytesIO(client.file(url).body)).load()
    assert any("/ci" in url for url in urls)


def test_the_url_of_an_original_cover_follows_from_its_master(client: Client) -> None:
    for novel in client.api("/v1/user/novels", user_id=ORDINARY).json["novels"]:
        path = novel["image_urls"]["large"].partition("/img/")[2].removesuffix("_master1200.jpg")
        statuses = {
            client.file(f"https://i.pximg.net/novel-cover-original/img/{path}.{extension}").status
            for extension in ("jpg", "png")
        }
        assert statuses == {200, 404}


@pytest.mark.parametrize(
    "path",
    [
        "/novel-cover-original/img/2020/01/01/00/00/00/1_0.jpg",
        "/novel-cover-master/img/2020/01/01/00/00/00/tei10_0_master1200.jpg",
        "/c/240x480_80/novel-cover-master/",
        "/common/images/novel_thumb/novel_thumb_10_128x128.jpg",
    ],
)
def test_other_covers_are_not_found(client: Client, path: str) -> None:
    assert client.file(f"https://i.pximg.net{path}").status == 404


def test_a_page_can_contain_the_url_of_the_sandbox() -> None:
    with Sandbox(real_hosts=False) as sandbox:
        client = Client(sandbox)
        page = client.api("/webview/v2/novel", id=titled(client, "絵のある話").id)
        assert b"pximg" not in page.body
        assert novel_in(page)["coverUrl"].startswith(sandbox.url)

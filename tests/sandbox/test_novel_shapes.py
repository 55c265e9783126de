"""Keys and types of novels and comments, compared with recorded responses if these are available."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from .client import Client
from .test_novel_routes import novel_in, titled
from .test_shapes import shape

RICH, NOVELIST, LIGHTHOUSE = 2188232, 1010, 900013
LISTED = {
    "id", "title", "caption", "restrict", "x_restrict", "is_original", "image_urls", "create_date", "tags",
    "page_count", "text_length", "user", "series", "is_bookmarked", "total_bookmarks", "total_view", "visible",
    "total_comments", "is_muted", "is_mypixiv_only", "is_x_restricted", "novel_ai_type", "request",
}  # fmt: skip
WEBVIEW = {
    "id", "title", "seriesId", "seriesTitle", "seriesIsWatched", "userId", "coverUrl", "tags", "caption", "cdate",
    "rating", "text", "marker", "illusts", "images", "seriesNavigation", "glossaryItems", "replaceableItemIds",
    "aiType", "isOriginal",
}  # fmt: skip


@pytest.mark.parametrize("user_id", [RICH, NOVELIST])
def test_a_listed_novel_has_the_fields_of_2026(client: Client, user_id: int) -> None:
    response = client.api("/v1/user/novels", user_id=user_id).json
    assert set(response) == {"user", "novels", "next_url"}
    for novel in response["novels"]:
        assert set(novel) == LISTED
        assert set(novel["image_urls"]) == {"square_medium", "medium", "large"}
        assert novel["series"] == {} or set(novel["series"]) == {"id", "title"}


def test_the_page_of_a_novel_has_its_own_keys(client: Client) -> None:
    for novel in client.sandbox.world.novels_of(RICH):
        assert set(novel_in(client.api("/webview/v2/novel", id=novel.id))) == WEBVIEW


def test_listings_have_their_keys(client: Client) -> None:
    keys = {
        path: set(client.api(path, **query).json)
        for path, query in {
            "/v2/novel/series": {"series_id": LIGHTHOUSE},
            "/v1/search/novel": {"word": "旅"},
            "/v1/novel/recommended": {},
            "/v1/novel/ranking": {},
            "/v1/novel/follow": {},
        }.items()
    }
    assert keys == {
        "/v2/novel/series": {
            "novel_series_detail",
            "novel_series_first_novel",
            "novel_series_latest_novel",
            "novels",
            "next_url",
        },
        "/v1/search/novel": {"novels", "next_url", "search_span_limit", "show_ai"},
        "/v1/novel/recommended": {"novels", "ranking_novels", "privacy_policy", "next_url"},
        "/v1/novel/ranking": {"novels", "next_url"},
        "/v1/novel/follow": {"novels", "next_url"},
    }


@pytest.mark.parametrize(
    ("file", "path", "query"),
    [
        ("novel_detail__2026", "/v2/novel/detail", {"novel_id": RICH}),
        ("novel_series__pieces_2026", "/v2/novel/series", {"series_id": LIGHTHOUSE}),
        ("novel_new__docs_2019", "/v1/novel/new", {}),
        ("novel_ranking__docs_2019", "/v1/novel/ranking", {}),
        ("novel_recommended__docs_2019", "/v1/novel/recommended", {"include_ranking_novels": "true"}),
        ("search_novel__docs_2019", "/v1/search/novel", {"word": "の", "search_target": "text"}),
        ("trending_tags_novel__docs_2019", "/v1/trending-tags/novel", {}),
        ("user_novels__docs_2019", "/v1/user/novels", {"user_id": NOVELIST}),
        ("novel_comments__v2_docs_2019", "/v2/novel/comments", {"novel_id": RICH}),
        ("illust_comments__v1_2021", "/v1/novel/comments", {"novel_id": RICH, "include_total_comments": "true"}),
    ],
)
@pytest.mark.e2e
def test_a_response_has_the_keys_and_types_of_a_recorded_one(
    client: Client, samples: Path, file: str, path: str, query: dict[str, Any]
) -> None:
    if query.get("novel_id") == RICH:
        novels = client.sandbox.world.novels_of(RICH)
        query = query | {"novel_id": next(novel.id for novel in novels if novel.spec.replies)}
    compare(json.loads((samples / f"{file}.json").read_bytes()), client.api(path, **query).json)


def test_replies_have_the_keys_and_types_of_a_recorded_response(client: Client, samples: Path) -> None:
    work = next(work for work in client.sandbox.world.works(RICH) if work.spec.replies)
    newest = client.api("/v3/illust/comments", illust_id=work.id).json["comments"][0]
    theirs = json.loads((samples / "illust_comment_replies__docs_2019.json").read_bytes())
    compare(theirs, client.api("/v1/illust/comment/replies", comment_id=newest["id"]).json)


def test_a_text_has_the_keys_and_types_of_a_recorded_one(client: Client, samples: Path) -> None:
    theirs = json.loads((samples / "webview_novel__embedded_json_2024.json").read_bytes())
    ours = novel_in(client.api("/webview/v2/novel", id=titled(client, "絵のある話").id))
    # Objects by ID: any one represents all.
    for known in (theirs, ours):
        known["illusts"] = list(known["illusts"].values())
    theirs.pop("images")
    compare(theirs, ours)


def compare(theirs: Any, ours: Any) -> None:
    """The sandbox's response has all keys of Pixiv's, with values of the same types."""
    found = shape(ours)
    # Objects that are empty if there is no value, and one that the sandbox always leaves empty.
    optional = (".series.", ".privacy_policy.", ".parent_comment.")
    for place, types in shape(theirs).items():
        if not any(mark in place for mark in optional):
            assert place in found
            assert types & found[place] or "NoneType" in types | found[place], place

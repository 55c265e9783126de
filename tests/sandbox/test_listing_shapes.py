"""Keys and types of listings, compared with recorded responses of the same endpoints."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from .client import Client
from .test_shapes import shape

RICH = 2188232

# Some values are empty in one work and not in another; `series` can be null.
OPTIONAL = ("meta_pages[]", "meta_single_page.", ".series", ".tools[]", "restriction_attributes", ".privacy_policy")


@pytest.mark.parametrize(
    ("file", "path", "query"),
    [
        ("illust_ranking__day_2025_02_04", "/v1/illust/ranking", {"mode": "day"}),
        ("trending_tags_illust__2021", "/v1/trending-tags/illust", {}),
        ("illust_recommended__2025", "/v1/illust/recommended", {"content_type": "illust"}),
        ("manga_recommended__docs_2019", "/v1/manga/recommended", {"include_ranking_illusts": "true"}),
        ("illust_follow__full_page_2020", "/v2/illust/follow", {"restrict": "public"}),
        ("illust_new__docs_2019", "/v1/illust/new", {"content_type": "illust"}),
        ("search_illust__short_2021", "/v1/search/illust", {"word": "桜"}),
        ("search_popular_preview_illust__docs_2019", "/v1/search/popular-preview/illust", {"word": "桜"}),
        ("search_user__docs_2019", "/v1/search/user", {"word": "工房"}),
        ("search_autocomplete__docs_2019", "/v2/search/autocomplete", {"word": "空"}),
        ("user_bookmarks_illust__2021", "/v1/user/bookmarks/illust", {"user_id": 1001}),
        ("user_bookmarks_illust__docs_2019", "/v1/user/bookmarks/illust", {"user_id": 1001}),
        ("user_bookmark_tags_illust__2021", "/v1/user/bookmark-tags/illust", {"user_id": 1001}),
        ("user_following__full_page_2021", "/v1/user/following", {"user_id": 1001}),
        ("user_follower__docs_2019", "/v1/user/follower", {}),
        ("user_mypixiv__docs_2019", "/v1/user/mypixiv", {"user_id": 1001}),
        ("illust_series__pieces_2026", "/v1/illust/series", {"illust_series_id": 300020}),
        ("illust_related__2025", "/v2/illust/related", {"illust_id": "own"}),
        ("illust_bookmark_detail__2021", "/v2/illust/bookmark/detail", {"illust_id": "own"}),
        ("illust_series_illust__docs_2019", "/v1/illust-series/illust", {"illust_id": "series"}),
    ],
)
def test_a_listing_has_the_keys_and_types_of_a_recorded_one(
    client: Client, samples: Path, file: str, path: str, query: dict[str, object]
) -> None:
    ids = {"own": client.sandbox.world.works(RICH)[0].id, "series": client.sandbox.world.works(1020)[5].id}
    query = {name: ids.get(str(value), value) for name, value in query.items()}
    theirs = shape(json.loads((samples / f"{file}.json").read_bytes()))
    ours = shape(client.api(path, **query).json)
    for json_path, types in theirs.items():
        # Not every recorded context has a newest work of the series, and not every preview has a novel.
        if any(part in json_path for part in OPTIONAL) or ".novels[]" in json_path or ".next" in json_path:
            continue
        assert json_path in ours, json_path
        assert types & ours[json_path] or "NoneType" in types | ours[json_path], json_path


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("/v1/illust/ranking", {}),
        ("/v1/search/illust", {"word": "桜"}),
        ("/v2/illust/follow", {}),
        ("/v1/illust/recommended", {}),
        ("/v1/illust/new", {}),
        ("/v1/user/bookmarks/illust", {"user_id": 1001}),
    ],
)
def test_comments_are_counted_in_no_listing_of_several_users(
    client: Client, path: str, query: dict[str, object]
) -> None:
    works = client.api(path, **query).json["illusts"]
    assert works
    assert not any("total_comments" in work for work in works)

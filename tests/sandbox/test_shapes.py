"""Keys and types of responses, compared with the fields of Pixiv's responses of 2026."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from .client import Client

RICH = 2188232
LISTED = {
    "id", "title", "type", "image_urls", "caption", "restrict", "user", "tags", "tools", "create_date", "page_count",
    "width", "height", "sanity_level", "x_restrict", "series", "meta_single_page", "meta_pages", "total_view",
    "total_bookmarks", "is_bookmarked", "visible", "is_muted", "total_comments", "illust_ai_type", "illust_book_style",
}  # fmt: skip
DETAIL_ONLY = {"seasonal_effect_animation_urls", "event_banners", "request", "comment_access_control"}


@pytest.fixture
def works(client: Client) -> list[dict[str, Any]]:
    return client.works(RICH)


def test_a_listed_work_has_the_fields_of_2026(works: list[dict[str, Any]]) -> None:
    assert all(set(work) - {"restriction_attributes"} == LISTED for work in works)
    assert 0 < sum("restriction_attributes" in work for work in works) < len(works)


def test_a_detail_has_additional_fields(client: Client, works: list[dict[str, Any]]) -> None:
    detail = client.api("/v1/illust/detail", illust_id=works[0]["id"]).json["illust"]
    assert set(detail) - {"restriction_attributes"} == LISTED | DETAIL_ONLY


def test_pages_are_in_pixivs_keys(works: list[dict[str, Any]]) -> None:
    for work in works:
        single = work["page_count"] == 1
        assert bool(work["meta_single_page"]) is single
        assert len(work["meta_pages"]) == (0 if single else work["page_count"])


def test_the_rich_user_has_works_of_every_kind(works: list[dict[str, Any]]) -> None:
    assert {work["type"] for work in works} == {"illust", "manga", "ugoira"}
    assert {work["x_restrict"] for work in works} == {0, 1, 2}
    assert {work["illust_ai_type"] for work in works} == {0, 1, 2}
    assert {len(work["tags"]) for work in works} >= {0, 10}
    assert any("<a href=" in work["caption"] for work in works)
    assert any(work["caption"] == "" for work in works)
    assert max(work["page_count"] for work in works) == 40
    assert sum(work["series"] is not None for work in works) == 6
    assert any(tag["translated_name"] is None for work in works for tag in work["tags"])
    assert 150 <= sum(work["page_count"] for work in works) <= 250
    assert all(work["visible"] and work["user"]["id"] == RICH for work in works)


def test_some_titles_are_not_valid_file_names(works: list[dict[str, Any]]) -> None:
    titles = [work["title"] for work in works]
    assert {"..", "CON", "../../../etc/passwd"} <= set(titles)
    assert max(len(title) for title in titles) >= 200
    assert not any("\0" in title for title in titles)


def test_some_files_were_replaced_after_the_work_was_published(works: list[dict[str, Any]]) -> None:
    replaced = sum(work["create_date"][:10].replace("-", "/") not in work["image_urls"]["large"] for work in works)
    assert 0 < replaced < len(works) / 2


@pytest.mark.parametrize(
    ("file", "path", "query"),
    [
        ("user_illusts__full_page_2021", "/v1/user/illusts", {"user_id": RICH}),
        ("user_illusts__gone_user_2025", "/v1/user/illusts", {"user_id": 1004}),
        ("user_detail__2021", "/v1/user/detail", {"user_id": RICH}),
        ("illust_detail__single_page_2026_07", "/v1/illust/detail", {"illust_id": 0}),
        ("illust_detail__three_pages_2026_05", "/v1/illust/detail", {"illust_id": 1}),
        ("illust_detail__limited_sanity_level_2023_12", "/v1/illust/detail", {"illust_id": 2}),
    ],
)
def test_a_response_has_the_keys_and_types_of_a_recorded_one(
    client: Client, works: list[dict[str, Any]], samples: Path, file: str, path: str, query: dict[str, int]
) -> None:
    if "illust_id" in query:
        single = next(work for work in works if work["page_count"] == 1 and work["tags"])
        pages = next(work for work in works if work["page_count"] > 1 and work["tags"])
        limited = next(work for work in client.works(1002) if not work["visible"])
        query = {"illust_id": (single, pages, limited)[query["illust_id"]]["id"]}
    theirs = shape(json.loads((samples / f"{file}.json").read_bytes()))
    ours = shape(client.api(path, **query).json)
    for json_path, types in theirs.items():
        assert json_path in ours
        assert types & ours[json_path] or "NoneType" in types | ours[json_path], json_path


def shape(value: Any, path: str = "", found: dict[str, set[str]] | None = None) -> dict[str, set[str]]:
    """Every path in a response with the types of its values."""
    found = {} if found is None else found
    found.setdefault(path, set()).add(type(value).__name__)
    for key, member in value.items() if isinstance(value, dict) else ():
        shape(member, f"{path}.{key}", found)
    for member in value if isinstance(value, list) else ():
        shape(member, f"{path}[]", found)
    return found

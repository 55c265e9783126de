"""Invented entries of every kind, as in Pixiv's listings."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import msgspec

from pixiv_crawler.api.parsing import ITEM_TYPES, parse_item
from pixiv_crawler.items import (
    BookmarkDetail,
    BookmarkTag,
    Comment,
    CommentStamp,
    Emoji,
    FollowDetail,
    Illust,
    IllustSeries,
    MutedTag,
    MutedUser,
    Novel,
    NovelMarker,
    NovelSeries,
    TrendingTag,
    UserDetail,
    UserPreview,
    WatchlistSeries,
)

IMAGES = "https://i.pximg.net/img-original/img/2026/01/02/03/04/05"


def urls(page: int, **more: str) -> dict[str, str]:
    return {size: f"https://i.pximg.net/{size}/77_p{page}.jpg" for size in ("square_medium", "medium", "large")} | more


def illust(**changes: Any) -> dict[str, Any]:
    """An illust of one page, as in a listing."""
    return {
        "id": 77,
        "title": "雨のあと",
        "type": "illust",
        "image_urls": urls(0),
        "caption": "first<br />second",
        "restrict": 0,
        "user": {"id": 11, "name": "絵描き", "account": "painter", "profile_image_urls": {"medium": "https://i.pximg.net/a"},
                 "is_followed": False},
        "tags": [{"name": "空", "translated_name": "sky"}, {"name": "雲", "translated_name": None}],
        "tools": ["Pencil"],
        "create_date": "2026-01-02T03:04:05+09:00",
        "page_count": 1,
        "width": 1200,
        "height": 800,
        "sanity_level": 2,
        "x_restrict": 0,
        "series": None,
        "meta_single_page": {"original_image_url": f"{IMAGES}/77_p0.png"},
        "meta_pages": [],
        "total_view": 5,
        "total_bookmarks": 3,
        "is_bookmarked": False,
        "visible": True,
        "is_muted": False,
    } | changes  # fmt: skip


def manga(pages: int = 3) -> dict[str, Any]:
    """An illust of several pages."""
    meta_pages = [{"image_urls": urls(page, original=f"{IMAGES}/77_p{page}.png")} for page in range(pages)]
    return illust(type="manga", page_count=pages, meta_single_page={}, meta_pages=meta_pages)


USER_DETAIL: dict[str, Any] = {
    "user": illust()["user"] | {"comment": "hello"},
    "profile": {"webpage": None, "total_illusts": 5, "is_premium": False},
    "profile_publicity": {"gender": "public", "pawoo": True},
    "workspace": {"pc": "", "workspace_image_url": None},
}
COMMENT: dict[str, Any] = {"id": 5, "comment": "nice (heart)", "date": "2026-01-02T03:04:05+09:00", "user": None}
UGOIRA: dict[str, Any] = {
    "ugoira_metadata": {
        "zip_urls": {"medium": "https://i.pximg.net/img-zip-ugoira/77_ugoira600x600.zip"},
        "frames": [{"file": "000000.jpg", "delay": 80}, {"file": "000001.jpg", "delay": 120}],
    }
}
NOVEL: dict[str, Any] = {
    "id": 55,
    "title": "夜の駅",
    "caption": "",
    "restrict": 0,
    "x_restrict": 0,
    "is_original": True,
    "image_urls": urls(0),
    "create_date": "2026-01-02T03:04:05+09:00",
    "tags": [{"name": "空", "translated_name": None, "added_by_uploaded_user": True}],
    "page_count": 1,
    "text_length": 4000,
    "user": illust()["user"],
    "series": {"id": 9, "title": "連作"},
    "is_bookmarked": False,
    "total_bookmarks": 3,
    "total_view": 5,
    "visible": True,
    "total_comments": 0,
    "is_muted": False,
    "is_mypixiv_only": False,
    "is_x_restricted": False,
    "novel_ai_type": 1,
}
PREVIEW: dict[str, Any] = {
    "user": illust()["user"],
    "illusts": [illust(), manga()],
    "novels": [NOVEL],
    "is_muted": False,
}
SERIES: dict[str, Any] = {
    "id": 9,
    "title": "連作",
    "caption": "",
    "cover_image_urls": {"medium": "https://i.pximg.net/c/782x410/9.jpg"},
    "series_work_count": 3,
    "create_date": "2026-01-02T03:04:05+09:00",
    "width": 782,
    "height": 410,
    "user": illust()["user"],
}
NOVEL_SERIES: dict[str, Any] = {
    "id": 9,
    "title": "連作",
    "caption": "",
    "is_original": True,
    "is_concluded": False,
    "content_count": 3,
    "total_character_count": 9000,
    "user": illust()["user"],
    "display_text": "",
}
BOOKMARK: dict[str, Any] = {
    "is_bookmarked": True,
    "tags": [{"name": "空", "is_registered": True}],
    "restrict": "public",
}

# An entry for every key, with the class that it becomes.
ENTRIES: list[tuple[str, Any, type]] = [
    ("illusts", illust(), Illust),
    ("illusts", manga(), Illust),
    ("illust", illust(type="ugoira"), Illust),
    ("ranking_illusts", illust(), Illust),
    ("novels", NOVEL, Novel),
    ("novel", NOVEL | {"series": {}}, Novel),
    ("ranking_novels", NOVEL, Novel),
    ("user_previews", PREVIEW, UserPreview),
    ("users", illust()["user"], UserPreview),
    ("bookmark_detail", BOOKMARK, BookmarkDetail),
    ("bookmark_tags", {"name": "空", "count": 5}, BookmarkTag),
    ("tags", {"name": "空", "count": 5, "translated_name": "sky"}, BookmarkTag),
    ("trend_tags", {"tag": "空", "translated_name": "sky", "illust": illust()}, TrendingTag),
    ("comments", COMMENT, Comment),
    ("blocked_users", illust()["user"], UserPreview),
    (
        "series",
        {
            "id": 9,
            "title": "連作",
            "url": "https://i.pximg.net/a",
            "mask_text": None,
            "published_content_count": 5,
            "last_published_content_datetime": "2026-01-02T03:04:05+09:00",
            "latest_content_id": 77,
            "user": illust()["user"],
        },
        WatchlistSeries,
    ),
    ("marked_novels", {"novel": NOVEL | {"series": {}}, "novel_marker": {"page": 2}}, NovelMarker),
    ("follow_detail", {"is_followed": True, "restrict": "private"}, FollowDetail),
    ("muted_tags", {"tag": {"name": "空", "translated_name": "sky"}, "is_premium_slot": False}, MutedTag),
    ("muted_users", {"user": illust()["user"], "is_premium_slot": True}, MutedUser),
    ("emoji_definitions", {"id": 101, "slug": "normal", "image_url_medium": "https://s.pximg.net/a"}, Emoji),
    ("stamps", {"stamp_id": 101, "stamp_url": "https://s.pximg.net/a"}, CommentStamp),
    ("illust_series_detail", SERIES, IllustSeries),
    ("novel_series_detail", NOVEL_SERIES, NovelSeries),
    ("", USER_DETAIL, UserDetail),
]


def work(entry: Any) -> Illust:
    item = parse_item(entry, "illusts")
    assert isinstance(item, Illust)
    return item


def as_json(item: Any) -> Any:
    """The line of the item, decoded."""
    return json.loads(msgspec.json.encode(item))


# Our own fields with their initial values.
OWN = {"fetched_at": [""], "file_urls": [[]], "files": [[]],
       "kind": [item_type.__dataclass_fields__["kind"].default for item_type in {*ITEM_TYPES.values()}]}  # fmt: skip


def differences(recorded: Any, exported: Any, path: str = "$") -> Iterator[str]:
    """The differences between an item and the recorded entry; fields that were not recorded must be None.

    In recordings, a novel without a series has an empty object.
    """
    if isinstance(recorded, dict) and isinstance(exported, dict):
        for name in recorded.keys() | exported.keys():
            if name in recorded or exported[name] not in OWN.get(name, ()):
                is_none = name == "series" and "text_length" in recorded and recorded.get(name) == {}
                yield from differences(None if is_none else recorded.get(name), exported.get(name), f"{path}.{name}")
    elif isinstance(recorded, list) and isinstance(exported, list) and len(recorded) == len(exported):
        for index, members in enumerate(zip(recorded, exported, strict=True)):
            yield from differences(*members, f"{path}[{index}]")
    elif recorded != exported or type(recorded) is not type(exported):
        yield f"{path}: {recorded!r} became {exported!r}"


def page(novel: str) -> bytes:
    """The app's reader page with its script."""
    return f"""<!DOCTYPE html><html><head><title>小説</title><script>
Object.defineProperty(window, 'pixiv', {{ value: {{ context: {{
    viewerVersion: "20221031_ai",
    novel: {novel},
    isOwnWork: false,
}} }} }});</script></head><body><div id="root"></div></body></html>""".encode()


WEBVIEW: dict[str, Any] = {"id": "55", "title": "夜の駅", "text": "一\n[newpage]\n二", "illusts": [], "aiType": 1}

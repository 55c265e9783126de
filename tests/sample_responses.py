"""Responses of the App API with invented works."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

IMAGES = "https://i.pximg.net"


def illust(id: int, **changes: Any) -> dict[str, Any]:  # noqa: A002 - Pixiv's word
    """A work of one page, as in user/illusts."""
    master = f"img-master/img/2026/01/02/03/04/05/{id}_p0_master1200.jpg"
    return {
        "id": id,
        "title": f"作品 {id}",
        "type": "illust",
        "image_urls": {
            "square_medium": f"{IMAGES}/c/360x360_70/{master}",
            "medium": f"{IMAGES}/c/540x540_70/{master}",
            "large": f"{IMAGES}/c/600x1200_90/{master}",
        },
        "caption": "",
        "restrict": 0,
        "user": {
            "id": 77,
            "name": "描く人",
            "account": "someone",
            "profile_image_urls": {"medium": "https://s.pximg.net/common/images/no_profile.png"},
            "is_followed": False,
        },
        "tags": [{"name": "猫", "translated_name": "cat"}],
        "tools": [],
        "create_date": "2026-01-02T03:04:05+09:00",
        "page_count": 1,
        "width": 60,
        "height": 40,
        "sanity_level": 2,
        "x_restrict": 0,
        "series": None,
        "meta_single_page": {"original_image_url": f"{IMAGES}/img-original/img/2026/01/02/03/04/05/{id}_p0.jpg"},
        "meta_pages": [],
        "total_view": 10,
        "total_bookmarks": 2,
        "is_bookmarked": False,
        "visible": True,
        "is_muted": False,
        "total_comments": 0,
    } | changes


def record(folder: Path, name: str, response: dict[str, Any]) -> None:
    """Adds a response to the samples of a simulated Pixiv."""
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.json").write_text(json.dumps(response), "utf-8")


def user_illusts(*entries: Any, next_offset: int | None = None, **changes: Any) -> dict[str, Any]:
    """A listing of user 77; `next_offset` is the offset of its `next_url`."""
    next_url = f"https://app-api.pixiv.net/v1/user/illusts?user_id=77&offset={next_offset}" if next_offset else None
    return {"user": {"id": 77}, "illusts": list(entries), "next_url": next_url} | changes

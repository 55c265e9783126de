"""The JSON of works and users, in the App API's shapes of 2026."""

from __future__ import annotations

from functools import lru_cache
from random import Random
from typing import Any

from . import addresses
from .exchange import to_json
from .users import User
from .words import TAGS
from .works import Work

JsonObject = dict[str, Any]

_WORKSPACE = ("pc", "monitor", "tool", "scanner", "tablet", "mouse", "printer", "desktop", "music", "desk", "chair")


@lru_cache(maxsize=8192)
def listed_illust(work: Work, language: str) -> bytes:
    """A work as it stands in the listing of its user, ready to be sent."""
    return to_json(illust(work, language))


def illust_detail(work: Work, language: str) -> JsonObject:
    """A work as illust/detail shows it: some keys more than in a listing."""
    known = illust(work, language)
    known["comment_access_control"] = 0
    if not work.sketch.limit:
        known |= {"seasonal_effect_animation_urls": None, "event_banners": None, "request": None}
    return known


def illust(work: Work, language: str) -> JsonObject:
    if work.sketch.limit:
        return _placeholder(work, work.sketch.limit)
    known: JsonObject = {
        "id": work.id,
        "title": work.title,
        "type": work.type,
        "image_urls": _thumbnails(work, 0),
        "caption": work.caption,
        "restrict": 0,
        "user": user(work.user),
        "tags": [_tag(name, language) for name in work.tags],
        "tools": list(work.tools),
        "create_date": work.created.isoformat(),
        "page_count": work.page_count,
        "width": work.size[0] * work.scale,
        "height": work.size[1] * work.scale,
        "sanity_level": work.sanity_level,
        "x_restrict": work.sketch.x_restrict,
        "series": _series(work),
        **_pages(work),
        "total_view": work.total_view,
        "total_bookmarks": work.total_bookmarks,
        "is_bookmarked": False,
        "visible": True,
        "is_muted": False,
        "total_comments": work.total_comments,
        "illust_ai_type": work.ai_type,
        "illust_book_style": work.book_style,
    }
    if work.is_restricted_mode:
        known["restriction_attributes"] = ["restricted_mode"]
    return known


def _placeholder(work: Work, limit: str) -> JsonObject:
    """What Pixiv shows in place of a work that it withholds."""
    url = addresses.placeholder(limit)
    return {
        "id": work.id,
        "title": "",
        "type": "illust",
        "image_urls": {"square_medium": url, "medium": url, "large": url},
        "caption": "",
        "restrict": 1 if limit == "mypixiv" else 0,
        "user": nobody() if limit == "unknown" else nobody() | {"id": work.user.id},
        "tags": [],
        "tools": [],
        "create_date": work.created.isoformat(),
        "page_count": 1,
        "width": 100,
        "height": 100,
        "sanity_level": 0,
        "x_restrict": 0,
        "series": None,
        "meta_single_page": {"original_image_url": url},
        "meta_pages": [],
        "total_view": 0,
        "total_bookmarks": 0,
        "is_bookmarked": False,
        "visible": False,
        "is_muted": False,
        "illust_ai_type": 0,
        "illust_book_style": 0,
    }


def _pages(work: Work) -> JsonObject:
    if work.page_count == 1:
        original = addresses.IMAGES + addresses.original_path(work, 0)
        return {"meta_single_page": {"original_image_url": original}, "meta_pages": []}
    pages = [_thumbnails(work, page) | _original(work, page) for page in range(work.page_count)]
    return {"meta_single_page": {}, "meta_pages": [{"image_urls": urls} for urls in pages]}


def _thumbnails(work: Work, page: int) -> JsonObject:
    square = addresses.thumbnail_path(work, page, "square1200")
    master = addresses.thumbnail_path(work, page, "master1200")
    return {
        "square_medium": addresses.IMAGES + addresses.SQUARE_MEDIUM + square,
        "medium": addresses.IMAGES + addresses.MEDIUM + master,
        "large": addresses.IMAGES + addresses.LARGE + master,
    }


def _original(work: Work, page: int) -> JsonObject:
    return {"original": addresses.IMAGES + addresses.original_path(work, page)}


def _tag(name: str, language: str) -> JsonObject:
    japanese, english = TAGS.get(name, (None, None))
    return {"name": name, "translated_name": japanese if language == "ja" else english}


def _series(work: Work) -> JsonObject | None:
    series = work.sketch.series
    return None if series is None else {"id": series.id, "title": series.title}


def ugoira_metadata(work: Work) -> JsonObject:
    frames = [{"file": name, "delay": delay} for name, delay in zip(work.frame_names, work.delays, strict=True)]
    return {"zip_urls": {"medium": addresses.IMAGES + addresses.zip_path(work, "600x600")}, "frames": frames}


def user(known: User) -> JsonObject:
    """A user as the works of a listing show them."""
    return {
        "id": known.id,
        "name": known.name,
        "account": known.account,
        "profile_image_urls": {"medium": avatar_url(known)},
        "is_followed": False,
        "is_accept_request": False,
    }


def avatar_url(known: User) -> str:
    return addresses.IMAGES + addresses.avatar_path(known.id) if known.has_avatar else addresses.NO_PROFILE


def nobody() -> JsonObject:
    """The user of a placeholder, and of a listing whose user is gone."""
    return {"id": 0, "name": "", "account": "", "profile_image_urls": {"medium": addresses.NO_PROFILE}}


def user_of_listing(known: User | None) -> JsonObject:
    """The key `user` beside a listing's entries."""
    shown = nobody() | {"is_followed": False, "is_accept_request": False} if known is None else user(known)
    return shown | {"is_access_blocking_user": False}


def user_detail(known: User, types: list[str]) -> JsonObject:
    """`types` are those of all the user's works: the totals are true."""
    return {
        "user": user(known) | {"comment": known.comment, "is_access_blocking_user": False},
        "profile": _profile(known, types),
        "profile_publicity": {
            "gender": "public",
            "region": "public",
            "birth_day": "public",
            "birth_year": "private",
            "job": "public",
            "pawoo": False,
        },
        "workspace": dict.fromkeys(_WORKSPACE, "") | {"comment": "", "workspace_image_url": None},
    }


def _profile(known: User, types: list[str]) -> JsonObject:
    rng = Random(f"profile of {known.id}")
    series = {sketch.series for sketch in known.sketches if sketch.series}
    background = addresses.IMAGES + addresses.BACKGROUND + addresses.background_path(known.id)
    return {
        "webpage": rng.choice((None, "https://example.com/atelier")),
        "gender": rng.choice(("", "male", "female")),
        "birth": "",
        "birth_day": rng.choice(("", "06-05")),
        "birth_year": 0,
        "region": "",
        "address_id": 0,
        "country_code": "",
        "job": "",
        "job_id": 0,
        "total_follow_users": rng.randrange(200),
        "total_mypixiv_users": rng.randrange(20),
        "total_illusts": len(types) - types.count("manga"),
        "total_manga": types.count("manga"),
        "total_novels": 0,
        "total_illust_bookmarks_public": 0,
        "total_illust_series": len(series),
        "total_novel_series": 0,
        "background_image_url": background if known.has_background else None,
        "twitter_account": "",
        "twitter_url": None,
        "pawoo_url": None,
        "is_premium": False,
        "is_using_custom_profile_image": known.has_avatar,
    }

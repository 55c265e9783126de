"""The JSON of works, in the App API's format of 2026."""

from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

from ..media import image_urls
from ..messages import JsonObject, to_json
from ..world.vocabulary import TAGS
from ..world.works import Work, drawn_size
from . import user_json


class WorkView(NamedTuple):
    """How a work is shown to one account in one kind of listing: what does not follow from the work alone."""

    is_bookmarked: bool = False
    is_followed: bool | None = False
    """None: the key is omitted."""
    is_muted: bool = False
    has_total_comments: bool = True
    has_caption: bool = True
    has_newest_keys: bool = False
    """The keys that were added in December 2025, in details and series."""
    is_drawn: bool = False
    """Whether the images are large scenes."""
    limit: str | None = None
    """Why the work is withheld from this account; None: it is not withheld."""


DEFAULT_VIEW = WorkView()


@lru_cache(maxsize=8192)
def listed_illust(work: Work, language: str, shown: WorkView = DEFAULT_VIEW) -> bytes:
    """A work in a listing, encoded."""
    return to_json(illust(work, language, shown))


def illust_detail(work: Work, language: str, shown: WorkView = DEFAULT_VIEW) -> JsonObject:
    """A work as illust/detail shows it, with a few more keys than in a listing."""
    return illust(work, language, shown._replace(has_newest_keys=True)) | {"comment_access_control": 0}


def illust(work: Work, language: str, shown: WorkView = DEFAULT_VIEW) -> JsonObject:
    if limit := work.spec.limit or shown.limit:
        return placeholder(work.id, work.user.id, work.created, limit, is_bookmarked=shown.is_bookmarked)
    width, height = drawn_size(work.size) if shown.is_drawn else work.size
    known: JsonObject = {
        "id": work.id,
        "title": work.title,
        "type": work.type,
        "image_urls": _thumbnails(work, 0),
        "caption": work.caption if shown.has_caption else "",
        "restrict": 0,
        "user": user_json.user(work.user, is_followed=shown.is_followed),
        "tags": [tag(name, language) for name in work.tags],
        "tools": list(work.tools),
        "create_date": work.created.isoformat(),
        "page_count": work.page_count,
        "width": width,
        "height": height,
        "sanity_level": work.sanity_level,
        "x_restrict": work.spec.x_restrict,
        "series": _series(work),
        **_pages(work),
        "total_view": work.total_view,
        "total_bookmarks": work.total_bookmarks,
        "is_bookmarked": shown.is_bookmarked,
        "visible": True,
        "is_muted": shown.is_muted,
        "illust_ai_type": work.ai_type,
        "illust_book_style": work.book_style,
    }
    if shown.has_total_comments:
        known["total_comments"] = work.total_comments
    if shown.has_newest_keys:
        known |= {"seasonal_effect_animation_urls": None, "event_banners": None, "request": None}
    if work.is_restricted_mode:
        known["restriction_attributes"] = ["restricted_mode"]
    return known


def placeholder(work_id: int, user_id: int, created: datetime, limit: str, *, is_bookmarked: bool) -> JsonObject:
    """The placeholder that Pixiv shows for a withheld work."""
    url = image_urls.placeholder(limit)
    return {
        "id": work_id,
        "title": "",
        "type": "illust",
        "image_urls": {"square_medium": url, "medium": url, "large": url},
        "caption": "",
        "restrict": 1 if limit == "mypixiv" else 0,
        "user": user_json.anonymous_user() if limit == "unknown" else user_json.anonymous_user() | {"id": user_id},
        "tags": [],
        "tools": [],
        "create_date": created.isoformat(),
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
        "is_bookmarked": is_bookmarked,
        "visible": False,
        "is_muted": False,
        "illust_ai_type": 0,
        "illust_book_style": 0,
    }


def _pages(work: Work) -> JsonObject:
    if work.page_count == 1:
        original = image_urls.IMAGES + image_urls.original_path(work, 0)
        return {"meta_single_page": {"original_image_url": original}, "meta_pages": []}
    pages = [_thumbnails(work, page) | _original(work, page) for page in range(work.page_count)]
    return {"meta_single_page": {}, "meta_pages": [{"image_urls": urls} for urls in pages]}


def _thumbnails(work: Work, page: int) -> JsonObject:
    square = image_urls.thumbnail_path(work, page, "square1200")
    master = image_urls.thumbnail_path(work, page, "master1200")
    is_webp = work.spec.is_webp
    return {
        "square_medium": image_urls.IMAGES
        + (image_urls.SQUARE_MEDIUM_WEBP if is_webp else image_urls.SQUARE_MEDIUM)
        + square,
        "medium": image_urls.IMAGES + image_urls.MEDIUM + master,
        "large": image_urls.IMAGES + (image_urls.LARGE_WEBP if is_webp else image_urls.LARGE) + master,
    }


def _original(work: Work, page: int) -> JsonObject:
    return {"original": image_urls.IMAGES + image_urls.original_path(work, page)}


def tag(name: str, language: str) -> JsonObject:
    return {"name": name, "translated_name": translated(name, language)}


def translated(name: str, language: str) -> str | None:
    japanese, english = TAGS.get(name, (None, None))
    return japanese if language == "ja" else english


def _series(work: Work) -> JsonObject | None:
    series = work.spec.series
    return None if series is None else {"id": series.id, "title": series.title}


def ugoira_metadata(work: Work) -> JsonObject:
    frames = [{"file": name, "delay": delay} for name, delay in zip(work.frame_names, work.delays, strict=True)]
    return {"zip_urls": {"medium": image_urls.IMAGES + image_urls.zip_path(work)}, "frames": frames}

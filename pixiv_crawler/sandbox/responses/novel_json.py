"""The JSON of novels and their series, in the App API's format of 2026."""

from ..media import image_urls
from ..media.novel_image_urls import cover_urls
from ..messages import JsonObject
from ..world.novels import Novel
from ..world.users import NovelSeries
from . import illust_json, user_json


def novel_json(
    novel: Novel, language: str, *, is_bookmarked: bool, is_followed: bool, is_muted: bool, limit: str | None
) -> JsonObject:
    """A novel in a listing; `limit` is the reason why it is withheld from this account."""
    if limit:
        return _placeholder(novel, limit, is_bookmarked=is_bookmarked)
    return {
        "id": novel.id,
        "title": novel.title,
        "caption": novel.caption,
        "restrict": 0,
        "x_restrict": novel.spec.x_restrict,
        "is_original": novel.is_original,
        "image_urls": cover_urls(novel),
        "create_date": novel.created.isoformat(),
        "tags": _tags(novel, language),
        "page_count": novel.page_count,
        "text_length": len(novel.text),
        "user": user_json.user(novel.user, is_followed=is_followed),
        "series": _series(novel.spec.series),
        "is_bookmarked": is_bookmarked,
        "total_bookmarks": novel.total_bookmarks,
        "total_view": novel.total_view,
        "visible": True,
        "total_comments": novel.total_comments,
        "is_muted": is_muted,
        "is_mypixiv_only": False,
        "is_x_restricted": False,
        "novel_ai_type": novel.ai_type,
        "request": None,
    }


def _placeholder(novel: Novel, limit: str, *, is_bookmarked: bool) -> JsonObject:
    """The placeholder that Pixiv shows for a withheld novel."""
    url = image_urls.placeholder(limit)
    is_mypixiv = limit == "mypixiv"
    return {
        "id": novel.id,
        "title": "",
        "caption": "",
        "restrict": 1 if is_mypixiv else 0,
        "x_restrict": 0,
        "is_original": False,
        "image_urls": {"square_medium": url, "medium": url, "large": url},
        "create_date": novel.created.isoformat(),
        "tags": [],
        "page_count": 1,
        "text_length": 0,
        "user": user_json.anonymous_user()
        if limit == "unknown"
        else user_json.anonymous_user() | {"id": novel.user.id},
        "series": {},
        "is_bookmarked": is_bookmarked,
        "total_bookmarks": 0,
        "total_view": 0,
        "visible": False,
        "total_comments": 0,
        "is_muted": False,
        "is_mypixiv_only": is_mypixiv,
        "is_x_restricted": False,
        "novel_ai_type": 0,
        "request": None,
    }


def _tags(novel: Novel, language: str) -> list[JsonObject]:
    by_writer = [illust_json.tag(name, language) | {"added_by_uploaded_user": True} for name in novel.tags]
    return by_writer + [
        illust_json.tag(name, language) | {"added_by_uploaded_user": False}
        for name in novel.reader_tags
        if name not in novel.tags
    ]


def _series(series: NovelSeries | None) -> JsonObject:
    """An empty object without a series: only illusts have null here."""
    return {} if series is None else {"id": series.id, "title": series.title}


def series_detail(series: NovelSeries, novels: list[Novel], *, is_followed: bool, is_watched: bool) -> JsonObject:
    """`novels` are all novels of the series, in order."""
    writer = novels[0].user
    return {
        "id": series.id,
        "title": series.title,
        "caption": series.caption,
        "is_original": novels[0].is_original,
        "is_concluded": series.is_concluded,
        "content_count": len(novels),
        "total_character_count": sum(len(novel.text) for novel in novels),
        "user": user_json.user(writer, is_followed=is_followed) | {"is_access_blocking_user": False},
        "display_text": series.caption,
        "novel_ai_type": max(novel.ai_type for novel in novels),
        "watchlist_added": is_watched,
    }

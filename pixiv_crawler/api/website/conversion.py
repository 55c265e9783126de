"""Converts responses of the website to the form of the App API's, so that everything behind it needs to know only one."""

import re
from collections.abc import Callable
from datetime import datetime
from html import escape, unescape
from typing import Any
from urllib.parse import unquote

from pixiv_crawler.api.call import ApiCall, JsonObject
from pixiv_crawler.api.enums import WorkType
from pixiv_crawler.api.japan import JAPAN
from pixiv_crawler.api.website.calls import ENTRY
from pixiv_crawler.exceptions import ParseError

_TYPES = {0: WorkType.ILLUST, 1: WorkType.MANGA, 2: WorkType.UGOIRA}
# A link to another site leads through a page of Pixiv.
_JUMP = re.compile(r"(href=[\"'])(?:https://www\.pixiv\.net)?/jump\.php\?([^\"']*)")


def convert(body: JsonObject, call: ApiCall) -> JsonObject:
    """The response of the App API that corresponds to the `body` of a response of the website.

    Fields that the website does not provide are missing, or null if they are required.

    Raises:
        ParseError: the response does not have the expected form.
    """
    try:
        entry = _CONVERSIONS[call.path](body, call)
        if entry.get("id") not in (None, *call.params.values()):
            raise ValueError(f"it has the ID {entry['id']}")
        return {call.entry_key: entry} | (_reader(body) if call.entry_key == "novel" else {})
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise ParseError(
            f"the response of the website has an unknown form ({type(error).__name__}: {error})"
        ) from error


def _illust(body: JsonObject, call: ApiCall) -> JsonObject:
    urls, is_single = body["urls"], body["pageCount"] == 1
    return {
        "id": int(body["id"]),
        "title": unescape(body["title"]),
        "type": _TYPES.get(body["illustType"], str(body["illustType"])),
        "image_urls": _image_urls(urls),
        "caption": _caption(body["description"]),
        "restrict": body["restrict"],
        "user": _user(body),
        "tags": _tags(body),
        "tools": None,
        "create_date": _japanese_time(body["createDate"]),
        "page_count": body["pageCount"],
        "width": body["width"],
        "height": body["height"],
        "sanity_level": body["sl"],
        "x_restrict": body["xRestrict"],
        "series": _series(body),
        "meta_single_page": {"original_image_url": urls["original"]} if is_single else {},
        "meta_pages": [],
        "total_view": body.get("viewCount"),
        "total_bookmarks": body.get("bookmarkCount"),
        "total_comments": body.get("commentCount"),
        "is_bookmarked": _is_bookmarked(body),
        "illust_ai_type": body.get("aiType"),
        "illust_book_style": _number(body.get("bookStyle")),
        "request": body.get("request"),
    }


def _illust_pages(body: JsonObject, call: ApiCall) -> JsonObject:
    pages = [{"image_urls": _image_urls(page["urls"], has_original=True)} for page in body["pages"]]
    if not pages:
        raise ValueError("it has no pages")
    return {**call.context[ENTRY], "meta_pages": pages}


def _ugoira_meta(body: JsonObject, call: ApiCall) -> JsonObject:
    frames = [{"file": frame["file"], "delay": frame["delay"]} for frame in body["frames"]]
    return {"zip_urls": {"medium": body["src"]}, "frames": frames}


def _novel(body: JsonObject, call: ApiCall) -> JsonObject:
    cover = body["coverUrl"]
    return {
        "id": int(body["id"]),
        "title": unescape(body["title"]),
        "caption": _caption(body["description"]),
        "restrict": body["restrict"],
        "x_restrict": body["xRestrict"],
        "is_original": body.get("isOriginal"),
        "image_urls": {"square_medium": cover, "medium": cover, "large": cover},
        "create_date": _japanese_time(body["createDate"]),
        "tags": _tags(body),
        "page_count": _number(body["pageCount"]),
        "text_length": body.get("characterCount") or len(body["content"]),
        "user": _user(body),
        "series": _series(body),
        "is_bookmarked": _is_bookmarked(body),
        "total_bookmarks": body.get("bookmarkCount"),
        "total_view": body.get("viewCount"),
        "total_comments": body.get("commentCount"),
        "novel_ai_type": body.get("aiType"),
        "request": body.get("request"),
    }


def _reader(body: JsonObject) -> JsonObject:
    """What the reader page of the app has, for the pipeline that adds the text."""
    return {
        "text": body["content"],
        "webview": {"id": str(body["id"]), "images": body.get("textEmbeddedImages") or []},
    }


def _profile_all(body: JsonObject, call: ApiCall) -> JsonObject:
    # PHP encodes an empty map as a list.
    return {kind: sorted(map(int, body[kind] or ()), reverse=True) for kind in ("illusts", "manga", "novels")}


_CONVERSIONS: dict[str, Callable[[JsonObject, ApiCall], JsonObject]] = {
    "/ajax/illust/{illust_id}": _illust,
    "/ajax/illust/{illust_id}/pages": _illust_pages,
    "/ajax/illust/{illust_id}/ugoira_meta": _ugoira_meta,
    "/ajax/novel/{novel_id}": _novel,
    "/ajax/user/{user_id}/profile/all": _profile_all,
}


def _image_urls(urls: JsonObject, *, has_original: bool = False) -> JsonObject:
    small, regular = urls["small"], urls["regular"]
    square = urls.get("thumb") or urls.get("thumb_mini") or small
    original = {"original": urls["original"]} if has_original else {}
    return {"square_medium": square, "medium": small, "large": regular, **original}


def _user(body: JsonObject) -> JsonObject:
    """The artist; the website names no avatar next to a work."""
    return {
        "id": int(body["userId"]),
        "name": unescape(body["userName"]),
        "account": body.get("userAccount") or "",
        "profile_image_urls": {"medium": None},
    }


def _tags(body: JsonObject) -> list[JsonObject]:
    return [
        {"name": tag["tag"], "translated_name": next(iter((tag.get("translation") or {}).values()), None)}
        for tag in body["tags"]["tags"]
    ]


def _series(body: JsonObject) -> JsonObject | None:
    series = body.get("seriesNavData")
    return {"id": int(series["seriesId"]), "title": unescape(series["title"])} if series else None


def _caption(html: str) -> str:
    """The description with the links themselves, as in the app; it stays HTML."""
    return _JUMP.sub(lambda jump: jump[1] + escape(unquote(unescape(jump[2]))), html)


def _japanese_time(time: str) -> str:
    """The website's time is UTC."""
    return datetime.fromisoformat(time).astimezone(JAPAN).isoformat(timespec="seconds")


def _is_bookmarked(body: JsonObject) -> bool | None:
    """None without a session, of which the response says nothing."""
    return bool(body["bookmarkData"]) if body.get("isBookmarkable") else None


def _number(value: Any) -> int | None:
    return None if value is None else int(value)

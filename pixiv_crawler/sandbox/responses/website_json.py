"""The JSON of Pixiv's website, whose names and types differ from those of the App API."""

from datetime import UTC
from html import escape

from ..media import image_urls
from ..media.novel_image_urls import cover_urls, uploaded_image_urls
from ..messages import JsonObject, Response, json_response
from ..world.novels import Novel
from ..world.users import NovelSeries, Series
from ..world.works import Work
from .illust_json import translated

_TYPES = {"illust": 0, "manga": 1, "ugoira": 2}


def website_response(body: object) -> Response:
    return json_response({"error": False, "message": "", "body": body})


def website_error(status: int, message: str) -> Response:
    return json_response({"error": True, "message": message, "body": []}, status)


def website_illust(work: Work, language: str, size: tuple[int, int], *, has_urls: bool) -> JsonObject:
    """One work; `size` is that of the originals. Without a session, R-18 works have no URLs."""
    return {
        "illustId": str(work.id),
        "illustTitle": escape(work.title),
        "illustComment": work.caption,
        "id": str(work.id),
        "title": escape(work.title),
        "description": work.caption,
        "illustType": _TYPES[work.type],
        "createDate": work.created.astimezone(UTC).isoformat(),
        "uploadDate": work.uploaded.astimezone(UTC).isoformat(),
        "restrict": 0,
        "xRestrict": work.spec.x_restrict,
        "sl": work.sanity_level,
        "urls": _urls(work) if has_urls else dict.fromkeys(("mini", "thumb", "small", "regular", "original")),
        "tags": _tags(work.tags, work.user.id, language),
        "userId": str(work.user.id),
        "userName": escape(work.user.name),
        "userAccount": work.user.account,
        "likeData": False,
        "width": size[0],
        "height": size[1],
        "pageCount": work.page_count,
        "bookmarkCount": work.total_bookmarks,
        "likeCount": work.total_bookmarks // 2,
        "commentCount": work.total_comments,
        "viewCount": work.total_view,
        "bookStyle": str(work.book_style),
        "isOriginal": False,
        "seriesNavData": _series(work),
        "isBookmarkable": has_urls,
        "bookmarkData": None,
        "request": None,
        "aiType": work.ai_type,
    }


def website_pages(work: Work, size: tuple[int, int]) -> list[JsonObject]:
    pages = (_urls(work, page) for page in range(work.page_count))
    names = {"thumb_mini": "thumb", "small": "small", "regular": "regular", "original": "original"}
    return [
        {"urls": {new: urls[old] for new, old in names.items()}, "width": size[0], "height": size[1]} for urls in pages
    ]


def website_ugoira(work: Work) -> JsonObject:
    zips = {
        size: image_urls.IMAGES + image_urls.zip_path(work, size)
        for size in (image_urls.SMALL_ZIP, image_urls.LARGE_ZIP)
    }
    return {
        "src": zips[image_urls.SMALL_ZIP],
        "originalSrc": zips[image_urls.LARGE_ZIP],
        "mime_type": "image/jpeg",
        "frames": [{"file": name, "delay": delay} for name, delay in zip(work.frame_names, work.delays, strict=True)],
    }


def website_novel(novel: Novel, language: str) -> JsonObject:
    return {
        "id": str(novel.id),
        "title": escape(novel.title),
        "description": novel.caption,
        "createDate": novel.created.astimezone(UTC).isoformat(),
        "uploadDate": novel.created.astimezone(UTC).isoformat(),
        "restrict": 0,
        "xRestrict": novel.spec.x_restrict,
        "content": novel.text,
        "coverUrl": cover_urls(novel)["large"],
        "userId": str(novel.user.id),
        "userName": escape(novel.user.name),
        "pageCount": str(novel.page_count),
        "characterCount": len(novel.text),
        "bookmarkCount": novel.total_bookmarks,
        "commentCount": novel.total_comments,
        "viewCount": novel.total_view,
        "isOriginal": novel.is_original,
        "tags": _tags((*novel.tags, *novel.reader_tags), novel.user.id, language),
        "seriesNavData": _novel_series(novel),
        "isBookmarkable": False,
        "bookmarkData": None,
        "textEmbeddedImages": {
            str(number): {"novelImageId": str(number), "sl": "2", "urls": uploaded_image_urls(novel, number)}
            for number in novel.image_ids
        },
        "aiType": novel.ai_type,
        "request": None,
    }


def website_profile(works: list[Work], novels: list[Novel]) -> JsonObject:
    """The IDs of all works of a user."""
    manga = {str(work.id): None for work in works if work.type == "manga"}
    illusts = {str(work.id): None for work in works if work.type != "manga"}
    return {
        # PHP encodes an empty map as a list.
        "illusts": illusts or [],
        "manga": manga or [],
        "novels": {str(novel.id): None for novel in novels} or [],
        "mangaSeries": [],
        "novelSeries": [],
    }


def _urls(work: Work, page: int = 0) -> JsonObject:
    square = image_urls.thumbnail_path(work, page, "square1200")
    master = image_urls.thumbnail_path(work, page, "master1200")
    return {
        "mini": f"{image_urls.IMAGES}/c/48x48{square}",
        "thumb": f"{image_urls.IMAGES}/c/250x250_80_a2{square}",
        "small": image_urls.IMAGES + image_urls.MEDIUM + master,
        "regular": image_urls.IMAGES + master,
        "original": image_urls.IMAGES + image_urls.original_path(work, page),
    }


def _tags(names: tuple[str, ...], user_id: int, language: str) -> JsonObject:
    tags = [
        {"tag": name, "locked": True, "deletable": False, "userId": str(user_id)}
        # The key is always the same, whatever the language.
        | ({"translation": {"en": translation}} if (translation := translated(name, language)) else {})
        for name in names
    ]
    return {"authorId": str(user_id), "isLocked": False, "tags": tags, "writable": False}


def _series(work: Work) -> JsonObject | None:
    series = work.spec.series
    return None if series is None else _named_series("manga", series)


def _novel_series(novel: Novel) -> JsonObject | None:
    series = novel.spec.series
    return None if series is None else _named_series("novel", series)


def _named_series(kind: str, series: Series | NovelSeries) -> JsonObject:
    return {"seriesType": kind, "seriesId": str(series.id), "title": escape(series.title), "order": 1}

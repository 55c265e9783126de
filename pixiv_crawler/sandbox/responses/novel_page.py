"""The web page on which Pixiv's app shows a novel: a script contains the text, as JSON with its own key names."""

import re
from typing import Any

from ..media import image_urls
from ..media.novel_image_urls import cover_urls, uploaded_image_urls
from ..messages import HTML_TYPE, JsonObject, Response, to_json
from ..world.novel_texts import EmbeddedWork
from ..world.novels import Novel
from . import user_json

# The object is a single line, and clients find its end by what follows it.
_PAGE = b"""<!DOCTYPE html>
<html lang="ja">
<head><meta charset="utf-8"><title>pixiv</title></head>
<body>
<div id="app"></div>
<script>
Object.defineProperty(window, 'pixiv', {
  value: {
    viewerVersion: %b,
    novel: %b,
    isOwnWork: false,
    authorDetails: %b,
  },
});
</script>
</body>
</html>
"""
_MARKUP = re.compile(r"<[^>]*>")


def novel_page(novel: Novel, series: list[Novel], viewer_version: str) -> Response:
    """`series` are all novels of the same series, in order; empty for a novel without a series."""
    author = {"userId": str(novel.user.id), "userName": novel.user.name, "isFollowed": False}
    parts = (viewer_version, webview_novel(novel, series), author)
    return Response(body=_PAGE % tuple(to_json(part) for part in parts), content_type=HTML_TYPE)


def webview_novel(novel: Novel, series: list[Novel]) -> JsonObject:
    of_series = novel.spec.series
    return {
        "id": str(novel.id),
        "title": novel.title,
        "seriesId": None if of_series is None else str(of_series.id),
        "seriesTitle": None if of_series is None else of_series.title,
        "seriesIsWatched": None if of_series is None else False,
        "userId": str(novel.user.id),
        "coverUrl": cover_urls(novel)["large"],
        "tags": list(novel.tags),
        "caption": _MARKUP.sub("", novel.caption),
        "cdate": novel.created.date().isoformat(),
        "rating": {"like": novel.total_bookmarks // 2, "bookmark": novel.total_bookmarks, "view": novel.total_view},
        "text": novel.text,
        "marker": None,
        "illusts": _php_map(_illusts(novel)),
        "images": _php_map({str(number): _image(novel, number) for number in novel.image_ids}),
        "seriesNavigation": _navigation(novel, series) if of_series else None,
        "glossaryItems": [],
        "replaceableItemIds": [],
        "aiType": novel.ai_type,
        "isOriginal": novel.is_original,
    }


def _php_map(entries: JsonObject) -> JsonObject | list[Any]:
    """PHP uses one type for lists and maps, and encodes an empty one as a list."""
    return entries or []


def _illusts(novel: Novel) -> JsonObject:
    if novel.spec.embeds != "resolved":
        return {}
    return {embedded.key: _embedded(embedded) for embedded in novel.works}


def _embedded(embedded: EmbeddedWork) -> JsonObject:
    work = embedded.work
    user_id = str(work.user.id)
    thumbnail = image_urls.IMAGES + image_urls.thumbnail_path(work, embedded.page - 1, "master1200")
    return {
        "visible": True,
        "availableMessage": None,
        "illust": {
            "title": work.title,
            "description": _MARKUP.sub("", work.caption),
            "restrict": 0,
            "xRestrict": work.spec.x_restrict,
            "sl": work.sanity_level,
            "tags": [{"tag": tag, "userId": user_id} for tag in work.tags],
            "images": {"small": None, "medium": thumbnail, "original": None},
        },
        "user": {
            "id": user_id,
            "name": work.user.name,
            "image": user_json.avatar_url(work.user).replace("_170.", "_50."),
        },
        "id": str(work.id),
        "page": embedded.page,
    }


def _image(novel: Novel, image_id: int) -> JsonObject:
    return {"novelImageId": str(image_id), "sl": "2", "urls": uploaded_image_urls(novel, image_id)}


def _navigation(novel: Novel, series: list[Novel]) -> JsonObject:
    place = series.index(novel)
    after = series[place + 1] if place + 1 < len(series) else None
    before = series[place - 1] if place else None
    return {"nextNovel": _neighbour(after, place + 2), "prevNovel": _neighbour(before, place)}


def _neighbour(novel: Novel | None, order: int) -> JsonObject | None:
    if novel is None:
        return None
    return {
        "id": novel.id,
        "viewable": novel.is_open,
        "contentOrder": str(order),
        "title": novel.title,
        "coverUrl": cover_urls(novel)["large"],
        "viewableMessage": None,
    }

"""The endpoints of novels, of their texts and their series."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ..api_errors import LIMITED_WORK, MISSING_WORK, RefusalError
from ..messages import Answer, Call, json_answer
from ..responses import user_json
from ..responses.novel_json import series_detail
from ..responses.novel_page import novel_page
from ..world.novels import Novel
from ..world.users import NovelSeries, Standing
from ..world.world import World
from .novel_bookmarks import ROUTES as BOOKMARK_ROUTES
from .novel_feeds import ROUTES as LISTING_ROUTES
from .novel_paging import asked_novel, limit_of, novel_listing, offset_page, shown
from .novel_search import ROUTES as SEARCH_ROUTES
from .paging import is_followed, next_url
from .parameters import PAGE_SIZE, optional_id, required_id

Route = Callable[[World, Call], Answer]


def user_novels(world: World, call: Call) -> Answer:
    """GET /v1/user/novels: newest first; a user who is gone is told by `user.id` 0."""
    user_id = required_id(call, "user_id")
    user = world.user(user_id)
    present = user if user is not None and user.standing is Standing.PRESENT else None
    return novel_listing(
        world,
        call,
        world.novels_of(user_id),
        user=user_json.user_of_listing(present, is_followed=is_followed(world, user_id)),
    )


def novel_detail(world: World, call: Call) -> Answer:
    """GET /v2/novel/detail: a placeholder for a novel that Pixiv withholds."""
    (novel,) = shown(world, call, [asked_novel(world, call)])
    return json_answer({"novel": novel | {"comment_access_control": 0}})


def webview_novel(world: World, call: Call) -> Answer:
    """GET /webview/v2/novel: a page whose script holds the text. Errors are JSON, as everywhere."""
    novel = asked_novel(world, call, "id")
    if limit_of(world, novel):
        raise RefusalError(403, LIMITED_WORK)
    series = novel.sketch.series
    of_series = [] if series is None else world.shelf.series(series.id)
    return novel_page(novel, of_series, call.query.get("viewer_version", ""))


def novel_series(world: World, call: Call) -> Answer:
    """GET /v1/novel/series, /v2/novel/series: in the order of the series; `last_order` is the place of the last seen."""
    series_id, start = required_id(call, "series_id"), optional_id(call, "last_order") or 0
    novels = world.shelf.series(series_id)
    series = _series_of(novels)
    end = start + PAGE_SIZE
    first, latest = shown(world, call, [novels[0], novels[-1]])
    page = shown(world, call, novels[start:end])
    for novel in (first, latest, *page):
        novel["user"]["is_access_blocking_user"] = False
    known = {
        "novel_series_detail": series_detail(series, novels, is_followed=is_followed(world, novels[0].user.id)),
        "novel_series_first_novel": first,
        "novel_series_latest_novel": latest,
        "novels": page,
        "next_url": next_url(call, last_order=end) if end < len(novels) else None,
    }
    return json_answer(known)


def _series_of(novels: list[Novel]) -> NovelSeries:
    series = novels[0].sketch.series if novels else None
    if series is None:
        raise RefusalError(404, MISSING_WORK)
    return series


def user_novel_series(world: World, call: Call) -> Answer:
    """GET /v1/user/novel-series: the series with the newest novel first."""
    by_series: dict[NovelSeries, list[Novel]] = {}
    for novel in world.novels_of(required_id(call, "user_id")):
        if novel.sketch.series is not None:
            by_series.setdefault(novel.sketch.series, []).insert(0, novel)
    page, following = offset_page(world, call, list(by_series.items()))
    details = [
        series_detail(series, novels, is_followed=is_followed(world, novels[0].user.id)) for series, novels in page
    ]
    return json_answer({"novel_series_details": details, "next_url": following})


ROUTES: Mapping[tuple[str, str], Route] = {
    ("GET", "/v1/user/novels"): user_novels,
    ("GET", "/v2/novel/detail"): novel_detail,
    ("GET", "/webview/v2/novel"): webview_novel,
    ("GET", "/v1/novel/series"): novel_series,
    ("GET", "/v2/novel/series"): novel_series,
    ("GET", "/v1/user/novel-series"): user_novel_series,
    **LISTING_ROUTES,
    **SEARCH_ROUTES,
    **BOOKMARK_ROUTES,
}

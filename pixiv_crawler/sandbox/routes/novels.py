"""Endpoints of novels, their texts and their series."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ..api_errors import LIMITED_WORK, MISSING_WORK, ApiError
from ..messages import Request, Response, json_response
from ..responses import user_json
from ..responses.novel_json import series_detail
from ..responses.novel_page import novel_page
from ..world.novels import Novel
from ..world.users import NovelSeries, Standing
from ..world.world import World
from .novel_bookmarks import ROUTES as BOOKMARK_ROUTES
from .novel_feeds import ROUTES as LISTING_ROUTES
from .novel_paging import limit_of, novel_listing, offset_page, requested_novel, shown
from .novel_search import ROUTES as SEARCH_ROUTES
from .paging import is_followed, listed, next_url
from .parameters import PAGE_SIZE, optional_id, required_id

Route = Callable[[World, Request], Response]


def user_novels(world: World, request: Request) -> Response:
    """GET /v1/user/novels: newest first; `user.id` 0 indicates that the user no longer exists."""
    user_id = required_id(request, "user_id")
    user = world.user(user_id)
    present = user if user is not None and user.standing is Standing.PRESENT else None
    return novel_listing(
        world,
        request,
        world.novels_of(user_id),
        user=user_json.user_of_listing(present, is_followed=is_followed(world, user_id)),
    )


def novel_detail(world: World, request: Request) -> Response:
    """GET /v2/novel/detail: a placeholder for a withheld novel."""
    (novel,) = shown(world, request, [requested_novel(world, request)])
    return json_response({"novel": novel | {"comment_access_control": 0}})


def webview_novel(world: World, request: Request) -> Response:
    """GET /webview/v2/novel: a page with a script that contains the text; errors are JSON, as everywhere."""
    novel = requested_novel(world, request, "id")
    if limit_of(world, novel):
        raise ApiError(403, LIMITED_WORK)
    series = novel.spec.series
    of_series = [] if series is None else world.novel_catalogue.series(series.id)
    return novel_page(novel, of_series, request.query.get("viewer_version", ""))


def novel_series(world: World, request: Request) -> Response:
    """GET /v1/novel/series, /v2/novel/series: in order (cursor: `last_order`, the position of the last entry)."""
    series_id, start = required_id(request, "series_id"), optional_id(request, "last_order") or 0
    novels = world.novel_catalogue.series(series_id)
    series = _series_of(novels)
    here, end = listed(world, request, novels), start + PAGE_SIZE
    first, latest = shown(world, request, [novels[0], novels[-1]])
    page = shown(world, request, here[start:end])
    for novel in (first, latest, *page):
        novel["user"]["is_access_blocking_user"] = False
    known = {
        "novel_series_detail": series_detail(series, novels, is_followed=is_followed(world, novels[0].user.id)),
        "novel_series_first_novel": first,
        "novel_series_latest_novel": latest,
        "novels": page,
        "next_url": next_url(request, last_order=end) if end < len(here) else None,
    }
    return json_response(known)


def _series_of(novels: list[Novel]) -> NovelSeries:
    series = novels[0].spec.series if novels else None
    if series is None:
        raise ApiError(404, MISSING_WORK)
    return series


def user_novel_series(world: World, request: Request) -> Response:
    """GET /v1/user/novel-series: the series with the newest novel first."""
    by_series: dict[NovelSeries, list[Novel]] = {}
    for novel in world.novels_of(required_id(request, "user_id")):
        if novel.spec.series is not None:
            by_series.setdefault(novel.spec.series, []).insert(0, novel)
    page, following = offset_page(world, request, list(by_series.items()))
    details = [
        series_detail(series, novels, is_followed=is_followed(world, novels[0].user.id)) for series, novels in page
    ]
    return json_response({"novel_series_details": details, "next_url": following})


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

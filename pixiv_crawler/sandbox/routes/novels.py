"""Endpoints of novels, their texts and their series."""

from ..api_errors import LIMITED_WORK, MISSING_WORK, ApiError
from ..messages import JsonObject, Request, Response, json_response
from ..responses.novel_json import series_detail
from ..responses.novel_page import novel_page
from ..world.novels import Novel
from ..world.users import NovelSeries
from ..world.world import World
from .paging import is_followed, limit_of, listed, next_url, novels_json, novels_response, page, user_of_listing
from .parameters import PAGE_SIZE, optional_id, requested_novel, required_id
from .table import get


@get("/v1/user/novels")
def user_novels(world: World, request: Request) -> Response:
    """Newest first; `user.id` 0 indicates that the user no longer exists."""
    user_id = required_id(request, "user_id")
    return novels_response(world, request, world.novels_of(user_id), user=user_of_listing(world, user_id))


@get("/v2/novel/detail")
def novel_detail(world: World, request: Request) -> Response:
    """A placeholder for a withheld novel."""
    (novel,) = novels_json(world, request, [requested_novel(world, request)])
    return json_response({"novel": novel | {"comment_access_control": 0}})


@get("/webview/v2/novel")
def webview_novel(world: World, request: Request) -> Response:
    """A page with a script that contains the text; errors are JSON, as everywhere."""
    novel = requested_novel(world, request, "id")
    if limit_of(world, novel):
        raise ApiError(403, LIMITED_WORK)
    series = novel.spec.series
    of_series = [] if series is None else world.novel_catalogue.series(series.id)
    return novel_page(novel, of_series, request.query.get("viewer_version", ""))


@get("/v1/novel/series", "/v2/novel/series")
def novel_series(world: World, request: Request) -> Response:
    """/v2/novel/series: in order (cursor: `last_order`, the position of the last entry)."""
    series_id, start = required_id(request, "series_id"), optional_id(request, "last_order") or 0
    novels = world.novel_catalogue.series(series_id)
    series = _series_of(novels)
    here, end = listed(world, request, novels), start + PAGE_SIZE
    first, latest = novels_json(world, request, [novels[0], novels[-1]])
    part = novels_json(world, request, here[start:end])
    for novel in (first, latest, *part):
        novel["user"]["is_access_blocking_user"] = False
    known = {
        "novel_series_detail": _series_detail(world, series, novels),
        "novel_series_first_novel": first,
        "novel_series_latest_novel": latest,
        "novels": part,
        "next_url": next_url(request, last_order=end) if end < len(here) else None,
    }
    return json_response(known)


def _series_detail(world: World, series: NovelSeries, novels: list[Novel]) -> JsonObject:
    is_watched = series.id in world.account.watched_novel_series
    return series_detail(series, novels, is_followed=is_followed(world, novels[0].user.id), is_watched=is_watched)


def _series_of(novels: list[Novel]) -> NovelSeries:
    series = novels[0].spec.series if novels else None
    if series is None:
        raise ApiError(404, MISSING_WORK)
    return series


@get("/v1/user/novel-series")
def user_novel_series(world: World, request: Request) -> Response:
    """The series with the newest novel first."""
    by_series: dict[NovelSeries, list[Novel]] = {}
    for novel in world.novels_of(required_id(request, "user_id")):
        if novel.spec.series is not None:
            by_series.setdefault(novel.spec.series, []).insert(0, novel)
    part, following = page(world, request, list(by_series.items()))
    details = [_series_detail(world, series, novels) for series, novels in part]
    return json_response({"novel_series_details": details, "next_url": following})

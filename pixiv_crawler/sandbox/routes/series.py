"""Endpoints of series of illusts and manga."""

from ..api_errors import MISSING_SERIES, MISSING_USER, MISSING_WORK, ApiError
from ..media import image_urls
from ..messages import JsonObject, Request, Response, json_response, to_json
from ..responses import illust_json, user_json
from ..world.works import Work
from ..world.world import World
from .paging import is_followed, page, shown
from .parameters import required_id
from .table import get


@get("/v1/illust/series")
def illust_series(world: World, request: Request) -> Response:
    """Newest first."""
    works = world.series_works(required_id(request, "illust_series_id"))
    if not works:
        raise ApiError(404, MISSING_SERIES)
    listed, following = page(world, request, works[::-1])
    entries = [_illust(world, request, work) for work in (works[0], works[-1], *listed)]
    body = (
        b'{"illust_series_detail":%b,"illust_series_first_illust":%b,"illust_series_latest_illust":%b,"illusts":[%b],'
        b'"next_url":%b}'
    )
    detail = to_json(_series_detail(world, works))
    return Response(body=body % (detail, *entries[:2], b",".join(entries[2:]), to_json(following)))


@get("/v1/illust-series/illust")
def place_in_series(world: World, request: Request) -> Response:
    """The position of a work in its series, and its neighbours."""
    work = world.work(required_id(request, "illust_id"))
    if work is None or work.spec.series is None:
        raise ApiError(404, MISSING_WORK)
    works = world.series_works(work.spec.series.id)
    place = works.index(work)
    before = _illust(world, request, works[place - 1]) if place else b"null"
    after = _illust(world, request, works[place + 1]) if place + 1 < len(works) else b"null"
    context = b'{"content_order":%d,"prev":%b,"next":%b}' % (place + 1, before, after)
    detail = to_json(_series_detail(world, works))
    return Response(body=b'{"illust_series_detail":%b,"illust_series_context":%b}' % (detail, context))


@get("/v1/user/illust-series")
def user_series(world: World, request: Request) -> Response:
    """Newest first."""
    user = world.user(required_id(request, "user_id"))
    if user is None:
        raise ApiError(404, MISSING_USER)
    listed, following = page(world, request, user.series)
    details = [_series_detail(world, world.series_works(series.id)) for series in listed]
    return json_response({"illust_series_details": details, "next_url": following})


def _series_detail(world: World, works: list[Work]) -> JsonObject:
    """The details of the series that consists of these works."""
    first = works[0]
    series = first.spec.series
    assert series is not None
    cover = image_urls.IMAGES + image_urls.SERIES_COVER + image_urls.series_cover_path(series.id)
    return {
        "id": series.id,
        "title": series.title,
        "caption": f"{series.title}です。\nゆっくり更新します。",
        "cover_image_urls": {"medium": cover},
        "series_work_count": len(works),
        "create_date": first.created.isoformat(),
        "width": world.size_of(first)[0],
        "height": world.size_of(first)[1],
        "user": user_json.user(first.user, is_followed=is_followed(world, first.user.id)),
        "watchlist_added": series.id in world.account.watched_series,
    }


def _illust(world: World, request: Request, work: Work) -> bytes:
    how = shown(world, work, has_total_comments=True)._replace(has_newest_keys=True)
    return illust_json.listed_illust(work, request.language, how)

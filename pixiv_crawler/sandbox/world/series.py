"""Series of illusts and manga: which works are in them, and how Pixiv shows them."""

from __future__ import annotations

from ..media import image_urls
from ..responses import illust_json
from ..responses.illust_json import JsonObject
from ..routes.paging import is_followed
from .users import Series, Standing, User
from .works import Work
from .world import World


def series_of(user: User) -> list[Series]:
    """The newest first."""
    if user.standing is not Standing.PRESENT:
        return []
    return list(dict.fromkeys(sketch.series for sketch in reversed(user.sketches) if sketch.series is not None))


def series_works(world: World, series_id: int) -> list[Work]:
    """In their order; empty: there is no such series."""
    owners = (user for user in world.users() if any(series.id == series_id for series in series_of(user)))
    works = (work for user in owners for work in reversed(world.works(user.id)))
    return [work for work in works if work.sketch.series is not None and work.sketch.series.id == series_id]


def series_detail(world: World, works: list[Work]) -> JsonObject:
    """Of the series that these works make up."""
    first = works[0]
    series = first.sketch.series
    assert series is not None
    cover = image_urls.IMAGES + image_urls.SERIES_COVER + image_urls.series_cover_path(series.id)
    return {
        "id": series.id,
        "title": series.title,
        "caption": f"{series.title}です。\nゆっくり更新します。",
        "cover_image_urls": {"medium": cover},
        "series_work_count": len(works),
        "create_date": first.created.isoformat(),
        "width": first.size[0] * first.scale,
        "height": first.size[1] * first.scale,
        "user": illust_json.user(first.user, is_followed=is_followed(world, first.user.id)),
        "watchlist_added": False,
    }

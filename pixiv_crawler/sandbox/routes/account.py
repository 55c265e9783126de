"""Endpoints of the account's own lists: what it watches, marks, mutes and blocks; and the emoji and stamps of comments."""

from collections.abc import Sequence

from ..media.image_urls import emoji_url, stamp_url
from ..messages import JsonObject, Request, Response, json_response
from ..responses import user_json
from ..responses.illust_json import tag
from ..world.bookmarks import PUBLIC
from ..world.fixtures.comments import EMOJI, STAMP_IDS
from ..world.novels import Novel
from ..world.users import ACCOUNT
from ..world.works import Work
from ..world.world import World
from .paging import novels_json, page
from .table import get

_MARKED = 33


@get("/v1/watchlist/manga")
def watchlist_manga(world: World, request: Request) -> Response:
    """The last series is withheld."""
    known = [_watched(series_id, world.series_works(series_id)) for series_id in world.account.watched_series]
    return _listing(world, request, "series", [*known, _MASKED_SERIES])


@get("/v1/watchlist/novel")
def watchlist_novel(world: World, request: Request) -> Response:
    ids = world.account.watched_novel_series
    known = [_watched(series_id, world.novel_catalogue.series(series_id)) for series_id in ids]
    return _listing(world, request, "series", known)


_MASKED_SERIES: JsonObject = {
    "id": 300999,
    "title": "",
    "url": None,
    "mask_text": "閲覧できないシリーズです",
    "published_content_count": 0,
    "last_published_content_datetime": None,
    "latest_content_id": None,
    "user": user_json.anonymous_user(),
}


def _watched(series_id: int, works: Sequence[Work] | Sequence[Novel]) -> JsonObject:
    newest = works[-1]
    series = newest.spec.series
    assert series is not None
    return {
        "id": series_id,
        "title": series.title,
        "url": user_json.avatar_url(newest.user),
        "mask_text": None,
        "published_content_count": len(works),
        "last_published_content_datetime": newest.created.isoformat(),
        "latest_content_id": newest.id,
        "user": user_json.user(newest.user, is_followed=None),
    }


@get("/v2/novel/markers")
def novel_markers(world: World, request: Request) -> Response:
    """Markers in the novels of the newest public bookmarks."""
    ids = [bookmark.work_id for bookmark in world.novel_bookmarks.of(ACCOUNT.id, PUBLIC)[:_MARKED]]
    novels = [novel for novel_id in ids if (novel := world.novel_catalogue.novel(novel_id))]
    shown, following = page(world, request, novels)
    marked = [
        {"novel": entry, "novel_marker": {"page": novel.id % novel.page_count + 1}}
        for novel, entry in zip(shown, novels_json(world, request, shown), strict=True)
    ]
    return json_response({"marked_novels": marked, "next_url": following})


@get("/v1/mute/list")
def mute_list(world: World, request: Request) -> Response:
    tags = [{"tag": tag(name, request.language), "is_premium_slot": False} for name in world.account.muted_tags]
    users = [user for user_id in sorted(world.account.muted_users) if (user := world.user(user_id))]
    muted = [{"user": user_json.user(user, is_followed=None), "is_premium_slot": False} for user in users]
    counts = {"muted_count": len(tags) + len(muted), "muted_tags_count": len(tags), "muted_users_count": len(muted)}
    return json_response({"muted_tags": tags, "muted_users": muted, "mute_limit_count": 500, **counts})


@get("/v1/access-block/users")
def blocked_users(world: World, request: Request) -> Response:
    ids = world.follows.blocked.get(ACCOUNT.id, [])
    users = [user_json.user(user, is_followed=False) for user_id in ids if (user := world.user(user_id))]
    return _listing(world, request, "blocked_users", users)


@get("/v1/emoji")
def emoji(_world: World, _request: Request) -> Response:
    """Needs no token."""
    known = [{"id": id_, "slug": slug, "image_url_medium": emoji_url(id_)} for id_, slug in EMOJI.items()]
    return json_response({"emoji_definitions": known})


@get("/v1/stamps")
def stamps(_world: World, _request: Request) -> Response:
    return json_response({"stamps": [{"stamp_id": id_, "stamp_url": stamp_url(id_)} for id_ in STAMP_IDS]})


def _listing(world: World, request: Request, key: str, entries: Sequence[JsonObject]) -> Response:
    shown, following = page(world, request, entries)
    return json_response({key: shown, "next_url": following})

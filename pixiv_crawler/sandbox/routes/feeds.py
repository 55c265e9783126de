"""Endpoints of feeds: new, related and recommended works, and works of followed users and friends."""

from collections.abc import Sequence
from datetime import timedelta
from itertools import islice

from ..messages import Request, Response
from ..world.bookmarks import PUBLIC
from ..world.feeds import new_works, recommended_ids, related_ids, works_of
from ..world.ranking import ranking
from ..world.users import ACCOUNT
from ..world.works import Work
from ..world.world import World
from .paging import next_url, page, request_url, works_json, works_response
from .parameters import PAGE_SIZE, choice, flag, id_values, optional_id, requested_illust, restrict
from .table import get

# Since about 2025, the first listing of recommended works is three times as long as the others.
_FIRST_RECOMMENDED = 90
_RANKING_SHOWN = 10
# The number of works that a listing of related works repeats.
_REPEATED = 3
_TYPES = ("illust", "manga")
_PRIVACY_POLICY = {
    "version": "1-en",
    "message": "The sandbox has updated its Privacy Policy.",
    "url": "https://www.pixiv.net/terms/?page=privacy&appname=pixiv_ios",
}


@get("/v1/illust/new")
def illust_new(world: World, request: Request) -> Response:
    """Newest first (cursor: `max_illust_id`)."""
    type_ = choice(request, "content_type", _TYPES) or "illust"
    found = list(islice(new_works(world, type_, optional_id(request, "max_illust_id")), PAGE_SIZE + 1))
    following = next_url(request, max_illust_id=found[PAGE_SIZE].id) if len(found) > PAGE_SIZE else None
    return works_response(world, request, found[:PAGE_SIZE], next_url=following)


@get("/v2/illust/follow")
def illust_follow(world: World, request: Request) -> Response:
    return _works_of(world, request, world.follows.following(ACCOUNT.id, restrict(request, "all") or PUBLIC))


@get("/v2/illust/mypixiv")
def illust_mypixiv(world: World, request: Request) -> Response:
    return _works_of(world, request, world.follows.mypixiv.get(ACCOUNT.id, ()))


def _works_of(world: World, request: Request, user_ids: Sequence[int]) -> Response:
    works, following = page(world, request, works_of(world, user_ids))
    return works_response(world, request, works, next_url=following)


@get("/v2/illust/related")
def illust_related(world: World, request: Request) -> Response:
    """No offset; the cursor is all viewed works, of which a listing repeats some."""
    work = requested_illust(world, request)
    viewed = id_values(request, "viewed")
    fresh = [work_id for work_id in related_ids(world, work) if work_id not in viewed]
    repeated = viewed[-_REPEATED:] if fresh else []
    shown = [*repeated, *fresh[: PAGE_SIZE - len(repeated)]]
    # For some works the last next_url is null; for others one empty listing follows.
    has_next = bool(fresh) and (len(fresh) > PAGE_SIZE or work.id % 2 == 0)
    following = _related_url(request, work.id, list(dict.fromkeys((*viewed, *shown)))) if has_next else None
    return works_response(world, request, world.present(shown), next_url=following)


def _related_url(request: Request, work_id: int, viewed: Sequence[int]) -> str:
    kept = {name: value for name, value in request.query.items() if name in ("illust_id", "filter")}
    return request_url(request, {**kept, "seed_illust_ids[0]": work_id, **_numbered(viewed)})


@get("/v1/illust/recommended")
def illust_recommended(world: World, request: Request) -> Response:
    """The cursor is all viewed works."""
    type_ = choice(request, "content_type", _TYPES) or "illust"
    return _recommended(world, request, type_, {"content_type": type_}, contest_exists=False)


@get("/v1/manga/recommended")
def manga_recommended(world: World, request: Request) -> Response:
    return _recommended(world, request, "manga", {})


def _recommended(world: World, request: Request, type_: str, named: dict[str, object], **others: object) -> Response:
    viewed = id_values(request, "viewed")
    found = recommended_ids(world, type_, viewed, PAGE_SIZE if viewed else _FIRST_RECOMMENDED)
    following = _recommended_url(world, request, named, [*viewed, *found]) if found else None
    ranked = _ranked(world, type_) if flag(request, "include_ranking_illusts") else []
    policy = _PRIVACY_POLICY if flag(request, "include_privacy_policy") else {}
    more = {**others, "privacy_policy": policy, "next_url": following}
    body = works_response(world, request, world.present(found), **more).body
    return Response(body=body[:-1] + b',"ranking_illusts":[%b]}' % works_json(world, request, ranked))


def _recommended_url(world: World, request: Request, named: dict[str, object], viewed: Sequence[int]) -> str:
    bookmarks = world.bookmarks.of(ACCOUNT.id, PUBLIC)
    requested = {name: value for name, value in request.query.items() if name in ("include_ranking_label", "filter")}
    newest, oldest = (bookmarks[0].id, bookmarks[-1].id) if bookmarks else (0, -1)
    return request_url(
        request,
        {
            **named,
            **requested,
            "min_bookmark_id_for_recent_illust": request.query.get("min_bookmark_id_for_recent_illust", newest),
            "max_bookmark_id_for_recommend": request.query.get("max_bookmark_id_for_recommend", oldest),
            "offset": 0,
            "include_ranking_illusts": "false",
            "include_privacy_policy": "false",
            **_numbered(viewed),
        },
    )


def _ranked(world: World, type_: str) -> list[Work]:
    places = ranking("day_manga" if type_ == "manga" else "day", world.today - timedelta(days=1))
    return list(world.present(places[:_RANKING_SHOWN]))


def _numbered(viewed: Sequence[int]) -> dict[str, object]:
    return {f"viewed[{number}]": work_id for number, work_id in enumerate(viewed)}

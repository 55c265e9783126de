"""Endpoints that list novels of many users: feeds, rankings and recommendations."""

from datetime import date
from random import Random

from ..messages import Request, Response, json_response
from ..world.bookmarks import PUBLIC
from ..world.feeds import novels_of
from ..world.novels import Novel
from ..world.users import ACCOUNT
from ..world.works import JST
from ..world.world import World
from .paging import next_url, novels_json, novels_response, page
from .parameters import PAGE_SIZE, choice, day, flag, optional_id, requested_novel, restrict
from .ranking import PUBLICATION_HOUR
from .table import get

RECOMMENDED_STEP = 15
_RECOMMENDED, _RELATED, _RANKED, _RANKED_R18 = 60, 40, 500, 100
_PLAIN_MODES = ("day", "week", "day_male", "day_female", "week_rookie")
_R18_MODES = ("day_r18", "week_r18", "day_r18_ai")
_AI_MODES = ("day_ai", "day_r18_ai")


@get("/v1/novel/follow")
def novel_follow(world: World, request: Request) -> Response:
    """Novels of the users that the account follows, newest first."""
    followed = world.follows.following(ACCOUNT.id, restrict(request, "all") or PUBLIC)
    return novels_response(world, request, novels_of(world, followed))


@get("/v1/novel/mypixiv")
def novel_mypixiv(world: World, request: Request) -> Response:
    """Novels of the account's friends, newest first."""
    return novels_response(world, request, novels_of(world, world.follows.mypixiv.get(ACCOUNT.id, ())))


@get("/v1/novel/new")
def novel_new(world: World, request: Request) -> Response:
    """Novels of all users, newest first (cursor: `max_novel_id`, exclusive)."""
    last = optional_id(request, "max_novel_id")
    novels = [novel for novel in world.novel_catalogue.novels() if novel.is_open and (last is None or novel.id < last)]
    part = novels[:PAGE_SIZE]
    following = next_url(request, max_novel_id=part[-1].id) if len(novels) > PAGE_SIZE else None
    return json_response({"novels": novels_json(world, request, part), "next_url": following})


@get("/v1/novel/ranking")
def novel_ranking(world: World, request: Request) -> Response:
    """The order depends on mode and day."""
    mode = choice(request, "mode", {*_PLAIN_MODES, *_R18_MODES, *_AI_MODES}) or "day"
    last = day(request, "date", world.today)
    return novels_response(world, request, _ranked(world, mode, last))


def _ranked(world: World, mode: str, last: date | None) -> list[Novel]:
    """Novels published up to that day, or up to today if no day is given."""
    is_too_early = last == world.today and world.now.hour < PUBLICATION_HOUR
    until = last or world.today
    novels = [novel for novel in world.novel_catalogue.novels() if novel.created.astimezone(JST).date() <= until]
    ranked = [novel for novel in novels if novel.is_open and _takes_part(novel, mode) and not is_too_early]
    Random(f"{mode} {last}").shuffle(ranked)
    return ranked[: _RANKED_R18 if mode in _R18_MODES else _RANKED]


def _takes_part(novel: Novel, mode: str) -> bool:
    rating, is_ai = novel.spec.x_restrict, novel.ai_type == 2
    return rating < 2 and (rating == 1) == (mode in _R18_MODES) and is_ai == (mode in _AI_MODES)


@get("/v1/novel/recommended")
def novel_recommended(world: World, request: Request) -> Response:
    """15 per listing, without those that the request names as already recommended."""
    known = set(request.query.get("already_recommended", "").split(","))
    novels = [novel for novel in _popular(world) if str(novel.id) not in known][:_RECOMMENDED]
    bookmark_id = optional_id(request, "max_bookmark_id_for_recommend") or 0
    part, following = page(world, request, novels, RECOMMENDED_STEP, max_bookmark_id_for_recommend=bookmark_id)
    ranking = _ranked(world, "day", None)[:RECOMMENDED_STEP] if flag(request, "include_ranking_novels") else []
    return json_response(
        {
            "novels": novels_json(world, request, part),
            "ranking_novels": novels_json(world, request, ranking),
            "privacy_policy": {},
            "next_url": following,
        }
    )


def _popular(world: World) -> list[Novel]:
    novels = [novel for novel in world.novel_catalogue.novels() if novel.is_open and novel.spec.x_restrict == 0]
    return sorted(novels, key=lambda novel: (-novel.total_bookmarks, novel.id))


@get("/v1/novel/related")
def novel_related(world: World, request: Request) -> Response:
    """Those that share the most tags."""
    novel = requested_novel(world, request)
    tags = set(novel.tags)
    others = [other for other in world.novel_catalogue.novels() if other.is_open and other is not novel]
    others.sort(key=lambda other: -len(tags.intersection(other.tags)))
    return novels_response(world, request, others[:_RELATED])

"""The endpoints of what one might like: new, related and recommended works, and those of followed users."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import timedelta
from itertools import islice

from ..messages import Answer, Call
from ..world.bookmarks import PUBLIC
from ..world.feeds import followed_works, new_works, recommended_ids, related_ids
from ..world.ranking import ranking
from ..world.users import ACCOUNT
from ..world.works import Work
from ..world.world import World
from .paging import address, next_url, page, works_answer, works_json
from .parameters import PAGE_SIZE, choice, flag, id_values, optional_id, restrict
from .works import asked_work

# Since about 2025 the first listing of recommended works is three times as long as the others.
_FIRST_RECOMMENDED = 90
_RANKING_SHOWN = 10
# So many works of a related listing have been in those before.
_REPEATED = 3
_TYPES = ("illust", "manga")
_PRIVACY_POLICY = {
    "version": "1-en",
    "message": "The sandbox has updated its Privacy Policy.",
    "url": "https://www.pixiv.net/terms/?page=privacy&appname=pixiv_ios",
}


def illust_new(world: World, call: Call) -> Answer:
    """GET /v1/illust/new: going on by `max_illust_id`."""
    type_ = choice(call, "content_type", _TYPES) or "illust"
    found = list(islice(new_works(world, type_, optional_id(call, "max_illust_id")), PAGE_SIZE + 1))
    following = next_url(call, max_illust_id=found[PAGE_SIZE].id) if len(found) > PAGE_SIZE else None
    return works_answer(world, call, found[:PAGE_SIZE], next_url=following)


def illust_follow(world: World, call: Call) -> Answer:
    """GET /v2/illust/follow"""
    works, following = page(world, call, followed_works(world, restrict(call, "all") or "public"))
    return works_answer(world, call, works, next_url=following)


def illust_related(world: World, call: Call) -> Answer:
    """GET /v2/illust/related: no offset, but all that was viewed; a listing repeats some of it, the last is empty."""
    work = asked_work(world, call)
    viewed = id_values(call, "viewed")
    fresh = [work_id for work_id in related_ids(world, work) if work_id not in viewed]
    repeated = viewed[-_REPEATED:] if fresh else []
    shown = [*repeated, *fresh[: PAGE_SIZE - len(repeated)]]
    # Of some works the chain ends with a null instead of an empty listing.
    goes_on = bool(fresh) and (len(fresh) > PAGE_SIZE or work.id % 2 == 0)
    following = _related_url(call, work.id, list(dict.fromkeys((*viewed, *shown)))) if goes_on else None
    return works_answer(world, call, _works(world, shown), next_url=following)


def _related_url(call: Call, work_id: int, viewed: Sequence[int]) -> str:
    kept = {name: value for name, value in call.query.items() if name in ("illust_id", "filter")}
    return address(call, {**kept, "seed_illust_ids[0]": work_id, **_numbered(viewed)})


def illust_recommended(world: World, call: Call) -> Answer:
    """GET /v1/illust/recommended: going on by all that was viewed."""
    type_ = choice(call, "content_type", _TYPES) or "illust"
    return _recommended(world, call, type_, {"content_type": type_}, contest_exists=False)


def manga_recommended(world: World, call: Call) -> Answer:
    """GET /v1/manga/recommended"""
    return _recommended(world, call, "manga", {})


def _recommended(world: World, call: Call, type_: str, named: dict[str, object], **others: object) -> Answer:
    viewed = id_values(call, "viewed")
    found = recommended_ids(world, type_, viewed, PAGE_SIZE if viewed else _FIRST_RECOMMENDED)
    following = _recommended_url(world, call, named, [*viewed, *found]) if found else None
    ranked = _ranked(world, type_) if flag(call, "include_ranking_illusts") else []
    policy = _PRIVACY_POLICY if flag(call, "include_privacy_policy") else {}
    body = works_answer(world, call, _works(world, found), **others, privacy_policy=policy, next_url=following).body
    return Answer(body=body[:-1] + b',"ranking_illusts":[%b]}' % works_json(world, call, ranked))


def _recommended_url(world: World, call: Call, named: dict[str, object], viewed: Sequence[int]) -> str:
    bookmarks = world.bookmarks.of(ACCOUNT.id, PUBLIC)
    asked = {name: value for name, value in call.query.items() if name in ("include_ranking_label", "filter")}
    newest, oldest = (bookmarks[0].id, bookmarks[-1].id) if bookmarks else (0, -1)
    return address(
        call,
        {
            **named,
            **asked,
            "min_bookmark_id_for_recent_illust": call.query.get("min_bookmark_id_for_recent_illust", newest),
            "max_bookmark_id_for_recommend": call.query.get("max_bookmark_id_for_recommend", oldest),
            "offset": 0,
            "include_ranking_illusts": "false",
            "include_privacy_policy": "false",
            **_numbered(viewed),
        },
    )


def _ranked(world: World, type_: str) -> list[Work]:
    places = ranking("day_manga" if type_ == "manga" else "day", world.today - timedelta(days=1))
    return list(_works(world, [work_id for work_id in places[:_RANKING_SHOWN] if work_id is not None]))


def _numbered(viewed: Sequence[int]) -> dict[str, object]:
    return {f"viewed[{number}]": work_id for number, work_id in enumerate(viewed)}


def _works(world: World, work_ids: Iterable[int]) -> Iterator[Work]:
    return (work for work_id in work_ids if (work := world.work(work_id)) is not None)


ROUTES: dict[tuple[str, str], Callable[[World, Call], Answer]] = {
    ("GET", "/v1/illust/new"): illust_new,
    ("GET", "/v2/illust/follow"): illust_follow,
    ("GET", "/v2/illust/related"): illust_related,
    ("GET", "/v1/illust/recommended"): illust_recommended,
    ("GET", "/v1/manga/recommended"): manga_recommended,
}

"""The endpoints of a user's works and of one work."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..api_errors import MISSING_USER, MISSING_WORK, RESTRICTED_USER, RefusalError
from ..messages import Answer, Call, JsonObject, json_answer, to_json
from ..responses import illust_json, user_json
from ..world.series import series_of
from ..world.users import ACCOUNT, Standing, User
from ..world.works import Work
from ..world.world import World
from .paging import is_followed, next_page, shown
from .parameters import PAGE_SIZE, choice, offset, required_id


def user_illusts(world: World, call: Call) -> Answer:
    """GET /v1/user/illusts: newest first; a withdrawn work leaves its listing one entry short."""
    user_id, start = required_id(call, "user_id"), offset(world, call)
    wanted = choice(call, "type", ("illust", "manga"))
    listing: Sequence[Work] = world.listing(user_id)
    if wanted is not None:
        listing = [work for work in listing if work.type == wanted]
    present = [work for work in listing[start : start + PAGE_SIZE] if not work.sketch.withdrawn]
    return Answer(
        body=b'{"user":%b,"illusts":[%b],"next_url":%b}'
        % (
            to_json(_user_of_listing(world, user_id)),
            b",".join(_counted(world, call, work) for work in present),
            to_json(next_page(world, call, start, len(listing))),
        )
    )


def _user_of_listing(world: World, user_id: int) -> JsonObject:
    user = world.user(user_id)
    present = user if user is not None and user.standing is Standing.PRESENT else None
    return user_json.user_of_listing(present, is_followed=is_followed(world, user_id))


def _counted(world: World, call: Call, work: Work) -> bytes:
    return illust_json.listed_illust(work, call.language, shown(world, work, has_total_comments=True))


def user_detail(world: World, call: Call) -> Answer:
    """GET /v1/user/detail"""
    user = world.user(required_id(call, "user_id"))
    if user is None or user.standing is Standing.GONE:
        raise RefusalError(404, MISSING_USER)
    if user.standing is Standing.SUSPENDED:
        raise RefusalError(403, RESTRICTED_USER)
    types = [work.type for work in world.works(user.id)]
    followed = is_followed(world, user.id)
    return json_answer(user_json.user_detail(user, types, _totals(world, user), is_followed=followed))


def _totals(world: World, user: User) -> JsonObject:
    """What the lists of a user hold, as far as everybody may see them."""
    return {
        "total_follow_users": len(world.follows.following(user.id, "public")),
        "total_mypixiv_users": len(world.follows.mypixiv.get(user.id, ())),
        "total_illust_bookmarks_public": len(world.bookmarks.of(user.id, "public")),
        "total_illust_series": len(series_of(user)),
        "is_premium": user.id == ACCOUNT.id and world.reader.is_premium,
    }


def illust_detail(world: World, call: Call) -> Answer:
    """GET /v1/illust/detail: a placeholder for a work that Pixiv withholds."""
    work = asked_work(world, call)
    how = shown(world, work, has_total_comments=True)
    return json_answer({"illust": illust_json.illust_detail(work, call.language, how)})


def ugoira_metadata(world: World, call: Call) -> Answer:
    """GET /v1/ugoira/metadata"""
    work = asked_work(world, call)
    if not work.delays or work.sketch.limit or shown(world, work).limit:
        raise RefusalError(404, MISSING_WORK)
    return json_answer({"ugoira_metadata": illust_json.ugoira_metadata(work)})


def asked_work(world: World, call: Call) -> Work:
    work = world.work(required_id(call, "illust_id"))
    if work is None:
        raise RefusalError(404, MISSING_WORK)
    return work


ROUTES: dict[tuple[str, str], Callable[[World, Call], Answer]] = {
    ("GET", "/v1/user/illusts"): user_illusts,
    ("GET", "/v1/user/detail"): user_detail,
    ("GET", "/v1/illust/detail"): illust_detail,
    ("GET", "/v1/ugoira/metadata"): ugoira_metadata,
}

"""The endpoints of users among users: whom one follows, who follows, who is like whom."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from itertools import islice

from ..api_errors import MISSING_USER, RefusalError
from ..messages import Answer, Call, json_answer
from ..world.bookmarks import PRIVATE, PUBLIC
from ..world.generated_users import everyday_users
from ..world.users import ACCOUNT, Standing
from ..world.world import World
from .paging import page
from .parameters import optional_id, posted, required_id, restrict
from .user_previews import previews_answer, users_answer

# How many users Pixiv names in all.
_RELATED, _RECOMMENDED = 45, 90


def user_following(world: World, call: Call) -> Answer:
    """GET /v1/user/following: the newest first; of another user's private ones, none."""
    user_id, wanted = _asked(call), restrict(call) or PUBLIC
    is_hidden = wanted == PRIVATE and user_id != ACCOUNT.id
    return _listing(world, call, [] if is_hidden else world.follows.following(user_id, wanted))


def user_follower(world: World, call: Call) -> Answer:
    """GET /v1/user/follower: one's own where no user is named."""
    return _listing(world, call, world.follows.followers(_asked(call)))


def user_mypixiv(world: World, call: Call) -> Answer:
    """GET /v1/user/mypixiv"""
    return _listing(world, call, world.follows.mypixiv.get(required_id(call, "user_id"), ()))


def user_related(world: World, call: Call) -> Answer:
    """GET /v1/user/related: those who are like a user; never that user."""
    seed = required_id(call, "seed_user_id")
    if world.user(seed) is None:
        raise RefusalError(404, MISSING_USER)
    others = [user_id for user_id in _crowd(world, seed % 500, _RELATED + 1) if user_id != seed]
    return _listing(world, call, others[:_RELATED])


def user_recommended(world: World, call: Call) -> Answer:
    """GET /v1/user/recommended: nobody whom the account follows."""
    known = set(world.follows.following(ACCOUNT.id))
    others = [user_id for user_id in _crowd(world, 20, _RECOMMENDED + len(known)) if user_id not in known]
    return _listing(world, call, others[:_RECOMMENDED])


def user_list(world: World, call: Call) -> Answer:
    """GET /v2/user/list: whom the user has blocked; of another user, nobody."""
    user_id = required_id(call, "user_id")
    blocked = world.follows.blocked.get(user_id, []) if user_id == ACCOUNT.id else []
    return users_answer(world, *page(world, call, blocked))


def follow_add(world: World, call: Call) -> Answer:
    """POST /v1/user/follow/add: again with another `restrict`, it changes."""
    form = posted(call)
    user_id, how = required_id(form, "user_id"), restrict(form) or PUBLIC
    user = world.user(user_id)
    if user is None or user.standing is not Standing.PRESENT:
        raise RefusalError(404, MISSING_USER)
    world.follows.put(ACCOUNT.id, user_id, how)
    return json_answer({})


def follow_delete(world: World, call: Call) -> Answer:
    """POST /v1/user/follow/delete"""
    if not world.follows.remove(ACCOUNT.id, required_id(posted(call), "user_id")):
        raise RefusalError(404, MISSING_USER)
    return json_answer({})


def follow_detail(world: World, call: Call) -> Answer:
    """GET /v1/user/follow/detail"""
    how = world.follows.restrict(ACCOUNT.id, required_id(call, "user_id"))
    return json_answer({"follow_detail": {"is_followed": how is not None, "restrict": how or PUBLIC}})


def _asked(call: Call) -> int:
    return optional_id(call, "user_id") or ACCOUNT.id


def _listing(world: World, call: Call, user_ids: Sequence[int]) -> Answer:
    return previews_answer(world, call, *page(world, call, user_ids))


def _crowd(world: World, start: int, count: int) -> list[int]:
    return list(islice(everyday_users(world.today - timedelta(days=10)), start, start + count))


ROUTES: dict[tuple[str, str], Callable[[World, Call], Answer]] = {
    ("GET", "/v1/user/following"): user_following,
    ("GET", "/v1/user/follower"): user_follower,
    ("GET", "/v1/user/mypixiv"): user_mypixiv,
    ("GET", "/v1/user/related"): user_related,
    ("GET", "/v1/user/recommended"): user_recommended,
    ("GET", "/v2/user/list"): user_list,
    ("POST", "/v1/user/follow/add"): follow_add,
    ("POST", "/v1/user/follow/delete"): follow_delete,
    ("GET", "/v1/user/follow/detail"): follow_detail,
}

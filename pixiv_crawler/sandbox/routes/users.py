"""Endpoints of relations between users: following, followers, related and recommended users."""

from collections.abc import Sequence
from datetime import timedelta
from itertools import islice

from ..api_errors import MISSING_USER, ApiError
from ..messages import Request, Response, json_response
from ..world.bookmarks import PRIVATE, PUBLIC
from ..world.generated_users import daily_uploader_ids
from ..world.users import ACCOUNT, Standing
from ..world.world import World
from .paging import page
from .parameters import form_request, requested_user_id, required_id, restrict
from .table import get, post
from .user_previews import previews_response, users_response

# The number of users that Pixiv lists in total.
_RELATED, _RECOMMENDED = 45, 90


@get("/v1/user/following")
def user_following(world: World, request: Request) -> Response:
    """Newest first; the private list of another user is empty."""
    user_id, wanted = requested_user_id(request), restrict(request) or PUBLIC
    is_hidden = wanted == PRIVATE and user_id != ACCOUNT.id
    return _listing(world, request, [] if is_hidden else world.follows.following(user_id, wanted))


@get("/v1/user/follower")
def user_follower(world: World, request: Request) -> Response:
    """By default of the account."""
    return _listing(world, request, world.follows.followers(requested_user_id(request)))


@get("/v1/user/mypixiv")
def user_mypixiv(world: World, request: Request) -> Response:
    return _listing(world, request, world.follows.mypixiv.get(required_id(request, "user_id"), ()))


@get("/v1/user/related")
def user_related(world: World, request: Request) -> Response:
    """Similar users, without the user itself."""
    seed = required_id(request, "seed_user_id")
    if world.user(seed) is None:
        raise ApiError(404, MISSING_USER)
    others = [user_id for user_id in _generated_users(world, seed % 500, _RELATED + 1) if user_id != seed]
    return _listing(world, request, others[:_RELATED])


@get("/v1/user/recommended")
def user_recommended(world: World, request: Request) -> Response:
    """Only users that the account does not follow."""
    known = set(world.follows.following(ACCOUNT.id))
    others = [user_id for user_id in _generated_users(world, 20, _RECOMMENDED + len(known)) if user_id not in known]
    return _listing(world, request, others[:_RECOMMENDED])


@get("/v2/user/list")
def user_list(world: World, request: Request) -> Response:
    """Users blocked by the account; empty for another user."""
    user_id = required_id(request, "user_id")
    blocked = world.follows.blocked.get(user_id, []) if user_id == ACCOUNT.id else []
    return users_response(world, *page(world, request, blocked))


@post("/v1/user/follow/add")
def follow_add(world: World, request: Request) -> Response:
    """`restrict` of an existing follow is changed."""
    form = form_request(request)
    user_id, how = required_id(form, "user_id"), restrict(form) or PUBLIC
    user = world.user(user_id)
    if user is None or user.standing is not Standing.PRESENT:
        raise ApiError(404, MISSING_USER)
    world.follows.put(ACCOUNT.id, user_id, how)
    return json_response({})


@post("/v1/user/follow/delete")
def follow_delete(world: World, request: Request) -> Response:
    if not world.follows.remove(ACCOUNT.id, required_id(form_request(request), "user_id")):
        raise ApiError(404, MISSING_USER)
    return json_response({})


@get("/v1/user/follow/detail")
def follow_detail(world: World, request: Request) -> Response:
    how = world.follows.restrict(ACCOUNT.id, required_id(request, "user_id"))
    return json_response({"follow_detail": {"is_followed": how is not None, "restrict": how or PUBLIC}})


def _listing(world: World, request: Request, user_ids: Sequence[int]) -> Response:
    return previews_response(world, request, *page(world, request, user_ids))


def _generated_users(world: World, start: int, count: int) -> list[int]:
    return list(islice(daily_uploader_ids(world.today - timedelta(days=10)), start, start + count))

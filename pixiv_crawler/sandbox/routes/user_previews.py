"""Users with their newest works, as listings of users show them."""

from collections.abc import Iterable
from functools import lru_cache

from ..messages import Request, Response, to_json
from ..responses import user_json
from ..world.users import Standing, User
from ..world.world import World
from .paging import entries_response, is_followed, novels_json, works_json

_WORKS = 3


def previews_response(world: World, request: Request, user_ids: Iterable[int], following: str | None) -> Response:
    """A listing of users with works; users who have left Pixiv are omitted."""
    known = (world.user(user_id) for user_id in user_ids)
    shown = [_preview(world, request, user) for user in known if user and user.standing is Standing.PRESENT]
    return entries_response("user_previews", b",".join(shown), {"next_url": following})


def _preview(world: World, request: Request, user: User) -> bytes:
    return b'{"user":%b,"illusts":[%b],"novels":%b,"is_muted":false}' % (
        _listed_user(user, followed=is_followed(world, user.id)),
        works_json(world, request, world.newest(user.id, _WORKS)),
        to_json(novels_json(world, request, world.novels_of(user.id)[:_WORKS])),
    )


def users_response(world: World, user_ids: Iterable[int], following: str | None) -> Response:
    """A listing of users without works."""
    known = (world.user(user_id) for user_id in user_ids)
    shown = [_listed_user(user, followed=is_followed(world, user.id)) for user in known if user]
    return entries_response("users", b",".join(shown), {"next_url": following})


@lru_cache(maxsize=8192)
def _listed_user(user: User, *, followed: bool) -> bytes:
    return to_json(user_json.user(user, is_followed=followed))

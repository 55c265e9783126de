"""Endpoints of a user's works and of single works."""

from collections.abc import Sequence

from ..api_errors import MISSING_USER, MISSING_WORK, RESTRICTED_USER, ApiError
from ..messages import JsonObject, Request, Response, json_response, to_json
from ..responses import illust_json, user_json
from ..world.users import ACCOUNT, Standing, User
from ..world.works import Work
from ..world.world import World
from .paging import is_followed, limit_of, listed, next_page, shown, user_of_listing
from .parameters import PAGE_SIZE, choice, offset, requested_illust, required_id
from .table import get


@get("/v1/user/illusts")
def user_illusts(world: World, request: Request) -> Response:
    """Newest first; a withdrawn work makes its listing one entry shorter."""
    user_id, start = required_id(request, "user_id"), offset(world, request)
    wanted = choice(request, "type", ("illust", "manga"))
    listing: Sequence[Work] = [work for work in world.listing(user_id) if not work.spec.is_hidden]
    if wanted is not None:
        listing = [work for work in listing if work.type == wanted]
    listing = listed(world, request, listing)
    present = [work for work in listing[start : start + PAGE_SIZE] if not work.spec.withdrawn]
    return Response(
        body=b'{"user":%b,"illusts":[%b],"next_url":%b}'
        % (
            to_json(user_of_listing(world, user_id)),
            b",".join(_counted(world, request, work) for work in present),
            to_json(next_page(world, request, start, len(listing))),
        )
    )


def _counted(world: World, request: Request, work: Work) -> bytes:
    return illust_json.listed_illust(work, request.language, shown(world, work, has_total_comments=True))


@get("/v1/user/detail")
def user_detail(world: World, request: Request) -> Response:
    user = world.user(required_id(request, "user_id"))
    if user is None or user.standing is Standing.GONE:
        raise ApiError(404, MISSING_USER)
    if user.standing is Standing.SUSPENDED:
        raise ApiError(403, RESTRICTED_USER)
    types = [work.type for work in world.works(user.id)]
    followed = is_followed(world, user.id)
    return json_response(user_json.user_detail(user, types, _totals(world, user), is_followed=followed))


def _totals(world: World, user: User) -> JsonObject:
    """Sizes of the user's lists, as far as they are public."""
    return {
        "total_follow_users": len(world.follows.following(user.id, "public")),
        "total_mypixiv_users": len(world.follows.mypixiv.get(user.id, ())),
        "total_illust_bookmarks_public": len(world.bookmarks.of(user.id, "public")),
        "total_illust_series": len(user.series),
        "is_premium": user.id == ACCOUNT.id and world.account.is_premium,
    }


@get("/v1/illust/detail")
def illust_detail(world: World, request: Request) -> Response:
    """A placeholder for a withheld work."""
    work = requested_illust(world, request)
    how = shown(world, work, has_total_comments=True)
    return json_response({"illust": illust_json.illust_detail(work, request.language, how)})


@get("/v1/ugoira/metadata")
def ugoira_metadata(world: World, request: Request) -> Response:
    work = requested_illust(world, request)
    if not work.delays or limit_of(world, work):
        raise ApiError(404, MISSING_WORK)
    return json_response({"ugoira_metadata": illust_json.ugoira_metadata(work)})

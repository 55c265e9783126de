"""Endpoints of comments on illusts and novels, and of the replies to a comment."""

from collections.abc import Sequence

from ..api_errors import LIMITED_WORK, MISSING_WORK, ApiError
from ..messages import JsonObject, Request, Response, json_response
from ..responses.comment_json import first_version, second_version, third_version
from ..world.comments import ROOM, comments_on
from ..world.novels import Novel
from ..world.works import Work
from ..world.world import World
from .paging import page
from .parameters import find_work, flag, is_for_novels, required_id
from .table import get

_COMMENTS = {
    "/v2/illust/comments": second_version,
    "/v3/illust/comments": third_version,
    "/v2/novel/comments": second_version,
    "/v3/novel/comments": third_version,
}
_REPLIES = {
    "/v1/illust/comment/replies": second_version,
    "/v2/illust/comment/replies": third_version,
    "/v2/novel/comment/replies": third_version,
}


@get("/v1/illust/comments")
def retired(_world: World, _call: Request) -> Response:
    """Retired in April 2024; the 404 has no error body."""
    return Response(404)


@get(*_COMMENTS)
def comments(world: World, request: Request) -> Response:
    """Newest first, without replies."""
    work = _commented_work(world, request)
    shown, following = page(world, request, [comment for comment in comments_on(work) if comment.parent_id is None])
    return _listing(request, list(map(_COMMENTS[request.path], shown)), following, work)


@get("/v1/novel/comments")
def first_comments(world: World, request: Request) -> Response:
    """Newest first, with replies."""
    work = _commented_work(world, request)
    known = comments_on(work)
    shown, following = page(world, request, known)
    return _listing(request, [first_version(comment, known) for comment in shown], following, work)


@get(*_REPLIES)
def replies(world: World, request: Request) -> Response:
    """Newest first."""
    comment_id = required_id(request, "comment_id")
    known = comments_on(_open_work(find_work(world, request, comment_id // ROOM)))
    if all(comment.id != comment_id for comment in known):
        raise ApiError(404, MISSING_WORK)
    shown, following = page(world, request, [comment for comment in known if comment.parent_id == comment_id])
    return json_response({"comments": list(map(_REPLIES[request.path], shown)), "next_url": following})


def _listing(request: Request, shown: Sequence[JsonObject], following: str | None, work: Work | Novel) -> Response:
    known = {"comments": shown, "next_url": following, "comment_access_control": 0}
    if flag(request, "include_total_comments"):
        known["total_comments"] = work.total_comments
    return json_response(known)


def _commented_work(world: World, request: Request) -> Work | Novel:
    parameter = "novel_id" if is_for_novels(request) else "illust_id"
    return _open_work(find_work(world, request, required_id(request, parameter)))


def _open_work(work: Work | Novel | None) -> Work | Novel:
    """The work if Pixiv shows its comments; only a work limited to mypixiv has an error of its own."""
    if work is not None and work.spec.limit == "mypixiv":
        raise ApiError(403, LIMITED_WORK)
    if work is None or work.spec.limit:
        raise ApiError(404, MISSING_WORK)
    return work

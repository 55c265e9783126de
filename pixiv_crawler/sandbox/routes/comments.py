"""Endpoints of comments on illusts and novels, and of the replies to a comment."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from ..api_errors import LIMITED_WORK, MISSING_WORK, ApiError
from ..messages import JsonObject, Request, Response, json_response
from ..responses.comment_json import first_version, second_version, third_version
from ..world.comments import ROOM, Comment, comments_on
from ..world.novels import Novel
from ..world.works import Work
from ..world.world import World
from .novel_paging import offset_page
from .parameters import flag, required_id

Route = Callable[[World, Request], Response]
Find = Callable[[World, int], Work | Novel | None]
Shape = Callable[[Comment], JsonObject]

_NOTHING = Response(404)


def retired(_world: World, _call: Request) -> Response:
    """GET /v1/illust/comments: retired in April 2024; the 404 has no error body."""
    return _NOTHING


def comments(find: Find, parameter: str, shape: Shape, world: World, request: Request) -> Response:
    """GET /v2 and /v3 of illust/comments and novel/comments: newest first, without replies."""
    work = _open_work(find(world, required_id(request, parameter)))
    shown = [comment for comment in comments_on(work) if comment.parent_id is None]
    page, following = offset_page(world, request, shown)
    return _listing(request, [shape(comment) for comment in page], following, work)


def first_comments(world: World, request: Request) -> Response:
    """GET /v1/novel/comments: newest first, with replies."""
    work = _open_work(_find_novel(world, required_id(request, "novel_id")))
    known = comments_on(work)
    page, following = offset_page(world, request, known)
    return _listing(request, [first_version(comment, known) for comment in page], following, work)


def replies(find: Find, shape: Shape, world: World, request: Request) -> Response:
    """GET /v1 and /v2 of illust/comment/replies and novel/comment/replies: newest first."""
    comment_id = required_id(request, "comment_id")
    known = comments_on(_open_work(find(world, comment_id // ROOM)))
    if all(comment.id != comment_id for comment in known):
        raise ApiError(404, MISSING_WORK)
    page, following = offset_page(world, request, [comment for comment in known if comment.parent_id == comment_id])
    return json_response({"comments": [shape(comment) for comment in page], "next_url": following})


def _listing(request: Request, page: Sequence[JsonObject], following: str | None, work: Work | Novel) -> Response:
    known = {"comments": page, "next_url": following, "comment_access_control": 0}
    if flag(request, "include_total_comments"):
        known["total_comments"] = work.total_comments
    return json_response(known)


def _open_work(work: Work | Novel | None) -> Work | Novel:
    """The work if Pixiv shows its comments; only a work limited to mypixiv has an error of its own."""
    if work is not None and work.spec.limit == "mypixiv":
        raise ApiError(403, LIMITED_WORK)
    if work is None or work.spec.limit:
        raise ApiError(404, MISSING_WORK)
    return work


def _find_illust(world: World, work_id: int) -> Work | None:
    return world.work(work_id)


def _find_novel(world: World, novel_id: int) -> Novel | None:
    return world.novel_catalogue.novel(novel_id)


ROUTES: Mapping[tuple[str, str], Route] = {
    ("GET", "/v1/illust/comments"): retired,
    ("GET", "/v2/illust/comments"): partial(comments, _find_illust, "illust_id", second_version),
    ("GET", "/v3/illust/comments"): partial(comments, _find_illust, "illust_id", third_version),
    ("GET", "/v1/novel/comments"): first_comments,
    ("GET", "/v2/novel/comments"): partial(comments, _find_novel, "novel_id", second_version),
    ("GET", "/v3/novel/comments"): partial(comments, _find_novel, "novel_id", third_version),
    ("GET", "/v1/illust/comment/replies"): partial(replies, _find_illust, second_version),
    ("GET", "/v2/illust/comment/replies"): partial(replies, _find_illust, third_version),
    ("GET", "/v2/novel/comment/replies"): partial(replies, _find_novel, third_version),
}

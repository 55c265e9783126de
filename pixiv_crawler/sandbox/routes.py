"""The endpoints of the App API that the sandbox answers: one function each, and the table that names them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from urllib.parse import urlencode

from . import answers
from .exchange import Answer, Call, json_answer, to_json
from .parameters import PAGE_SIZE, choice, offset, required_id
from .refusals import MISSING_USER, MISSING_WORK, RESTRICTED_USER, RefusalError
from .users import Standing
from .works import Work
from .world import World

API_URL = "https://app-api.pixiv.net"

Route = Callable[[World, Call], Answer]


def user_illusts(world: World, call: Call) -> Answer:
    """GET /v1/user/illusts: newest first; a withdrawn work leaves its listing one entry short."""
    user_id, start = required_id(call, "user_id"), offset(call)
    wanted = choice(call, "type", ("illust", "manga"))
    listing: Sequence[Work] = world.listing(user_id)
    if wanted is not None:
        listing = [work for work in listing if work.type == wanted]
    shown = [work for work in listing[start : start + PAGE_SIZE] if not work.sketch.withdrawn]
    user = world.user(user_id)
    present = user if user is not None and user.standing is Standing.PRESENT else None
    return Answer(
        body=b'{"user":%b,"illusts":[%b],"next_url":%b}'
        % (
            to_json(answers.user_of_listing(present)),
            b",".join(answers.listed_illust(work, call.language) for work in shown),
            to_json(_next_url(call, start + PAGE_SIZE) if start + PAGE_SIZE < len(listing) else None),
        )
    )


def _next_url(call: Call, start: int) -> str:
    """The same request, further on."""
    return f"{API_URL}{call.path}?{urlencode({**call.query, 'offset': start})}"


def user_detail(world: World, call: Call) -> Answer:
    """GET /v1/user/detail"""
    user = world.user(required_id(call, "user_id"))
    if user is None or user.standing is Standing.GONE:
        raise RefusalError(404, MISSING_USER)
    if user.standing is Standing.SUSPENDED:
        raise RefusalError(403, RESTRICTED_USER)
    return json_answer(answers.user_detail(user, [work.type for work in world.works(user.id)]))


def illust_detail(world: World, call: Call) -> Answer:
    """GET /v1/illust/detail: a placeholder for a work that Pixiv withholds."""
    return json_answer({"illust": answers.illust_detail(_asked_work(world, call), call.language)})


def ugoira_metadata(world: World, call: Call) -> Answer:
    """GET /v1/ugoira/metadata"""
    work = _asked_work(world, call)
    if not work.delays or work.sketch.limit:
        raise RefusalError(404, MISSING_WORK)
    return json_answer({"ugoira_metadata": answers.ugoira_metadata(work)})


def _asked_work(world: World, call: Call) -> Work:
    work = world.work(required_id(call, "illust_id"))
    if work is None:
        raise RefusalError(404, MISSING_WORK)
    return work


ROUTES: Mapping[tuple[str, str], Route] = {
    ("GET", "/v1/user/illusts"): user_illusts,
    ("GET", "/v1/user/detail"): user_detail,
    ("GET", "/v1/illust/detail"): illust_detail,
    ("GET", "/v1/ugoira/metadata"): ugoira_metadata,
}

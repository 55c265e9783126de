"""What all listings share: the requested part, next_url, and how the account sees the works."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar
from urllib.parse import urlencode

from ..media.image_urls import API_URL
from ..messages import JsonObject, Request, Response, to_json
from ..responses import illust_json
from ..responses.illust_json import WorkView
from ..world.users import ACCOUNT
from ..world.works import Work
from ..world.world import World
from .parameters import PAGE_SIZE, offset

T = TypeVar("T")


def page(world: World, request: Request, entries: Sequence[T]) -> tuple[Sequence[T], str | None]:
    """Thirty entries from the requested offset on, and next_url."""
    start, entries = offset(world, request), listed(world, request, entries)
    return entries[start : start + PAGE_SIZE], next_page(world, request, start, len(entries))


def listed(world: World, request: Request, entries: Sequence[T]) -> Sequence[T]:
    """The entries of a listing that are there at this request."""
    return world.churn.listed(request.path, request.query, entries)


def next_page(world: World, request: Request, start: int, total: int) -> str | None:
    """Pixiv itself leads from offset 4980 to 5010, which it then rejects (mikf/gallery-dl#8298, September 2025)."""
    following = start + PAGE_SIZE
    return next_url(request, offset=following) if following < total and start < world.listing_cap else None


def next_url(request: Request, **changes: object) -> str:
    """The URL of the same request with changed parameters."""
    return request_url(request, {**request.query, **changes})


def request_url(request: Request, query: Mapping[str, object]) -> str:
    return f"{API_URL}{request.path}?{urlencode(query)}"


def shown(world: World, work: Work, *, has_total_comments: bool = False) -> WorkView:
    """How the account sees a work. Only listings of one user or one series contain comment counts."""
    return WorkView(
        is_bookmarked=world.bookmarks.find(ACCOUNT.id, work.id) is not None,
        is_followed=is_followed(world, work.user.id),
        has_total_comments=has_total_comments,
        limit=_limit(world.account.x_restrict, work.spec.x_restrict),
    )


def is_followed(world: World, user_id: int) -> bool:
    return world.follows.restrict(ACCOUNT.id, user_id) is not None


def works_json(world: World, request: Request, works: Iterable[Work]) -> bytes:
    """The entries of a listing, separated by commas."""
    return b",".join(illust_json.listed_illust(work, request.language, shown(world, work)) for work in works)


def works_response(world: World, request: Request, works: Iterable[Work], **others: object) -> Response:
    """A listing of works, with its other keys."""
    return entries_response("illusts", works_json(world, request, works), others)


def entries_response(key: str, entries: bytes, others: JsonObject) -> Response:
    """A listing whose entries are already encoded."""
    return Response(body=b'{"%b":[%b],%b' % (key.encode(), entries, to_json(others)[1:]))


def _limit(wanted: int, rating: int) -> str | None:
    """The placeholder for a work that the account's settings hide."""
    return ("r18", "r18g")[rating - 1] if rating > wanted else None

"""What all listings share: the requested part, next_url, and how the account sees the works."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar
from urllib.parse import urlencode

from ..media.image_urls import API_URL
from ..messages import JsonObject, Request, Response, json_response, to_json
from ..responses import illust_json, user_json
from ..responses.illust_json import WorkView
from ..responses.novel_json import novel_json
from ..world.novels import Novel
from ..world.users import ACCOUNT, Standing
from ..world.works import Work
from ..world.world import World
from .parameters import PAGE_SIZE, offset

T = TypeVar("T")


def page(
    world: World, request: Request, entries: Sequence[T], step: int = PAGE_SIZE, **carried: object
) -> tuple[Sequence[T], str | None]:
    """The entries from the requested offset on, and next_url, which also contains `carried`."""
    start, entries = offset(world, request), listed(world, request, entries)
    return entries[start : start + step], next_page(world, request, start, len(entries), step, **carried)


def listed(world: World, request: Request, entries: Sequence[T]) -> Sequence[T]:
    """The entries of a listing that are there at this request."""
    return world.churn.listed(request.path, request.query, entries)


def next_page(
    world: World, request: Request, start: int, total: int, step: int = PAGE_SIZE, **carried: object
) -> str | None:
    """Pixiv itself leads from offset 4980 to 5010, which it then rejects (mikf/gallery-dl#8298, September 2025)."""
    has_more = start + step < total and start < world.listing_cap
    return next_url(request, offset=start + step, **carried) if has_more else None


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
        is_muted=work.user.id in world.account.muted_users,
        has_total_comments=has_total_comments,
        is_drawn=world.draws_scenes,
        limit=limit_of(world, work),
    )


def user_of_listing(world: World, user_id: int) -> JsonObject:
    """The key `user` next to the entries of a listing; its ID is 0 if the user no longer exists."""
    user = world.user(user_id)
    present = user if user is not None and user.standing is Standing.PRESENT else None
    return user_json.user_of_listing(present, is_followed=is_followed(world, user_id))


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


def novels_json(world: World, request: Request, novels: Iterable[Novel]) -> list[JsonObject]:
    return [
        novel_json(
            novel,
            request.language,
            is_bookmarked=world.novel_bookmarks.find(ACCOUNT.id, novel.id) is not None,
            is_followed=is_followed(world, novel.user.id),
            is_muted=novel.user.id in world.account.muted_users,
            limit=limit_of(world, novel),
        )
        for novel in novels
    ]


def novels_response(world: World, request: Request, novels: Sequence[Novel], **others: object) -> Response:
    """The requested part of a listing with an `offset` cursor, with its other keys."""
    entries, following = page(world, request, novels)
    return json_response({"novels": novels_json(world, request, entries), "next_url": following, **others})


def limit_of(world: World, work: Work | Novel) -> str | None:
    """Why a work is withheld from the account: by Pixiv, by its author, or by the account's settings."""
    rating = work.spec.x_restrict
    return work.spec.limit or (("r18", "r18g")[rating - 1] if rating > world.account.x_restrict else None)

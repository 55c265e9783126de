"""Listings of novels: their entries, next_url, and the parameters that only requests for novels have."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..api_errors import MISSING_WORK, ApiError
from ..messages import Request, Response, json_response
from ..responses.novel_json import novel_json
from ..world.novels import Novel
from ..world.users import ACCOUNT
from ..world.world import World
from .paging import is_followed, listed, next_url
from .parameters import PAGE_SIZE, offset, required_id, values

_RATINGS = (None, "r18", "r18g")


def limit_of(world: World, novel: Novel) -> str | None:
    """Why a novel is withheld from the account: by Pixiv, by its author, or by the account's settings."""
    is_unwanted = novel.spec.x_restrict > world.account.x_restrict
    return novel.spec.limit or (_RATINGS[novel.spec.x_restrict] if is_unwanted else None)


def shown(world: World, request: Request, novels: Sequence[Novel]) -> list[dict[str, Any]]:
    return [
        novel_json(
            novel,
            request.language,
            is_bookmarked=world.novel_bookmarks.find(ACCOUNT.id, novel.id) is not None,
            is_followed=is_followed(world, novel.user.id),
            limit=limit_of(world, novel),
        )
        for novel in novels
    ]


def offset_page(
    world: World, request: Request, entries: Sequence[Any], step: int = PAGE_SIZE, **carried: object
) -> tuple[Sequence[Any], str | None]:
    """The entries from the requested offset on, and next_url, which also contains `carried`."""
    start, entries = offset(world, request), listed(world, request, entries)
    following = next_url(request, offset=start + step, **carried) if start + step < len(entries) else None
    return entries[start : start + step], following


def novel_listing(world: World, request: Request, novels: Sequence[Novel], **more: object) -> Response:
    """A listing with an `offset` cursor; `more` are its other keys."""
    page, following = offset_page(world, request, novels)
    return json_response({"novels": shown(world, request, page), "next_url": following, **more})


def requested_user_id(request: Request) -> int:
    """The requested user; by default the account."""
    return required_id(request, "user_id") if "user_id" in request.query else ACCOUNT.id


def requested_novel(world: World, request: Request, name: str = "novel_id") -> Novel:
    novel = world.novel_catalogue.novel(required_id(request, name))
    if novel is None:
        raise ApiError(404, MISSING_WORK)
    return novel


def sent_tags(request: Request) -> tuple[str, ...]:
    """The tags of a form: clients repeat `tags[]`, or send one value separated by spaces."""
    return tuple(dict.fromkeys(tag for value in values(request, "tags") for tag in value.split()))

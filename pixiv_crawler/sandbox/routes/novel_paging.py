"""Listings of novels: so many entries, and the address of what follows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..api_errors import MISSING_WORK, RefusalError
from ..messages import Answer, Call, json_answer
from ..responses.novel_json import novel_answer
from ..world.novels import Novel
from ..world.users import ACCOUNT
from ..world.world import World
from .paging import is_followed, next_url
from .parameters import PAGE_SIZE, offset, required_id, values

_RATINGS = (None, "r18", "r18g")


def limit_of(world: World, novel: Novel) -> str | None:
    """Why a novel is withheld from the account: by Pixiv or the writer, or by the account's own setting."""
    is_unwanted = novel.sketch.x_restrict > world.reader.x_restrict
    return novel.sketch.limit or (_RATINGS[novel.sketch.x_restrict] if is_unwanted else None)


def shown(world: World, call: Call, novels: Sequence[Novel]) -> list[dict[str, Any]]:
    return [
        novel_answer(
            novel,
            call.language,
            is_bookmarked=world.novel_bookmarks.find(ACCOUNT.id, novel.id) is not None,
            is_followed=is_followed(world, novel.user.id),
            limit=limit_of(world, novel),
        )
        for novel in novels
    ]


def offset_page(
    world: World, call: Call, entries: Sequence[Any], step: int = PAGE_SIZE, **carried: object
) -> tuple[Sequence[Any], str | None]:
    """The entries from the asked offset on, and the address of those that follow, which names `carried` too."""
    start = offset(world, call)
    following = next_url(call, offset=start + step, **carried) if start + step < len(entries) else None
    return entries[start : start + step], following


def novel_listing(world: World, call: Call, novels: Sequence[Novel], **more: object) -> Answer:
    """A listing that continues by `offset`; `more` are its other keys."""
    page, following = offset_page(world, call, novels)
    return json_answer({"novels": shown(world, call, page), "next_url": following, **more})


def asked_user_id(call: Call) -> int:
    """The user asked for; the account's own where the request does not say."""
    return required_id(call, "user_id") if "user_id" in call.query else ACCOUNT.id


def asked_novel(world: World, call: Call, name: str = "novel_id") -> Novel:
    novel = world.shelf.novel(required_id(call, name))
    if novel is None:
        raise RefusalError(404, MISSING_WORK)
    return novel


def sent_tags(call: Call) -> tuple[str, ...]:
    """Of a form: clients repeat `tags[]`, or send one with blanks between."""
    return tuple(dict.fromkeys(tag for value in values(call, "tags") for tag in value.split()))

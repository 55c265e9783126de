"""What all listings have in common: which part is asked for, where it goes on, and how this account sees its works."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar
from urllib.parse import urlencode

from ..media.image_urls import API_URL
from ..messages import Answer, Call, JsonObject, to_json
from ..responses import illust_json
from ..responses.illust_json import Shown
from ..world.users import ACCOUNT
from ..world.works import Work
from ..world.world import World
from .parameters import PAGE_SIZE, offset

T = TypeVar("T")


def page(world: World, call: Call, entries: Sequence[T]) -> tuple[Sequence[T], str | None]:
    """Thirty entries from the asked offset on, and the address of the next."""
    start = offset(world, call)
    return entries[start : start + PAGE_SIZE], next_page(world, call, start, len(entries))


def next_page(world: World, call: Call, start: int, total: int) -> str | None:
    """Pixiv itself leads from offset 4980 to 5010, which it then refuses (mikf/gallery-dl#8298, September 2025)."""
    following = start + PAGE_SIZE
    return next_url(call, offset=following) if following < total and start < world.listing_cap else None


def next_url(call: Call, **changes: object) -> str:
    """The same request, further on."""
    return address(call, {**call.query, **changes})


def address(call: Call, query: Mapping[str, object]) -> str:
    return f"{API_URL}{call.path}?{urlencode(query)}"


def shown(world: World, work: Work, *, has_total_comments: bool = False) -> Shown:
    """How the account sees a work. Only in listings of one user or one series the comments are counted."""
    return Shown(
        is_bookmarked=world.bookmarks.find(ACCOUNT.id, work.id) is not None,
        is_followed=is_followed(world, work.user.id),
        has_total_comments=has_total_comments,
        limit=_limit(world.reader.x_restrict, work.sketch.x_restrict),
    )


def is_followed(world: World, user_id: int) -> bool:
    return world.follows.restrict(ACCOUNT.id, user_id) is not None


def works_json(world: World, call: Call, works: Iterable[Work]) -> bytes:
    """The entries of a listing, with commas between."""
    return b",".join(illust_json.listed_illust(work, call.language, shown(world, work)) for work in works)


def works_answer(world: World, call: Call, works: Iterable[Work], **others: object) -> Answer:
    """A listing of works, with its other keys."""
    return entries_answer("illusts", works_json(world, call, works), others)


def entries_answer(key: str, entries: bytes, others: JsonObject) -> Answer:
    """A listing whose entries are JSON already."""
    return Answer(body=b'{"%b":[%b],%b' % (key.encode(), entries, to_json(others)[1:]))


def _limit(wanted: int, rating: int) -> str | None:
    """Which placeholder stands for a work that the account does not want to see."""
    return ("r18", "r18g")[rating - 1] if rating > wanted else None

"""Endpoints of bookmarks: the lists, their tags, and changes to those of the account."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from itertools import islice

from ..api_errors import MISSING_WORK, WRONG_METHOD, ApiError
from ..messages import Request, Response, json_response, to_json
from ..responses import illust_json
from ..world.bookmarks import PRIVATE, PUBLIC, Bookmark
from ..world.generated_users import daily_uploader_ids
from ..world.users import ACCOUNT
from ..world.works import Work
from ..world.world import World
from .paging import entries_response, next_url, page, shown
from .parameters import (
    PAGE_SIZE,
    bad_restrict,
    form_request,
    number,
    optional_id,
    required_id,
    restrict,
    values,
)
from .user_previews import users_response
from .works import requested_work

UNTAGGED = "未分類"
# Since 2024, some captions in these lists are empty and some of their users lack `is_followed`.
_BLANK_CAPTION_EVERY, _SILENT_USER_EVERY = 7, 11


def user_bookmarks(world: World, request: Request) -> Response:
    """GET /v1/user/bookmarks/illust: newest bookmark first (cursor: `max_bookmark_id`)."""
    user_id, tag = optional_id(request, "user_id") or ACCOUNT.id, request.query.get("tag")
    wanted = restrict(request) or PUBLIC
    # Pixiv returns the public list if the private one belongs to another user.
    known = world.bookmarks.of(user_id, wanted if user_id == ACCOUNT.id else PUBLIC)
    highest = optional_id(request, "max_bookmark_id")
    found = [bookmark for bookmark in known if (highest is None or bookmark.id <= highest) and _has(bookmark, tag)]
    following = next_url(request, max_bookmark_id=found[PAGE_SIZE].id) if len(found) > PAGE_SIZE else None
    entries = b",".join(_entry(world, request, bookmark) for bookmark in found[:PAGE_SIZE])
    return entries_response("illusts", entries, {"next_url": following})


def _has(bookmark: Bookmark, tag: str | None) -> bool:
    return tag is None or tag in bookmark.tags or (tag == UNTAGGED and not bookmark.tags)


def _entry(world: World, request: Request, bookmark: Bookmark) -> bytes:
    """A deleted work stays in the list, as a placeholder without a user."""
    work = world.work(bookmark.work_id)
    if work is None:
        is_bookmarked = world.bookmarks.find(ACCOUNT.id, bookmark.work_id) is not None
        gone = illust_json.placeholder(bookmark.work_id, 0, world.now, "unknown", is_bookmarked=is_bookmarked)
        return to_json(gone)
    how = shown(world, work)
    if bookmark.work_id % _BLANK_CAPTION_EVERY == 0:
        how = how._replace(has_caption=False)
    if bookmark.work_id % _SILENT_USER_EVERY == 0:
        how = how._replace(is_followed=None)
    return illust_json.listed_illust(work, request.language, how)


def bookmark_detail(world: World, request: Request) -> Response:
    """GET /v2/illust/bookmark/detail: the tags of the bookmark, then the other tags of the work."""
    work = requested_work(world, request)
    known = world.bookmarks.find(ACCOUNT.id, work.id)
    own = known.tags if known is not None else ()
    tags = [{"name": name, "is_registered": name in own} for name in dict.fromkeys((*own, *work.tags))]
    detail = {"is_bookmarked": known is not None, "tags": tags, "restrict": known.restrict if known else PUBLIC}
    return json_response({"bookmark_detail": detail})


def bookmark_add(world: World, request: Request) -> Response:
    """POST /v2/illust/bookmark/add: tags are repeated or separated by spaces; an existing bookmark is overwritten."""
    form = form_request(request)
    work, how = requested_work(world, form), restrict(form) or PUBLIC
    tags = [tag for text in values(form, "tags") for tag in text.split()]
    world.bookmarks.put(ACCOUNT.id, work.id, how, tuple(dict.fromkeys(tags)))
    return json_response({})


def bookmark_delete(world: World, request: Request) -> Response:
    """POST /v1/illust/bookmark/delete: works for deleted works too."""
    if not world.bookmarks.remove(ACCOUNT.id, required_id(form_request(request), "illust_id")):
        raise ApiError(404, MISSING_WORK)
    return json_response({})


def bookmark_tags(world: World, request: Request) -> Response:
    """GET /v1/user/bookmark-tags/illust: most used first; the private tags of other users are rejected."""
    user_id, wanted = optional_id(request, "user_id") or ACCOUNT.id, restrict(request) or PUBLIC
    if wanted == PRIVATE and user_id != ACCOUNT.id:
        raise bad_restrict()
    counts = Counter(tag for bookmark in world.bookmarks.of(user_id, wanted) for tag in bookmark.tags)
    tags, following = page(world, request, counts.most_common())
    known = [{"name": name, "count": count} for name, count in tags]
    return json_response({"bookmark_tags": known, "next_url": following})


def bookmark_users(world: World, request: Request) -> Response:
    """GET /v1/illust/bookmark/users: as many as the work's total; includes the account if it bookmarked the work."""
    work = requested_work(world, request)
    if number(request, "offset", 0) > world.listing_cap:
        raise ApiError(400, WRONG_METHOD)
    return users_response(world, *page(world, request, _readers(world, work)))


def _readers(world: World, work: Work) -> list[int]:
    bookmark = world.bookmarks.find(ACCOUNT.id, work.id)
    own = [ACCOUNT.id] if bookmark is not None and bookmark.restrict == PUBLIC else []
    reachable = min(work.total_bookmarks, world.listing_cap + 2 * PAGE_SIZE)
    return own + list(islice(daily_uploader_ids(world.today), work.id % 700, work.id % 700 + reachable - len(own)))


ROUTES: dict[tuple[str, str], Callable[[World, Request], Response]] = {
    ("GET", "/v1/user/bookmarks/illust"): user_bookmarks,
    ("GET", "/v2/illust/bookmark/detail"): bookmark_detail,
    ("POST", "/v2/illust/bookmark/add"): bookmark_add,
    ("POST", "/v1/illust/bookmark/delete"): bookmark_delete,
    ("GET", "/v1/user/bookmark-tags/illust"): bookmark_tags,
    ("GET", "/v1/illust/bookmark/users"): bookmark_users,
}

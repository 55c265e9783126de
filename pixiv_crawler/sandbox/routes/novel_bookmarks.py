"""Endpoints of bookmarked novels."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping

from ..messages import Request, Response, json_response
from ..world.bookmarks import PRIVATE, PUBLIC, Bookmark
from ..world.users import ACCOUNT
from ..world.world import World
from .novel_paging import offset_page, requested_novel, requested_user_id, sent_tags, shown
from .paging import next_url
from .parameters import PAGE_SIZE, bad_restrict, form_request, optional_id, required_id, restrict

_UNTAGGED = "未分類"


def user_bookmarks(world: World, request: Request) -> Response:
    """GET /v1/user/bookmarks/novel: newest bookmark first (cursor: `max_bookmark_id`, exclusive)."""
    last, tag = optional_id(request, "max_bookmark_id"), request.query.get("tag")
    bookmarks = [
        bookmark
        for bookmark in _bookmarks(world, request)
        if (last is None or bookmark.id < last) and (not tag or tag in (bookmark.tags or (_UNTAGGED,)))
    ]
    page = bookmarks[:PAGE_SIZE]
    # A deleted novel makes its listing one entry shorter.
    novels = [novel for bookmark in page if (novel := world.novel_catalogue.novel(bookmark.work_id))]
    following = next_url(request, max_bookmark_id=page[-1].id) if len(bookmarks) > PAGE_SIZE else None
    return json_response({"novels": shown(world, request, novels), "next_url": following})


def _bookmarks(world: World, request: Request) -> list[Bookmark]:
    """Pixiv returns the public list if the private one belongs to another user."""
    user_id, wanted = required_id(request, "user_id"), restrict(request) or PUBLIC
    return world.novel_bookmarks.of(user_id, wanted if user_id == ACCOUNT.id else PUBLIC)


def bookmark_tags(world: World, request: Request) -> Response:
    """GET /v1/user/bookmark-tags/novel: most used first; the private tags of other users are rejected."""
    user_id, wanted = requested_user_id(request), restrict(request) or PUBLIC
    if user_id != ACCOUNT.id and wanted == PRIVATE:
        raise bad_restrict()
    counted = Counter(tag for bookmark in world.novel_bookmarks.of(user_id, wanted) for tag in bookmark.tags)
    page, following = offset_page(world, request, counted.most_common())
    tags = [{"name": name, "count": count} for name, count in page]
    return json_response({"bookmark_tags": tags, "next_url": following})


def bookmark_detail(world: World, request: Request) -> Response:
    """GET /v2/novel/bookmark/detail: the tags of the bookmark, then the other tags of the novel."""
    novel = requested_novel(world, request)
    bookmark = world.novel_bookmarks.find(ACCOUNT.id, novel.id)
    own = bookmark.tags if bookmark else ()
    names = [*own, *(tag for tag in novel.tags if novel.is_open and tag not in own)]
    detail = {
        "is_bookmarked": bookmark is not None,
        "tags": [{"name": name, "is_registered": name in own} for name in names],
        "restrict": bookmark.restrict if bookmark else PUBLIC,
    }
    return json_response({"bookmark_detail": detail})


def bookmark_add(world: World, request: Request) -> Response:
    """POST /v2/novel/bookmark/add"""
    sent = form_request(request)
    novel = requested_novel(world, sent)
    world.novel_bookmarks.put(ACCOUNT.id, novel.id, restrict(sent) or PUBLIC, sent_tags(sent))
    return json_response({})


def bookmark_delete(world: World, request: Request) -> Response:
    """POST /v1/novel/bookmark/delete: works for deleted novels and for novels that were never bookmarked."""
    world.novel_bookmarks.remove(ACCOUNT.id, required_id(form_request(request), "novel_id"))
    return json_response({})


ROUTES: Mapping[tuple[str, str], Callable[[World, Request], Response]] = {
    ("GET", "/v1/user/bookmarks/novel"): user_bookmarks,
    ("GET", "/v1/user/bookmark-tags/novel"): bookmark_tags,
    ("GET", "/v2/novel/bookmark/detail"): bookmark_detail,
    ("POST", "/v2/novel/bookmark/add"): bookmark_add,
    ("POST", "/v1/novel/bookmark/delete"): bookmark_delete,
}

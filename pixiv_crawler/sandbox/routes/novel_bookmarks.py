"""The endpoints of bookmarked novels."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping

from ..messages import Answer, Call, json_answer
from ..world.bookmarks import PRIVATE, PUBLIC, Bookmark
from ..world.users import ACCOUNT
from ..world.world import World
from .novel_paging import asked_novel, asked_user_id, offset_page, sent_tags, shown
from .paging import next_url
from .parameters import PAGE_SIZE, bad_restrict, optional_id, posted, required_id, restrict

_UNTAGGED = "未分類"


def user_bookmarks(world: World, call: Call) -> Answer:
    """GET /v1/user/bookmarks/novel: the newest bookmark first; goes on below `max_bookmark_id`."""
    last, tag = optional_id(call, "max_bookmark_id"), call.query.get("tag")
    bookmarks = [
        bookmark
        for bookmark in _bookmarks(world, call)
        if (last is None or bookmark.id < last) and (not tag or tag in (bookmark.tags or (_UNTAGGED,)))
    ]
    page = bookmarks[:PAGE_SIZE]
    # A novel that is no longer there leaves its listing one entry short.
    novels = [novel for bookmark in page if (novel := world.shelf.novel(bookmark.work_id))]
    following = next_url(call, max_bookmark_id=page[-1].id) if len(bookmarks) > PAGE_SIZE else None
    return json_answer({"novels": shown(world, call, novels), "next_url": following})


def _bookmarks(world: World, call: Call) -> list[Bookmark]:
    """Another user's private bookmarks are nobody else's business: Pixiv shows the public ones instead."""
    user_id, wanted = required_id(call, "user_id"), restrict(call) or PUBLIC
    return world.novel_bookmarks.of(user_id, wanted if user_id == ACCOUNT.id else PUBLIC)


def bookmark_tags(world: World, call: Call) -> Answer:
    """GET /v1/user/bookmark-tags/novel: the commonest first; another user's private ones are refused."""
    user_id, wanted = asked_user_id(call), restrict(call) or PUBLIC
    if user_id != ACCOUNT.id and wanted == PRIVATE:
        raise bad_restrict()
    counted = Counter(tag for bookmark in world.novel_bookmarks.of(user_id, wanted) for tag in bookmark.tags)
    page, following = offset_page(world, call, counted.most_common())
    tags = [{"name": name, "count": count} for name, count in page]
    return json_answer({"bookmark_tags": tags, "next_url": following})


def bookmark_detail(world: World, call: Call) -> Answer:
    """GET /v2/novel/bookmark/detail: the account's own tags, and those of the novel to choose from."""
    novel = asked_novel(world, call)
    bookmark = world.novel_bookmarks.find(ACCOUNT.id, novel.id)
    own = bookmark.tags if bookmark else ()
    names = [*own, *(tag for tag in novel.tags if novel.is_open and tag not in own)]
    detail = {
        "is_bookmarked": bookmark is not None,
        "tags": [{"name": name, "is_registered": name in own} for name in names],
        "restrict": bookmark.restrict if bookmark else PUBLIC,
    }
    return json_answer({"bookmark_detail": detail})


def bookmark_add(world: World, call: Call) -> Answer:
    """POST /v2/novel/bookmark/add"""
    sent = posted(call)
    novel = asked_novel(world, sent)
    world.novel_bookmarks.put(ACCOUNT.id, novel.id, restrict(sent) or PUBLIC, sent_tags(sent))
    return json_answer({})


def bookmark_delete(world: World, call: Call) -> Answer:
    """POST /v1/novel/bookmark/delete: also of a novel that is gone or was never bookmarked."""
    world.novel_bookmarks.remove(ACCOUNT.id, required_id(posted(call), "novel_id"))
    return json_answer({})


ROUTES: Mapping[tuple[str, str], Callable[[World, Call], Answer]] = {
    ("GET", "/v1/user/bookmarks/novel"): user_bookmarks,
    ("GET", "/v1/user/bookmark-tags/novel"): bookmark_tags,
    ("GET", "/v2/novel/bookmark/detail"): bookmark_detail,
    ("POST", "/v2/novel/bookmark/add"): bookmark_add,
    ("POST", "/v1/novel/bookmark/delete"): bookmark_delete,
}

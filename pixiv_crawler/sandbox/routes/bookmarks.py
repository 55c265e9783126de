"""The endpoints of bookmarks: lists of them, their tags, and the account's own to change."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from itertools import islice

from ..api_errors import MISSING_WORK, WRONG_METHOD, RefusalError
from ..messages import Answer, Call, json_answer, to_json
from ..responses import illust_json
from ..world.bookmarks import PRIVATE, PUBLIC, Bookmark
from ..world.generated_users import everyday_users
from ..world.users import ACCOUNT
from ..world.works import Work
from ..world.world import World
from .paging import entries_answer, next_url, page, shown
from .parameters import (
    PAGE_SIZE,
    bad_restrict,
    number,
    optional_id,
    posted,
    required_id,
    restrict,
    values,
)
from .user_previews import users_answer
from .works import asked_work

UNTAGGED = "未分類"
# Since 2024 some captions of these lists are blank, and some users in them do not say whether they are followed.
_BLANK_CAPTION_EVERY, _SILENT_USER_EVERY = 7, 11


def user_bookmarks(world: World, call: Call) -> Answer:
    """GET /v1/user/bookmarks/illust: the newest bookmark first, going on by `max_bookmark_id`."""
    user_id, tag = optional_id(call, "user_id") or ACCOUNT.id, call.query.get("tag")
    wanted = restrict(call) or PUBLIC
    # Pixiv gives the public list where the private one is not the reader's own.
    known = world.bookmarks.of(user_id, wanted if user_id == ACCOUNT.id else PUBLIC)
    highest = optional_id(call, "max_bookmark_id")
    found = [bookmark for bookmark in known if (highest is None or bookmark.id <= highest) and _has(bookmark, tag)]
    following = next_url(call, max_bookmark_id=found[PAGE_SIZE].id) if len(found) > PAGE_SIZE else None
    entries = b",".join(_entry(world, call, bookmark) for bookmark in found[:PAGE_SIZE])
    return entries_answer("illusts", entries, {"next_url": following})


def _has(bookmark: Bookmark, tag: str | None) -> bool:
    return tag is None or tag in bookmark.tags or (tag == UNTAGGED and not bookmark.tags)


def _entry(world: World, call: Call, bookmark: Bookmark) -> bytes:
    """A removed work stays in the list, as a placeholder of nobody's."""
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
    return illust_json.listed_illust(work, call.language, how)


def bookmark_detail(world: World, call: Call) -> Answer:
    """GET /v2/illust/bookmark/detail: the tags of the bookmark, then those of the work that it could have."""
    work = asked_work(world, call)
    known = world.bookmarks.find(ACCOUNT.id, work.id)
    own = known.tags if known is not None else ()
    tags = [{"name": name, "is_registered": name in own} for name in dict.fromkeys((*own, *work.tags))]
    detail = {"is_bookmarked": known is not None, "tags": tags, "restrict": known.restrict if known else PUBLIC}
    return json_answer({"bookmark_detail": detail})


def bookmark_add(world: World, call: Call) -> Answer:
    """POST /v2/illust/bookmark/add: tags repeated, or one text with blanks between; again, it overwrites."""
    form = posted(call)
    work, how = asked_work(world, form), restrict(form) or PUBLIC
    tags = [tag for text in values(form, "tags") for tag in text.split()]
    world.bookmarks.put(ACCOUNT.id, work.id, how, tuple(dict.fromkeys(tags)))
    return json_answer({})


def bookmark_delete(world: World, call: Call) -> Answer:
    """POST /v1/illust/bookmark/delete: also of a work that is gone."""
    if not world.bookmarks.remove(ACCOUNT.id, required_id(posted(call), "illust_id")):
        raise RefusalError(404, MISSING_WORK)
    return json_answer({})


def bookmark_tags(world: World, call: Call) -> Answer:
    """GET /v1/user/bookmark-tags/illust: the most used first; another user's private ones are refused."""
    user_id, wanted = optional_id(call, "user_id") or ACCOUNT.id, restrict(call) or PUBLIC
    if wanted == PRIVATE and user_id != ACCOUNT.id:
        raise bad_restrict()
    counts = Counter(tag for bookmark in world.bookmarks.of(user_id, wanted) for tag in bookmark.tags)
    tags, following = page(world, call, counts.most_common())
    known = [{"name": name, "count": count} for name, count in tags]
    return json_answer({"bookmark_tags": known, "next_url": following})


def bookmark_users(world: World, call: Call) -> Answer:
    """GET /v1/illust/bookmark/users: as many as the work's total says; the account among them, if it is."""
    work = asked_work(world, call)
    if number(call, "offset", 0) > world.listing_cap:
        raise RefusalError(400, WRONG_METHOD)
    return users_answer(world, *page(world, call, _readers(world, work)))


def _readers(world: World, work: Work) -> list[int]:
    bookmark = world.bookmarks.find(ACCOUNT.id, work.id)
    own = [ACCOUNT.id] if bookmark is not None and bookmark.restrict == PUBLIC else []
    reachable = min(work.total_bookmarks, world.listing_cap + 2 * PAGE_SIZE)
    return own + list(islice(everyday_users(world.today), work.id % 700, work.id % 700 + reachable - len(own)))


ROUTES: dict[tuple[str, str], Callable[[World, Call], Answer]] = {
    ("GET", "/v1/user/bookmarks/illust"): user_bookmarks,
    ("GET", "/v2/illust/bookmark/detail"): bookmark_detail,
    ("POST", "/v2/illust/bookmark/add"): bookmark_add,
    ("POST", "/v1/illust/bookmark/delete"): bookmark_delete,
    ("GET", "/v1/user/bookmark-tags/illust"): bookmark_tags,
    ("GET", "/v1/illust/bookmark/users"): bookmark_users,
}

"""Endpoints of bookmarks: the lists, their tags, and changes to those of the account."""

from collections import Counter
from itertools import islice

from ..api_errors import MISSING_WORK, WRONG_METHOD, ApiError
from ..messages import Request, Response, json_response, to_json
from ..responses import illust_json
from ..world.bookmarks import PRIVATE, PUBLIC, Bookmark, Bookmarks
from ..world.generated_users import daily_uploader_ids
from ..world.novels import Novel
from ..world.users import ACCOUNT
from ..world.works import Work
from ..world.world import World
from .paging import entries_response, next_url, novels_json, page, shown
from .parameters import (
    PAGE_SIZE,
    bad_restrict,
    form_request,
    is_for_novels,
    number,
    optional_id,
    requested_user_id,
    requested_work,
    required_id,
    restrict,
    values,
)
from .table import get, post
from .user_previews import users_response

UNTAGGED = "未分類"
# Since 2024, some captions in these lists are empty and some of their users lack `is_followed`.
_BLANK_CAPTION_EVERY, _SILENT_USER_EVERY = 7, 11


def bookmarks_of(world: World, request: Request) -> Bookmarks:
    """The bookmarks of works of the requested kind."""
    return world.novel_bookmarks if is_for_novels(request) else world.bookmarks


@get("/v1/user/bookmarks/illust")
def illust_bookmarks(world: World, request: Request) -> Response:
    """Newest bookmark first (cursor: `max_bookmark_id`)."""
    highest = optional_id(request, "max_bookmark_id")
    known = _requested_list(world, request, requested_user_id(request))
    found = [bookmark for bookmark in known if highest is None or bookmark.id <= highest]
    following = next_url(request, max_bookmark_id=found[PAGE_SIZE].id) if len(found) > PAGE_SIZE else None
    entries = b",".join(bookmark_entry(world, request, bookmark) for bookmark in found[:PAGE_SIZE])
    return entries_response("illusts", entries, {"next_url": following})


@get("/v1/user/bookmarks/novel")
def novel_bookmarks(world: World, request: Request) -> Response:
    """Newest bookmark first (cursor: `max_bookmark_id`, exclusive); a deleted novel makes its listing shorter."""
    last = optional_id(request, "max_bookmark_id")
    known = _requested_list(world, request, required_id(request, "user_id"))
    found = [bookmark for bookmark in known if last is None or bookmark.id < last]
    part = found[:PAGE_SIZE]
    novels = [novel for bookmark in part if (novel := world.novel_catalogue.novel(bookmark.work_id))]
    following = next_url(request, max_bookmark_id=part[-1].id) if len(found) > PAGE_SIZE else None
    return json_response({"novels": novels_json(world, request, novels), "next_url": following})


def _requested_list(world: World, request: Request, user_id: int) -> list[Bookmark]:
    """Pixiv returns the public list if the private one belongs to another user."""
    wanted, tag = restrict(request) or PUBLIC, request.query.get("tag")
    known = bookmarks_of(world, request).of(user_id, wanted if user_id == ACCOUNT.id else PUBLIC)
    return [bookmark for bookmark in known if not tag or tag in (bookmark.tags or (UNTAGGED,))]


def bookmark_entry(world: World, request: Request, bookmark: Bookmark) -> bytes:
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


@get("/v2/illust/bookmark/detail", "/v2/novel/bookmark/detail")
def bookmark_detail(world: World, request: Request) -> Response:
    """The tags of the bookmark, then the other tags of the work."""
    work = requested_work(world, request)
    known = bookmarks_of(world, request).find(ACCOUNT.id, work.id)
    own = known.tags if known is not None else ()
    names = dict.fromkeys((*own, *(() if work.spec.limit else work.tags)))
    tags = [{"name": name, "is_registered": name in own} for name in names]
    detail = {"is_bookmarked": known is not None, "tags": tags, "restrict": known.restrict if known else PUBLIC}
    return json_response({"bookmark_detail": detail})


@post("/v2/illust/bookmark/add", "/v2/novel/bookmark/add")
def bookmark_add(world: World, request: Request) -> Response:
    """Tags are repeated or separated by spaces; an existing bookmark is overwritten."""
    form = form_request(request)
    work, how = requested_work(world, form), restrict(form) or PUBLIC
    tags = [tag for text in values(form, "tags") for tag in text.split()]
    bookmarks_of(world, request).put(ACCOUNT.id, work.id, how, tuple(dict.fromkeys(tags)))
    return json_response({})


@post("/v1/illust/bookmark/delete")
def illust_bookmark_delete(world: World, request: Request) -> Response:
    """Works for deleted works too."""
    if not world.bookmarks.remove(ACCOUNT.id, required_id(form_request(request), "illust_id")):
        raise ApiError(404, MISSING_WORK)
    return json_response({})


@post("/v1/novel/bookmark/delete")
def novel_bookmark_delete(world: World, request: Request) -> Response:
    """Works for deleted novels and for novels that were never bookmarked."""
    world.novel_bookmarks.remove(ACCOUNT.id, required_id(form_request(request), "novel_id"))
    return json_response({})


@get("/v1/user/bookmark-tags/illust", "/v1/user/bookmark-tags/novel")
def bookmark_tags(world: World, request: Request) -> Response:
    """Most used first; the private tags of other users are rejected."""
    user_id, wanted = requested_user_id(request), restrict(request) or PUBLIC
    if wanted == PRIVATE and user_id != ACCOUNT.id:
        raise bad_restrict()
    counts = Counter(tag for bookmark in bookmarks_of(world, request).of(user_id, wanted) for tag in bookmark.tags)
    tags, following = page(world, request, counts.most_common())
    known = [{"name": name, "count": count} for name, count in tags]
    return json_response({"bookmark_tags": known, "next_url": following})


@get("/v1/illust/bookmark/users", "/v1/novel/bookmark/users")
def bookmark_users(world: World, request: Request) -> Response:
    """As many as the work's total; includes the account if it bookmarked the work."""
    work = requested_work(world, request)
    if number(request, "offset", 0) > world.listing_cap:
        raise ApiError(400, WRONG_METHOD)
    bookmark = bookmarks_of(world, request).find(ACCOUNT.id, work.id)
    return users_response(world, *page(world, request, _readers(world, work, bookmark)))


def _readers(world: World, work: Work | Novel, bookmark: Bookmark | None) -> list[int]:
    own = [ACCOUNT.id] if bookmark is not None and bookmark.restrict == PUBLIC else []
    reachable = min(work.total_bookmarks, world.listing_cap + 2 * PAGE_SIZE)
    return own + list(islice(daily_uploader_ids(world.today), work.id % 700, work.id % 700 + reachable - len(own)))

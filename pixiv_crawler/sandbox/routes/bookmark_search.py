"""Endpoints that search the account's own bookmarks."""

from collections import Counter
from collections.abc import Iterator

from ..messages import Request, Response, json_response
from ..responses.illust_json import tag
from ..world.bookmarks import PRIVATE, PUBLIC, Bookmark
from ..world.users import ACCOUNT
from ..world.world import World
from .bookmarks import bookmark_entry, bookmarks_of
from .paging import entries_response, novels_json, page
from .parameters import choice, find_work, is_for_novels
from .table import get


@get("/v1/search/bookmark/sync-status")
def sync_status(world: World, _request: Request) -> Response:
    return json_response({"is_synchronised": world.account.is_synchronised})


@get("/v1/search/bookmark/illust")
def search_illusts(world: World, request: Request) -> Response:
    """Newest bookmark first."""
    found = list(_found(world, request))
    shown, following = page(world, request, found)
    entries = b",".join(bookmark_entry(world, request, bookmark) for bookmark in shown)
    return entries_response("illusts", entries, {"total": len(found), "next_url": following})


@get("/v1/search/bookmark/novel")
def search_novels(world: World, request: Request) -> Response:
    """Newest bookmark first; a deleted novel makes its listing shorter, and is counted."""
    found = list(_found(world, request))
    shown, following = page(world, request, found)
    novels = [novel for bookmark in shown if (novel := world.novel_catalogue.novel(bookmark.work_id))]
    return json_response({"novels": novels_json(world, request, novels), "total": len(found), "next_url": following})


@get("/v1/search/bookmark/illust/bookmark-tag", "/v1/search/bookmark/novel/bookmark-tag")
def bookmark_tags(world: World, request: Request) -> Response:
    return _tags(world, request, (name for bookmark in _found(world, request) for name in bookmark.tags))


@get("/v1/search/bookmark/illust/illust-tag", "/v1/search/bookmark/novel/novel-tag")
def work_tags(world: World, request: Request) -> Response:
    found = _found(world, request)
    return _tags(world, request, (name for bookmark in found for name in _tags_of_work(world, request, bookmark)))


def _found(world: World, request: Request) -> Iterator[Bookmark]:
    restrict = choice(request, "bookmark_restrict", (PUBLIC, PRIVATE)) or PUBLIC
    own, month = request.query.get("bookmark_tag"), request.query.get("bookmark_period")
    of_work = request.query.get("novel_tag" if is_for_novels(request) else "illust_tag")
    for bookmark in bookmarks_of(world, request).of(ACCOUNT.id, restrict):
        if (
            (own is None or own in bookmark.tags)
            and month in (None, bookmark.month)
            and (of_work is None or of_work in _tags_of_work(world, request, bookmark))
        ):
            yield bookmark


def _tags_of_work(world: World, request: Request, bookmark: Bookmark) -> tuple[str, ...]:
    work = find_work(world, request, bookmark.work_id)
    return () if work is None or work.spec.limit else work.tags


def _tags(world: World, request: Request, names: Iterator[str]) -> Response:
    """Most used first."""
    word = request.query.get("word", "")
    counts = Counter(name for name in names if word in name)
    shown, following = page(world, request, counts.most_common())
    known = [tag(name, request.language) | {"count": count} for name, count in shown]
    return json_response({"tags": known, "next_url": following})

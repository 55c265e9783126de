"""Endpoints that search: illusts, their popular preview, users, and tag completion."""

from collections.abc import Iterator, Mapping, Sequence

from ..api_errors import WRONG_METHOD, ApiError
from ..messages import Request, Response, json_response
from ..responses.illust_json import tag
from ..world.generated_users import keyword_users
from ..world.search_index import EXACT, KEYWORD, PARTIAL, TITLE, Found, Query, search
from ..world.users import Standing
from ..world.vocabulary import TAGS
from ..world.work_summaries import WorkSummary
from ..world.works import Work
from ..world.world import World
from .paging import next_page, page, works_response
from .parameters import DURATIONS, PAGE_SIZE, choice, number, offset, period, required_text
from .table import get
from .user_previews import previews_response

# One year in seconds: the range that the app's date picker allows.
SPAN_LIMIT = 31_536_000
_AUTOCOMPLETE_SIZE = 10
_MOST = 1_000_000_000

_POPULAR = ("popular_desc", "popular_male_desc", "popular_female_desc")
_SORTS = ("date_desc", "date_asc", *_POPULAR)
_CONTENT_TYPES: Mapping[str | None, frozenset[str] | None] = {
    None: None,
    "illust_and_manga_and_ugoira": None,
    "illust_and_ugoira": frozenset(("illust", "ugoira")),
    "illust": frozenset(("illust",)),
    "manga": frozenset(("manga",)),
    "ugoira": frozenset(("ugoira",)),
}
_RATIOS = ("landscape", "portrait", "square")


@get("/v1/search/illust")
def search_illust(world: World, request: Request) -> Response:
    """At most 5,030 works, 30 per listing."""
    sort, start = choice(request, "sort", _SORTS) or "date_desc", offset(world, request)
    if sort in _POPULAR and not world.account.is_premium:
        raise ApiError(400, WRONG_METHOD)
    found = search(world, _query(world, request, with_bookmarks=world.account.is_premium), *period(world, request))
    return works_response(
        world,
        request,
        _works(world, _page(found, sort, start)),
        next_url=next_page(world, request, start, found.total),
        search_span_limit=SPAN_LIMIT,
        show_ai=True,
    )


@get("/v1/search/popular-preview/illust")
def popular_preview(world: World, request: Request) -> Response:
    """The 30 most popular, for all accounts; bookmark bounds are ignored."""
    found = search(world, _query(world, request, with_bookmarks=False), *period(world, request))
    works = _works(world, found.most_bookmarked()[:PAGE_SIZE])
    return works_response(world, request, works, search_span_limit=SPAN_LIMIT)


@get("/v1/search/user")
def search_user(world: World, request: Request) -> Response:
    """Users whose name or account name contains the word."""
    word = required_text(request, "word").lower()
    choice(request, "sort", _SORTS)
    choice(request, "duration", DURATIONS)
    all_users = (*world.users(), *keyword_users())
    found = [
        user.id
        for user in all_users
        if user.standing is Standing.PRESENT and (word in user.name.lower() or word in user.account.lower())
    ]
    user_ids, following = page(world, request, found if choice(request, "sort", _SORTS) == "date_asc" else found[::-1])
    return previews_response(world, request, user_ids, following)


@get("/v2/search/autocomplete")
def autocomplete(world: World, request: Request) -> Response:
    """Tags that contain the word; those that start with it come first."""
    word = required_text(request, "word").lower()
    known = [name for name in (*world.generated_users.keywords.by_word, *TAGS) if word in name.lower()]
    known.sort(key=lambda name: not name.lower().startswith(word))
    return json_response({"tags": [tag(name, request.language) for name in known[:_AUTOCOMPLETE_SIZE]]})


def _query(world: World, request: Request, *, with_bookmarks: bool) -> Query:
    return Query(
        terms=tuple(required_text(request, "word").lower().split()),
        target=choice(request, "search_target", (PARTIAL, EXACT, TITLE, KEYWORD)),
        ai_type=int(choice(request, "search_ai_type", ("0", "1", "2")) or 0),
        types=_CONTENT_TYPES[choice(request, "content_type", [name for name in _CONTENT_TYPES if name])],
        ratio=choice(request, "ratio_pattern", _RATIOS),
        widths=_bounds(request, "width"),
        heights=_bounds(request, "height"),
        bookmarks=_bounds(request, "bookmark_num") if with_bookmarks else (0, _MOST),
        draws_scenes=world.draws_scenes,
    )


def _bounds(request: Request, name: str) -> tuple[int, int]:
    return number(request, f"{name}_min", 0), number(request, f"{name}_max", _MOST)


def _page(found: Found, sort: str, start: int) -> Sequence[WorkSummary]:
    match sort:
        case "date_desc":
            return found.newest_first(start, PAGE_SIZE)
        case "date_asc":
            return found.oldest_first(start, PAGE_SIZE)
        case _:
            return found.most_bookmarked()[start : start + PAGE_SIZE]


def _works(world: World, summaries: Sequence[WorkSummary]) -> Iterator[Work]:
    return world.present(summary.id for summary in summaries)

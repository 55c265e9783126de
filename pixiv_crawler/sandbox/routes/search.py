"""Endpoints that search: illusts, their popular preview, users, and tag completion."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta

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
from .parameters import PAGE_SIZE, choice, day, number, offset, required_text
from .user_previews import previews_response

# One year in seconds: the range that the app's date picker allows.
SPAN_LIMIT = 31_536_000
_AUTOCOMPLETE_SIZE = 10
_MOST = 1_000_000_000

_POPULAR = ("popular_desc", "popular_male_desc", "popular_female_desc")
_SORTS = ("date_desc", "date_asc", *_POPULAR)
_DURATIONS: Mapping[str | None, int] = {
    "within_last_day": 1,
    "within_last_week": 7,
    "within_last_month": 30,
    "within_last_half_year": 182,
    "within_last_year": 365,
}
_CONTENT_TYPES: Mapping[str | None, frozenset[str] | None] = {
    None: None,
    "illust_and_manga_and_ugoira": None,
    "illust_and_ugoira": frozenset(("illust", "ugoira")),
    "illust": frozenset(("illust",)),
    "manga": frozenset(("manga",)),
    "ugoira": frozenset(("ugoira",)),
}
_RATIOS = ("landscape", "portrait", "square")


def search_illust(world: World, request: Request) -> Response:
    """GET /v1/search/illust: at most 5,030 works, 30 per listing."""
    sort, start = choice(request, "sort", _SORTS) or "date_desc", offset(world, request)
    if sort in _POPULAR and not world.account.is_premium:
        raise ApiError(400, WRONG_METHOD)
    found = _search(world, request, _query(request, with_bookmarks=world.account.is_premium))
    return works_response(
        world,
        request,
        _works(world, _page(found, sort, start)),
        next_url=next_page(world, request, start, found.total),
        search_span_limit=SPAN_LIMIT,
        show_ai=True,
    )


def popular_preview(world: World, request: Request) -> Response:
    """GET /v1/search/popular-preview/illust: the 30 most popular, for all accounts; bookmark bounds are ignored."""
    found = _search(world, request, _query(request, with_bookmarks=False))
    works = _works(world, found.most_bookmarked()[:PAGE_SIZE])
    return works_response(world, request, works, search_span_limit=SPAN_LIMIT)


def search_user(world: World, request: Request) -> Response:
    """GET /v1/search/user: users whose name or account name contains the word."""
    word = required_text(request, "word").lower()
    choice(request, "sort", _SORTS)
    choice(request, "duration", [name for name in _DURATIONS if name])
    all_users = (*world.users(), *keyword_users())
    found = [
        user.id
        for user in all_users
        if user.standing is Standing.PRESENT and (word in user.name.lower() or word in user.account.lower())
    ]
    user_ids, following = page(world, request, found if choice(request, "sort", _SORTS) == "date_asc" else found[::-1])
    return previews_response(world, request, user_ids, following)


def autocomplete(world: World, request: Request) -> Response:
    """GET /v2/search/autocomplete: tags that contain the word; those that start with it come first."""
    word = required_text(request, "word").lower()
    known = [name for name in (*world.generated_users.keywords.by_word, *TAGS) if word in name.lower()]
    known.sort(key=lambda name: not name.lower().startswith(word))
    return json_response({"tags": [tag(name, request.language) for name in known[:_AUTOCOMPLETE_SIZE]]})


def _query(request: Request, *, with_bookmarks: bool) -> Query:
    return Query(
        terms=tuple(required_text(request, "word").lower().split()),
        target=choice(request, "search_target", (PARTIAL, EXACT, TITLE, KEYWORD)),
        ai_type=int(choice(request, "search_ai_type", ("0", "1", "2")) or 0),
        types=_CONTENT_TYPES[choice(request, "content_type", [name for name in _CONTENT_TYPES if name])],
        ratio=choice(request, "ratio_pattern", _RATIOS),
        widths=_bounds(request, "width"),
        heights=_bounds(request, "height"),
        bookmarks=_bounds(request, "bookmark_num") if with_bookmarks else (0, _MOST),
    )


def _bounds(request: Request, name: str) -> tuple[int, int]:
    return number(request, f"{name}_min", 0), number(request, f"{name}_max", _MOST)


def _search(world: World, request: Request, query: Query) -> Found:
    first, last = day(request, "start_date", world.today), day(request, "end_date", world.today)
    duration = choice(request, "duration", [name for name in _DURATIONS if name])
    if duration is not None:
        since = world.today - timedelta(days=_DURATIONS[duration])
        first = since if first is None else max(first, since)
    return search(world, query, first, last)


def _page(found: Found, sort: str, start: int) -> Sequence[WorkSummary]:
    match sort:
        case "date_desc":
            return found.newest_first(start, PAGE_SIZE)
        case "date_asc":
            return found.oldest_first(start, PAGE_SIZE)
        case _:
            return found.most_bookmarked()[start : start + PAGE_SIZE]


def _works(world: World, summaries: Iterable[WorkSummary]) -> list[Work]:
    return [work for summary in summaries if (work := world.work(summary.id)) is not None]


ROUTES = {
    ("GET", "/v1/search/illust"): search_illust,
    ("GET", "/v1/search/popular-preview/illust"): popular_preview,
    ("GET", "/v1/search/user"): search_user,
    ("GET", "/v2/search/autocomplete"): autocomplete,
}

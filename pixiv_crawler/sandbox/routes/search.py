"""The endpoints that search: illusts, their popular preview, users, and words that begin a tag."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta

from ..api_errors import WRONG_METHOD, RefusalError
from ..messages import Answer, Call, json_answer
from ..responses.illust_json import tag
from ..world.generated_users import word_users
from ..world.search_index import EXACT, KEYWORD, PARTIAL, TITLE, Found, Query, search
from ..world.users import Standing
from ..world.vocabulary import TAGS
from ..world.work_summaries import Hit
from ..world.works import Work
from ..world.world import World
from .paging import next_page, page, works_answer
from .parameters import PAGE_SIZE, choice, day, number, offset, required_text
from .user_previews import previews_answer

# One year in seconds: the span that the app's own date picker allows.
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


def search_illust(world: World, call: Call) -> Answer:
    """GET /v1/search/illust: at most 5,030 works, 30 a page."""
    sort, start = choice(call, "sort", _SORTS) or "date_desc", offset(world, call)
    if sort in _POPULAR and not world.reader.is_premium:
        raise RefusalError(400, WRONG_METHOD)
    found = _found(world, call, _query(call, with_bookmarks=world.reader.is_premium))
    return works_answer(
        world,
        call,
        _works(world, _page(found, sort, start)),
        next_url=next_page(world, call, start, found.total),
        search_span_limit=SPAN_LIMIT,
        show_ai=True,
    )


def popular_preview(world: World, call: Call) -> Answer:
    """GET /v1/search/popular-preview/illust: the most popular 30, for everybody; bookmark bounds do not matter."""
    found = _found(world, call, _query(call, with_bookmarks=False))
    works = _works(world, found.most_bookmarked()[:PAGE_SIZE])
    return works_answer(world, call, works, search_span_limit=SPAN_LIMIT)


def search_user(world: World, call: Call) -> Answer:
    """GET /v1/search/user: by parts of names and accounts."""
    word = required_text(call, "word").lower()
    choice(call, "sort", _SORTS)
    choice(call, "duration", [name for name in _DURATIONS if name])
    everybody = (*world.users(), *word_users())
    found = [
        user.id
        for user in everybody
        if user.standing is Standing.PRESENT and (word in user.name.lower() or word in user.account.lower())
    ]
    user_ids, following = page(world, call, found if choice(call, "sort", _SORTS) == "date_asc" else found[::-1])
    return previews_answer(world, call, user_ids, following)


def autocomplete(world: World, call: Call) -> Answer:
    """GET /v2/search/autocomplete: tags that the word is a part of, those that begin with it first."""
    word = required_text(call, "word").lower()
    known = [name for name in (*world.crowd.corpora.by_word, *TAGS) if word in name.lower()]
    known.sort(key=lambda name: not name.lower().startswith(word))
    return json_answer({"tags": [tag(name, call.language) for name in known[:_AUTOCOMPLETE_SIZE]]})


def _query(call: Call, *, with_bookmarks: bool) -> Query:
    return Query(
        terms=tuple(required_text(call, "word").lower().split()),
        target=choice(call, "search_target", (PARTIAL, EXACT, TITLE, KEYWORD)),
        ai_type=int(choice(call, "search_ai_type", ("0", "1", "2")) or 0),
        types=_CONTENT_TYPES[choice(call, "content_type", [name for name in _CONTENT_TYPES if name])],
        ratio=choice(call, "ratio_pattern", _RATIOS),
        widths=_bounds(call, "width"),
        heights=_bounds(call, "height"),
        bookmarks=_bounds(call, "bookmark_num") if with_bookmarks else (0, _MOST),
    )


def _bounds(call: Call, name: str) -> tuple[int, int]:
    return number(call, f"{name}_min", 0), number(call, f"{name}_max", _MOST)


def _found(world: World, call: Call, query: Query) -> Found:
    first, last = day(call, "start_date", world.today), day(call, "end_date", world.today)
    duration = choice(call, "duration", [name for name in _DURATIONS if name])
    if duration is not None:
        since = world.today - timedelta(days=_DURATIONS[duration])
        first = since if first is None else max(first, since)
    return search(world, query, first, last)


def _page(found: Found, sort: str, start: int) -> Sequence[Hit]:
    match sort:
        case "date_desc":
            return found.newest_first(start, PAGE_SIZE)
        case "date_asc":
            return found.oldest_first(start, PAGE_SIZE)
        case _:
            return found.most_bookmarked()[start : start + PAGE_SIZE]


def _works(world: World, hits: Iterable[Hit]) -> list[Work]:
    return [work for hit in hits if (work := world.work(hit.id)) is not None]


ROUTES = {
    ("GET", "/v1/search/illust"): search_illust,
    ("GET", "/v1/search/popular-preview/illust"): popular_preview,
    ("GET", "/v1/search/user"): search_user,
    ("GET", "/v2/search/autocomplete"): autocomplete,
}

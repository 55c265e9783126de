"""Endpoints that search novels: search, its popular preview, and trending tags."""

from collections import Counter
from collections.abc import Callable, Mapping

from ..api_errors import WRONG_METHOD, ApiError, bad_parameter
from ..messages import Request, Response, json_response
from ..responses import illust_json
from ..world.novels import Novel
from ..world.works import JST
from ..world.world import World
from .paging import novels_json, novels_response, shown
from .parameters import PAGE_SIZE, choice, period
from .search import SPAN_LIMIT
from .table import get

TRENDING_TAGS = 24
_ILLUSTRATOR = 2188232
# Every third work of the illustrator, so that the illusts differ.
_EVERY = 3

_TARGETS: Mapping[str | None, Callable[[Novel], list[str]]] = {
    "partial_match_for_tags": lambda novel: [*novel.tags, *novel.reader_tags],
    "title_and_caption": lambda novel: [novel.title, novel.caption],
    "text": lambda novel: [novel.text],
    "keyword": lambda novel: [*novel.tags, *novel.reader_tags, novel.title, novel.caption],
}
_EXACT = "exact_match_for_tags"


@get("/v1/search/novel")
def search_novel(world: World, request: Request) -> Response:
    """Sorting by popularity requires a premium account."""
    sort = choice(request, "sort", ("date_desc", "date_asc", "popular_desc"))
    if sort == "popular_desc" and not world.account.is_premium:
        raise ApiError(400, WRONG_METHOD)
    novels = _search(world, request)
    if sort == "date_asc":
        novels.reverse()
    if sort == "popular_desc":
        novels.sort(key=lambda novel: -novel.total_bookmarks)
    return novels_response(world, request, novels, search_span_limit=SPAN_LIMIT, show_ai=True)


@get("/v1/search/popular-preview/novel")
def popular_preview(world: World, request: Request) -> Response:
    """The 30 novels with the most bookmarks, which accounts without premium may see."""
    popular = sorted(_search(world, request), key=lambda novel: -novel.total_bookmarks)[:PAGE_SIZE]
    return json_response({"novels": novels_json(world, request, popular), "search_span_limit": SPAN_LIMIT})


def _search(world: World, request: Request) -> list[Novel]:
    """Newest first."""
    words = request.query.get("word", "").casefold().split()
    if not words:
        raise bad_parameter("word", "Word is required")
    is_wanted = _filter(world, request)
    target = choice(request, "search_target", [*(name for name in _TARGETS if name), _EXACT])
    matching = [
        novel
        for novel in world.novel_catalogue.novels()
        if novel.is_open and is_wanted(novel) and all(_holds(novel, target, word) for word in words)
    ]
    return sorted(matching, key=lambda novel: (novel.created, novel.id), reverse=True)


def _holds(novel: Novel, target: str | None, word: str) -> bool:
    """The default target of a novel search is the keyword."""
    if target == _EXACT:
        return word in (tag.casefold() for tag in (*novel.tags, *novel.reader_tags))
    return any(word in text.casefold() for text in _TARGETS[target or "keyword"](novel))


def _filter(world: World, request: Request) -> Callable[[Novel], bool]:
    """By date and AI type."""
    first, last = period(world, request)
    ai_type = choice(request, "search_ai_type", ("0", "1", "2"))

    def is_wanted(novel: Novel) -> bool:
        created, is_ai = novel.created.astimezone(JST).date(), novel.ai_type == 2
        return (
            (first is None or created >= first)
            and (last is None or created <= last)
            and (ai_type not in ("1", "2") or is_ai == (ai_type == "2"))
        )

    return is_wanted


@get("/v1/trending-tags/novel")
def trending_tags(world: World, request: Request) -> Response:
    """The most common tags, each with an illust, not a novel."""
    counted = Counter(tag for novel in world.novel_catalogue.novels() if novel.is_open for tag in novel.tags)
    illusts = [work for work in world.works(_ILLUSTRATOR) if not work.spec.limit and not work.spec.x_restrict]
    known = [
        {
            "tag": name,
            "translated_name": illust_json.translated(name, request.language),
            "illust": illust_json.illust(work, request.language, shown(world, work)),
        }
        for (name, _), work in zip(counted.most_common(TRENDING_TAGS), illusts[::_EVERY], strict=False)
    ]
    return json_response({"trend_tags": known})

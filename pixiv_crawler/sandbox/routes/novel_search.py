"""The endpoints that look for novels by words: search, its preview of the popular, and trending tags."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import timedelta

from ..api_errors import WRONG_METHOD, RefusalError, bad_parameter
from ..messages import Answer, Call, JsonObject, json_answer
from ..responses import illust_json
from ..world.novels import Novel
from ..world.works import JST
from ..world.world import World
from .novel_paging import novel_listing, shown
from .paging import shown as shown_illust
from .parameters import PAGE_SIZE, choice, day

SPAN_LIMIT_SECONDS = 31_536_000
TRENDING_TAGS = 24
_ILLUSTRATOR = 2188232
# Of the works of one user, so that they are not all alike.
_EVERY = 3

_TARGETS: Mapping[str | None, Callable[[Novel], list[str]]] = {
    "partial_match_for_tags": lambda novel: [*novel.tags, *novel.reader_tags],
    "title_and_caption": lambda novel: [novel.title, novel.caption],
    "text": lambda novel: [novel.text],
    "keyword": lambda novel: [*novel.tags, *novel.reader_tags, novel.title, novel.caption],
}
_EXACT = "exact_match_for_tags"
_DURATIONS = {
    "within_last_day": timedelta(days=1),
    "within_last_week": timedelta(days=7),
    "within_last_month": timedelta(days=31),
    "within_last_half_year": timedelta(days=183),
    "within_last_year": timedelta(days=366),
}


def search_novel(world: World, call: Call) -> Answer:
    """GET /v1/search/novel: only premium accounts may sort by popularity."""
    sort = choice(call, "sort", ("date_desc", "date_asc", "popular_desc"))
    if sort == "popular_desc" and not world.reader.is_premium:
        raise RefusalError(400, WRONG_METHOD)
    novels = _found(world, call)
    if sort == "date_asc":
        novels.reverse()
    if sort == "popular_desc":
        novels.sort(key=lambda novel: -novel.total_bookmarks)
    return novel_listing(world, call, novels, search_span_limit=SPAN_LIMIT_SECONDS, show_ai=True)


def popular_preview(world: World, call: Call) -> Answer:
    """GET /v1/search/popular-preview/novel: the 30 with the most bookmarks, for those who are not premium."""
    popular = sorted(_found(world, call), key=lambda novel: -novel.total_bookmarks)[:PAGE_SIZE]
    return json_answer({"novels": shown(world, call, popular), "search_span_limit": SPAN_LIMIT_SECONDS})


def _found(world: World, call: Call) -> list[Novel]:
    """Newest first."""
    words = call.query.get("word", "").casefold().split()
    if not words:
        raise bad_parameter("word", "Word is required")
    is_wanted = _filter(world, call)
    target = choice(call, "search_target", [*(name for name in _TARGETS if name), _EXACT])
    matching = [
        novel
        for novel in world.shelf.novels()
        if novel.is_open and is_wanted(novel) and all(_holds(novel, target, word) for word in words)
    ]
    return sorted(matching, key=lambda novel: (novel.created, novel.id), reverse=True)


def _holds(novel: Novel, target: str | None, word: str) -> bool:
    """Without a target novels are searched by keyword."""
    if target == _EXACT:
        return word in (tag.casefold() for tag in (*novel.tags, *novel.reader_tags))
    return any(word in text.casefold() for text in _TARGETS[target or "keyword"](novel))


def _filter(world: World, call: Call) -> Callable[[Novel], bool]:
    """By date and by the part of AI."""
    first, last = day(call, "start_date", world.today), day(call, "end_date", world.today)
    duration = choice(call, "duration", _DURATIONS)
    since = world.now - _DURATIONS[duration] if duration else None
    ai_type = choice(call, "search_ai_type", ("0", "1", "2"))

    def is_wanted(novel: Novel) -> bool:
        created, is_ai = novel.created.astimezone(JST), novel.ai_type == 2
        return (
            (first is None or created.date() >= first)
            and (last is None or created.date() <= last)
            and (since is None or created >= since)
            and (ai_type not in ("1", "2") or is_ai == (ai_type == "2"))
        )

    return is_wanted


def trending_tags(world: World, call: Call) -> Answer:
    """GET /v1/trending-tags/novel: the commonest tags, each with an illust and not with a novel."""
    counted = Counter(tag for novel in world.shelf.novels() if novel.is_open for tag in novel.tags)
    illusts = [work for work in world.works(_ILLUSTRATOR) if not work.sketch.limit and not work.sketch.x_restrict]
    known = [
        _trend_tag(name, call.language)
        | {"illust": illust_json.illust(work, call.language, shown_illust(world, work))}
        for (name, _), work in zip(counted.most_common(TRENDING_TAGS), illusts[::_EVERY], strict=False)
    ]
    return json_answer({"trend_tags": known})


def _trend_tag(name: str, language: str) -> JsonObject:
    """The one place where a tag's name is its `tag`."""
    return {"tag": name, "translated_name": illust_json.tag(name, language)["translated_name"]}


ROUTES: Mapping[tuple[str, str], Callable[[World, Call], Answer]] = {
    ("GET", "/v1/search/novel"): search_novel,
    ("GET", "/v1/search/popular-preview/novel"): popular_preview,
    ("GET", "/v1/trending-tags/novel"): trending_tags,
}

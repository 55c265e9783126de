"""Drops works that the arguments of the spider exclude."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured
from scrapy.http import Response
from scrapy.spidermiddlewares.base import BaseSpiderMiddleware

from pixiv_crawler.arguments import WorksArgs
from pixiv_crawler.items import Illust, Work
from pixiv_crawler.options import AiFilter

_AI = {None: AiFilter.UNKNOWN, 0: AiFilter.UNKNOWN, 1: AiFilter.NO, 2: AiFilter.YES}


class FiltersMiddleware(BaseSpiderMiddleware):
    """Drops works by the filter arguments of the spider, based on the data in the listing.

    No request is sent for a dropped work. If the listing does not contain the value, the work is kept.

    Stats: pixiv/filters/ARGUMENT.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        args = getattr(crawler.spider, "args", None)
        given = args.model_dump() if isinstance(args, WorksArgs) else {}
        self._filters = [
            (name, given[name], passes) for name, passes in _FILTERS.items() if given.get(name) is not None
        ]
        if not self._filters:
            raise NotConfigured

    def get_processed_item(self, item: Any, response: Response | None) -> Any:
        if not isinstance(item, Work):
            return item
        for name, value, passes in self._filters:
            if not passes(item, value):
                self.crawler.stats.inc_value(f"pixiv/filters/{name}")
                return None
        return item


def _least(field: str) -> Callable[[Work, int], bool]:
    """Passes works whose field has at least the value; works without the field pass too."""
    return lambda work, value: (found := getattr(work, field, None)) is None or found >= value


def _most(field: str) -> Callable[[Work, int], bool]:
    """Passes works whose field has at most the value; works without the field pass too."""
    return lambda work, value: (found := getattr(work, field, None)) is None or found <= value


def _tags(work: Work) -> set[str]:
    """The case-folded names and translations of a work's tags."""
    names = [name for tag in work.tags for name in (tag.name, tag.translated_name) if name]
    return {name.casefold() for name in names}


def _folded(tags: list[str]) -> set[str]:
    return {tag.casefold() for tag in tags}


def _ai(work: Work) -> AiFilter:
    ai_type = work.illust_ai_type if isinstance(work, Illust) else work.novel_ai_type
    return _AI.get(ai_type, AiFilter.UNKNOWN)


def _day(work: Work) -> str:
    """The day on which a work was published; create_date is in Japan's time zone."""
    return work.create_date[:10]


_FILTERS: dict[str, Callable[[Work, Any], bool]] = {
    "min_bookmarks": _least("total_bookmarks"),
    "max_bookmarks": _most("total_bookmarks"),
    "min_views": _least("total_view"),
    "tags": lambda work, tags: _folded(tags) <= _tags(work),
    "exclude_tags": lambda work, tags: _folded(tags).isdisjoint(_tags(work)),
    "x_restrict": lambda work, ratings: work.x_restrict in ratings,
    "ai": lambda work, values: _ai(work) in values,
    "since": lambda work, day: _day(work) >= day.isoformat(),
    "until": lambda work, day: _day(work) <= day.isoformat(),
    "min_pages": _least("page_count"),
    "max_pages": _most("page_count"),
    "min_width": _least("width"),
    "min_height": _least("height"),
}

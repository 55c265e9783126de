"""Drops works that the arguments of the spider exclude."""

from typing import Any

from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured
from scrapy.http import Response
from scrapy.spidermiddlewares.base import BaseSpiderMiddleware

from pixiv_crawler.arguments import WorksArgs
from pixiv_crawler.items import Work


class FiltersMiddleware(BaseSpiderMiddleware):
    """Drops works by the filter arguments of the spider, based on the data in the listing.

    No request is sent for a dropped work. If the listing does not contain the value, the work is kept.

    Stats: pixiv/filters/ARGUMENT.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        args = getattr(crawler.spider, "args", None)
        self._filters = args.filters() if isinstance(args, WorksArgs) else {}
        if not self._filters:
            raise NotConfigured

    def get_processed_item(self, item: Any, response: Response | None) -> Any:
        if not isinstance(item, Work):
            return item
        for name, passes in self._filters.items():
            if not passes(item):
                self.crawler.stats.inc_value(f"pixiv/filters/{name}")
                return None
        return item

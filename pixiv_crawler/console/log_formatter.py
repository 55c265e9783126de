"""Short log lines: an item by its kind and ID, never its content."""

import logging
from typing import Any

from scrapy import Request, Spider
from scrapy.http import Response
from scrapy.logformatter import LogFormatter, LogFormatterResult
from twisted.python.failure import Failure


class ShortLogFormatter(LogFormatter):
    """One line per response and item at DEBUG level, one per dropped or failed item."""

    # Scrapy would create a record for each response and item, which every handler would ignore.

    def crawled(self, request: Request, response: Response, spider: Spider) -> LogFormatterResult:
        if not _is_debugging():
            return None  # type: ignore[return-value]  # Scrapy documents None, but its type lacks it
        return super().crawled(request, response, spider)

    def scraped(self, item: Any, response: Response | Failure | None, spider: Spider) -> LogFormatterResult:
        if not _is_debugging():
            return None  # type: ignore[return-value]  # the same
        return _line(logging.DEBUG, "Scraped %(item)s", item)

    def dropped(
        self, item: Any, exception: BaseException, response: Response | Failure | None, spider: Spider
    ) -> LogFormatterResult:
        return _line(logging.DEBUG, "Dropped %(item)s: %(exception)s", item, exception=exception)

    def item_error(
        self, item: Any, exception: BaseException, response: Response | Failure | None, spider: Spider
    ) -> LogFormatterResult:
        return _line(logging.ERROR, "Error processing %(item)s", item)


def _is_debugging() -> bool:
    return any(handler.level <= logging.DEBUG for handler in logging.root.handlers)


def _line(level: int, msg: str, item: Any, **args: Any) -> LogFormatterResult:
    name = f"{getattr(item, 'kind', type(item).__name__)} {getattr(item, 'id', '')}".strip()
    return {"level": level, "msg": msg, "args": {"item": name, **args}}

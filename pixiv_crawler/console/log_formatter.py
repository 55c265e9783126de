"""Short log lines: an item by its kind and ID, never its content."""

from __future__ import annotations

import logging
from typing import Any

from scrapy import Spider
from scrapy.http import Response
from scrapy.logformatter import LogFormatter, LogFormatterResult
from twisted.python.failure import Failure


class ShortLogFormatter(LogFormatter):
    """One line per item at DEBUG level, one per dropped or failed item."""

    def scraped(self, item: Any, response: Response | Failure | None, spider: Spider) -> LogFormatterResult:
        # Scrapy would create a record for each item, which every handler would ignore.
        if all(handler.level > logging.DEBUG for handler in logging.root.handlers):
            return None  # type: ignore[return-value]  # Scrapy documents None, but its type lacks it
        return _line(logging.DEBUG, "Scraped %(item)s", item)

    def dropped(
        self, item: Any, exception: BaseException, response: Response | Failure | None, spider: Spider
    ) -> LogFormatterResult:
        return _line(logging.DEBUG, "Dropped %(item)s: %(exception)s", item, exception=exception)

    def item_error(
        self, item: Any, exception: BaseException, response: Response | Failure | None, spider: Spider
    ) -> LogFormatterResult:
        return _line(logging.ERROR, "Error processing %(item)s", item)


def _line(level: int, msg: str, item: Any, **args: Any) -> LogFormatterResult:
    name = f"{getattr(item, 'kind', type(item).__name__)} {getattr(item, 'id', '')}".strip()
    return {"level": level, "msg": msg, "args": {"item": name, **args}}

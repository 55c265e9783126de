"""Extensions that do what others may do beside the display: tell a total, and print."""

from __future__ import annotations

import sys
from typing import Any

from scrapy import signals
from scrapy.crawler import Crawler

from pixiv_crawler.run.failures import expected

ENTRIES = 488
"""How many works the ranking of one day has."""


class Announcer:
    """Sends `expected` when the crawl begins, as a spider does whose listing tells its total."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Announcer:
        announcer = cls(crawler)
        crawler.signals.connect(announcer.announce, signals.spider_opened)
        return announcer

    def announce(self) -> None:
        self._crawler.signals.send_catch_log(expected, entries=ENTRIES)


class Printer:
    """Prints two lines for each item, one to each stream."""

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Printer:
        printer = cls()
        crawler.signals.connect(printer.print, signals.item_scraped)
        return printer

    def print(self, item: Any) -> None:
        for name, stream in {"out": sys.stdout, "err": sys.stderr}.items():
            print(f"{name} {item.kind} {item.id} is done", file=stream)

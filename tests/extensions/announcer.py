"""Extensions that act like third-party extensions while the live display is active: announce a total, and print."""

from __future__ import annotations

import sys
from typing import Any

from scrapy import signals
from scrapy.crawler import Crawler

from pixiv_crawler.spiders.base import PixivSpider

ENTRIES = 488
"""The number of works in the ranking of one day."""


class Announcer:
    """Announces a total when the crawl starts, as a spider does whose listing contains its total."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Announcer:
        announcer = cls(crawler)
        crawler.signals.connect(announcer.announce, signals.spider_opened)
        return announcer

    def announce(self) -> None:
        spider = self._crawler.spider
        assert isinstance(spider, PixivSpider)
        spider.expect(ENTRIES)


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

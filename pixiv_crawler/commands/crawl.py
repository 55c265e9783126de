"""scrapy crawl: Scrapy's own, with an exit status that tells how the crawl ended."""

from __future__ import annotations

import argparse
import asyncio
import sys

from scrapy.commands.crawl import Command as ScrapyCrawlCommand
from scrapy.crawler import Crawler
from scrapy.exceptions import UsageError

from pixiv_crawler.exceptions import PixivCrawlerError

COMPLETE, WRONG_USE, STOPPED_EARLY, INCOMPLETE = 0, 1, 2, 3


class Command(ScrapyCrawlCommand):
    """Exit status: 0 all was collected, 1 wrong arguments or settings, 2 stopped early, 3 something was lost."""

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        if len(args) != 1:
            raise UsageError("give the name of one spider; scrapy list shows them", print_help=False)
        process = self.crawler_process
        assert process is not None
        if args[0] not in process.spider_loader.list():
            known = ", ".join(sorted(process.spider_loader.list()))
            raise UsageError(f"there is no spider {args[0]!r}; there are: {known}", print_help=False)
        crawler = self._create_crawler(args[0])
        crawl = process.crawl(crawler, **opts.spargs)
        assert isinstance(crawl, asyncio.Task)
        process.start()
        self.exitcode = _exit_status(crawler, crawl)


def _exit_status(crawler: Crawler, crawl: asyncio.Task[None]) -> int:
    if not crawl.done():
        return STOPPED_EARLY
    error = crawl.exception()
    if isinstance(error, PixivCrawlerError):
        print(f"Error: {error}", file=sys.stderr)
        return WRONG_USE
    if error is not None:
        raise error
    if crawler.stats.get_value("finish_reason") != "finished":
        return STOPPED_EARLY
    return INCOMPLETE if crawler.stats.get_value("pixiv/lost/count") else COMPLETE

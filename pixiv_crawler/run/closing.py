"""Ending a crawl early, and knowing that it ends.

All private names of Scrapy's engine that this project uses are in this module, because Scrapy has no public way to
ask.
"""

import asyncio
from typing import Any

from scrapy.crawler import Crawler

# The event loop holds tasks only weakly.
_closing: set[asyncio.Task[None]] = set()


def close_soon(crawler: Crawler, reason: str) -> None:
    """Closes the spider with a reason of ours, from within a request for which the engine waits."""
    task = asyncio.create_task(crawler.engine.close_spider_async(reason=reason))
    _closing.add(task)
    task.add_done_callback(_closing.discard)


def is_closing(crawler: Crawler) -> bool:
    """Whether the spider is being closed: the engine has closed its queues then, and a new request gets no response."""
    slot = crawler.engine._slot
    return not crawler.crawling or slot is None or bool(slot.closing)


def has_requests(crawler: Crawler) -> bool:
    """Whether requests are being sent, or wait for their turn."""
    return bool(crawler.engine and crawler.engine.downloader.active)


def is_working(crawler: Crawler) -> bool:
    """Whether requests wait or are being sent, or responses or items are being processed."""
    engine: Any = crawler.engine
    return has_requests(crawler) or engine._slot.scheduler.has_pending_requests() or not engine.scraper.slot.is_idle()


def close_if_idle(crawler: Crawler) -> None:
    """Lets a spider that is being closed end once its last item is processed.

    Scrapy 2.19 only checks this after a response has been processed, and resumed items belong to no response.
    """
    scraper = crawler.engine.scraper if crawler.engine else None
    if scraper and scraper.slot and (closing := scraper.slot.closing) and not closing.called:
        scraper._check_if_closing()


def check_idle_now(crawler: Crawler) -> None:
    """Makes the engine check at once whether the spider is idle; otherwise it checks every five seconds."""
    engine: Any = crawler.engine
    if engine._slot:
        engine._slot.nextcall.schedule()

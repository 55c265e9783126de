"""Ending a crawl early."""

from __future__ import annotations

import asyncio

from scrapy.crawler import Crawler


def close_soon(crawler: Crawler, reason: str) -> None:
    """Ends the crawl with a reason of our own, from within a request that the engine waits for."""
    task = asyncio.create_task(crawler.engine.close_spider_async(reason=reason))
    _closing.add(task)  # the event loop itself holds tasks only weakly
    task.add_done_callback(_closing.discard)


def is_closing(crawler: Crawler) -> bool:
    """Whether the crawl is ending: the engine has closed its queues then, and would not answer a new request at all."""
    slot = crawler.engine._slot
    return not crawler.crawling or slot is None or bool(slot.closing)


_closing: set[asyncio.Task[None]] = set()

"""Our own signals: what components tell each other without knowing each other."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from typing import Any

from scrapy.crawler import Crawler

logger = logging.getLogger(__name__)

lost = object()
"""Something that was asked for is missing; sent with `loss: Loss`."""

read_slice = object()
"""A slice of a search was read; sent with `entries`, `params`, `status` and `returned` (see api/slices.py)."""


@dataclass(frozen=True, slots=True)
class Loss:
    """Something that was asked for and is missing."""

    what: str
    """listing, slice, user, work, file, text, comments, bookmark, entry or line."""
    id: Any
    """Pixiv's ID of it; of a file, the ID of its work; None when there is none."""
    cause: str
    """Why, in one sentence."""
    source: str = ""
    """The call or address that failed."""


def lose(crawler: Crawler, loss: Loss) -> None:
    """Says once that something is missing: in the log, in the stats and to whoever listens.

    Stats: pixiv/lost/count, pixiv/lost/WHAT.
    """
    logger.warning("Lost %s %s: %s", loss.what, "" if loss.id is None else loss.id, loss.cause)
    crawler.stats.inc_value("pixiv/lost/count")
    crawler.stats.inc_value(f"pixiv/lost/{loss.what}")
    crawler.signals.send_catch_log(lost, loss=loss)


def close_soon(crawler: Crawler, reason: str) -> None:
    """Ends the crawl with a reason of our own, from within a request that the engine waits for."""
    task = asyncio.create_task(crawler.engine.close_spider_async(reason=reason))
    _closing.add(task)  # the event loop itself holds tasks only weakly
    task.add_done_callback(_closing.discard)


_closing: set[asyncio.Task[None]] = set()

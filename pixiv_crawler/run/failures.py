"""Our own signals: what components tell each other without knowing each other."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from typing import Any

from scrapy.crawler import Crawler

from pixiv_crawler.console.redaction import printable, redacted

logger = logging.getLogger(__name__)

lost = object()
"""Something that was asked for is missing; sent with `loss: Loss`, and the `item` that lacks it, if any."""

read_slice = object()
"""A slice of a search was read; sent with `entries`, `params`, `status` and `returned` (see api/slices.py)."""

expected = object()
"""So many more works are expected to come from a listing, which told its total; sent with `entries: int`."""


run_ending = object()
"""All that a run has collected is stored, and nothing more will be; sent with `reason`."""


@dataclass(frozen=True, slots=True)
class Loss:
    """Something that was asked for and is missing."""

    what: str
    """listing, slice, user, works, work, file, text, comments, bookmark, entry or line.

    works: Pixiv counts more works of a user than it showed.
    """
    id: Any
    """Pixiv's ID of it; of a file, the ID of its work; of works, the ID of their user; None when there is none."""
    cause: str
    """Why, in one sentence."""
    source: str = ""
    """The call or address that failed."""


_LONGEST_ID = 100
_LONGEST_CAUSE = 1000


def lose(crawler: Crawler, loss: Loss, item: Any = None) -> None:
    """Says once that something is missing, in an item if any: in the log, in the stats and to whoever listens.

    Stats: pixiv/lost/count, pixiv/lost/WHAT.
    """
    # An answer may quote a token, and anything in it may be of any length.
    id_ = loss.id[:_LONGEST_ID] if isinstance(loss.id, str) else loss.id if isinstance(loss.id, int) else None
    id_ = printable(redacted(id_)) if isinstance(id_, str) else id_
    cause, source = printable(redacted(loss.cause))[:_LONGEST_CAUSE], redacted(loss.source)
    loss = replace(loss, id=id_, cause=cause, source=source)
    logger.warning("Lost %s %s: %s", loss.what, "" if loss.id is None else loss.id, loss.cause)
    crawler.stats.inc_value("pixiv/lost/count")
    crawler.stats.inc_value(f"pixiv/lost/{loss.what}")
    crawler.signals.send_catch_log(lost, loss=loss, item=item)


def warn(crawler: Crawler, sentence: str) -> None:
    """Says what the user should know of the crawl as a whole: in the log, and in the report.

    Stats: pixiv/warned/SENTENCE.
    """
    logger.warning("%s", sentence)
    crawler.stats.inc_value(f"pixiv/warned/{sentence}")

"""What is missing from a run: recording it, and what the user should know about the crawl as a whole."""

import logging
from dataclasses import replace
from typing import Any

from scrapy.crawler import Crawler

from pixiv_crawler.console.redaction import printable, redacted
from pixiv_crawler.run.checkpoint import Checkpoint
from pixiv_crawler.run.signals import failed
from pixiv_crawler.run.state import Failure, Note

logger = logging.getLogger(__name__)

# Pixiv's texts can have any length.
_LONGEST_ID = 100
_LONGEST_CAUSE = 1000


def record_failure(crawler: Crawler, failure: Failure, item: Any = None) -> None:
    """Records that something is missing (from an item, if one is given): in the log, the stats and the report.

    Stats: pixiv/failed/count, pixiv/failed/WHAT.
    """
    failure = _safe(failure)
    name = failure.what if failure.item_id is None else f"{failure.what} {failure.item_id}"
    logger.warning("Missing: %s: %s", name, failure.cause)
    crawler.stats.inc_value("pixiv/failed/count")
    crawler.stats.inc_value(f"pixiv/failed/{failure.what}")
    Checkpoint.of(crawler).add_failure(failure, item)
    crawler.signals.send_catch_log(failed, failure=failure, item=item)


def _safe(failure: Failure) -> Failure:
    """A failure without secrets and control characters: a response may quote the token that a request was signed with."""
    id_ = failure.item_id
    if isinstance(id_, str):
        id_ = printable(redacted(id_[:_LONGEST_ID]))
    return replace(
        failure,
        item_id=id_ if isinstance(id_, int | str) else None,
        cause=printable(redacted(failure.cause))[:_LONGEST_CAUSE],
        source=redacted(failure.source),
    )


def warn(crawler: Crawler, sentence: str) -> None:
    """Tells the user something about the crawl as a whole, in the log and in the report."""
    logger.warning("%s", sentence)
    Checkpoint.of(crawler).add_note(Note("warning", {"text": sentence}))

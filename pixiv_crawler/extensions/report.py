"""report.json: what was asked, what was collected, what is missing, and what to do next."""

from __future__ import annotations

import logging
from collections import Counter
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
from scrapy import Spider, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured

from pixiv_crawler import paths
from pixiv_crawler.items import Unavailable
from pixiv_crawler.signals import Loss, lose, lost, read_slice

logger = logging.getLogger(__name__)

# What to do next, by finish reason.
_NEXT = {
    "finished": "Nothing: all that was asked for was collected.",
    "login_failed": "Look at the log: if Pixiv refused the refresh token, run scrapy login; then start the crawl again.",
    "rate_limited": "Wait some hours, raise PIXIV_API_DELAY, and start the crawl again.",
    "bad_arguments": "Give arguments that this account may be asked for.",
    "shutdown": "The crawl was interrupted; start it again.",
}


class ReportExtension:
    """Counts what a crawl yields and loses, and writes report.json when it ends.

    Settings: PIXIV_DATA_DIR. Stats read: pixiv/*.
    """

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._started = datetime.now(UTC)
        self._lines: Counter[str] = Counter()
        self._withheld: Counter[str] = Counter()
        self._losses: list[Loss] = []
        self._slices: list[dict[str, Any]] = []

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> ReportExtension:
        if not hasattr(crawler.spider, "job"):
            raise NotConfigured  # scrapy shell and its like run spiders that are none of ours
        extension = cls(crawler)
        connect = crawler.signals.connect
        connect(extension.item_scraped, signals.item_scraped)
        connect(extension.item_error, signals.item_error)
        connect(extension.spider_error, signals.spider_error)
        connect(extension.lost, lost)
        connect(extension.read_slice, read_slice)
        connect(extension.spider_closed, signals.spider_closed)
        return extension

    def item_scraped(self, item: Any) -> None:
        self._lines[item.kind] += 1
        if isinstance(item, Unavailable):
            self._withheld[item.reason] += 1

    def item_error(self, item: Any, failure: Any) -> None:
        """An item that an error of ours kept from being exported."""
        lose(self._crawler, Loss("work", getattr(item, "id", None), f"{failure.type.__name__}: {failure.value}"))

    def spider_error(self, failure: Any, response: Any) -> None:
        """An answer that an error of ours kept from being read to its end."""
        url = getattr(response, "url", "")
        lose(self._crawler, Loss("listing", None, f"{failure.type.__name__}: {failure.value}", url))

    def lost(self, loss: Loss) -> None:
        self._losses.append(loss)

    def read_slice(self, **read: Any) -> None:
        names = ("entries", "params", "status", "returned")
        self._slices.append({name: read[name] for name in names})

    def spider_closed(self, spider: Spider, reason: str) -> None:
        data_dir = Path(self._crawler.settings["PIXIV_DATA_DIR"])
        path = paths.report_path(paths.run_folder(data_dir, spider.name, spider.job))  # type: ignore[attr-defined]
        report = self._report(spider, reason)
        try:
            part = path.with_suffix(".part")
            part.write_bytes(msgspec.json.format(msgspec.json.encode(report), indent=2) + b"\n")
            part.replace(path)
        except OSError as error:
            logger.error("The report could not be written to %s (%s)", path, error.strerror)
        logger.info("%s: %s lines, %s lost. %s Report: %s", reason, self._total, self._lost, report["next"], path)

    @property
    def _total(self) -> int:
        return sum(self._lines.values())

    @property
    def _lost(self) -> int:
        return len(self._losses)

    def _report(self, spider: Any, reason: str) -> dict[str, Any]:
        return {
            "spider": spider.name,
            "job": spider.job,
            "arguments": spider.args.model_dump(mode="json", exclude_none=True),
            "started_at": self._started.isoformat(timespec="seconds"),
            "finished_at": datetime.now(UTC).isoformat(timespec="seconds"),
            "finish_reason": reason,
            "lines": dict(self._lines),
            "files": self._stats("pixiv/files/"),
            "requests": self._stats("pixiv/requests"),
            "unavailable": dict(self._withheld),
            "new_fields": sorted(self._stats("pixiv/drift/new_field/")),
            **self._search(),
            "lost": [asdict(loss) for loss in self._losses],
            "next": self._next(reason),
        }

    def _search(self) -> dict[str, Any]:
        """The ledger of a search: every slice, and whether they make up all that was asked for."""
        if not self._slices:
            return {}
        holes = [part for part in self._slices if part["status"] in ("incomplete", "failed")]
        return {"search": {"is_complete": not holes, "holes": holes, "slices": self._slices}}

    def _stats(self, prefix: str) -> dict[str, Any]:
        stats = self._crawler.stats.get_stats()
        return {name.removeprefix(prefix): value for name, value in stats.items() if name.startswith(prefix)}

    def _next(self, reason: str) -> str:
        if reason == "finished" and self._losses:
            return "Look at `lost`, then run the same crawl again: files that are there are kept."
        return _NEXT.get(reason, f"The crawl ended early ({reason}); look at its log, then start it again.")

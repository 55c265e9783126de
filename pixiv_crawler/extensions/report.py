"""report.json: what was asked, what was collected, what is missing, and what to do next."""

from __future__ import annotations

import logging
import shlex
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured

from pixiv_crawler.layout import paths
from pixiv_crawler.run.checkpoint import Journal
from pixiv_crawler.run.failures import run_ending
from pixiv_crawler.run.incremental import call_of
from pixiv_crawler.state import Pass

logger = logging.getLogger(__name__)

# Why a run ended early and what to do about it, by finish reason; before the command that goes on with it.
_WHY = {
    "login_failed": "Look at the log: if Pixiv refused the refresh token, run scrapy login.",
    "rate_limited": "Wait some hours, and raise PIXIV_API_DELAY.",
    "too_many_errors": "Pixiv or the network is down: look at the log's last error, and wait until it is mended.",
    "disk_full": "Make room on the disk.",
    "storage_failed": "Look at the log: something could not be stored.",
    "shutdown": "The crawl was interrupted.",
}


class ReportExtension:
    """Writes report.json when a run ends, for now or for good.

    Settings: PIXIV_DATA_DIR. Stats: pixiv/next, what to do next. Stats read: pixiv/*.
    """

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._journal = Journal.of(crawler)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> ReportExtension:
        if not hasattr(crawler.spider, "job"):
            raise NotConfigured  # scrapy shell and its like run spiders that are none of ours
        extension = cls(crawler)
        crawler.signals.connect(extension.run_ending, run_ending)
        return extension

    def run_ending(self, reason: str) -> None:
        spider: Any = self._crawler.spider
        data_dir = Path(self._crawler.settings["PIXIV_DATA_DIR"])
        path = paths.report_path(paths.run_folder(data_dir, spider.name, spider.job))
        report = self._report(spider, reason)
        try:
            part = path.with_suffix(".part")
            part.write_bytes(msgspec.json.format(msgspec.json.encode(report), indent=2) + b"\n")
            part.replace(path)
        except OSError as error:
            logger.error("The report could not be written to %s (%s)", path, error.strerror)
        self._crawler.stats.set_value("pixiv/next", report["next"])
        lines, lost = self._journal.tally.lines.total(), len(self._journal.tally.lost)
        logger.info("%s: %s lines, %s lost. Report: %s. %s", reason, lines, lost, path, report["next"])

    def _report(self, spider: Any, reason: str) -> dict[str, Any]:
        now = datetime.now(UTC)
        return {
            "spider": spider.name,
            "job": spider.job,
            "arguments": spider.args.model_dump(mode="json", exclude_none=True),
            "started_at": self._journal.started_at,
            "finished_at": now.isoformat(timespec="seconds"),
            "finish_reason": reason,
            "lines": dict(self._journal.tally.lines),
            "files": dict(self._journal.tally.files),
            "books": self._stats("pixiv/books/"),
            "requests": self._stats("pixiv/requests"),
            "errors": self._stats("pixiv/apierrors/"),
            "pauses": self._stats("pixiv/ratelimit/"),
            "dropped": self._dropped(),
            "unavailable": dict(self._journal.tally.withheld),
            "new_fields": sorted(self._stats("pixiv/drift/new_field/")),
            "warnings": sorted(self._stats("pixiv/warned/")),
            **self._search(),
            **self._listings(spider, now, reason),
            "lost_count": dict(Counter(loss["what"] for loss in self._journal.tally.lost)),
            "lost": self._journal.tally.lost,
            "next": self._next(spider, reason),
        }

    def _search(self) -> dict[str, Any]:
        """The ledger of a search: every slice, and whether they make up all that was asked for."""
        slices = self._journal.tally.slices
        if not slices:
            return {}
        holes = [part for part in slices if part["status"] in ("incomplete", "failed")]
        return {"search": {"is_complete": not holes, "holes": holes, "slices": slices}}

    def _listings(self, spider: Any, now: datetime, reason: str) -> dict[str, Any]:
        """With `new_only`: how far each listing was read, and how long ago it was last read to its end."""
        if not getattr(spider.args, "new_only", False):
            return {}
        readings = [one for one in self._journal.readings.passes.values() if one.key]
        return {"listings": [self._reading(one, now, is_finished=reason == "finished") for one in readings]}

    def _reading(self, reading: Pass, now: datetime, *, is_finished: bool) -> dict[str, Any]:
        is_full = is_finished and reading.is_whole and reading.ended == "end"
        full_pass_at = (
            now.isoformat(timespec="seconds") if is_full else self._journal.readings.read_at(reading.listing)
        )
        days = (now - datetime.fromisoformat(full_pass_at)).days if full_pass_at else None
        return {
            "call": call_of(reading.key),
            "ended": reading.ended,
            "full_pass_at": full_pass_at,
            "full_pass_days": days,
        }

    def _dropped(self) -> dict[str, Any]:
        """Works that were shown and not wanted, by the argument that says so; `once` came twice in a listing."""
        found = self._stats("pixiv/filters/")
        for name, stat in (
            ("once", "once/dropped"),
            ("max_works", "maxworks/dropped"),
            ("new_only", "new_only/known"),
        ):
            if value := self._crawler.stats.get_value(f"pixiv/{stat}"):
                found[name] = value
        return found

    def _stats(self, prefix: str) -> dict[str, Any]:
        stats = self._crawler.stats.get_stats()
        return {name.removeprefix(prefix): value for name, value in stats.items() if name.startswith(prefix)}

    def _next(self, spider: Any, reason: str) -> str:
        if reason == "finished":
            if self._journal.tally.lost:
                return "Look at `lost`, then crawl again under another name: files that are there are kept."
            if any(one.ended == "known" for one in self._journal.readings.passes.values()):
                return "Nothing: all that is new was collected; `listings` tells when each was last read to its end."
            return "Nothing: all that was asked for was collected."
        if reason == "bad_arguments":
            return "Give arguments that this account may be asked for."
        why = _WHY.get(reason, f"The crawl ended early ({reason}); look at its log.")
        return f"{why} To go on: {_command(spider)}"


def _command(spider: Any) -> str:
    """The command that goes on with the run."""
    arguments = {**spider.given, "job": spider.job}
    words = [word for name, text in arguments.items() for word in ("-a", f"{name}={text}")]
    return shlex.join(["scrapy", "crawl", spider.name, *words])

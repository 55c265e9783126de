"""Writes report.json and failed.jsonl: what was requested, what was collected, what is missing, and what to do next."""

import asyncio
import logging
import shlex
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
from scrapy.crawler import Crawler

from pixiv_crawler.console.program import PROGRAM
from pixiv_crawler.exceptions import StateError, os_problem
from pixiv_crawler.http.shared import Component
from pixiv_crawler.layout import paths
from pixiv_crawler.layout.atomic_write import replace_durably, sync_to_disk, write_atomically
from pixiv_crawler.layout.regular_files import check_regular
from pixiv_crawler.run.incremental import first_call
from pixiv_crawler.run.invocation import crawl_words, given_settings
from pixiv_crawler.run.lifecycle import Run, require_run
from pixiv_crawler.run.signals import run_ending, run_opened
from pixiv_crawler.run.state import JsonObject, ListingPass
from pixiv_crawler.run.stats import CheckpointStats

logger = logging.getLogger(__name__)

MAX_FAILURES = 1000
"""Maximum number of failures in report.json; failed.jsonl has all of them."""
_PAGE = 1000
# Longer commands, such as those with lists of IDs, leave it to the state what they contain.
_LONGEST_COMMAND = 1000

# Why a run ended early and what to do about it, by finish reason; the command that resumes the run follows.
_CAUSES = {
    "login_failed": f"See the log: if there is no refresh token, or if Pixiv rejected it, run {PROGRAM} login.",
    "rate_limited": "Wait some hours, and raise PIXIV_API_DELAY.",
    "too_many_errors": "Pixiv or the network is down: see the last error in the log, and wait until it is fixed.",
    "disk_full": "Free some space on the disk.",
    "storage_failed": "See the log: something could not be stored.",
    "shutdown": "The crawl was interrupted.",
}


class ReportExtension(Component):
    """Writes report.json and failed.jsonl whenever a run ends, whether it has finished or can be resumed.

    When a run begins or is resumed, its report says that it was interrupted, in case that its process is killed.

    Settings: PIXIV_DATA_DIR. Stats read: pixiv/*.
    """

    def __init__(self, crawler: Crawler) -> None:
        require_run(crawler)
        self._crawler = crawler
        self._run = Run.of(crawler)
        self._stats = CheckpointStats.of(crawler)
        crawler.signals.connect(self.run_opened, run_opened)
        crawler.signals.connect(self.run_ending, run_ending)

    async def run_opened(self) -> None:
        """Writes what a killed process leaves behind: a report that says how to resume the run."""
        report = await self._content(self._crawler.spider, "shutdown", is_over=False)
        with suppress(OSError):  # the same error ends the run when it writes its last report
            await asyncio.to_thread(self._write, report)

    async def run_ending(self, reason: str) -> None:
        spider: Any = self._crawler.spider
        path = paths.report_path(self._run.folder.path)
        report = await self._content(spider, reason)
        try:
            await self._write_failures(path.with_name(paths.FAILURES_NAME))
            await asyncio.to_thread(self._write, report)
        except (OSError, StateError) as error:
            logger.error("The report could not be written to %s (%s): check the disk", path, os_problem(error))
            self._run.fail(error)  # without its report, the run has not finished
        self._run.report = report
        lines, failures = sum(report["lines"].values()), sum(report["failure_counts"].values())
        logger.info("%s: %d lines, %d failures. Report: %s. %s", reason, lines, failures, path, report["next"])

    def _write(self, report: JsonObject) -> None:
        content = msgspec.json.format(msgspec.json.encode(report), indent=2) + b"\n"
        write_atomically(paths.report_path(self._run.folder.path), content)

    async def _content(self, spider: Any, reason: str, *, is_over: bool = True) -> JsonObject:
        now = datetime.now(UTC).isoformat(timespec="seconds")
        by_name = self._stats.by_name
        return {
            "spider": spider.name,
            "job": spider.job,
            "arguments": spider.args.model_dump(mode="json", exclude_none=True),
            "started_at": self._run.record.started_at,
            "finished_at": now if is_over else None,
            "finish_reason": reason,
            "lines": by_name("pixiv/lines/"),
            "files": by_name("pixiv/files/"),
            "books": {note["path"]: note["status"] for note in await self._notes("book")},
            "requests": by_name("pixiv/requests"),
            "errors": by_name("pixiv/apierrors/"),
            "pauses": by_name("pixiv/ratelimit/"),
            "dropped": self._dropped(),
            "unavailable": by_name("pixiv/unavailable/"),
            **await self._website(),
            **({"artists": artists[-1]} if (artists := await self._notes("artists")) else {}),
            "new_fields": sorted(by_name("pixiv/drift/new_field/")),
            "new_values": by_name("pixiv/drift/new_value/"),
            "warnings": sorted({note["text"] for note in await self._notes("warning")}),
            **await self._search(),
            **await self._listings(spider, now, reason),
            "failure_counts": {
                name: count for name, count in by_name("pixiv/failed/").items() if name != "count" and count
            },
            "failures": [failure async for failure in self._failures(MAX_FAILURES)],
            "next": await self._next(spider, reason),
        }

    async def _notes(self, section: str) -> list[JsonObject]:
        try:
            return await self._run.state.notes(self._run.id, section)
        except StateError:
            return []  # the crawl ends because of it, and the log says so

    async def _failures(self, limit: float = float("inf")) -> AsyncIterator[JsonObject]:
        """The failures of the run, in the order in which they were recorded."""
        last = count = 0
        with suppress(StateError):  # the crawl ends because of it, and the log says so
            while count < limit and (page := await self._run.state.failures(self._run.id, last, _PAGE)):
                last = page[-1][0]
                for _, failure in page[: int(min(limit - count, _PAGE))]:
                    count += 1
                    yield {
                        "what": failure.what,
                        "id": failure.item_id,
                        "cause": failure.cause,
                        "source": failure.source,
                    }

    async def _write_failures(self, path: Path) -> None:
        """Replaces failed.jsonl; a run without failures has none."""
        part = path.with_name(f"{path.name}.part")
        count = 0
        check_regular(part)
        with part.open("wb") as file:
            async for failure in self._failures():
                count += 1
                file.write(msgspec.json.encode(failure) + b"\n")
        if count:
            await asyncio.to_thread(sync_to_disk, part)
            await asyncio.to_thread(replace_durably, part, path)
        else:
            await asyncio.to_thread(part.unlink)
            await asyncio.to_thread(path.unlink, missing_ok=True)

    async def _website(self) -> JsonObject:
        """What Pixiv's website was used for, and which works the listings of the app did not show."""
        used = self._stats.by_name("pixiv/web/")
        hidden = await self._notes("hidden_works")
        return {"website": {**used, "hidden_works": hidden}} if used else {}

    async def _search(self) -> JsonObject:
        """The partitions of a search, and whether together they contain everything that was requested."""
        partitions = await self._notes("search_partition")
        if not partitions:
            return {}
        holes = [part for part in partitions if part["status"] in ("incomplete", "failed", "preview")]
        return {"search": {"is_complete": not holes, "holes": holes, "partitions": partitions}}

    async def _listings(self, spider: Any, now: str, reason: str) -> JsonObject:
        """With `new_only`: how far each listing was read, and how long ago it was last read to its end."""
        if not getattr(spider.args, "new_only", False):
            return {}
        is_finished = reason == "finished"
        try:
            return {
                "listings": [
                    await self._listing(found, now, is_finished) async for found in self._passes() if found.key
                ]
            }
        except StateError:
            return {}  # the crawl ends because of it, and the log says so

    async def _passes(self) -> AsyncIterator[ListingPass]:
        last = -1
        with suppress(StateError):  # the crawl ends because of it, and the log says so
            while page := await self._run.state.listing_passes(self._run.id, last, _PAGE):
                for found in page:
                    yield found
                last = page[-1].listing

    async def _listing(self, found: ListingPass, now: str, is_finished: bool) -> JsonObject:
        is_full = is_finished and found.is_complete and found.ended == "end"
        full_pass_at = now if is_full else await self._run.state.last_full_pass(found.key)
        age = datetime.fromisoformat(now) - datetime.fromisoformat(full_pass_at) if full_pass_at else None
        return {
            "call": first_call(found.key),
            "ended": found.ended,
            "full_pass_at": full_pass_at,
            "full_pass_days": age.days if age else None,
        }

    def _dropped(self) -> JsonObject:
        """Works that Pixiv listed and the arguments excluded, by argument; `duplicates` were listed twice."""
        dropped: JsonObject = dict(self._stats.by_name("pixiv/filters/"))
        for name, stat in (
            ("duplicates", "duplicates/dropped"),
            ("max_works", "max_works/dropped"),
            ("new_only", "new_only/known"),
        ):
            if value := self._stats.get_value(f"pixiv/{stat}"):
                dropped[name] = value
        return dropped

    async def _next(self, spider: Any, reason: str) -> str:
        if reason == "finished":
            if self._stats.get_value("pixiv/failed/count"):
                return f"See `failures`. To collect again what failed: {self._later('retry', spider)}"
            if getattr(spider.args, "new_only", False):
                async for found in self._passes():
                    if found.ended == "known":
                        return "All new works were collected; `listings` shows when each was last read to its end."
            damaged = self._stats.get_value("pixiv/files/damaged")
            at_pixiv = f"; {damaged} of the files are damaged at Pixiv itself" if damaged else ""
            return f"Everything that was requested was collected{at_pixiv}."
        if reason == "bad_arguments":
            return "Pass arguments that this account may use."
        cause = _CAUSES.get(reason, f"The crawl ended early ({reason}): see its log.")
        if reason in ("refused_everywhere", "incomplete"):
            cause = f"{self._run.why_ended}."
        return f"{cause} To resume: {self._command(spider)}"

    def _command(self, spider: Any) -> str:
        """The command that resumes the run, with the settings of the present one except secrets."""
        settings = given_settings(self._crawler.settings)
        command = shlex.join([PROGRAM, *crawl_words(spider.name, spider.job, spider.given, settings)])
        if len(command) <= _LONGEST_COMMAND:
            return command
        return self._later("resume", spider)

    def _later(self, name: str, spider: Any) -> str:
        """A command about this run, whose arguments and settings are in the state."""
        settings = given_settings(self._crawler.settings)
        where = [name for name in ("PIXIV_DATA_DIR", "PIXIV_STATE") if name in settings]
        words = [word for name in where for word in ("-s", f"{name}={settings[name]}")]
        return shlex.join([PROGRAM, name, f"{spider.name}/{spider.job}", *words])

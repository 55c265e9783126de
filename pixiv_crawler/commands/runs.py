"""scrapy runs: lists the runs that were started."""

from __future__ import annotations

import argparse
import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from scrapy.commands import ScrapyCommand

from pixiv_crawler.console import redaction
from pixiv_crawler.console.printing import say
from pixiv_crawler.console.program import PROGRAM
from pixiv_crawler.console.terminal import listed
from pixiv_crawler.exceptions import ArgumentError, PixivCrawlerError
from pixiv_crawler.layout import paths

if TYPE_CHECKING:
    from pixiv_crawler.run.overview import RunOverview

_MINUTE, _HOUR, _DAY = 60, 3_600, 86_400


class Command(ScrapyCommand):
    """Exit status: 0 the runs were listed, 1 they could not be read."""

    requires_project = True
    requires_crawler_process = False

    def short_desc(self) -> str:
        return "List the runs that were started, with their state, counts and age"

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        # Scrapy imports every command, and only a few need the state.
        from pixiv_crawler.run.overview import read_runs
        from pixiv_crawler.run.state.opening import state_url

        redaction.install()
        assert self.settings is not None
        try:
            if args:
                raise ArgumentError(f"unknown argument {args[0]!r}; see {PROGRAM} runs --help")
            data_dir = paths.data_dir(self.settings["PIXIV_DATA_DIR"])
            runs = asyncio.run(read_runs(data_dir, state_url(self.settings["PIXIV_STATE"], data_dir)))
        except PixivCrawlerError as error:
            say(f"Error: {error}", is_error=True)
            self.exitcode = 1
        else:
            say(*_table(runs, datetime.now(UTC)) if runs else [f"No run has been started in {data_dir}"])


def _table(runs: list[RunOverview], now: datetime) -> list[str]:
    rows = [(run.name, run.status, _age(run, now), _counts(run)) for run in runs]
    widths = [max(map(len, column)) for column in list(zip(*rows, strict=True))[:-1]]
    return ["  ".join([*map(str.ljust, row, widths), row[-1]]).rstrip() for row in rows]


def _counts(run: RunOverview) -> str:
    failed = f"{run.failures:,} failed" if run.failures else ""
    return ", ".join(filter(None, [listed(run.lines) or "no lines", failed]))


def _age(run: RunOverview, now: datetime) -> str:
    """How long ago the run was started."""
    seconds = int((now - datetime.fromisoformat(run.record.started_at)).total_seconds())
    if seconds < _HOUR:
        return f"{max(seconds, 0) // _MINUTE} min ago"
    return f"{seconds // _HOUR} h ago" if seconds < 2 * _DAY else f"{seconds // _DAY} days ago"

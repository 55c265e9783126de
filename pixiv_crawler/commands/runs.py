"""scrapy runs: lists the runs that were started."""

from __future__ import annotations

import argparse
import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from scrapy.settings import BaseSettings

from pixiv_crawler.base_command import BaseCommand, data_dir, reject_arguments
from pixiv_crawler.console.printing import say
from pixiv_crawler.console.program import COMPLETE
from pixiv_crawler.console.terminal import listed

if TYPE_CHECKING:
    from pixiv_crawler.run.overview import RunOverview

_MINUTE, _HOUR, _DAY = 60, 3_600, 86_400


class Command(BaseCommand):
    """Exit status: 0 the runs were listed, 1 they could not be read."""

    summary = "List the runs that were started, with their state, counts and age"

    def execute(self, args: list[str], opts: argparse.Namespace, settings: BaseSettings) -> int:
        # Scrapy imports every command, and only a few need the state.
        from pixiv_crawler.run.overview import read_runs
        from pixiv_crawler.run.state.opening import state_url

        reject_arguments(args, "runs")
        data = data_dir(settings)
        runs = asyncio.run(read_runs(data, state_url(settings["PIXIV_STATE"], data)))
        say(*_table(runs, datetime.now(UTC)) if runs else [f"No run has been started in {data}"])
        return COMPLETE


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

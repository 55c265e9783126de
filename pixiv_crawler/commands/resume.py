"""scrapy resume: resumes interrupted runs with the arguments and settings that they were started with."""

from __future__ import annotations

import argparse
import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from scrapy.settings import BaseSettings

from pixiv_crawler.base_command import BaseCommand, data_dir
from pixiv_crawler.console.printing import say
from pixiv_crawler.console.program import PROGRAM
from pixiv_crawler.exceptions import ArgumentError

if TYPE_CHECKING:
    from pixiv_crawler.run.overview import RunOverview


class Command(BaseCommand):
    """Exit status: that of the crawl, the most serious one of several; 0 if there is nothing to resume."""

    summary = "Resume a run, the newest interrupted one or all of them, as it was started"
    usage = "[JOB | SPIDER/JOB | --all] [-s NAME=VALUE]"
    nothing = "No run in {} is interrupted: nothing to resume"

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument("--all", action="store_true", help="resume all interrupted runs, one after the other")

    def execute(self, args: list[str], opts: argparse.Namespace, settings: BaseSettings) -> int:
        # Scrapy imports every command, and only a few need the state.
        from pixiv_crawler.run.overview import read_runs
        from pixiv_crawler.run.processes import run_in_order
        from pixiv_crawler.run.state.opening import state_url

        data = data_dir(settings)
        runs = asyncio.run(read_runs(data, state_url(settings["PIXIV_STATE"], data)))
        # The run may have been started from another folder.
        where = {"PIXIV_DATA_DIR": str(data), "PIXIV_STATE": settings["PIXIV_STATE"]}
        given = where | dict(setting.split("=", 1) for setting in opts.set)
        commands = self.commands(runs, args, opts, data, given)
        if not commands:
            say(self.nothing.format(data))
        return run_in_order(commands)

    def commands(
        self, runs: list[RunOverview], args: list[str], opts: argparse.Namespace, _data: Path, given: dict[str, str]
    ) -> list[list[str]]:
        """The crawls to run; `given` are the settings of this command."""
        return [run.resume_words(given) for run in _chosen(runs, args, is_all=opts.all)]


def _chosen(runs: list[RunOverview], names: list[str], *, is_all: bool) -> list[RunOverview]:
    if len(names) + is_all > 1 or any(name.startswith("-") for name in names):
        raise ArgumentError(f"{' '.join(names)!r} is not one run: pass the name of one run, or --all")
    if names:
        return [named_run(runs, names[0])]
    interrupted = [run for run in runs if run.status == "interrupted"]
    return interrupted if is_all else interrupted[-1:]


def named_run(runs: list[RunOverview], name: str) -> RunOverview:
    """The run with that name, or with that job.

    Raises:
        ArgumentError: there is none, or there are several.
    """
    found = [run for run in runs if name in (run.name, run.record.job)]
    if not found:
        raise ArgumentError(f"there is no run {name!r}: {PROGRAM} runs lists all of them")
    if len(found) > 1:
        raise ArgumentError(f"several runs have the name {name!r}: pass one of {', '.join(run.name for run in found)}")
    return found[0]

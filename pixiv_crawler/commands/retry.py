"""scrapy retry: collects again what failed in a run."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from scrapy.commands import ScrapyCommand

from pixiv_crawler.commands import resume
from pixiv_crawler.exceptions import ArgumentError

if TYPE_CHECKING:
    from pixiv_crawler.run.overview import RunOverview


class Command(resume.Command):
    """Exit status: that of the crawl, the most serious one of several; 0 if nothing has failed."""

    summary = "Collect again what failed in a run, as JOB-retry"
    usage = "JOB | SPIDER/JOB [-s NAME=VALUE]"
    nothing = "Nothing failed in this run: nothing to retry"

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        ScrapyCommand.add_options(self, parser)

    def commands(
        self, runs: list[RunOverview], args: list[str], opts: argparse.Namespace, data: Path, given: dict[str, str]
    ) -> list[list[str]]:
        if not args:
            raise ArgumentError("no run is given: pass the name of one, as the command runs shows it")
        if len(args) != 1 or args[0].startswith("-"):
            raise ArgumentError(f"{' '.join(args)!r} is not one run: pass the name of one run")
        return resume.named_run(runs, args[0]).retry_words(data, given)

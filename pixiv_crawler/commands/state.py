"""scrapy state rebuild: regenerates the state database from lines and files."""

from __future__ import annotations

import argparse
import asyncio
from typing import TYPE_CHECKING

from scrapy.settings import BaseSettings

from pixiv_crawler.base_command import BaseCommand, data_dir
from pixiv_crawler.console.printing import say
from pixiv_crawler.console.program import COMPLETE, PROGRAM
from pixiv_crawler.exceptions import SettingError, os_problem

if TYPE_CHECKING:
    from pixiv_crawler.run.rebuilding import Rebuilt


class Command(BaseCommand):
    """Exit status: 0 the state was rebuilt, 1 it was not."""

    summary = "Rebuild a lost or damaged state database from lines and files"
    usage = "rebuild [--replace]"

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument("--replace", action="store_true", help="rebuild it even if the present one can be read")

    def execute(self, args: list[str], opts: argparse.Namespace, settings: BaseSettings) -> int:
        # Scrapy imports every command, and only this one needs the state database.
        from pixiv_crawler.run.rebuilding import rebuild
        from pixiv_crawler.run.state.opening import state_path, state_url

        if args != ["rebuild"]:
            raise SettingError(f"{' '.join(args)!r} is not a valid action: run {PROGRAM} state rebuild")
        data = data_dir(settings)
        path = state_path(state_url(settings["PIXIV_STATE"], data))
        try:
            _print(asyncio.run(rebuild(data, path, replace=opts.replace)))
        except OSError as error:
            raise SettingError(
                f"the state could not be rebuilt ({os_problem(error)}): check PIXIV_STATE and its disk"
            ) from error
        return COMPLETE


def _print(rebuilt: Rebuilt) -> None:
    say(f"Rebuilt: {rebuilt.runs:,} finished runs with {rebuilt.works:,} works, and {rebuilt.files:,} files")
    if rebuilt.kept_as:
        say(f"The previous database is kept as {rebuilt.kept_as}")
    for folder in rebuilt.open_runs:
        say(f"{folder} has not finished: it continues from its lines when it is resumed")

"""scrapy state rebuild: regenerates the state database from lines and files."""

from __future__ import annotations

import argparse
import asyncio
from typing import TYPE_CHECKING

from scrapy.commands import ScrapyCommand

from pixiv_crawler.console import redaction
from pixiv_crawler.console.printing import say
from pixiv_crawler.console.program import PROGRAM
from pixiv_crawler.exceptions import PixivCrawlerError, SettingError
from pixiv_crawler.layout import paths

if TYPE_CHECKING:
    from pixiv_crawler.run.rebuilding import Rebuilt


class Command(ScrapyCommand):
    """Exit status: 0 the state was rebuilt, 1 it was not."""

    requires_project = True
    requires_crawler_process = False

    def syntax(self) -> str:
        return "rebuild [--replace]"

    def short_desc(self) -> str:
        return "Rebuild a lost or damaged state database from lines and files"

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument("--replace", action="store_true", help="rebuild it even if the present one can be read")

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        # Scrapy imports every command, and only this one needs the state database.
        from pixiv_crawler.run.rebuilding import rebuild
        from pixiv_crawler.run.state.opening import state_path, state_url

        redaction.install()
        try:
            if args != ["rebuild"]:
                raise SettingError(f"{' '.join(args)!r} is not a valid action: run {PROGRAM} state rebuild")
            assert self.settings is not None
            data_dir = paths.data_dir(self.settings["PIXIV_DATA_DIR"])
            path = state_path(state_url(self.settings["PIXIV_STATE"], data_dir))
            _print(asyncio.run(rebuild(data_dir, path, replace=opts.replace)))
        except PixivCrawlerError as error:
            self._fail(str(error))
        except OSError as error:
            self._fail(f"the state could not be rebuilt ({error}): check PIXIV_STATE and its disk")

    def _fail(self, sentence: str) -> None:
        say(f"Error: {sentence}", is_error=True)
        self.exitcode = 1


def _print(rebuilt: Rebuilt) -> None:
    say(f"Rebuilt: {rebuilt.runs:,} finished runs with {rebuilt.works:,} works, and {rebuilt.files:,} files")
    if rebuilt.kept_as:
        say(f"The previous database is kept as {rebuilt.kept_as}")
    for folder in rebuilt.open_runs:
        say(f"{folder} has not finished: it continues from its lines when it is resumed")

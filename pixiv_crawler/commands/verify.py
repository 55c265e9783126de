"""scrapy verify: compares the files on disk with what the state knows about them."""

from __future__ import annotations

import argparse
import asyncio
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from scrapy.commands import ScrapyCommand

from pixiv_crawler.console import redaction
from pixiv_crawler.console.printing import say
from pixiv_crawler.console.program import PROGRAM
from pixiv_crawler.exceptions import ArgumentError, PixivCrawlerError
from pixiv_crawler.layout import paths

if TYPE_CHECKING:
    from pixiv_crawler.files.integrity import CheckedFile, Share

_COMPLETE, _INVALID_USE, _INCOMPLETE = 0, 1, 3


class Command(ScrapyCommand):
    """Exit status: 0 all files are as they were stored, 1 they could not be checked, 3 some are not."""

    requires_project = True
    requires_crawler_process = False

    def syntax(self) -> str:
        return "[--read SHARE] [--fetch]"

    def short_desc(self) -> str:
        return "Compare the files on disk with what the state knows about them"

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument(
            "--read",
            metavar="SHARE",
            default="none",
            help="read these files and compare their contents, too: all, none (default), a share such as 5%%, a part such as 1/7",
        )
        parser.add_argument("--fetch", action="store_true", help="download the works of files with a problem again")

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        # Scrapy imports every command, and only a few need the state.
        from pixiv_crawler.files.integrity import parse_share

        redaction.install()
        assert self.settings is not None
        data_dir = paths.data_dir(self.settings["PIXIV_DATA_DIR"])
        try:
            if args:
                raise ArgumentError(f"unknown argument {args[0]!r}; see {PROGRAM} verify --help")
            wrong = asyncio.run(self._check(data_dir, parse_share(opts.read)))
        except PixivCrawlerError as error:
            say(f"Error: {error}", is_error=True)
            self.exitcode = _INVALID_USE
            return
        self.exitcode = _INCOMPLETE if wrong else _COMPLETE
        if wrong and opts.fetch:
            self.exitcode = self._fetch(wrong, paths.files_folder(data_dir), opts.set)

    async def _check(self, data_dir: Path, share: Share) -> list[CheckedFile]:
        from pixiv_crawler.exceptions import SettingError
        from pixiv_crawler.files.integrity import check_files
        from pixiv_crawler.run.state import open_state
        from pixiv_crawler.run.state.opening import state_path, state_url

        assert self.settings is not None
        url = state_url(self.settings["PIXIV_STATE"], data_dir)
        if not state_path(url).exists():
            raise SettingError(
                f"there is no state in {state_path(url)}: set PIXIV_DATA_DIR to the folder of your crawls"
            )
        state = await open_state(url)
        wrong, files, read = [], 0, 0
        try:
            async for checked in check_files(state, paths.files_folder(data_dir), share):
                files += 1
                read += checked.is_read
                if checked.problem:
                    say(f"{checked.file.path} {checked.problem}")
                    wrong.append(checked)
        finally:
            await state.close()
        say(f"{files:,} files checked, {read:,} of them read: {len(wrong) or 'no'} problem{'s' * (len(wrong) != 1)}")
        return wrong

    def _fetch(self, wrong: list[CheckedFile], folder: Path, settings: list[str]) -> int:
        """Downloads the works again; what is on disk is kept under another name. Returns the exit status."""
        from pixiv_crawler.api.site_urls import parse_page_url
        from pixiv_crawler.processes import run_in_order

        works: set[str] = set()
        for checked in wrong:
            with suppress(ArgumentError):  # avatars and covers belong to no work
                works.add(parse_page_url(checked.file.url).args["illust_id"])
                path = folder / checked.file.path
                with suppress(FileNotFoundError):
                    path.rename(path.with_name(f"{path.name}.damaged"))
        if not works:
            say("None of these files belongs to a work: crawl the users or series that they belong to")
            return _INCOMPLETE
        given = [word for setting in settings for word in ("-s", setting)]
        return run_in_order([["crawl", "works", "-a", f"illust_id={','.join(sorted(works))}", *given]])

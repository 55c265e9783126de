"""scrapy verify: compares the files on disk with what the state knows about them."""

from __future__ import annotations

import argparse
import asyncio
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from scrapy.settings import BaseSettings

from pixiv_crawler.base_command import BaseCommand, data_dir, reject_arguments
from pixiv_crawler.console.printing import say
from pixiv_crawler.console.program import COMPLETE, INCOMPLETE
from pixiv_crawler.exceptions import ArgumentError
from pixiv_crawler.layout import paths

if TYPE_CHECKING:
    from pixiv_crawler.files.integrity import CheckedFile, Share


class Command(BaseCommand):
    """Exit status: 0 all files are as they were stored, 1 they could not be checked, 3 some are not."""

    summary = "Compare the files on disk with what the state knows about them"
    usage = "[--read SHARE] [--fetch]"

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument(
            "--read",
            metavar="SHARE",
            default="none",
            help="read these files and compare their contents, too: all, none (default), a share such as 5%%, a part such as 1/7",
        )
        parser.add_argument("--fetch", action="store_true", help="download the works of files with a problem again")

    def execute(self, args: list[str], opts: argparse.Namespace, settings: BaseSettings) -> int:
        # Scrapy imports every command, and only a few need the state.
        from pixiv_crawler.files.integrity import parse_share

        reject_arguments(args, "verify")
        data = data_dir(settings)
        wrong = asyncio.run(self._check(data, settings["PIXIV_STATE"], parse_share(opts.read)))
        if wrong and opts.fetch:
            return self._fetch(wrong, paths.files_folder(data), opts.set)
        return INCOMPLETE if wrong else COMPLETE

    async def _check(self, data: Path, state_setting: str, share: Share) -> list[CheckedFile]:
        from pixiv_crawler.files.integrity import check_files
        from pixiv_crawler.run.state.opening import open_existing

        state = await open_existing(state_setting, data)
        wrong, files, read = [], 0, 0
        try:
            async for checked in check_files(state, data, share):
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
        from pixiv_crawler.run.processes import run_in_order

        works: set[str] = set()
        for checked in wrong:
            with suppress(ArgumentError):  # avatars and covers belong to no work
                works.add(parse_page_url(checked.file.url).args["illust_id"])
                path = folder / checked.file.path
                with suppress(FileNotFoundError):
                    path.rename(path.with_name(f"{path.name}.damaged"))
        if not works:
            say("None of these files belongs to a work: crawl the users or series that they belong to")
            return INCOMPLETE
        given = [word for setting in settings for word in ("-s", setting)]
        return run_in_order([["crawl", "works", "-a", f"illust_id={','.join(sorted(works))}", *given]])

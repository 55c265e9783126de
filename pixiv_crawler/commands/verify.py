"""scrapy verify: compares the files on disk with what the state knows about them."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Mapping
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
    from pixiv_crawler.run.state import StoredFile


class Command(BaseCommand):
    """Exit status: 0 all files are as they were stored, 1 they could not be checked, 3 some are not."""

    summary = "Compare the files on disk with what the state knows about them"
    usage = "[--read SHARE] [--fetch]"

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument(
            "--read",
            metavar="all|none|5%|1/7",
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
        if not wrong:
            return COMPLETE
        return self._fetch(wrong, data, settings["PIXIV_STATE"], opts.set) if opts.fetch else INCOMPLETE

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

    def _fetch(self, wrong: list[CheckedFile], data: Path, state_setting: str, settings: list[str]) -> int:
        """Downloads the works again; what is on disk is kept under another name. Returns the exit status."""
        from pixiv_crawler.options import FileSize
        from pixiv_crawler.run.processes import run_in_order

        crawls: dict[str, dict[str, set[str]]] = {}
        for checked in wrong:
            if found := _arguments(checked.file):
                path = paths.files_folder(data) / checked.file.path
                with suppress(FileNotFoundError):
                    path.rename(path.with_name(f"{path.name}.damaged"))
                crawl = crawls.setdefault(found.pop("files", FileSize.ORIGINAL), {})  # a crawl stores one size
                for name, value in found.items():
                    crawl.setdefault(name, set()).add(value)
        given = [word for setting in settings for word in ("-s", setting)]
        status = run_in_order([[*_words(size, lists), *given] for size, lists in crawls.items()])
        left = asyncio.run(self._recheck(wrong, data, state_setting))
        return status or (INCOMPLETE if left else COMPLETE)

    async def _recheck(self, wrong: list[CheckedFile], data: Path, state_setting: str) -> bool:
        """Whether files have a problem still."""
        from pixiv_crawler.files.integrity import recheck_files
        from pixiv_crawler.run.state.opening import open_existing

        state = await open_existing(state_setting, data)
        try:
            left = await recheck_files(state, data, [checked.file.path for checked in wrong])
        finally:
            await state.close()
        for checked in left:
            say(f"{checked.file.path} {checked.problem} after the download, too")
        if left:
            say("Crawl what these files belong to again, with the arguments with which they were stored")
        return bool(left)


def _words(size: str, lists: Mapping[str, set[str]]) -> list[str]:
    arguments = {"files": size} | {name: ",".join(sorted(values)) for name, values in lists.items()}
    return ["crawl", "works", *(word for name, value in arguments.items() for word in ("-a", f"{name}={value}"))]


def _arguments(file: StoredFile) -> dict[str, str]:
    """The arguments of `works` with which a file is downloaded; none if it belongs to no work, as an avatar."""
    from pixiv_crawler.options import FileSize, NovelFormat, UgoiraFormat

    match (file.page_key or _key_by_url(file)).split(" "):
        case ["illust", illust_id, _, kind, _]:
            format_ = "frames" if kind == "frame" else kind
            how = (
                {"ugoira": format_}
                if format_ in list(UgoiraFormat)
                else {"files": kind}
                if kind in list(FileSize)
                else {}
            )
            return {"illust_id": illust_id} | how
        case ["novel", novel_id, kind, _] if kind in list(NovelFormat):
            return {"novel_id": novel_id, "novel": kind}
    return {}


def _key_by_url(file: StoredFile) -> str:
    """A key like that of a page for a file of a rebuilt state, which has none; empty if its URL is not that of a work."""
    from pixiv_crawler.api.site_urls import parse_page_url

    with suppress(ArgumentError):
        ids = parse_page_url(file.url).ids
        kind = Path(file.path).suffix.removeprefix(".")
        if "illust_id" in ids:
            return f"illust {ids['illust_id']} 0 {'frame' if file.path.startswith('frames/') else kind} -"
        if "novel_id" in ids:
            return f"novel {ids['novel_id']} {kind} -"
    return ""

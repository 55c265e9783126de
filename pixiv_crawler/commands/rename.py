"""pixiv-crawler rename: gives all files the paths of the present templates."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from scrapy.settings import BaseSettings

from pixiv_crawler.base_command import BaseCommand, data_dir, fail, reject_arguments
from pixiv_crawler.console.printing import say
from pixiv_crawler.console.program import COMPLETE, INCOMPLETE, STOPPED_EARLY
from pixiv_crawler.exceptions import SettingError, os_problem

if TYPE_CHECKING:
    from pixiv_crawler.files.renaming import Renamer
    from pixiv_crawler.items import File, Work


class Command(BaseCommand):
    """Exit status: 0 all files have their paths, 1 invalid use, 2 interrupted, 3 some keep their former paths."""

    summary = "Give all files the paths of a changed PIXIV_FILE_PATH or PIXIV_NOVEL_PATH"
    usage = "[--dry-run]"

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument(
            "--dry-run", action="store_true", help="print the old and the new paths, and change nothing"
        )

    def execute(self, args: list[str], opts: argparse.Namespace, settings: BaseSettings) -> int:
        from pixiv_crawler.run.rebuilding import locked_folders

        reject_arguments(args, "rename")
        try:
            with locked_folders(data_dir(settings)):
                return asyncio.run(_rename(settings, is_dry=opts.dry_run))
        except OSError as error:
            raise SettingError(
                f"the files could not be renamed ({os_problem(error)}); fix this, and run the command again"
            ) from error
        except KeyboardInterrupt:
            return fail("Stopped; run the same command again to rename the other files.", STOPPED_EARLY)


async def _rename(settings: BaseSettings, *, is_dry: bool) -> int:
    from pixiv_crawler.files.moving import file_move
    from pixiv_crawler.files.renaming import Renamer
    from pixiv_crawler.run.state.opening import open_existing

    data = data_dir(settings)
    file_path, novel_path = settings["PIXIV_FILE_PATH"], settings["PIXIV_NOVEL_PATH"]
    _check_templates(file_path, novel_path)
    state = await open_existing(settings["PIXIV_STATE"], data)
    try:
        renamer = Renamer(state, data, file_path, novel_path, file_move(settings["PIXIV_FILE_MOVE"]))
        return await _rename_all(renamer, data, is_dry=is_dry)
    finally:
        await state.close()


def _check_templates(*templates: str) -> None:
    from pixiv_crawler.files.plan import uses_run

    if used := next(filter(uses_run, templates), None):
        raise SettingError(
            f"the template {used!r} contains the name of a run, but a file can belong to many runs: leave out spider and job"
        )


async def _rename_all(renamer: Renamer, data: Path, *, is_dry: bool) -> int:
    count, problems = 0, 0
    async for one in renamer.rename(_works(data), is_dry=is_dry):
        if one.problem:
            problems += 1
            say(f"{one.old} could not be moved to {one.new} ({one.problem}), and is kept where it is", is_error=True)
            continue
        count += 1
        if is_dry:
            say(f"{one.old} -> {one.new}")
    say(f"{count:,} file{'s' * (count != 1)} {'would be ' * is_dry}renamed")
    return INCOMPLETE if problems else COMPLETE


def _works(data: Path) -> Iterator[tuple[Work, Iterable[File]]]:
    """Each work as in its newest line, with the files of all of its lines, the newest first."""
    from rich.console import Console
    from rich.progress import track

    from pixiv_crawler.outputs.work_lines import WorkLines

    lines = WorkLines(data)
    console = Console(stderr=True, quiet=not sys.stderr.isatty())
    for key in track(lines.keys(), "Works", console=console, transient=True):
        if found := list(lines.newest_first(key)):
            yield found[0], [file for line in found for file in line.files]

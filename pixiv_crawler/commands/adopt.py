"""pixiv-crawler adopt: takes over the folder and the history of another program."""

from __future__ import annotations

import argparse
import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from scrapy.settings import BaseSettings

from pixiv_crawler.base_command import BaseCommand, data_dir, fail
from pixiv_crawler.console.printing import say
from pixiv_crawler.console.program import COMPLETE, INCOMPLETE, PROGRAM, STOPPED_EARLY
from pixiv_crawler.exceptions import ArgumentError
from pixiv_crawler.layout.other_programs import Program
from pixiv_crawler.layout.paths import files_folder

if TYPE_CHECKING:
    from pixiv_crawler.files.archives import Archive


class Command(BaseCommand):
    """Exit status: 0 every image was adopted, 1 invalid use, 2 interrupted, 3 some were not."""

    summary = "Take over the files of gallery-dl, PixivUtil2, pixiv-api or Powerful Pixiv Downloader"
    usage = "FOLDER --from PROGRAM [--archive FILE] [--move]"

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument("--from", dest="program", metavar="|".join(Program), help="the program that wrote them")
        parser.add_argument(
            "--archive",
            metavar="FILE",
            help="the program's database: gallery-dl's download archive, or db.sqlite of PixivUtil2 (default: in FOLDER)",
        )
        parser.add_argument("--move", action="store_true", help="move the files, instead of giving them a second name")

    def execute(self, args: list[str], opts: argparse.Namespace, settings: BaseSettings) -> int:
        folder, program = _folder(args, files_folder(data_dir(settings))), _program(opts.program)
        try:
            return asyncio.run(_adopt(folder, program, opts, settings))
        except KeyboardInterrupt:
            return fail("Stopped; run the same command again to adopt the other files.", STOPPED_EARLY)


def _folder(args: list[str], store: Path) -> Path:
    if len(args) != 1 or args[0].startswith("-"):
        raise ArgumentError(f"pass one folder: {PROGRAM} adopt FOLDER --from {Program.GALLERY_DL}")
    folder = Path(args[0]).expanduser().absolute()
    if not folder.is_dir():
        raise ArgumentError(f"the folder {folder} does not exist: pass the one with the files of the other program")
    if store.resolve().is_relative_to(folder.resolve()):
        raise ArgumentError(
            f"the folder {folder} contains {store} itself: pass the one with the files of the other program"
        )
    return folder


def _program(name: str | None) -> Program:
    try:
        return Program(name or "")
    except ValueError:
        raise ArgumentError(
            f"--from {name or ''!r} is not a program that is known: pass one of {', '.join(Program)}"
        ) from None


async def _adopt(folder: Path, program: Program, opts: argparse.Namespace, settings: BaseSettings) -> int:
    from pixiv_crawler.files.adopting import Adopter, found_files
    from pixiv_crawler.run.state import open_state
    from pixiv_crawler.run.state.opening import state_url

    archive = _archive(folder, program, opts.archive)
    data, problems = data_dir(settings), 0
    unread: list[OSError] = []
    state = await open_state(state_url(settings["PIXIV_STATE"], data))
    try:
        adopter = Adopter(state, files_folder(data), is_moving=opts.move)
        async for problem in adopter.adopt(found_files(folder, program, archive, unread)):
            say(problem)
            problems += 1
        for error in unread:
            say(f"{error.filename} cannot be read ({error.strerror})")
        problems += len(unread)
        for page in sorted(archive.pages - adopter.seen):
            if not await adopter.is_known(page):
                say(f"page {page.page} of work {page.work_id} is in the archive, but has no file")
                problems += 1
    finally:
        await state.close()
    say(
        f"{adopter.adopted:,} adopted, {adopter.known:,} known before, {problems:,} not adopted; "
        f"{adopter.others:,} other files left alone"
    )
    return INCOMPLETE if problems else COMPLETE


def _archive(folder: Path, program: Program, given: str | None) -> Archive:
    from pixiv_crawler.files.archives import Archive

    if given:
        return Archive.read(program, Path(given).expanduser())
    default = folder / "db.sqlite"
    return Archive.read(program, default) if program is Program.PIXIVUTIL2 and default.exists() else Archive()

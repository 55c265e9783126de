"""pixiv-crawler export: writes the collected works for other programs."""

from __future__ import annotations

import argparse
import inspect
import signal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scrapy.settings import BaseSettings
from scrapy.utils.conf import arglist_to_dict

from pixiv_crawler.base_command import BaseCommand, data_dir, fail
from pixiv_crawler.console.printing import say
from pixiv_crawler.console.program import COMPLETE, INCOMPLETE, PROGRAM, STOPPED_EARLY
from pixiv_crawler.exceptions import ArgumentError, SettingError, os_problem

if TYPE_CHECKING:
    from pixiv_crawler.outputs.export import Export


class Command(BaseCommand):
    """Exit status: 0 complete, 1 invalid use, 2 interrupted, 3 something could not be exported."""

    summary = "Export works for comic readers, Hydrus, training, feeds and archives"
    usage = "FORMAT TARGET [-a NAME=VALUE] [--link]"

    def long_desc(self) -> str:
        from pixiv_crawler.outputs.export import format_names

        return (
            f"Writes the collected works to the folder TARGET, or updates it. FORMAT is one of {', '.join(format_names())};"
            " FORMAT -a help=1 lists the arguments of a format: filters as for spiders, and its own."
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument(
            "-a",
            dest="arguments",
            action="append",
            default=[],
            metavar="NAME=VALUE",
            help="a filter, or another argument",
        )
        parser.add_argument(
            "--link",
            action="store_true",
            help="hard links to the files in place of copies, where the file system has them: needs no space, but a "
            "program that edits them edits the originals",
        )

    def execute(self, args: list[str], opts: argparse.Namespace, settings: BaseSettings) -> int:
        signal.signal(signal.SIGTERM, signal.default_int_handler)  # ends it as Ctrl-C does
        try:
            return self._export(args, opts, settings)
        except OSError as error:
            raise SettingError(
                f"the export could not be written ({os_problem(error)}); fix this, or pass another folder"
            ) from error
        except KeyboardInterrupt:
            return fail("Stopped; what is there is complete. Run the same command again to continue.", STOPPED_EARLY)

    def _export(self, words: list[str], opts: argparse.Namespace, settings: BaseSettings) -> int:
        from pixiv_crawler.outputs.export import format_names, load_format, make_export  # no other command needs it

        if unknown := next((word for word in words if word.startswith("-")), None):
            raise ArgumentError(f"{unknown!r} is not a valid option; see: {PROGRAM} export --help")
        try:
            arguments = arglist_to_dict(opts.arguments)
        except ValueError:
            raise ArgumentError("an argument is passed as -a NAME=VALUE") from None
        if len(words) == 1 and arguments.get("help"):
            say(*_help(words[0], load_format(words[0])))
            return COMPLETE
        if len(words) != 2:
            raise ArgumentError(
                f"pass a format ({', '.join(format_names())}) and a folder: {PROGRAM} export cbz comics"
            )
        folder = Path(words[1]).expanduser().absolute()
        done = make_export(words[0], data_dir(settings), folder, arguments, link=opts.link)
        _print(done)
        return INCOMPLETE if done.missing else COMPLETE


def _help(name: str, format_: Any) -> list[str]:
    from pixiv_crawler.console.argument_help import described

    text = "\n".join([f"{name}: {inspect.getdoc(format_)}", "", *described(format_.Args)])
    return text.splitlines()


def _print(done: Export) -> None:
    for problem in done.missing:
        say(problem, is_error=True)
    if done.unreadable_lines:
        say(f"{_count(done.unreadable_lines, 'line')} skipped: incomplete or from another program", is_error=True)
    left_out = f", {_count(done.left_out, 'work')} of other types left out" if done.left_out else ""
    say(
        f"{_count(done.works, 'work')}: {_count(done.written, 'file')} written, {done.unchanged:,} unchanged, "
        f"{len(done.missing) or 'no'} problem{'s' * (len(done.missing) != 1)}{left_out}"
    )


def _count(number: int, word: str) -> str:
    return f"{number:,} {word}{'s' * (number != 1)}"

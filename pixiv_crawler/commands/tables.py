"""scrapy tables: generates tables for analysis from the collected lines."""

from __future__ import annotations

import argparse
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

from scrapy.settings import BaseSettings

from pixiv_crawler.base_command import BaseCommand, data_dir, fail
from pixiv_crawler.console.printing import say
from pixiv_crawler.console.program import COMPLETE, INCOMPLETE, PROGRAM, STOPPED_EARLY
from pixiv_crawler.exceptions import ArgumentError, SettingError, os_problem

if TYPE_CHECKING:  # its libraries are an extra
    from pixiv_crawler.outputs.tables import Tables

_NO_EXTRA = f"{PROGRAM} tables requires the extra tables; run: pip install 'pixiv_crawler[tables]'"


@contextmanager
def raise_interrupts() -> Iterator[None]:
    """Raises `KeyboardInterrupt` after Ctrl-C, which DuckDB converts to several exceptions of its own."""
    is_interrupted = False

    def interrupt(number: int, frame: FrameType | None) -> None:
        nonlocal is_interrupted
        is_interrupted = True
        signal.default_int_handler(number, frame)

    previous = signal.signal(signal.SIGINT, interrupt)
    try:
        yield
    except Exception as error:
        if is_interrupted:
            raise KeyboardInterrupt from error
        raise
    finally:
        signal.signal(signal.SIGINT, previous)


class Command(BaseCommand):
    """Exit status: 0 all lines were read, 1 invalid arguments or a failure, 2 interrupted, 3 some lines were skipped."""

    summary = "Generate tables (Parquet, SQLite, DuckDB) from the collected lines"
    usage = "[options] [run or folder] ..."

    def long_desc(self) -> str:
        return "Generates tables from the given runs (folders or SPIDER/JOB), or from all runs in the data folder."

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument("--output", metavar="FOLDER", help="folder of the tables (default: PIXIV_DATA_DIR/tables)")
        parser.add_argument(
            "--format",
            metavar="parquet|sqlite|duckdb",
            default="parquet",
            help="one or more, comma-separated (default: parquet)",
        )

    def execute(self, args: list[str], opts: argparse.Namespace, settings: BaseSettings) -> int:
        if unknown := next((word for word in args if word.startswith("-")), None):
            # Scrapy passes on unknown arguments, including misspelled options.
            raise ArgumentError(f"{unknown!r} is not a valid option; see: {PROGRAM} tables --help")
        try:
            with raise_interrupts():
                tables = _generate(args, opts, data_dir(settings))
        except OSError as error:
            raise SettingError(
                f"the tables could not be written ({os_problem(error)}); fix this, or pass another folder with --output"
            ) from error
        except KeyboardInterrupt:
            return fail(
                f"Stopped; the existing tables are unchanged. Run {PROGRAM} tables again to update them.",
                STOPPED_EARLY,
            )
        _print(tables)
        return INCOMPLETE if tables.notes.unreadable else COMPLETE


def _generate(runs: list[str], opts: argparse.Namespace, data: Path) -> Tables:
    folder = Path(opts.output).expanduser().absolute() if opts.output else data / "tables"
    try:
        import duckdb

        from pixiv_crawler.outputs.tables import make_tables
    except ImportError:
        raise SettingError(_NO_EXTRA) from None
    formats = [name for name in opts.format.replace(" ", "").split(",") if name]
    try:
        return make_tables(data, folder, runs, formats)
    except duckdb.Error as error:
        # Its messages contain line breaks and SQL.
        raise OSError(" ".join(str(error).split())) from error


def _print(tables: Tables) -> None:
    say(f"{tables.folder}: {', '.join(tables.files)}, and card.md, which describes them")
    say(", ".join(f"{count:,} {name}" for name, count in tables.rows.items()))
    if tables.without_table:
        lines = ", ".join(f"{count:,} {kind}" for kind, count in tables.without_table.items())
        say(f"Lines of kinds without a table: {lines}.")
    for note in tables.notes:
        say(note.sentence(), is_error=True)

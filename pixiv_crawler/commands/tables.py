"""scrapy tables: generates tables for analysis from the collected lines."""

from __future__ import annotations

import argparse
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

from scrapy.commands import ScrapyCommand

from pixiv_crawler.console import redaction
from pixiv_crawler.console.printing import say
from pixiv_crawler.console.program import PROGRAM
from pixiv_crawler.exceptions import PixivCrawlerError, SettingError
from pixiv_crawler.layout import paths

if TYPE_CHECKING:  # its libraries are an extra
    from pixiv_crawler.outputs.tables import Tables

COMPLETE, INVALID_USE, STOPPED_EARLY, INCOMPLETE = 0, 1, 2, 3
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


class Command(ScrapyCommand):
    """Exit status: 0 all lines were read, 1 invalid arguments or a failure, 2 interrupted, 3 some lines were skipped."""

    requires_project = True
    requires_crawler_process = False

    def syntax(self) -> str:
        return "[options] [run or folder] ..."

    def short_desc(self) -> str:
        return "Generate tables (Parquet, SQLite, DuckDB) from the collected lines"

    def long_desc(self) -> str:
        return "Generates tables from the given runs (folders or SPIDER/JOB), or from all runs in the data folder."

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument("--output", metavar="FOLDER", help="folder of the tables (default: PIXIV_DATA_DIR/tables)")
        parser.add_argument(
            "--format",
            metavar="LIST",
            default="parquet",
            help="one or more of parquet, sqlite, duckdb, comma-separated (default: parquet)",
        )

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        redaction.install()
        if unknown := next((word for word in args if word.startswith("-")), None):
            # Scrapy passes on unknown arguments, including misspelled options.
            self._fail(f"Error: {unknown!r} is not a valid option; see: {PROGRAM} tables --help", INVALID_USE)
            return
        try:
            with raise_interrupts():
                self._generate(args, opts)
        except PixivCrawlerError as error:
            self._fail(f"Error: {error}", INVALID_USE)
        except OSError as error:
            self._fail(
                f"Error: the tables could not be written ({error}); fix this, or pass another folder with --output",
                INVALID_USE,
            )
        except KeyboardInterrupt:
            self._fail(
                f"Stopped; the existing tables are unchanged. Run {PROGRAM} tables again to update them.",
                STOPPED_EARLY,
            )

    def _generate(self, runs: list[str], opts: argparse.Namespace) -> None:
        assert self.settings is not None
        data_dir = paths.data_dir(self.settings["PIXIV_DATA_DIR"])
        folder = Path(opts.output).expanduser().absolute() if opts.output else data_dir / "tables"
        try:
            import duckdb

            from pixiv_crawler.outputs.tables import make_tables
        except ImportError:
            raise SettingError(_NO_EXTRA) from None
        formats = [name for name in opts.format.replace(" ", "").split(",") if name]
        try:
            tables = make_tables(data_dir, folder, runs, formats)
        except duckdb.Error as error:
            # Its messages contain line breaks and SQL.
            raise OSError(" ".join(str(error).split())) from error
        self._print(tables)

    def _print(self, tables: Tables) -> None:
        say(f"{tables.folder}: {', '.join(tables.files)}, and card.md, which describes them")
        say(", ".join(f"{count:,} {name}" for name, count in tables.rows.items()))
        if tables.without_table:
            lines = ", ".join(f"{count:,} {kind}" for kind, count in tables.without_table.items())
            say(f"Lines of kinds without a table: {lines}.")
        for note in tables.notes:
            say(note.sentence(), is_error=True)
        self.exitcode = INCOMPLETE if tables.notes.unreadable else COMPLETE

    def _fail(self, sentence: str, status: int) -> None:
        say(sentence, is_error=True)
        self.exitcode = status

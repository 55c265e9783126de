"""scrapy tables: makes tables for analysis of what was collected."""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

from scrapy.commands import ScrapyCommand

from pixiv_crawler.exceptions import PixivCrawlerError, SettingError

if TYPE_CHECKING:  # its libraries are an extra
    from pixiv_crawler.outputs.tables import Tables

COMPLETE, WRONG_USE, STOPPED_EARLY, INCOMPLETE = 0, 1, 2, 3
_NO_EXTRA = "scrapy tables needs the extra tables; install it: pip install 'pixiv_crawler[tables]'"


@contextmanager
def interrupts_told() -> Iterator[None]:
    """Raises `KeyboardInterrupt` for whatever Ctrl-C led to: DuckDB makes errors of its own of it, of several types."""
    is_interrupted = False

    def interrupt(number: int, frame: FrameType | None) -> None:
        nonlocal is_interrupted
        is_interrupted = True
        signal.default_int_handler(number, frame)

    before = signal.signal(signal.SIGINT, interrupt)
    try:
        yield
    except Exception as error:
        if is_interrupted:
            raise KeyboardInterrupt from error
        raise
    finally:
        signal.signal(signal.SIGINT, before)


class Command(ScrapyCommand):
    """Exit status: 0 all lines were read, 1 wrong use, or nothing could be made, 2 interrupted, 3 some lines are left out."""

    requires_project = True
    requires_crawler_process = False

    def syntax(self) -> str:
        return "[options] [run or folder] ..."

    def short_desc(self) -> str:
        return "Make tables (Parquet, SQLite, DuckDB) of what was collected"

    def long_desc(self) -> str:
        return "Makes tables of the runs that are given, as folders or as SPIDER/JOB; without any, of all in the data folder."

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument("--output", metavar="FOLDER", help="folder of the tables (default: PIXIV_DATA_DIR/tables)")
        parser.add_argument(
            "--format",
            metavar="LIST",
            default="parquet",
            help="some of parquet, sqlite, duckdb, comma-separated (default: parquet)",
        )

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        if unknown := next((word for word in args if word.startswith("-")), None):
            # Scrapy hands on what it does not know, an option with a slip of the pen too.
            self._fail(f"Error: scrapy tables does not know {unknown!r}; see scrapy tables --help", WRONG_USE)
            return
        try:
            with interrupts_told():
                self._make(args, opts)
        except PixivCrawlerError as error:
            self._fail(f"Error: {error}", WRONG_USE)
        except OSError as error:
            self._fail(
                f"Error: the tables could not be made ({error}); sanitize that, or give another --output", WRONG_USE
            )
        except KeyboardInterrupt:
            self._fail(
                "Stopped; the tables are as they were. Run scrapy tables again to make them anew.", STOPPED_EARLY
            )

    def _make(self, runs: list[str], opts: argparse.Namespace) -> None:
        data_dir = self._data_dir
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
            # Its own line breaks are for people who wrote the SQL.
            raise OSError(" ".join(str(error).split())) from error
        self._tell(tables)

    @property
    def _data_dir(self) -> Path:
        assert self.settings is not None
        name = str(self.settings["PIXIV_DATA_DIR"] or "").strip()
        if not name:
            raise SettingError("PIXIV_DATA_DIR is empty; give it a value, or leave it out for the default")
        return Path(name).expanduser().absolute()

    def _tell(self, tables: Tables) -> None:
        print(f"{tables.folder}: {', '.join(tables.files)}, and card.md, which tells what they hold")
        print(", ".join(f"{count:,} {name}" for name, count in tables.rows.items()))
        if tables.without_table:
            lines = ", ".join(f"{count:,} {kind}" for kind, count in tables.without_table.items())
            print(f"No table is for these lines: {lines}.")
        for note in tables.notes:
            print(note.sentence(), file=sys.stderr)
        self.exitcode = INCOMPLETE if tables.notes.unreadable else COMPLETE

    def _fail(self, sentence: str, status: int) -> None:
        print(sentence, file=sys.stderr)
        self.exitcode = status

"""Generates tables for analysis from the lines of any number of runs, in little memory.

runs.py finds the files, reading.py decodes their lines, rows.py converts a line to rows, staging.py inserts the rows
into a database on disk, building.py selects the newest rows there, writing.py writes them in each format, and card.py
describes the result; columns.py defines the tables. Needs the extra `tables`.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from pixiv_crawler.exceptions import SettingError
from pixiv_crawler.layout.moved_files import moved_paths
from pixiv_crawler.outputs.tables.building import build_tables
from pixiv_crawler.outputs.tables.card import Facts, fetched, make_card, write_card
from pixiv_crawler.outputs.tables.columns import TABLES
from pixiv_crawler.outputs.tables.folder import TablesFolder
from pixiv_crawler.outputs.tables.reading import Notes, Reader
from pixiv_crawler.outputs.tables.runs import Run, find_runs
from pixiv_crawler.outputs.tables.staging import Staging
from pixiv_crawler.outputs.tables.writing import BUILT_NAME, DUCKDB_NAME, FORMATS, SQLITE_NAME

__all__ = ["Tables", "make_tables"]

# DuckDB's share of a total of 2 GiB, independently of the amount of data; the rest is for batches of lines.
_MEMORY = "1GiB"
# Rows of a table that each thread holds in memory before it writes them: a quarter of DuckDB's default.
_ROW_GROUP = 15 * 2048
# Each thread has its own buffers in that share.
_MAX_THREADS = 4


@dataclass(slots=True, kw_only=True)
class Tables:
    """The generated tables."""

    folder: Path
    files: list[str]
    rows: dict[str, int]
    """Number of rows of each table."""
    notes: Notes
    without_table: dict[str, int]
    """Number of lines of each kind that has no table."""


def make_tables(data_dir: Path, folder: Path, given: Sequence[str], formats: Sequence[str]) -> Tables:
    """Generates tables from runs; existing tables in the folder are replaced once the new ones are complete.

    Raises:
        SettingError: a format is unknown, a run does not exist, or the folder contains other files.
        OSError: a folder cannot be read or written.
        duckdb.Error: the disk is full, or the database failed.
    """
    formats = _checked(formats)
    runs = find_runs(given, data_dir)
    with TablesFolder(folder).replacing(_names(formats)) as (new, temporary), _connect(temporary) as connection:
        notes = _stage(runs, connection, moved_paths(data_dir))
        rows = build_tables(connection)
        facts = Facts(runs=runs, notes=notes, rows=rows, fetched=fetched(connection), base=data_dir.resolve())
        files = [name for format_ in formats for name in FORMATS[format_](connection, new)]
        card = make_card(facts, new, files)
        write_card(card, new)
    return Tables(folder=folder, files=files, rows=rows, notes=notes, without_table=card["lines_without_table"])


def _checked(formats: Sequence[str]) -> list[str]:
    if unknown := [name for name in formats if name not in FORMATS]:
        raise SettingError(
            f"{unknown[0]!r} is not a valid format: pass one or more of {','.join(FORMATS)} with --format"
        )
    if not formats:
        raise SettingError(f"no format was passed: pass one or more of {','.join(FORMATS)} with --format")
    return [name for name in FORMATS if name in formats]


def _names(formats: Sequence[str]) -> list[str]:
    names = {
        "parquet": [f"{table.name}.parquet" for table in TABLES],
        "sqlite": [SQLITE_NAME],
        "duckdb": [DUCKDB_NAME],
    }
    return [name for format_ in formats for name in names[format_]]


def _connect(temporary: Path) -> duckdb.DuckDBPyConnection:
    """A connection to a database for the rows of all lines, and to another one, `built`, for the tables."""
    connection = duckdb.connect(
        config={
            "memory_limit": _MEMORY,
            "temp_directory": str(temporary / "spilled"),
            "threads": min(os.cpu_count() or 1, _MAX_THREADS),
            # Everything needed is built in; DuckDB must not use the network.
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
        },
    )
    connection.execute("SET TimeZone = 'UTC'")
    for name, file in (("rows", "rows.duckdb"), ("built", BUILT_NAME)):
        connection.execute(f"ATTACH ? AS {name} (ROW_GROUP_SIZE {_ROW_GROUP})", [str(temporary / file)])
    connection.execute("USE rows")
    return connection


def _stage(runs: Sequence[Run], connection: duckdb.DuckDBPyConnection, moved: Mapping[str, str]) -> Notes:
    notes = Notes()
    reader, staging = Reader(notes), Staging(connection, notes)
    for run in runs:
        name = run.name
        for path in run.files:
            for number, item in reader.items(path):
                for file in getattr(item, "files", ()):
                    file.path = moved.get(file.path, file.path)
                staging.add(item, path, number, name)
    staging.flush()
    return notes

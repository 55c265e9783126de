"""Tables for analysis, made of the lines of any number of runs, in little memory.

runs.py finds the files, reading.py takes them apart line by line, rows.py says what a line becomes, staging.py brings that
into a database on disk, building.py chooses the newest rows there, writing.py writes them in each format and card.py tells
what they are; columns.py holds what the tables look like. Needs the extra `tables`.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from pixiv_crawler.exceptions import SettingError
from pixiv_crawler.outputs.tables.building import build_tables
from pixiv_crawler.outputs.tables.card import Facts, fetched, make_card, write_card
from pixiv_crawler.outputs.tables.columns import TABLES
from pixiv_crawler.outputs.tables.folder import TablesFolder
from pixiv_crawler.outputs.tables.reading import Notes, Reader
from pixiv_crawler.outputs.tables.runs import Run, find_runs
from pixiv_crawler.outputs.tables.staging import Staging
from pixiv_crawler.outputs.tables.writing import BUILT_NAME, DUCKDB_NAME, FORMATS, SQLITE_NAME

__all__ = ["Tables", "make_tables"]

# DuckDB's share of the 2 GiB that all has to pass through, however long it is; the rest is for batches of lines.
_MEMORY = "1GiB"
# Each thread holds so many rows of a table in memory before it writes them: a quarter of DuckDB's own number.
_ROW_GROUP = 15 * 2048
# Each thread has buffers of its own in that share.
_MOST_THREADS = 4


@dataclass(slots=True, kw_only=True)
class Tables:
    """What was made."""

    folder: Path
    files: list[str]
    rows: dict[str, int]
    """How many rows each table has."""
    notes: Notes
    without_table: dict[str, int]
    """Lines of kinds that no table is for."""


def make_tables(data_dir: Path, folder: Path, given: Sequence[str], formats: Sequence[str]) -> Tables:
    """Makes tables of runs; those that were in the folder stay until the new ones are whole.

    Raises:
        SettingError: a format is unknown, a run is not there, or the folder is not ours to write to.
        OSError: a folder cannot be read or written.
        duckdb.Error: the disk is full, or the database failed.
    """
    formats = _checked(formats)
    runs = find_runs(given, data_dir)
    with TablesFolder(folder).making(_names(formats)) as (new, aside), _connected(aside) as connection:
        notes = _stage(runs, connection)
        rows = build_tables(connection)
        facts = Facts(runs=runs, notes=notes, rows=rows, fetched=fetched(connection), base=data_dir.resolve())
        files = [name for one in formats for name in FORMATS[one](connection, new)]
        card = make_card(facts, new, files)
        write_card(card, new)
    return Tables(folder=folder, files=files, rows=rows, notes=notes, without_table=card["lines_without_table"])


def _checked(formats: Sequence[str]) -> list[str]:
    if unknown := [name for name in formats if name not in FORMATS]:
        raise SettingError(f"the format {unknown[0]!r} is unknown; give some of {','.join(FORMATS)} by --format")
    if not formats:
        raise SettingError(f"no format is given; give some of {','.join(FORMATS)} by --format")
    return [name for name in FORMATS if name in formats]


def _names(formats: Sequence[str]) -> list[str]:
    names = {
        "parquet": [f"{table.name}.parquet" for table in TABLES],
        "sqlite": [SQLITE_NAME],
        "duckdb": [DUCKDB_NAME],
    }
    return [name for one in formats for name in names[one]]


def _connected(aside: Path) -> duckdb.DuckDBPyConnection:
    """A database for the rows of all lines, with another, `built`, for the tables."""
    connection = duckdb.connect(
        config={
            "memory_limit": _MEMORY,
            "temp_directory": str(aside / "spilled"),
            "threads": min(os.cpu_count() or 1, _MOST_THREADS),
            # All that is needed is built in; nothing is to be asked of a network.
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
        },
    )
    connection.execute("SET TimeZone = 'UTC'")
    for name, file in (("rows", "rows.duckdb"), ("built", BUILT_NAME)):
        connection.execute(f"ATTACH ? AS {name} (ROW_GROUP_SIZE {_ROW_GROUP})", [str(aside / file)])
    connection.execute("USE rows")
    return connection


def _stage(runs: Sequence[Run], connection: duckdb.DuckDBPyConnection) -> Notes:
    notes = Notes()
    reader, staging = Reader(notes), Staging(connection, notes)
    for run in runs:
        for path in run.files:
            for number, item in reader.items(path):
                staging.add(item, path, number, run.name)
    staging.flush()
    return notes

"""Writes the tables in each format, with the same rows in the same order."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from pixiv_crawler.outputs.tables.columns import BOOL, DATE, TABLES, TEXT, TIME, Column, Table
from pixiv_crawler.outputs.tables.staging import ARROW_TYPES

# Rows at once: the longest texts of novels have 1 MB, so that even of such not too many are in memory.
_ROWS = 2048
# A part of a Parquet file that is read at once. Readers are quick with some 100,000 rows, but texts would take gigabytes.
_GROUP_ROWS = 60 * _ROWS
_GROUP_BYTES = 64_000_000


def write_parquet(connection: duckdb.DuckDBPyConnection, folder: Path) -> list[str]:
    """Writes one file for each table, compressed by zstd."""
    for table in TABLES:
        schema = pa.schema([(column.name, ARROW_TYPES[column.type]) for column in table.columns])
        batches = connection.sql(f'FROM built."{table.name}"').to_arrow_reader(_ROWS)
        with pq.ParquetWriter(folder / f"{table.name}.parquet", schema, compression="zstd") as writer:
            for group in _groups(batches):
                writer.write_table(pa.Table.from_batches(group).cast(schema), row_group_size=_GROUP_ROWS)
    return [f"{table.name}.parquet" for table in TABLES]


def _groups(batches: pa.RecordBatchReader) -> Iterator[list[pa.RecordBatch]]:
    group: list[pa.RecordBatch] = []
    rows = size = 0
    for batch in batches:
        group.append(batch)
        rows += batch.num_rows
        size += batch.nbytes
        if rows >= _GROUP_ROWS or size >= _GROUP_BYTES:
            yield group
            group, rows, size = [], 0, 0
    if group:
        yield group


def write_sqlite(connection: duckdb.DuckDBPyConnection, folder: Path) -> list[str]:
    """Writes one database: times and days as text in ISO 8601, truth as 0 and 1."""
    with closing(sqlite3.connect(folder / SQLITE_NAME, isolation_level=None)) as target:
        # The file has no name of ours before it is whole.
        target.execute("PRAGMA journal_mode = OFF")
        target.execute("PRAGMA synchronous = OFF")
        target.execute("BEGIN")
        for table in TABLES:
            target.execute(_sqlite_table(table))
            told = ", ".join(_for_sqlite(column) for column in table.columns)
            places = ", ".join("?" * len(table.columns))
            for batch in connection.sql(f'SELECT {told} FROM built."{table.name}"').to_arrow_reader(_ROWS):
                rows = zip(*(column.to_pylist() for column in batch.columns), strict=True)
                target.executemany(f'INSERT INTO "{table.name}" VALUES ({places})', rows)
        target.execute("COMMIT")
    return [SQLITE_NAME]


def _sqlite_table(table: Table) -> str:
    types = {TEXT: "TEXT", TIME: "TEXT", DATE: "TEXT"}
    columns = [f'"{column.name}" {types.get(column.type, "INTEGER")}' for column in table.columns]
    key = ", ".join(f'"{name}"' for name in table.key)
    return f'CREATE TABLE "{table.name}" ({", ".join(columns)}, PRIMARY KEY ({key}))'


def _for_sqlite(column: Column) -> str:
    name = f'"{column.name}"'
    if column.type == TIME:  # as it is written in lines; a fraction only where there is one
        fraction = f"CASE WHEN epoch_us({name}) % 1000000 = 0 THEN '' ELSE strftime({name}, '.%f') END"
        return f"strftime({name}, '%Y-%m-%dT%H:%M:%S') || {fraction} || '+00:00'"
    return f"{name}::VARCHAR" if column.type == DATE else f"{name}::INTEGER" if column.type == BOOL else name


def write_duckdb(connection: duckdb.DuckDBPyConnection, folder: Path) -> list[str]:
    """Leaves the database as it was built, with the meaning of each column as its comment."""
    connection.execute("DETACH built")
    (folder.parent / BUILT_NAME).rename(folder / DUCKDB_NAME)
    return [DUCKDB_NAME]


SQLITE_NAME, DUCKDB_NAME = "pixiv.sqlite", "pixiv.duckdb"
BUILT_NAME = "built.duckdb"
"""The database in which the tables are built, in the folder above."""

FORMATS: dict[str, Callable[[duckdb.DuckDBPyConnection, Path], list[str]]] = {
    "parquet": write_parquet,
    "sqlite": write_sqlite,
    "duckdb": write_duckdb,  # the last: the others read from what it takes
}
"""How each format is written, in this order; each returns the names of its files."""

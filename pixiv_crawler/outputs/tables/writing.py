"""Writes the tables in each format, with the same rows in the same order."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from pixiv_crawler.outputs.tables.columns import BOOL, DATE, TABLES, TEXT, TIME, Column, Table
from pixiv_crawler.outputs.tables.staging import ARROW_TYPES

# Rows per batch: limits memory even for the longest texts of novels, which have 1 MB.
_BATCH_ROWS = 2048
# Row groups of Parquet files, which are read as a whole: about 100,000 rows are efficient, but texts would take
# gigabytes.
_GROUP_ROWS = 60 * _BATCH_ROWS
_GROUP_BYTES = 64_000_000


def write_parquet(connection: duckdb.DuckDBPyConnection, folder: Path) -> list[str]:
    """Writes one file per table, compressed with zstd."""
    for table in TABLES:
        schema = pa.schema([(column.name, ARROW_TYPES[column.type]) for column in table.columns])
        batches = connection.sql(f'FROM built."{table.name}"').to_arrow_reader(_BATCH_ROWS)
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
    """Writes one database: times and dates as ISO 8601 text, booleans as 0 and 1."""
    with closing(sqlite3.connect(folder / SQLITE_NAME, isolation_level=None)) as target:
        # The file is temporary until it is complete.
        target.execute("PRAGMA journal_mode = OFF")
        target.execute("PRAGMA synchronous = OFF")
        target.execute("BEGIN")
        for table in TABLES:
            target.execute(_sqlite_table(table))
            selected = ", ".join(_for_sqlite(column) for column in table.columns)
            placeholders = ", ".join("?" * len(table.columns))
            for batch in connection.sql(f'SELECT {selected} FROM built."{table.name}"').to_arrow_reader(_BATCH_ROWS):
                rows = zip(*(column.to_pylist() for column in batch.columns), strict=True)
                target.executemany(f'INSERT INTO "{table.name}" VALUES ({placeholders})', rows)
        target.execute("COMMIT")
    return [SQLITE_NAME]


def _sqlite_table(table: Table) -> str:
    types = {TEXT: "TEXT", TIME: "TEXT", DATE: "TEXT"}
    columns = [f'"{column.name}" {types.get(column.type, "INTEGER")}' for column in table.columns]
    key = ", ".join(f'"{name}"' for name in table.key)
    return f'CREATE TABLE "{table.name}" ({", ".join(columns)}, PRIMARY KEY ({key}))'


def _for_sqlite(column: Column) -> str:
    name = f'"{column.name}"'
    if column.type == TIME:  # as in lines; with a fraction only if there is one
        fraction = f"CASE WHEN epoch_us({name}) % 1000000 = 0 THEN '' ELSE strftime({name}, '.%f') END"
        return f"strftime({name}, '%Y-%m-%dT%H:%M:%S') || {fraction} || '+00:00'"
    return f"{name}::VARCHAR" if column.type == DATE else f"{name}::INTEGER" if column.type == BOOL else name


def write_duckdb(connection: duckdb.DuckDBPyConnection, folder: Path) -> list[str]:
    """Moves the database that was built; the meaning of each column is its comment."""
    connection.execute("DETACH built")
    (folder.parent / BUILT_NAME).rename(folder / DUCKDB_NAME)
    return [DUCKDB_NAME]


SQLITE_NAME, DUCKDB_NAME = "pixiv.sqlite", "pixiv.duckdb"
BUILT_NAME = "built.duckdb"
"""The database in which the tables are built, in the parent folder."""

FORMATS: dict[str, Callable[[duckdb.DuckDBPyConnection, Path], list[str]]] = {
    "parquet": write_parquet,
    "sqlite": write_sqlite,
    "duckdb": write_duckdb,  # last, because the others read the database that it moves
}
"""The writer of each format, in execution order; returns the names of its files."""

"""Brings the rows of all lines into a DuckDB database, in batches of Arrow."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from pixiv_crawler.items import Item
from pixiv_crawler.outputs.tables.columns import BOOL, DATE, INT, STAGED, TEXT, TIME, Column
from pixiv_crawler.outputs.tables.reading import Notes, Trouble
from pixiv_crawler.outputs.tables.rows import Row, TableRow, has_table, rows_of

ARROW_TYPES: dict[str, pa.DataType] = {
    INT: pa.int64(),
    TEXT: pa.string(),
    BOOL: pa.bool_(),
    TIME: pa.timestamp("us", tz="UTC"),
    DATE: pa.date32(),
}
_LINE = Column("line", INT, "")
# A batch is full with either: works have 2 kB and some 30 rows, the texts of novels up to 1 MB.
_BATCH_ROWS = 100_000
_BATCH_TEXT_CHARS = 16_000_000


@dataclass(slots=True)
class _Line:
    """A line whose rows wait for the end of the batch."""

    path: Path
    number: int
    kind: str
    rows: list[TableRow]


@dataclass(slots=True)
class Staging:
    """Tables with the rows of all lines, in the main database of the connection."""

    connection: duckdb.DuckDBPyConnection
    notes: Notes
    _waiting: list[_Line] = field(default_factory=list)
    _rows: int = 0
    _chars: int = 0
    _lines: int = 0

    def __post_init__(self) -> None:
        for table, columns in STAGED.items():
            told = ", ".join(f'"{column.name}" {column.type}' for column in (_LINE, *columns))
            self.connection.execute(f"CREATE TABLE {table} ({told})")

    def add(self, item: Item, path: Path, number: int, run: str) -> None:
        """Takes one line; one that fits no table is noted, or counted when no table is for its kind."""
        if not has_table(type(item)):
            self.notes.kinds[item.kind] += 1
            return
        try:
            rows = list(rows_of(item, run))
        except (OverflowError, ValueError) as error:  # a time at the end of what a calendar holds
            self.notes.note(path, Trouble.MISFIT, number, str(error))
            return
        self._waiting.append(_Line(path, number, item.kind, rows))
        self._rows += len(rows)
        self._chars += len(getattr(item, "text", None) or "")
        if self._rows >= _BATCH_ROWS or self._chars >= _BATCH_TEXT_CHARS:
            self.flush()

    def flush(self) -> None:
        """Stores the rows that wait."""
        try:
            batch = self._batch(self._waiting)
        except (OverflowError, ValueError):  # one is enough to spoil the batch: a number beyond 64 bit
            self._waiting = [line for line in self._waiting if self._is_storable(line)]
            batch = self._batch(self._waiting)
        for table, rows in batch.items():
            self.connection.register("batch", rows)
            self.connection.execute(f"INSERT INTO {table} SELECT * FROM batch")
            self.connection.unregister("batch")
        for line in self._waiting:
            self.notes.kinds[line.kind] += 1
        self._lines += len(self._waiting)
        self._waiting, self._rows, self._chars = [], 0, 0

    def _is_storable(self, line: _Line) -> bool:
        try:
            self._batch([line])
        except (OverflowError, ValueError) as error:
            self.notes.note(line.path, Trouble.MISFIT, line.number, f"a value that no table can hold: {error}")
            return False
        return True

    def _batch(self, lines: list[_Line]) -> dict[str, pa.Table]:
        rows: dict[str, list[Row]] = defaultdict(list)
        for number, line in enumerate(lines, self._lines):
            for table, values in line.rows:
                rows[table].append((number, *values))
        return {table: _arrow(table, found) for table, found in rows.items()}


def _arrow(table: str, rows: list[Row]) -> pa.Table:
    columns = (_LINE, *STAGED[table])
    values: Any = zip(*rows, strict=True)
    arrays = [pa.array(one, ARROW_TYPES[column.type]) for column, one in zip(columns, values, strict=True)]
    return pa.table(arrays, names=[column.name for column in columns])

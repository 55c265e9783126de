"""Inserts the rows of all lines into a DuckDB database, in Arrow batches."""

from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from pixiv_crawler.items import Item
from pixiv_crawler.outputs.tables.columns import BOOL, DATE, INT, STAGED, TEXT, TIME, Column
from pixiv_crawler.outputs.tables.reading import Notes, Problem
from pixiv_crawler.outputs.tables.rows import KINDS_WITH_TABLE, Row, TableRow, rows_of

ARROW_TYPES: dict[str, pa.DataType] = {
    INT: pa.int64(),
    TEXT: pa.string(),
    BOOL: pa.bool_(),
    TIME: pa.timestamp("us", tz="UTC"),
    DATE: pa.date32(),
}
_LINE = Column("line", INT, "")
# Either limit completes a batch: a work has 2 kB and about 30 rows, the text of a novel up to 1 MB.
_BATCH_ROWS = 100_000
_BATCH_TEXT_CHARS = 16_000_000


@dataclass(slots=True)
class _Line:
    """A line in the current batch."""

    path: Path
    number: int
    kind: str
    rows: list[TableRow]


@dataclass(slots=True)
class Staging:
    """Inserts rows into the staging tables, in the main database of the connection."""

    connection: duckdb.DuckDBPyConnection
    notes: Notes
    _pending: list[_Line] = field(default_factory=list)
    _rows: int = 0
    _chars: int = 0
    _lines: int = 0

    def __post_init__(self) -> None:
        for table, columns in STAGED.items():
            definitions = ", ".join(f'"{column.name}" {column.type}' for column in (_LINE, *columns))
            self.connection.execute(f"CREATE TABLE {table} ({definitions})")

    def add(self, item: Item, path: Path, number: int, run: str) -> None:
        """Adds a line; counts it if its kind has no table, and records it if its values are not valid."""
        if item.kind not in KINDS_WITH_TABLE:
            self.notes.kinds[item.kind] += 1
            return
        try:
            rows = list(rows_of(item, run))
        except (OverflowError, ValueError) as error:  # a time at the limits of the calendar
            self.notes.note(path, Problem.MISFIT, number, str(error))
            return
        self._pending.append(_Line(path, number, item.kind, rows))
        self._rows += len(rows)
        self._chars += len(getattr(item, "text", None) or "")
        if self._rows >= _BATCH_ROWS or self._chars >= _BATCH_TEXT_CHARS:
            self.flush()

    def flush(self) -> None:
        """Inserts the rows of the current batch."""
        try:
            batch = self._batch(self._pending)
        except (OverflowError, ValueError):  # a single invalid value fails the whole batch: a number beyond 64 bits
            self._pending = [line for line in self._pending if self._is_storable(line)]
            batch = self._batch(self._pending)
        for table, rows in batch.items():
            self.connection.register("batch", rows)
            self.connection.execute(f"INSERT INTO {table} SELECT * FROM batch")
            self.connection.unregister("batch")
        for line in self._pending:
            self.notes.kinds[line.kind] += 1
        self._lines += len(self._pending)
        self._pending, self._rows, self._chars = [], 0, 0

    def _is_storable(self, line: _Line) -> bool:
        try:
            self._batch([line])
        except (OverflowError, ValueError) as error:
            self.notes.note(line.path, Problem.MISFIT, line.number, f"a value that tables cannot store: {error}")
            return False
        return True

    def _batch(self, lines: list[_Line]) -> dict[str, pa.Table]:
        rows: dict[str, list[Row]] = defaultdict(list)
        numbers: dict[str, list[int]] = defaultdict(list)
        for number, line in enumerate(lines, self._lines):
            for table, values in line.rows:
                rows[table].append(values)
                numbers[table].append(number)
        return {table: _arrow(table, numbers[table], rows_) for table, rows_ in rows.items()}


def _arrow(table: str, numbers: list[int], rows: list[Row]) -> pa.Table:
    columns = (_LINE, *STAGED[table])
    values: Any = (numbers, *zip(*rows, strict=True))
    arrays = [pa.array(cells, ARROW_TYPES[column.type]) for column, cells in zip(columns, values, strict=True)]
    return pa.table(arrays, names=[column.name for column in columns])

"""Selects the newest rows and sorts them, in SQL: DuckDB does this on disk if memory is short."""

from collections.abc import Iterable

import duckdb

from pixiv_crawler.outputs.tables.columns import COUNTS, SERIES_DETAIL, STAGED, TABLES, USER_DETAIL, Column, Table

# Orders rows by time, then by position; a single number per row keeps the memory for selecting rows small.
_MACROS = """
CREATE MACRO newness(moment, position) AS greatest(epoch_us(moment), 0)::HUGEINT * 1099511627776 + position;
CREATE MACRO position_of(newness) AS (newness % 1099511627776)::BIGINT;
"""
# Greater than the newness of any time up to the year 9999.
_PREFERRED = f"{1 << 100}::HUGEINT"
# Columns that some listings omit, or that are only present if requested: the value of an older line is used then.
_OPTIONAL = {
    "caption": ("caption",),
    "text": ("text",),
    "total_comments": ("total_comments",),
    "frame_count": ("frame_count", "duration_ms"),
}


def build_tables(connection: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """Creates the tables in the database `built` from the staged rows; returns the number of rows of each."""
    connection.execute(_MACROS)
    connection.execute(f"CREATE TABLE gone AS {_newest('unavailable', ('kind', 'id'))}")
    connection.execute(f"CREATE TABLE picked AS {_picked_works()}")
    return {table.name: _build(connection, table) for table in TABLES}


def _build(connection: duckdb.DuckDBPyConnection, table: Table) -> int:
    names, key = _quoted(column.name for column in table.columns), _quoted(table.key)
    name = f'built."{table.name}"'
    connection.execute(f"CREATE TABLE {name} AS SELECT {names} FROM ({_QUERIES[table.name]}) ORDER BY {key}")
    connection.execute(f"COMMENT ON TABLE {name} IS {_text(table.meaning)}")
    for column in table.columns:
        connection.execute(f'COMMENT ON COLUMN {name}."{column.name}" IS {_text(column.meaning)}')
    ((count,),) = connection.sql(f"SELECT count(*) FROM {name}").fetchall()
    return int(count)


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _quoted(names: Iterable[str], of: str = "") -> str:
    return ", ".join(f'{of}"{name}"' for name in names)


def _names(columns: Iterable[Column]) -> list[str]:
    return [column.name for column in columns]


def _newest(staged: str, key: tuple[str, ...], prefer: str = "FALSE") -> str:
    """The newest row of each key; preferred rows come first, and the last one of several in a line wins."""
    order = f"newness(fetched_at, rowid) + CASE WHEN {prefer} THEN {_PREFERRED} ELSE 0 END"
    chosen = f"SELECT position_of(max({order})) FROM {staged} GROUP BY {_quoted(key)}"
    return f"SELECT * FROM {staged} WHERE rowid IN ({chosen})"


def _picked_works() -> str:
    """The newest line of each work, and the newest lines that contain each optional value."""
    newest = "position_of(max(newness(fetched_at, line)){})"
    optional = (
        f"{newest.format(f' FILTER (coalesce({name}::VARCHAR, {chr(39) * 2}) <> {chr(39) * 2})')} AS {name}_line"
        for name in _OPTIONAL
    )
    return f"SELECT {newest.format('')} AS line, {', '.join(optional)} FROM works GROUP BY work_kind, work_id"


def _works() -> str:
    older = {column: f"{name}_older" for name, columns in _OPTIONAL.items() for column in columns}
    selected = ", ".join(
        f'coalesce({older[name]}."{name}", works."{name}") AS "{name}"' if name in older else f'works."{name}"'
        for name in _names(STAGED["works"])
    )
    joins = " ".join(
        f"LEFT JOIN (SELECT line, {_quoted(columns)} FROM works WHERE line IN (SELECT {name}_line FROM picked "
        f"WHERE {name}_line <> line)) AS {name}_older ON {name}_older.line = picked.{name}_line"
        for name, columns in _OPTIONAL.items()
    )
    return f"SELECT {selected}, {_MARKED} FROM picked JOIN works ON works.line = picked.line {joins} {_mark('works', 'work_kind', 'work_id')}"


_MARKED = "gone.reason AS unavailable_reason, gone.fetched_at AS unavailable_at"


def _mark(table: str, kind: str, id_: str) -> str:
    return (
        f"LEFT JOIN gone ON gone.kind = {kind} AND gone.id = {table}.{id_} "
        f"AND newness(gone.fetched_at, gone.line) > newness({table}.fetched_at, {table}.line)"
    )


def _with_details(staged: str, details: str, key: tuple[str, ...], columns: tuple[Column, ...]) -> str:
    """The newest row of everything named in any line, with the newest details if there are any."""
    named = _quoted(_names(STAGED[staged]), "named.")
    on = " AND ".join(f"detailed.{name} = named.{name}" for name in key)
    return (
        f"SELECT named.line, {named}, {_quoted(_names(columns), 'detailed.')}, "
        f"detailed.fetched_at AS detail_fetched_at FROM ({_newest(staged, key)}) AS named "
        f"LEFT JOIN ({_newest(details, key)}) AS detailed ON {on}"
    )


_IS_PICKED = "line IN (SELECT line FROM picked)"
_MAX_COUNTS = ", ".join(f"max({name}) AS {name}" for name in COUNTS)
_USERS = _with_details("users", "user_details", ("user_id",), USER_DETAIL)
_QUERIES = {
    "works": _works(),
    "pages": f"SELECT * FROM pages WHERE {_IS_PICKED}",
    "files": _newest("files", ("path",), prefer="status <> 'failed'"),
    "users": f"SELECT named.*, {_MARKED} FROM ({_USERS}) AS named {_mark('named', _text('user'), 'user_id')}",
    "tags": "SELECT tag, arg_max(translated_name, newness(fetched_at, rowid)) AS translated_name FROM work_tags GROUP BY tag",
    "work_tags": f"SELECT * FROM work_tags WHERE {_IS_PICKED}",
    # Seen twice within a second: listings may report different counts, the highest of which is correct.
    "counters": f"SELECT work_kind, work_id, fetched_at, {_MAX_COUNTS} FROM works GROUP BY work_kind, work_id, fetched_at",
    "comments": _newest("comments", ("work_kind", "comment_id")),
    "rankings": _newest("rankings", ("work_kind", "mode", "date", "work_id"), prefer="NOT is_date_estimated"),
    "series": _with_details("series", "series_details", ("series_kind", "series_id"), SERIES_DETAIL),
    "unavailable": "SELECT * FROM gone",
}

"""Runs `scrapy tables` and reads the tables that it generated."""

from __future__ import annotations

import json
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path
from typing import Any

import duckdb
import msgspec
import pyarrow.parquet as pq

from pixiv_crawler.items import Item
from pixiv_crawler.outputs.tables.columns import TABLES
from tests.in_process import scrapy_in_process

Rows = list[dict[str, Any]]


def run_tables(data: Path, *words: str | Path) -> subprocess.CompletedProcess[str]:
    """Runs the command on a data folder."""
    return scrapy_in_process("tables", *words, "-s", f"PIXIV_DATA_DIR={data}")


def write(data: Path, *lines: Item | bytes, run: str = "user_works/1", name: str = "lines.jsonl") -> Path:
    """Appends lines to a file of a run; bytes are written unchanged."""
    path = data / run / name
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as file:
        file.writelines(line if isinstance(line, bytes) else msgspec.json.encode(line) + b"\n" for line in lines)
    return path


def parquet(folder: Path, table: str) -> Rows:
    rows: Rows = pq.read_table(folder / f"{table}.parquet").to_pylist()
    return rows


def as_text(folder: Path, form: str) -> dict[str, list[tuple[str | None, ...]]]:
    """All rows of all tables in one format, each value as DuckDB or SQLite writes it as text."""
    found = {}
    for table in TABLES:
        names = ", ".join(f'"{column.name}"' for column in table.columns)
        if form == "sqlite":
            with closing(sqlite3.connect(folder / "pixiv.sqlite")) as connection:
                rows = connection.execute(f"SELECT {names} FROM {table.name}").fetchall()
            types = [column.type for column in table.columns]
            found[table.name] = [
                tuple(_text(value, type_) for value, type_ in zip(row, types, strict=True)) for row in rows
            ]
            continue
        path = folder / ("pixiv.duckdb" if form == "duckdb" else f"{table.name}.parquet")
        source = f"built.{table.name}" if form == "duckdb" else f"'{path}'"
        with duckdb.connect() as connection:
            connection.execute("SET TimeZone = 'UTC'")
            if form == "duckdb":
                connection.execute(f"ATTACH '{path}' AS built (READ_ONLY)")
            found[table.name] = connection.sql(
                f"SELECT COLUMNS(*)::VARCHAR FROM (SELECT {names} FROM {source})"
            ).fetchall()
    return found


def _text(value: Any, type_: str) -> str | None:
    if value is None:
        return None
    if type_ == "BOOLEAN":
        return {0: "false", 1: "true"}[value]
    text = str(value)
    return text.replace("T", " ").replace("+00:00", "+00") if type_.startswith("TIMESTAMP") else text


def card(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "card.json").read_text("utf-8"))
    return found

"""The dataset card: what was asked, when, what the tables hold, and what is missing from them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import msgspec

from pixiv_crawler.outputs.tables.columns import SCHEMA_VERSION, TABLES
from pixiv_crawler.outputs.tables.reading import Notes
from pixiv_crawler.outputs.tables.runs import Run

CARD_NAME = "card.json"
MADE_BY = "pixiv_crawler tables"
_TABLED = ("illust", "novel", "user", "user_preview", "comment", "illust_series", "novel_series", "unavailable")


@dataclass(slots=True, kw_only=True)
class Facts:
    """What a card is made of."""

    runs: Sequence[Run]
    notes: Notes
    rows: dict[str, int]
    """How many rows each table has."""
    fetched: tuple[str | None, str | None]
    """When the first and the last line with a table were fetched."""
    base: Path
    """The folder that paths are told from, as far as they lie below it."""


def fetched(connection: duckdb.DuckDBPyConnection) -> tuple[str | None, str | None]:
    """When the first and the last staged line were fetched, in ISO 8601."""
    ends = " UNION ALL ".join(
        f"SELECT min(fetched_at) AS first, max(fetched_at) AS last FROM {name}"
        for name in ("works", "users", "comments", "series", "unavailable")
    )
    form = "'%Y-%m-%dT%H:%M:%S+00:00'"
    ((first, last),) = connection.sql(
        f"SELECT strftime(min(first), {form}), strftime(max(last), {form}) FROM ({ends})"
    ).fetchall()
    return first, last


def make_card(facts: Facts, folder: Path, names: Sequence[str]) -> dict[str, Any]:
    """The card of the files in a folder, as JSON has it."""
    runs = [{"folder": _shown(run.folder, facts.base), **run.report()} for run in facts.runs]
    return {
        "made_by": MADE_BY,
        "schema_version": SCHEMA_VERSION,
        "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "fetched": dict(zip(("first", "last"), facts.fetched, strict=True)),
        "queries": [
            {name: value for name, value in run.items() if name not in ("failures", "search_holes")} for run in runs
        ],
        "lines": dict(sorted(facts.notes.kinds.items())),
        "lines_without_table": {
            kind: count for kind, count in sorted(facts.notes.kinds.items()) if kind not in _TABLED
        },
        "tables": {table.name: _table(table.name, facts.rows[table.name]) for table in TABLES},
        "holes": _holes(runs, facts),
        "files": {name: _file(folder / name) for name in names},
    }


def _table(name: str, rows: int) -> dict[str, Any]:
    (table,) = (table for table in TABLES if table.name == name)
    columns = [{"name": one.name, "type": one.type, "meaning": one.meaning} for one in table.columns]
    return {"rows": rows, "meaning": table.meaning, "key": list(table.key), "columns": columns}


def _holes(runs: list[dict[str, Any]], facts: Facts) -> dict[str, Any]:
    notes = [note.told() | {"path": _shown(note.path, facts.base)} for note in facts.notes]
    return {
        "unfinished": [run["folder"] for run in runs if run.get("finish_reason") != "finished"],
        "failures": {run["folder"]: run["failures"] for run in runs if run.get("failures")},
        "search": {run["folder"]: run["search_holes"] for run in runs if run.get("search_holes")},
        "rejected_entries": facts.notes.kinds["rejected"],
        "unreadable_lines": facts.notes.unreadable,
        "files_of_lines": notes,
    }


def _shown(path: Path, base: Path) -> str:
    return path.relative_to(base).as_posix() if path.is_relative_to(base) else str(path)


def _file(path: Path) -> dict[str, Any]:
    with path.open("rb") as file:
        return {"sha256": hashlib.file_digest(file, "sha256").hexdigest(), "size": path.stat().st_size}


def write_card(card: dict[str, Any], folder: Path) -> None:
    """Writes the card as JSON and as Markdown."""
    (folder / CARD_NAME).write_bytes(msgspec.json.format(msgspec.json.encode(card), indent=2) + b"\n")
    (folder / "card.md").write_text("\n".join(_markdown(card)) + "\n", "utf-8")


def _markdown(card: dict[str, Any]) -> Iterator[str]:
    first, last = card["fetched"]["first"], card["fetched"]["last"]
    yield "# Works, users and comments of Pixiv\n"
    yield f"Made by `{card['made_by']}` at {card['made_at']}, schema version {card['schema_version']}. "
    yield f"Lines fetched from {first} to {last}.\n" if first else "No line with a time was read.\n"
    yield "## Queries\n"
    told = ("folder", "spider", "arguments", "started_at", "finished_at", "finish_reason", "failure_counts", "report")
    yield from _rows(told, ([query.get(name) for name in told] for query in card["queries"]))
    yield "\n## Holes\n"
    yield from _hole_lines(card["holes"])
    yield "\n## Lines\n"
    without = card["lines_without_table"]
    yield from _rows(
        ("kind", "lines", "in tables"),
        ([kind, count, "no" if kind in without else "yes"] for kind, count in card["lines"].items()),
    )
    yield "\n## Tables\n"
    yield from _rows(
        ("table", "rows", "key", "meaning"),
        ([name, one["rows"], ", ".join(one["key"]), one["meaning"]] for name, one in card["tables"].items()),
    )
    for name, one in card["tables"].items():
        yield f"\n### {name}\n"
        yield from _rows(("column", "type", "meaning"), (list(column.values()) for column in one["columns"]))
    yield "\n## Files\n"
    yield from _rows(
        ("file", "bytes", "SHA-256"), ([name, one["size"], one["sha256"]] for name, one in card["files"].items())
    )


def _hole_lines(holes: dict[str, Any]) -> Iterator[str]:
    yield f"- Runs that are not finished, or have no report: {len(holes['unfinished'])}"
    yield f"- Failures, according to the reports: {sum(map(len, holes['failures'].values()))}"
    yield f"- Parts of searches that are incomplete: {sum(map(len, holes['search'].values()))}"
    yield f"- Entries that did not fit their type (`rejected.jsonl`): {holes['rejected_entries']}"
    yield f"- Lines that could not be read: {holes['unreadable_lines']}\n"
    if any(holes[name] for name in ("unfinished", "failures", "search")):
        yield f"Each is named in {CARD_NAME}.\n"
    if notes := holes["files_of_lines"]:
        told = ("path", "trouble", "count", "first_line", "details")
        yield from _rows(told, ([note[name] for name in told] for note in notes))


def _rows(head: Sequence[str], rows: Any) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"|{' --- |' * len(head)}"
    for row in rows:
        yield f"| {' | '.join(map(_cell, row))} |"


def _cell(value: Any) -> str:
    text = value if isinstance(value, str) else "" if value is None else msgspec.json.encode(value).decode()
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")

"""Tables of real crawls of the simulated Pixiv."""

from __future__ import annotations

import hashlib
import json
import time
from collections import Counter
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from pixiv_crawler.layout.moved_files import log_moves
from pixiv_crawler.outputs.tables.columns import TABLES
from pixiv_crawler.sandbox import Fault, Sandbox
from tests.crawling import Crawler
from tests.outputs.tables.tables_command import as_text, card, parquet, run_tables

LIMITED = 84580002
Lines = list[dict[str, Any]]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Runs with works, comments, users, rankings of two days, novels with a text, a series, and deleted works."""
    folder = tmp_path_factory.mktemp("crawled")
    with Sandbox() as sandbox:
        crawl = Crawler(sandbox, folder)
        crawl("user_works", user_id="1002,1004", comments="true", users="true", type="illust,manga,ugoira,novel")
        crawl("rankings", date="2026-11-17..2026-11-18", max_works=70, files="none", job="ranked")
        time.sleep(1.1)  # the times in lines have a resolution of one second
        crawl("user_works", user_id="1002", files="none", job="again")
        crawl("works", novel_id=8684000, text="true", files="none", job="text")
        crawl("works", novel_id=8684000, files="none", job="without_text")
        gone = next(line["id"] for line in lines_of(crawl.data) if line["kind"] == "illust")
        sandbox.add_fault(Fault("not_found_404", "/v1/illust/detail", times=None))
        crawl("works", illust_id=gone, job="gone")
        done = run_tables(crawl.data, "--format", "parquet,sqlite,duckdb")
        assert (done.returncode, done.stderr) == (0, "")
    return crawl.data


def lines_of(data: Path) -> Lines:
    """All items of all runs, in the order in which they were fetched; failed.jsonl lists failures, not items."""
    files = sorted(path for path in data.glob("*/*/*.jsonl") if path.name != "failed.jsonl")
    found = [json.loads(line) for path in files for line in path.read_bytes().splitlines()]
    return sorted(found, key=lambda line: line["fetched_at"])


def works_of(lines: Lines) -> Lines:
    return [line for line in lines if line["kind"] in ("illust", "novel")]


def key(line: dict[str, Any]) -> tuple[str, int]:
    return line["kind"], line["id"]


def row_key(row: dict[str, Any]) -> tuple[str, int]:
    return row["work_kind"], row["work_id"]


def test_the_tables_have_as_many_rows_as_the_lines_imply(data: Path) -> None:
    lines = lines_of(data)
    works = works_of(lines)
    newest = {key(work): work for work in works}
    kinds = Counter(line["kind"] for line in lines)
    assert min(kinds[kind] for kind in ("illust", "novel", "comment", "user", "unavailable")) > 0
    users = {line["user"]["id"] for line in lines if line.get("user")} - {0}
    series = {(work["kind"], work["series"]["id"]) for work in works if work["series"]}
    expected = {
        "works": len(newest),
        "pages": sum(work["page_count"] for work in newest.values() if work["kind"] == "illust"),
        "files": len({file["path"] for line in lines for file in line.get("files", [])}),
        "users": len(users),
        "tags": len({tag["name"] for work in works for tag in work["tags"]}),
        "work_tags": sum(len(work["tags"]) for work in newest.values()),
        "counters": len({(*key(work), work["fetched_at"]) for work in works}),
        "comments": kinds["comment"],
        "rankings": sum(work["source"]["endpoint"] == "/v1/illust/ranking" for work in works),
        "series": len(series),
        "unavailable": len({(line["type"], line["id"]) for line in lines if line["kind"] == "unavailable"}),
    }
    assert {table.name: len(parquet(data / "tables", table.name)) for table in TABLES} == expected
    assert all(expected.values())
    assert {name: table["rows"] for name, table in card(data / "tables")["tables"].items()} == expected
    assert card(data / "tables")["lines"] == kinds


def test_a_row_of_a_work_says_what_its_newest_line_says(data: Path) -> None:
    newest = {key(work): work for work in works_of(lines_of(data))}
    for row in parquet(data / "tables", "works"):
        line = newest[row_key(row)]
        for name in (
            "title",
            "page_count",
            "total_view",
            "total_bookmarks",
            "total_comments",
            "x_restrict",
            "restrict",
        ):
            assert row[name] == line[name]
        assert row["user_id"] == line["user"]["id"]
        assert row["create_date"] == datetime.fromisoformat(line["create_date"])
        assert row["create_date"].utcoffset() == UTC.utcoffset(None)
        assert row["source_endpoint"] == line["source"]["endpoint"]
        assert json.loads(row["source_params"]) == line["source"]["params"]


def test_counters_keep_each_time_a_work_was_seen(data: Path) -> None:
    seen = {(*key(work), work["fetched_at"]): work for work in works_of(lines_of(data))}
    found = parquet(data / "tables", "counters")
    assert {(*row_key(row), row["fetched_at"].isoformat()) for row in found} == set(seen)
    assert max(Counter(map(row_key, found)).values()) > 1
    for row in found:
        assert row["total_view"] == seen[(*row_key(row), row["fetched_at"].isoformat())]["total_view"]


def test_a_deleted_work_remains_in_the_table_and_is_marked(data: Path) -> None:
    gone = [row for row in parquet(data / "tables", "works") if row["unavailable_reason"]]
    (line,) = (
        line
        for line in lines_of(data)
        if line["kind"] == "unavailable" and line["source"]["endpoint"] == "/v1/illust/detail"
    )
    (row,) = gone
    assert (row["work_id"], row["unavailable_reason"]) == (line["id"], line["reason"])
    assert row["unavailable_at"] == datetime.fromisoformat(line["fetched_at"])
    assert row["title"]
    never_seen = {row["id"] for row in parquet(data / "tables", "unavailable")} - {line["id"]}
    assert LIMITED in never_seen
    assert not never_seen & {row["work_id"] for row in parquet(data / "tables", "works")}


def test_rankings_have_a_row_for_each_day(data: Path) -> None:
    lines = [line for line in works_of(lines_of(data)) if line["source"]["endpoint"] == "/v1/illust/ranking"]
    found = parquet(data / "tables", "rankings")
    assert {(row["mode"], row["date"].isoformat(), row["rank"], row["work_id"]) for row in found} == {
        (line["source"]["params"]["mode"], line["source"]["params"]["date"], line["source"]["position"], line["id"])
        for line in lines
    }
    assert {row["date"] for row in found} <= {date(2026, 11, 17), date(2026, 11, 18)}
    assert not any(row["is_date_estimated"] for row in found)


def test_users_have_their_profiles_if_they_were_fetched(data: Path) -> None:
    details = {line["user"]["id"]: line for line in lines_of(data) if line["kind"] == "user"}
    found = {row["user_id"]: row for row in parquet(data / "tables", "users")}
    assert {id_ for id_, row in found.items() if row["detail_fetched_at"]} == set(details)
    for id_, line in details.items():
        assert found[id_]["total_illusts"] == line["profile"]["total_illusts"]
        assert found[id_]["workspace_tool"] == line["workspace"]["tool"]


def test_the_text_of_a_novel_is_kept_if_a_newer_line_has_none(data: Path) -> None:
    (line,) = (line for line in lines_of(data) if line.get("text"))
    (row,) = (row for row in parquet(data / "tables", "works") if row["text"])
    assert (row["work_id"], row["text"]) == (line["id"], line["text"])


@pytest.mark.parametrize("form", ["sqlite", "duckdb"])
def test_each_format_contains_the_same_rows(data: Path, form: str) -> None:
    assert as_text(data / "tables", form) == as_text(data / "tables", "parquet")


def test_the_card_contains_the_arguments_and_the_checksum_of_each_file(data: Path) -> None:
    contents = card(data / "tables")
    reports = {path.parent: json.loads(path.read_text()) for path in data.glob("*/*/report.json")}
    assert {query["folder"]: query["arguments"] for query in contents["queries"]} == {
        folder.relative_to(data).as_posix(): report["arguments"] for folder, report in reports.items()
    }
    assert contents["holes"]["failures"] == {
        folder.relative_to(data).as_posix(): report["failures"]
        for folder, report in reports.items()
        if report["failures"]
    }
    for name, file in contents["files"].items():
        content = (data / "tables" / name).read_bytes()
        assert (hashlib.sha256(content).hexdigest(), len(content)) == (file["sha256"], file["size"])
    assert {*contents["files"], "card.json", "card.md", ".lock"} >= {path.name for path in (data / "tables").iterdir()}
    times = [line["fetched_at"] for line in lines_of(data)]
    assert contents["fetched"] == {"first": min(times), "last": max(times)}
    text = (data / "tables" / "card.md").read_text("utf-8")
    assert all(f"### {table.name}\n" in text for table in TABLES)
    assert all(file["sha256"] in text for file in contents["files"].values())


def test_the_same_lines_give_identical_parquet_and_sqlite_files(data: Path, tmp_path: Path) -> None:
    assert run_tables(data, "--output", tmp_path, "--format", "sqlite,parquet").returncode == 0
    sums = {name: file["sha256"] for name, file in card(data / "tables")["files"].items() if name != "pixiv.duckdb"}
    assert {name: file["sha256"] for name, file in card(tmp_path)["files"].items()} == sums


def test_a_file_that_was_moved_has_its_present_path(sandbox: Sandbox, crawl: Crawler) -> None:
    first = crawl(user_id=1008, max_works=2)
    moves = {path: f"moved/{path}" for path in first.files}
    for old, new in moves.items():
        (first.data / "files" / new).parent.mkdir(parents=True, exist_ok=True)
        (first.data / "files" / old).rename(first.data / "files" / new)
    log_moves(first.data, moves)
    assert run_tables(first.data).returncode == 0
    assert sorted(row["path"] for row in parquet(first.data / "tables", "files")) == sorted(moves.values())

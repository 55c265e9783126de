"""docs/data.md: its fields are those of the classes, and its examples print what it shows."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any, get_args

import pytest
from PIL import Image, ImageChops, ImageStat

from pixiv_crawler.items import Item
from pixiv_crawler.run.output_folder import OUTPUT_FILES
from pixiv_crawler.schemas.markdown import fields, parts_of, write_fields
from tests.code_blocks import blocks
from tests.in_process import PROJECT, clean_environment, scrapy_in_process
from tests.outputs.tables.tables_command import run_tables

# pandas, polars, DuckDB and matplotlib take 17 seconds of processor time.
pytestmark = pytest.mark.e2e

PAGE = PROJECT / "docs" / "data.md"
BLOCKS = blocks(PAGE)
EXAMPLES = {block.mark: block.text for block in BLOCKS if block.language == "python"}
SHOWN = {block.mark: block.text for block in BLOCKS if block.language == "text"}
PICTURE = "bookmarks-per-view.png"
Lines = list[dict[str, Any]]


def test_the_page_has_the_fields_of_the_classes() -> None:
    assert parts_of(PAGE)[1] == fields(), "the page is outdated; run: python -m pixiv_crawler.schemas"


def test_every_item_class_and_every_nested_object_has_a_table_of_fields() -> None:
    text = fields()
    for item_class in get_args(Item):
        section = text.partition(f"### {item_class.__name__}\n")[2].partition("\n### ")[0]
        documented = [row.split("`")[1] for row in section.splitlines() if row.startswith("| `")]
        assert documented == list(item_class.__dataclass_fields__)
    links = set(re.findall(r"\]\(#(\w+)\)", text))
    headings = {name.lower() for name in re.findall(r"^### (\w+)$", text, re.MULTILINE)}
    assert {"user", "tag", "source"} <= links <= headings


def test_updating_the_fields_does_not_change_the_rest_of_the_page(tmp_path: Path) -> None:
    page = tmp_path / "data.md"
    before, _, after = parts_of(PAGE)
    page.write_text(f"{before}\nsomething old\n{after}", "utf-8")
    write_fields(page)
    assert parts_of(page) == (before, fields(), after)


def test_files_have_the_names_on_the_page() -> None:
    names = set(OUTPUT_FILES.values())
    kinds = {str(item_class.__dataclass_fields__["kind"].default) for item_class in get_args(Item)}
    unchanged = {"illust_series", "novel_series", "watchlist_series", "emoji", "unavailable", "rejected"}
    assert names == {f"{kind}.jsonl" if kind in unchanged else f"{kind}s.jsonl" for kind in kinds}
    assert [name for name in unchanged if f"`{name}.jsonl`" not in parts_of(PAGE)[0]] == []


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the data that the commands of the page collect."""
    folder = tmp_path_factory.mktemp("analysis")
    (commands,) = (block.text for block in BLOCKS if block.language == "sh")
    for command in commands.splitlines():
        program, *words = shlex.split(command)
        assert program == "scrapy"
        data = folder / "data"
        env = {"PIXIV_DATA_DIR": str(data)}
        done = run_tables(data) if words == ["tables"] else scrapy_in_process(*words, env=env)
        assert done.returncode == 0, done.stderr
    return folder


# In one process, because their libraries take seconds to import.
RUN_PROGRAMS = """
import contextlib, io, json, sys
for text in json.load(sys.stdin):
    error = ""
    with contextlib.redirect_stdout(io.StringIO()) as output:
        try:
            exec(text, {"__name__": "__main__"})
        except Exception as raised:
            error = f"{type(raised).__name__}: {raised}"
    print(json.dumps([output.getvalue(), error]))
"""


@pytest.fixture(scope="module")
def outputs(folder: Path) -> dict[str, str]:
    """What each example prints."""
    return dict(zip(EXAMPLES, printed(folder, *EXAMPLES.values()), strict=True))


def printed(folder: Path, *programs: str) -> list[str]:
    """The output of programs that end without an error."""
    results = run(folder, *programs)
    assert [error for _, error in results if error] == []
    return [without_trailing_spaces(output) for output, _ in results]


def run(folder: Path, *programs: str) -> list[tuple[str, str]]:
    """Runs programs one after the other; returns the output and the error of each."""
    env = clean_environment() | {"PYTHONIOENCODING": "utf-8", "MPLBACKEND": "agg"}
    # Polars adapts its tables to the terminal.
    for name in [name for name in os.environ if name.startswith("POLARS_")]:
        del env[name]
    done = subprocess.run(
        [sys.executable, "-c", RUN_PROGRAMS],
        cwd=folder, env=env, input=json.dumps(programs), capture_output=True, encoding="utf-8", check=True,
    )  # fmt: skip
    return [(output, error) for output, error in map(json.loads, done.stdout.splitlines())]


def without_trailing_spaces(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.strip().splitlines())


def lines_of(folder: Path, name: str = "illusts") -> Lines:
    files = sorted(folder.glob(f"data/*/*/{name}.jsonl"))
    return [json.loads(line) for file in files for line in file.read_bytes().splitlines()]


def test_every_example_is_shown_with_its_output() -> None:
    assert len(EXAMPLES) == len([block for block in BLOCKS if block.language == "python"])
    assert EXAMPLES.keys() - SHOWN.keys() == {"plot"}
    assert SHOWN.keys() <= EXAMPLES.keys()
    assert {"pandas", "polars", "duckdb", "tags", "bookmarks-per-view", "ranks", "output"} <= SHOWN.keys()


@pytest.mark.parametrize("name", SHOWN)
def test_an_example_prints_what_the_page_shows(outputs: dict[str, str], name: str) -> None:
    assert outputs[name] == without_trailing_spaces(SHOWN[name])


def test_the_examples_show_correct_figures(folder: Path) -> None:
    lines = lines_of(folder)
    works = {line["id"]: line for line in sorted(lines, key=lambda line: line["fetched_at"])}.values()
    assert SHOWN["pandas"].startswith(f"{len(lines)} lines of {len(works)} works\n")
    assert SHOWN["polars"].startswith(f"{len(lines)} lines of {len(works)} works\n")
    tags = Counter(tag["name"] for work in works for tag in work["tags"])
    most = sorted(tags.items(), key=lambda tag: (-tag[1], tag[0]))[:5]
    assert [(name, int(works)) for name, _, works in rows_of(SHOWN["tags"])] == most
    types = Counter(work["type"] for work in works)
    assert [(row[0], int(row[1])) for row in rows_of(SHOWN["bookmarks-per-view"])] == sorted(types.items())
    ranks: dict[int, dict[str, int]] = defaultdict(dict)
    for line in lines:
        if line["source"]["endpoint"] == "/v1/illust/ranking":
            ranks[line["id"]][line["source"]["params"]["date"]] = line["source"]["position"]
    days = sorted({day for found in ranks.values() for day in found})
    for text in without_trailing_spaces(SHOWN["ranks"]).splitlines()[2:]:
        work, *shown = text.split()
        assert shown == [str(ranks[int(work)].get(day, "<NA>")) for day in days]


def rows_of(table: str) -> list[list[str]]:
    """The cells of a table with box-drawing borders."""
    rows = table.partition("╞" if "╞" in table else "├")[2].splitlines()
    return [[cell.strip() for cell in re.split("[│┆]", row.strip("│"))] for row in rows if row.startswith("│")]


def test_nulls_and_positions_are_as_documented(folder: Path) -> None:
    lines = lines_of(folder)
    ranked = [line for line in lines if line["source"]["endpoint"] == "/v1/illust/ranking"]
    assert {line["total_comments"] for line in ranked} == {None}
    assert None not in {line["total_comments"] for line in lines if line not in ranked}
    shown = [*lines, *lines_of(folder, "unavailable")]
    limited = [line["source"]["position"] for line in shown if line["source"]["params"].get("user_id") == 1002]
    assert set(limited) == set(range(1, 13)), (
        "two of them twice: as the app withholds them, and as the website shows them"
    )
    days: dict[str, set[int]] = defaultdict(set)
    for line in ranked:
        days[line["source"]["params"]["date"]].add(line["source"]["position"])
    for positions in days.values():
        assert len(positions) < 500
        assert {position for position in positions if position % 30 == 1} == set(range(1, 500, 30))


def test_the_line_on_the_page_is_one_of_the_crawl(folder: Path) -> None:
    (shown,) = (json.loads(block.text) for block in BLOCKS if block.mark == "line")
    (line,) = (line for line in lines_of(folder) if line["id"] == shown["id"])
    assert list(shown) == list(line)
    assert shown | {"fetched_at": ""} == line | {"fetched_at": ""}


@pytest.mark.usefixtures("outputs")
def test_the_plot_is_the_image_of_the_page(folder: Path) -> None:
    with Image.open(folder / PICTURE) as opened, Image.open(PAGE.parent / PICTURE) as stored:
        plot, shown = opened.convert("L"), stored.convert("L")
    assert plot.size == shown.size
    assert ImageStat.Stat(plot).stddev[0] > 20, "the image is blank"
    assert ImageStat.Stat(ImageChops.difference(plot, shown)).mean[0] < 5, (
        f"{PICTURE} is outdated: copy {folder / PICTURE}"
    )
    assert (PAGE.parent / PICTURE).stat().st_size < 40_000


def test_an_incomplete_last_line_affects_each_reader_as_documented(folder: Path, tmp_path: Path) -> None:
    (source,) = folder.glob("data/rankings/*/illusts.jsonl")
    lines = source.read_bytes().splitlines(keepends=True)[:5]
    file = tmp_path / "data" / "rankings" / "killed" / "illusts.jsonl"
    file.parent.mkdir(parents=True)
    file.write_bytes(b"".join(lines)[:-100])
    count = "import duckdb; print(duckdb.sql(\"FROM read_json('data/**/illusts.jsonl', ignore_errors = true){}\").shape[0])"
    counts = (count.format(""), count.format(" WHERE id IS NOT NULL"))
    pandas, polars, duckdb, *found = run(
        tmp_path, *(EXAMPLES[name] for name in ("pandas", "polars", "duckdb")), *counts
    )
    assert pandas[0].startswith("4 lines of 4 works\n")
    assert polars[1]
    assert duckdb[1]
    assert found == [("5\n", ""), ("4\n", "")]


def test_readers_without_a_schema_infer_wrong_types_as_documented(folder: Path, tmp_path: Path) -> None:
    ((_, error),) = run(folder, 'import polars as pl; pl.read_ndjson("data/**/illusts.jsonl")')
    assert error.startswith("ComputeError")
    found = '{"id": 1, "series": null}\n' * 20_480 + '{"id": 1, "series": {"id": 5}}\n'
    (tmp_path / "illusts.jsonl").write_text(found)
    count = "import duckdb; print(duckdb.sql(\"SELECT count(series) FROM read_json('illusts.jsonl'{})\").fetchall())"
    assert printed(tmp_path, count.format(""), count.format(", sample_size = -1")) == ["[(0,)]", "[(1,)]"]

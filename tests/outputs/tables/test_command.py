"""The command `scrapy tables`: which runs it reads, which folder it writes, and what happens to existing tables."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from random import Random

import msgspec
import pytest
from filelock import FileLock

from pixiv_crawler.commands.tables import raise_interrupts
from pixiv_crawler.items import Source, Unavailable
from pixiv_crawler.outputs.tables.folder import TablesFolder
from pixiv_crawler.outputs.tables.rows import newest_ranking
from tests.crawling import popen
from tests.disk import SmallDisk
from tests.outputs.tables.tables_command import Rows, card, parquet, run_tables, write
from tests.outputs.tables.test_bad_input import AT, work

LATER = "2026-01-04T00:00:00+00:00"


def ids(rows: Rows) -> list[int]:
    return [row["work_id"] for row in rows]


def test_runs_can_be_given_by_folder_or_by_path_in_the_data_folder(tmp_path: Path) -> None:
    data, other = tmp_path / "data", tmp_path / "other"
    for number, run in enumerate(("user_works/1", "user_works/2", "search/1", "files/1", "gallery/1"), 1):
        write(data, work(number), run=run)
    write(other, work(9), run="")
    cases: list[tuple[list[str | Path], list[int]]] = [
        ([], [1, 2, 3]),
        (["user_works/2"], [2]),
        (["user_works", data / "user_works/1"], [1, 2]),
        ([other, "search"], [3, 9]),
        ([other / "lines.jsonl"], [9]),
    ]
    for given, expected in cases:
        assert run_tables(data, *given, "--output", tmp_path / "out").returncode == 0
        assert ids(parquet(tmp_path / "out", "works")) == expected
    assert [query["folder"] for query in card(tmp_path / "out")["queries"]] == [str(other)]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["nowhere"], "Error: nowhere does not exist, nor does it in "),
        (
            ["--format", "xlsx"],
            "Error: 'xlsx' is not a valid format: pass one or more of parquet,sqlite,duckdb with --format",
        ),
        (["--format", " "], "Error: no format was passed: "),
        (["empty"], "Error: there are no JSON Lines files in empty; run a crawl first"),
    ],
)
def test_invalid_use_is_reported_in_one_sentence(tmp_path: Path, words: list[str], message: str) -> None:
    write(tmp_path, work(1))
    (tmp_path / "empty").mkdir()
    done = run_tables(tmp_path, *words)
    assert (done.returncode, len(done.stderr.splitlines())) == (1, 1)
    assert done.stderr.startswith(message)
    assert not (tmp_path / "tables").exists()


def test_a_folder_in_use_by_another_process_or_program_is_not_changed(tmp_path: Path) -> None:
    write(tmp_path, work(1))
    out = tmp_path / "out"
    out.mkdir()
    (out / "works.parquet").write_bytes(b"mine")
    done = run_tables(tmp_path, "--output", out)
    assert done.returncode == 1
    assert (
        done.stderr
        == f"Error: {out} contains works.parquet, which scrapy tables did not write; pass another folder with --output\n"
    )
    assert (out / "works.parquet").read_bytes() == b"mine"
    with FileLock(tmp_path / "tables" / ".lock"):
        done = run_tables(tmp_path)
    assert (done.returncode, done.stderr[:33]) == (1, "Error: another scrapy tables is w")


def test_new_tables_replace_the_old_ones_and_keep_other_files(tmp_path: Path) -> None:
    out = tmp_path / "tables"
    write(tmp_path, work(1))
    assert run_tables(tmp_path, "--format", "parquet,sqlite").returncode == 0
    (out / "notebook.ipynb").touch()
    write(tmp_path, work(2))
    assert run_tables(tmp_path, "--format", "parquet").returncode == 0
    assert ids(parquet(out, "works")) == [1, 2]
    assert (out / "notebook.ipynb").exists()
    assert not (out / "pixiv.sqlite").exists()


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def wait_until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.005)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
@pytest.mark.kill
def test_a_killed_or_interrupted_run_leaves_the_old_tables_unchanged(tmp_path: Path, number: signal.Signals) -> None:
    out = tmp_path / "tables"
    write(tmp_path, work(1))
    assert run_tables(tmp_path).returncode == 0
    old = contents(out)
    write(tmp_path, (msgspec.json.encode(work(2, tags=work(1).tags * 30)) + b"\n") * 20_000, run="user_works/2")
    with popen("tables", "-s", f"PIXIV_DATA_DIR={tmp_path}") as process:
        wait_until((out / ".part" / "rows.duckdb").exists)
        process.send_signal(number)
        _, stderr = process.communicate(timeout=60)
    assert contents(out) == old
    if number is signal.SIGINT:
        assert process.returncode == 2
        assert stderr == "Stopped; the existing tables are unchanged. Run scrapy tables again to update them.\n"
    assert (out / ".part").exists() == (number is signal.SIGKILL)
    assert run_tables(tmp_path, "user_works/1").returncode == 0
    assert not (out / ".part").exists()


def test_ctrl_c_raises_keyboard_interrupt_even_if_a_library_replaces_it() -> None:
    def fail(is_interrupted: bool) -> None:
        try:
            if is_interrupted:
                signal.raise_signal(signal.SIGINT)
        except KeyboardInterrupt:
            pass
        raise RuntimeError("Query interrupted")

    with pytest.raises(KeyboardInterrupt), raise_interrupts():
        fail(is_interrupted=True)
    with pytest.raises(RuntimeError), raise_interrupts():
        fail(is_interrupted=False)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_ctrl_c_while_tables_are_moved_does_not_stop_the_move(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    moved: list[Path] = []

    def move(path: Path, target: Path) -> Path:
        path.rename(target)
        moved.append(path)
        if len(moved) == 1:
            raise KeyboardInterrupt
        return target

    monkeypatch.setattr(Path, "replace", move)
    with TablesFolder(tmp_path / "tables").replacing(["a.parquet", "b.parquet"]) as (new, _):
        for name in ("a.parquet", "b.parquet", "card.json"):
            (new / name).write_text("{}")
    assert sorted(contents(tmp_path / "tables")) == [".lock", "a.parquet", "b.parquet", "card.json"]


def test_complete_tables_of_a_killed_run_are_moved_by_the_next_run(tmp_path: Path) -> None:
    out = tmp_path / "tables"
    write(tmp_path, work(1))
    assert run_tables(tmp_path, "--format", "parquet,sqlite").returncode == 0
    assert run_tables(tmp_path, "--output", tmp_path / "new").returncode == 0
    (tmp_path / "new").rename(out / ".ready")
    (out / ".ready" / "works.parquet").replace(out / "works.parquet")
    (out / ".ready" / "left.parquet").write_bytes(b"of the run that was killed")
    (tmp_path / "user_works/1/lines.jsonl").write_bytes(b"")
    assert run_tables(tmp_path).returncode == 0
    assert not (out / ".ready").exists()
    assert (out / "left.parquet").exists()
    assert not (out / "pixiv.sqlite").exists()


def test_without_the_extra_the_error_says_what_to_install(tmp_path: Path) -> None:
    hidden = tmp_path / "hidden"
    hidden.mkdir()
    (hidden / "duckdb.py").write_text("raise ImportError")
    with popen("tables", env={"PYTHONPATH": str(hidden)}) as process:
        _, stderr = process.communicate(timeout=60)
    assert process.returncode == 1
    assert stderr == "Error: scrapy tables requires the extra tables; run: pip install 'pixiv_crawler[tables]'\n"


def test_a_work_that_is_available_again_is_not_marked_and_the_newer_row_wins(tmp_path: Path) -> None:
    gone = Unavailable(id=1, type="illust", reason="deleted", evidence={}, fetched_at=AT)
    newer, older = work(1, title="new", caption="", total_comments=None), work(1, title="old", caption="caption")
    write(tmp_path, replace(newer, fetched_at=LATER), work(2, title="old", total_comments=None), gone)
    write(tmp_path, replace(gone, id=2, fetched_at=LATER), replace(older, total_comments=0), run="user_works/2")
    assert run_tables(tmp_path).returncode == 0
    rows = parquet(tmp_path / "tables", "works")
    names = ("work_id", "title", "caption", "total_comments", "unavailable_reason")
    found = [tuple(row[name] for name in names) for row in rows]
    assert found == [(1, "new", "caption", 0, None), (2, "old", work(2).caption, None, "deleted")]


def test_the_date_of_the_newest_ranking_is_estimated_unless_a_run_requested_it(
    tmp_path: Path,
) -> None:
    # 12:00 in Japan is 03:00 UTC.
    for at, day in (("2026-01-03T02:59:59+00:00", "2026-01-01"), ("2026-01-03T03:00:00+00:00", "2026-01-02")):
        undated = Source(endpoint="/v1/illust/ranking", params={"mode": "day"}, position=7)
        write(tmp_path, work(1, fetched_at=at, source=undated))
        assert newest_ranking(datetime.fromisoformat(at)).isoformat() == day
    dated = Source(endpoint="/v1/illust/ranking", params={"mode": "day", "date": "2026-01-02"}, position=8)
    write(tmp_path, work(1, fetched_at="2026-01-03T03:00:00+00:00", source=dated), run="rankings/0")
    assert run_tables(tmp_path).returncode == 0
    rows = [
        (row["date"].isoformat(), row["rank"], row["is_date_estimated"])
        for row in parquet(tmp_path / "tables", "rankings")
    ]
    assert rows == [("2026-01-01", 7, True), ("2026-01-02", 8, False)]


@pytest.mark.promise("disk")
def test_a_full_disk_is_reported_and_leaves_no_partial_files(tmp_path: Path, small_disk: SmallDisk) -> None:
    noise = Random(1)
    write(tmp_path, *(work(id_, caption=noise.randbytes(1000).hex()) for id_ in range(4000)))
    done = run_tables(tmp_path, "--output", small_disk.folder / "out")
    assert (done.returncode, len(done.stderr.splitlines())) == (1, 1)
    assert done.stderr.startswith("Error: the tables could not be written (")
    assert [path.name for path in (small_disk.folder / "out").iterdir()] == [".lock"]

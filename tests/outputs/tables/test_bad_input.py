"""JSON Lines files that are incomplete, empty, compressed, foreign or of another version."""

from __future__ import annotations

import gzip
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pixiv_crawler.items import BookmarkTag, Illust, Source
from pixiv_crawler.outputs.tables.reading import Notes, Reader
from tests.outputs.tables.tables_command import card, parquet, run_tables, write
from tests.strategies import JSON
from tests.test_exporters import COMMENT, WORK

AT = "2026-01-03T00:00:00+00:00"
LINE = msgspec.json.encode(replace(WORK, fetched_at=AT))


def work(id_: int, **fields: Any) -> Illust:
    return replace(WORK, id=id_, **{"fetched_at": AT} | fields)


def changed_line(**fields: Any) -> bytes:
    """A line with other fields, such as one of another version."""
    return json.dumps(json.loads(LINE) | fields).encode() + b"\n"


@pytest.mark.e2e
def test_unreadable_content_is_reported_and_counted_and_the_rest_is_in_the_tables(tmp_path: Path) -> None:
    packed = gzip.compress(msgspec.json.encode(work(2)) + b"\n")
    user_works = tmp_path / "user_works"
    write(
        tmp_path,
        work(1),
        b"\n",
        b"not json\n",
        b'{"id": 1, "name": "a"}\n',
        b"[1]\n",
        work(4),
        b'{"kind":"illust","to',
    )
    write(tmp_path, packed, run="user_works/2", name="illusts.jsonl.gz")
    write(tmp_path, gzip.compress(msgspec.json.encode(work(3)) + b"\n" + LINE * 99)[:-20], run="user_works/3")
    write(tmp_path, b"", run="user_works/4")
    newer = write(
        tmp_path, changed_line(kind="live"), changed_line(badge=1, id=5), changed_line(id="x"), run="user_works/5"
    )
    late = [work(6, create_date="2026-01-02"), replace(COMMENT, fetched_at=AT), work(7, fetched_at=""), work(1 << 70)]
    write(tmp_path, *late, BookmarkTag(name="a", count=1, fetched_at=AT), work(8), run="user_works/6")
    done = run_tables(tmp_path)
    assert done.returncode == 3
    assert sorted(row["work_id"] for row in parquet(tmp_path / "tables", "works")) == [1, 2, 3, 4, 5, 8]
    notes = {(note["path"], note["problem"]): note for note in card(tmp_path / "tables")["holes"]["files_of_lines"]}
    counts = {(path.split("/")[1], problem): note["count"] for (path, problem), note in notes.items()}
    assert counts == {
        ("1", "empty"): 1, ("1", "no_json"): 1, ("1", "foreign"): 2, ("1", "torn"): 1,
        ("3", "broken_archive"): 1, ("4", "empty_file"): 1,
        ("5", "newer_kind"): 1, ("5", "newer_fields"): 1, ("5", "misfit"): 1, ("6", "misfit"): 4,
    }  # fmt: skip
    assert card(tmp_path / "tables")["holes"]["unreadable_lines"] == 12
    assert card(tmp_path / "tables")["lines_without_table"] == {"bookmark_tag": 1}
    assert "Lines of kinds without a table: 1 bookmark_tag." in done.stdout
    messages = done.stderr.splitlines()
    assert len(messages) == len(notes)
    assert all(line.startswith(f"{user_works}/") for line in messages)
    assert (
        f"{newer}:2: 1 line is read without the fields unknown to this version (badge); "
        "install a newer pixiv_crawler to include them"
    ) in messages
    text = (tmp_path / "tables" / "card.md").read_text("utf-8")
    assert all(f"| {path} | {problem} |" in text for path, problem in notes)


@pytest.mark.e2e
def test_unknown_fields_are_reported_but_are_not_a_failure(tmp_path: Path) -> None:
    write(tmp_path, changed_line(badge=1))
    done = run_tables(tmp_path)
    assert done.returncode == 0
    assert done.stderr.count("badge") == len(done.stderr.splitlines()) == 1


@pytest.mark.e2e
def test_an_unreadable_file_and_an_unreadable_report_are_reported(tmp_path: Path) -> None:
    write(tmp_path, work(1))
    (tmp_path / "user_works/1/other.jsonl").symlink_to("/proc/self/mem")
    (tmp_path / "user_works/1/report.json").write_bytes(b'{"torn')
    done = run_tables(tmp_path)
    assert done.returncode == 3
    assert "the file could not be read to its end" in done.stderr
    (query,) = card(tmp_path / "tables")["queries"]
    assert query["report"] == "unreadable"
    assert card(tmp_path / "tables")["holes"]["unfinished"] == ["user_works/1"]


LONG = st.binary(max_size=40) | JSON.map(lambda value: json.dumps(value).encode())


@given(
    lines=st.lists(LONG | st.sampled_from([LINE, LINE[:50], b"\x1f\x8b"]), max_size=6),
    end=st.sampled_from([b"", b"\n"]),
)
@pytest.mark.e2e
def test_every_line_of_any_file_is_read_or_noted(
    tmp_path_factory: pytest.TempPathFactory, lines: list[bytes], end: bytes
) -> None:
    content = b"\n".join(lines) + end
    path = tmp_path_factory.getbasetemp() / "any.jsonl"
    path.write_bytes(content)
    notes = Notes()
    read = list(Reader(notes).items(path))
    if not content.startswith(b"\x1f\x8b"):
        assert len(read) + notes.unreadable == len(content.split(b"\n")) - (content == b"" or content.endswith(b"\n"))
    assert content or [str(note.problem) for note in notes] == ["empty_file"]
    assert all(note.sentence().startswith(f"{path}") for note in notes)


@pytest.mark.parametrize("time", ["0001-01-01T00:00:00+00:00", "9999-12-31T23:59:59+00:00"])
@pytest.mark.e2e
def test_a_ranking_at_the_limits_of_the_calendar_is_reported_and_skipped(tmp_path: Path, time: str) -> None:
    source = Source(endpoint="/v1/illust/ranking", params={"mode": "day"}, position=1)
    write(tmp_path, replace(work(1), fetched_at=time, source=source), work(2))
    done = run_tables(tmp_path)
    assert done.returncode == 3
    assert "1 line is not valid for the kind and was skipped" in done.stderr
    assert [row["work_id"] for row in parquet(tmp_path / "tables", "works")] == [2]


@pytest.mark.e2e
def test_a_byte_order_mark_at_the_start_of_a_file_is_ignored(tmp_path: Path) -> None:
    path = write(tmp_path, work(1), work(2))
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    done = run_tables(tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert [row["work_id"] for row in parquet(tmp_path / "tables", "works")] == [1, 2]

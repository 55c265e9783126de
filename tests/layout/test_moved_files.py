"""The log of moved files."""

from __future__ import annotations

from pathlib import Path

import pytest

from pixiv_crawler.layout.moved_files import log_moves, log_path, moved_paths


@pytest.fixture
def data(tmp_path: Path) -> Path:
    (tmp_path / "files").mkdir()
    for name in ("new", "newest"):
        (tmp_path / "files" / name).touch()
    return tmp_path


def test_without_a_log_nothing_has_moved(data: Path) -> None:
    assert moved_paths(data) == {}


def test_a_file_that_moved_several_times_is_where_it_was_moved_last(data: Path) -> None:
    log_moves(data, {"a": "b", "x": "new"})
    log_moves(data, {"b": "c"})
    log_moves(data, {"c": "newest"})
    assert moved_paths(data) == dict.fromkeys("abc", "newest") | {"x": "new"}


def test_a_file_that_moved_there_and_back_is_found(data: Path) -> None:
    log_moves(data, {"new": "other"})
    log_moves(data, {"other": "new"})
    assert moved_paths(data) == {"other": "new"}


def test_a_move_that_was_not_carried_out_means_nothing(data: Path) -> None:
    log_moves(data, {"new": "elsewhere", "lost": "nowhere", "newest": "new"})
    assert moved_paths(data) == {}


def test_an_incomplete_or_foreign_line_is_ignored(data: Path) -> None:
    log_moves(data, {"a": "new"})
    with log_path(data).open("ab") as log:
        log.write(b'[]\n{"from": 1}\n\xff\n{"from": "b", "t')
    log_moves(data, {"c": "newest"})
    assert moved_paths(data) == {"a": "new", "c": "newest"}

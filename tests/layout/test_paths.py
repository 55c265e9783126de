from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pixiv_crawler.exceptions import ArgumentError
from pixiv_crawler.layout.paths import (
    beside,
    check_job,
    default_job,
    default_token_file,
    files_folder,
    old_path,
    parts_folder,
    report_path,
    run_folder,
    small_path,
)

DATA = Path("data")


def test_a_run_has_its_folder_its_report_and_a_place_for_unfinished_downloads_outside_of_files() -> None:
    run = run_folder(DATA, "user_works", "monday")
    assert run == Path("data/user_works/monday")
    assert report_path(run) == Path("data/user_works/monday/report.json")
    assert parts_folder(DATA, "user_works", "monday") == Path("data/.parts/user_works/monday")
    assert files_folder(DATA) == Path("data/files")


def test_a_run_is_named_by_its_start_in_utc_and_that_name_is_a_good_one() -> None:
    start = datetime(2026, 11, 23, 22, 45, tzinfo=timezone(timedelta(hours=9)))
    assert default_job(start) == "2026-11-23T13-45-00"
    assert check_job(default_job(datetime.now(UTC)))


def test_the_token_file_lies_in_a_folder_of_the_project() -> None:
    path = default_token_file()
    assert path.is_absolute()
    assert (path.parent.name, path.name) == ("pixiv_crawler", "token.json")


@pytest.mark.parametrize(
    "job", ["a", "2026-11-23T13-45-00", "6c5f9c2e3d", "夜のまとめ", ".x", "a b", "con1", "x" * 150]
)
def test_a_job_may_have_any_name_that_is_a_folder_everywhere(job: str) -> None:
    assert check_job(job) == job


@pytest.mark.parametrize(
    ("job", "rule"),
    [
        ("", "is empty"),
        ("a/b", "character '/'"),
        ("..\\b", "character"),
        ("a:b", "character ':'"),
        ("a\0", "character"),
        ("a\nb", "character"),
        ("a\x9fb", "character"),
        ("a\udc80", "character"),
        (".", "ends with a dot"),
        ("..", "ends with a dot"),
        ("a.", "ends with a dot"),
        ("a ", "ends with a dot or a space"),
        ("nul", "device"),
        ("Com1.txt", "device"),
        ("LPT²", "device"),
        ("夜" * 51, "150 bytes"),
    ],
)
def test_a_job_that_cannot_be_a_folder_is_refused_with_the_rule_it_breaks(job: str, rule: str) -> None:
    for use in (check_job, lambda job: run_folder(DATA, "s", job), lambda job: parts_folder(DATA, "s", job)):
        with pytest.raises(ArgumentError, match=rule):
            use(job)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("1/2_p0.jpg", "1/2_p0.0123456789abcdef.old.jpg"),
        ("2_p0", "2_p0.0123456789abcdef.old"),
        ("1/2_p0.mp4", "1/2_p0.0123456789abcdef.old.mp4"),
        ("large/1/x.y_p0.png", "large/1/x.y_p0.0123456789abcdef.old.png"),
    ],
)
def test_a_file_that_was_replaced_lies_beside_the_new_one_under_its_hash(path: str, expected: str) -> None:
    assert old_path(path, "0123456789abcdef" * 4) == expected


def test_the_name_of_a_file_that_was_replaced_is_not_too_long() -> None:
    name = "あ" * 83 + "_1.jpg"
    assert len(name.encode()) == 255
    assert len(old_path(f"1/{name}", "0" * 64).removeprefix("1/").encode()) <= 255


@pytest.mark.parametrize(
    ("path", "json", "small"),
    [
        ("2_p0.jpg", "2_p0.jpg.json", "thumbs/200/2_p0.jpg.webp"),
        ("1/2_p0.png", "1/2_p0.png.json", "thumbs/200/1/2_p0.png.webp"),
        ("a/b/c", "a/b/c.json", "thumbs/200/a/b/c.webp"),
    ],
)
def test_what_belongs_to_a_file_lies_beside_it_and_small_pictures_in_a_folder_of_their_own(
    path: str, json: str, small: str
) -> None:
    assert beside(path, ".json") == json
    assert small_path(path, 200) == small


@given(st.sets(st.text("aあ👩.", min_size=60, max_size=85), min_size=2), st.sampled_from([".json", ".xmp", ".webp"]))
def test_what_lies_beside_files_with_long_names_has_names_of_its_own_that_disks_take(
    names: set[str], suffix: str
) -> None:
    found = {beside(f"1/{name}.jpg", suffix) for name in names}
    assert len(found) == len(names)
    assert all(path.startswith("1/") and path.endswith(suffix) for path in found)
    assert max(len(path.removeprefix("1/").encode()) for path in found) <= 255

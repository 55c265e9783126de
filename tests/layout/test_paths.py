from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pixiv_crawler.exceptions import ArgumentError
from pixiv_crawler.layout.paths import (
    check_job,
    companion_path,
    default_job,
    default_token_file,
    files_folder,
    partials_folder,
    replaced_path,
    report_path,
    run_folder,
    thumbnail_path,
)

DATA = Path("data")


def test_a_run_has_a_folder_a_report_and_partial_downloads_outside_files() -> None:
    run = run_folder(DATA, "user_works", "monday")
    assert run == Path("data/user_works/monday")
    assert report_path(run) == Path("data/user_works/monday/report.json")
    assert partials_folder(DATA, "user_works", "monday") == Path("data/.parts/user_works/monday")
    assert files_folder(DATA) == Path("data/files")


def test_the_default_job_name_is_the_start_time_in_utc_and_is_valid() -> None:
    start = datetime(2026, 11, 23, 22, 45, tzinfo=timezone(timedelta(hours=9)))
    assert default_job(start) == "2026-11-23T13-45-00"
    assert check_job(default_job(datetime.now(UTC)))


def test_the_token_file_is_in_a_folder_of_the_project() -> None:
    path = default_token_file()
    assert path.is_absolute()
    assert (path.parent.name, path.name) == ("pixiv_crawler", "token.json")


@pytest.mark.parametrize(
    "job", ["a", "2026-11-23T13-45-00", "6c5f9c2e3d", "夜のまとめ", ".x", "a b", "con1", "x" * 150]
)
def test_a_job_may_have_any_portable_folder_name(job: str) -> None:
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
def test_an_invalid_job_name_is_rejected_with_the_rule_it_breaks(job: str, rule: str) -> None:
    for use in (check_job, lambda job: run_folder(DATA, "s", job), lambda job: partials_folder(DATA, "s", job)):
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
def test_a_replaced_file_is_next_to_the_new_one_with_its_hash_in_the_name(path: str, expected: str) -> None:
    assert replaced_path(path, "0123456789abcdef" * 4) == expected


def test_the_name_of_a_replaced_file_is_not_too_long() -> None:
    name = "あ" * 83 + "_1.jpg"
    assert len(name.encode()) == 255
    assert len(replaced_path(f"1/{name}", "0" * 64).removeprefix("1/").encode()) <= 255


@pytest.mark.parametrize(
    ("path", "json", "small"),
    [
        ("2_p0.jpg", "2_p0.jpg.json", "thumbs/200/2_p0.jpg.webp"),
        ("1/2_p0.png", "1/2_p0.png.json", "thumbs/200/1/2_p0.png.webp"),
        ("a/b/c", "a/b/c.json", "thumbs/200/a/b/c.webp"),
    ],
)
def test_companion_files_are_next_to_the_file_and_thumbnails_in_a_separate_folder(
    path: str, json: str, small: str
) -> None:
    assert companion_path(path, ".json") == json
    assert thumbnail_path(path, 200) == small


@given(st.sets(st.text("aあ👩.", min_size=60, max_size=85), min_size=2), st.sampled_from([".json", ".xmp", ".webp"]))
@pytest.mark.e2e
def test_companions_of_files_with_long_names_have_valid_unique_names(names: set[str], suffix: str) -> None:
    found = {companion_path(f"1/{name}.jpg", suffix) for name in names}
    assert len(found) == len(names)
    assert all(path.startswith("1/") and path.endswith(suffix) for path in found)
    assert max(len(path.removeprefix("1/").encode()) for path in found) <= 255

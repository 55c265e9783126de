"""File systems that allow less in a name: shorter names, or fewer characters."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pixiv_crawler.exceptions import FileError
from pixiv_crawler.files.partial import PartialFile, partial_prefix
from pixiv_crawler.files.store import _converted_errors
from pixiv_crawler.layout.paths import companion_path, replaced_path
from pixiv_crawler.layout.safe_names import MAX_PART_BYTES, max_name_bytes
from pixiv_crawler.sandbox import Sandbox
from tests.crawling import Crawler, scrapy
from tests.stored_files import files_of

LONG_NAMES = {"PIXIV_FILE_PATH": "{illust_id}_p{page}_{title}{title}{title}{title}{title}{title}{title}{title}{ext}"}
ECRYPTFS = 143


def limit(monkeypatch: pytest.MonkeyPatch, max_bytes: int) -> None:
    monkeypatch.setattr(os, "pathconf", lambda *_: max_bytes, raising=False)


@pytest.mark.parametrize(("reported", "limited"), [(ECRYPTFS, ECRYPTFS), (255, 255), (1530, 255), (-1, 100)])
def test_the_limit_is_that_of_the_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reported: int, limited: int
) -> None:
    limit(monkeypatch, reported)
    assert max_name_bytes(tmp_path) == limited


def test_without_an_answer_the_limit_is_the_usual_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert max_name_bytes(tmp_path / "does-not-exist") == MAX_PART_BYTES
    monkeypatch.delattr(os, "pathconf", raising=False)  # as on Windows
    assert max_name_bytes(tmp_path) == MAX_PART_BYTES


def test_names_derived_from_others_keep_the_limit(tmp_path: Path) -> None:
    name = "a" * (ECRYPTFS - 4) + ".jpg"
    assert len(companion_path(f"1/{name}", ".json", ECRYPTFS)) - 2 == ECRYPTFS
    assert len(replaced_path(f"1/{name}", "0" * 64, ECRYPTFS)) - 2 <= ECRYPTFS
    headers = {"etag": f'"{"e" * 64}"'}
    partial = PartialFile.create(partial_prefix(tmp_path, "1", "url"), headers, 10**14)
    assert partial.validator == headers["etag"]
    assert len(partial.path.name) <= ECRYPTFS


@pytest.mark.parametrize("name", ["a\0b", "a\udc80b\ud800"])
def test_a_name_that_the_system_rejects_is_a_failure_of_its_file(tmp_path: Path, name: str) -> None:
    with pytest.raises(FileError, match="could not be stored"), _converted_errors("path"):
        (tmp_path / name).write_bytes(b"")


@pytest.mark.e2e
def test_names_of_works_keep_a_lower_limit(crawl: Crawler, monkeypatch: pytest.MonkeyPatch) -> None:
    limit(monkeypatch, 100)
    done = crawl(user_id=1008, max_works=3, sidecar="json", settings=LONG_NAMES)
    assert done.status == 0, done.log
    lengths = [len(path.name.encode()) for path in done.files.values()]
    assert 90 < max(lengths) <= 100
    assert done.log.count("allows only 100 bytes for a name") == 1


@pytest.mark.e2e
def test_a_locale_that_cannot_encode_titles_costs_no_work(sandbox: Sandbox, tmp_path: Path) -> None:
    crawl = Crawler(sandbox, tmp_path, scrapy)
    env = crawl.login | {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    settings = {"PIXIV_FILE_PATH": "{user_name}/{illust_id}_p{page}_{title}{ext}"}
    done = crawl(user_id=2188232, max_works=12, settings=settings, env=env)
    assert done.status == 0, done.log
    assert {file["status"] for file in files_of(done)} == {"downloaded"}
    assert any(not line["title"].isascii() for line in done.lines("illusts"))
    assert all(file["path"].isascii() for file in files_of(done))
    assert done.log.count("File names can only have the characters of ascii") == 1

"""A pipe where the crawl has a file: opening it would wait forever, so the crawl says so and leaves it alone."""

from __future__ import annotations

import os
import shutil
import stat
from pathlib import Path

import pytest

from pixiv_crawler.exceptions import FileError, SettingError
from pixiv_crawler.files.partial import PartialFile, PartialFileWriter, partial_prefix
from pixiv_crawler.http.token_store import read_login
from pixiv_crawler.layout.atomic_write import write_atomically
from pixiv_crawler.media import problem_of
from pixiv_crawler.outputs.jsonl import read_items
from pixiv_crawler.run.output_folder import OutputFolder
from tests.crawling import Crawler
from tests.stored_files import files_of

pytestmark = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no named pipes")

WORK = {"user_id": 1008, "max_works": 1}
WHY = "Not a regular file"


@pytest.fixture
def pipe(tmp_path: Path) -> Path:
    os.mkfifo(tmp_path / "pipe")
    return tmp_path / "pipe"


def is_pipe(path: Path) -> bool:
    return stat.S_ISFIFO(path.stat().st_mode)


def test_nothing_reads_or_replaces_a_pipe(pipe: Path) -> None:
    with pytest.raises(OSError, match=WHY):
        problem_of(pipe)
    with pytest.raises(OSError, match=WHY):
        write_atomically(pipe, b"new")
    with pytest.raises(SettingError, match=WHY):
        read_login(pipe)
    assert list(read_items(pipe, object)) == []
    assert is_pipe(pipe)


def test_a_temporary_file_that_is_a_pipe_is_not_opened(pipe: Path) -> None:
    with pytest.raises(OSError, match=WHY):
        write_atomically(pipe.with_name("target"), b"new", temporary=pipe)


def test_a_partial_file_that_is_a_pipe_is_not_opened(tmp_path: Path) -> None:
    partial = PartialFile.create(partial_prefix(tmp_path, "1", "url"), {"etag": '"1"'}, 10)
    os.mkfifo(partial.path)
    with pytest.raises(FileError, match=WHY):
        PartialFileWriter(partial)
    with pytest.raises(FileError, match=WHY):
        PartialFileWriter(partial, resume=True)


def test_a_file_of_lines_that_is_a_pipe_is_not_opened(tmp_path: Path) -> None:
    folder = OutputFolder(tmp_path)
    os.mkfifo(tmp_path / "illusts.jsonl")
    for use in (
        lambda: folder.remove_torn_lines(["illusts.jsonl"]),
        lambda: folder.truncate(["illusts.jsonl"], {}),
        lambda: folder.append("illusts.jsonl", b"{}\n"),
    ):
        with pytest.raises(OSError, match=WHY):
            use()
    folder.release()
    assert is_pipe(tmp_path / "illusts.jsonl")


@pytest.mark.e2e
def test_a_stored_file_that_became_a_pipe_fails_alone(crawl: Crawler) -> None:
    (path,) = crawl(**WORK).files.values()
    path.unlink()
    os.mkfifo(path)
    shutil.rmtree(crawl.data / "user_works")
    done = crawl(**WORK, job="again")
    (file,) = files_of(done)
    assert (done.status, file["status"]) == (3, "failed")
    assert WHY in file["error"]
    assert is_pipe(path)


@pytest.mark.e2e
def test_a_thumbnail_that_is_a_pipe_is_a_failure_of_its_work(crawl: Crawler) -> None:
    (thumbnail,) = (path for path in crawl(**WORK, thumbnail=100).files.values() if path.suffix == ".webp")
    thumbnail.unlink()
    os.mkfifo(thumbnail)
    done = crawl(**WORK, thumbnail=100, job="again")
    assert done.status == 3
    assert WHY in done.log
    assert is_pipe(thumbnail)


@pytest.mark.e2e
def test_a_pipe_in_the_folder_of_a_run_is_reported_before_anything_is_requested(crawl: Crawler) -> None:
    path = crawl.data / "user_works" / "x" / "illusts.jsonl"
    path.parent.mkdir(parents=True)
    os.mkfifo(path)
    done = crawl(**WORK, files="none", job="x")
    assert done.status == 1
    assert f"cannot be continued ({WHY}: {path})" in done.log
    assert is_pipe(path)

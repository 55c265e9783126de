"""Crawls that are interrupted by a signal or killed."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from pixiv_crawler.media import problem_of
from pixiv_crawler.sandbox import Sandbox
from tests.crawling import Crawl, Crawler
from tests.stored_files import file_requests

pytestmark = [pytest.mark.kill, pytest.mark.promise("kill")]

USER = 2188232


@pytest.fixture
def slow() -> Iterator[Sandbox]:
    with Sandbox(latency_seconds=0.02) as sandbox:
        yield sandbox


def stop(crawl: Crawler, number: signal.Signals, after_files: int) -> Crawl:
    """A crawl that receives a signal after so many requests for files."""
    return crawl.stopped(number, lambda: len(file_requests(crawl.sandbox)) >= after_files, user_id=USER, job="stopped")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_crawl_ends_with_status_2_and_a_report(
    slow: Sandbox, tmp_path: Path, number: signal.Signals
) -> None:
    done = stop(Crawler(slow, tmp_path), number, after_files=20)
    assert done.status == 2, done.log
    assert done.report["finish_reason"] == "shutdown"
    assert done.report["lines"]["illust"] == len(done.lines("illusts"))
    assert "Traceback" not in done.log
    described = {file["path"] for work in done.lines("illusts") for file in work["files"]}
    assert described <= set(done.files)


@pytest.mark.parametrize("after_files", [1, 7, 60, 150])
def test_a_killed_crawl_leaves_only_valid_files_and_complete_lines(
    slow: Sandbox, tmp_path: Path, after_files: int
) -> None:
    done = stop(Crawler(slow, tmp_path), signal.SIGKILL, after_files)
    assert done.status == -signal.SIGKILL
    assert (done.report["finish_reason"], done.report["finished_at"]) == ("shutdown", None)
    assert "The crawl was interrupted. To resume: scrapy crawl user_works " in done.report["next"]
    assert {path: problem_of(done.files[path]) for path in done.files} == dict.fromkeys(done.files)
    lines = done.data / "user_works" / "stopped" / "illusts.jsonl"
    for line in lines.read_text("utf-8").splitlines(keepends=True) if lines.exists() else []:
        assert line.endswith("\n")
        assert {file["path"] for file in json.loads(line)["files"]} <= set(done.files)

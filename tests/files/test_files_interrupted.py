"""Crawls that end while they download files, which a resumed run completes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from pixiv_crawler.sandbox import Fault, Sandbox
from tests.crawling import PROJECT, Crawler
from tests.disk import SmallDisk
from tests.stored_files import file_requests, files_of

ORDINARY = 1008
USER = 50


@pytest.mark.kill
def test_ctrl_c_ends_a_crawl_without_requesting_hundreds_of_waiting_files(tmp_path: Path) -> None:
    with Sandbox(latency_seconds=0.2) as sandbox:
        crawl = Crawler(sandbox, tmp_path)
        sandbox.world.add_user(USER, works=5, pages=200)
        args = {"user_id": USER, "job": "x"}
        done = crawl.stopped(signal.SIGINT, lambda: len(file_requests(sandbox)) >= 5, **args)
        assert done.status == 2
        assert (done.report["finish_reason"], done.report["failures"], files_of(done)) == ("shutdown", [], [])
        assert "Traceback" not in done.log
        assert len(file_requests(sandbox)) < 20


@pytest.mark.kill
def test_ctrl_c_does_not_wait_for_an_unresponsive_server(sandbox: Sandbox, crawl: Crawler) -> None:
    sandbox.add_fault(Fault("slow", "/img-original/", times=None, seconds=60))
    listed: list[float] = []

    def waits_for_files() -> bool:
        """A second after the listing, because the sandbox records a request when it responds."""
        if not listed and any("illusts" in request.path for request in sandbox.requests):
            listed.append(time.monotonic())
        return bool(listed) and time.monotonic() > listed[0] + 1

    done = crawl.stopped(signal.SIGINT, waits_for_files, user_id=ORDINARY)
    assert done.end_seconds < 30, "the crawl waited for the server, which responds after 60 seconds"
    assert "Traceback" not in done.log
    assert done.report["failures"] == []


@pytest.mark.promise("disk")
def test_a_full_disk_ends_the_crawl_which_can_be_resumed(sandbox: Sandbox, small_disk: SmallDisk) -> None:
    small_disk.grow(6)
    sandbox.world.add_user(USER, works=12, file_bytes=1_000_000)
    crawl = Crawler(sandbox, small_disk.folder)
    crawl.token_file = small_disk.folder.parent / "token.json"
    # One at a time: several concurrent downloads could fill the disk before one is complete.
    done = crawl(user_id=USER, job="x", settings={"PIXIV_IMAGE_CONCURRENCY": 1})
    assert done.status == 2, done.log
    assert "Closing spider (disk_full)" in done.log
    assert "Traceback" not in done.log
    assert "Missing: " not in done.log
    stored = set(done.files)
    assert stored
    before = len(sandbox.requests)
    small_disk.grow(40)
    done = crawl(user_id=USER, job="x")
    assert done.status == 0, done.log
    assert len(done.lines("illusts")) == len(done.files) == 12
    assert {file["status"] for file in files_of(done)} == {"downloaded"}
    assert not {Path(path).name for path in stored} & {Path(path).name for path in file_requests(sandbox, before)}


@pytest.mark.kill
def test_a_file_size_limit_ends_the_crawl_like_a_full_disk(sandbox: Sandbox, crawl: Crawler) -> None:
    sandbox.world.add_user(USER, works=3, file_bytes=3_000_000)
    words = [sys.executable, "-m", "scrapy", *crawl.words("user_works", {}, {"user_id": USER, "job": "x"})]
    env = {"PATH": os.environ["PATH"]} | crawl.login
    limited = subprocess.run(
        ["prlimit", "--fsize=2000000", *map(str, words)],
        cwd=PROJECT,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert limited.returncode == 2, limited.stderr
    assert "Closing spider (disk_full)" in limited.stderr
    assert "Traceback" not in limited.stderr
    done = crawl(user_id=USER, job="x")
    assert (done.status, len(done.files), done.report["failures"]) == (0, 3, [])


# --- Limits of the image host ----------------------------------------------------------------------------------------


def test_a_rate_limit_of_the_image_host_pauses_all_files_without_failures(sandbox: Sandbox, crawl: Crawler) -> None:
    sandbox.add_fault(Fault("rate_limit_429", "/img-original/", after=3, times=6))
    done = crawl(user_id=ORDINARY, settings={"PIXIV_RATE_LIMIT_PAUSE": 0.5, "RETRY_TIMES": 0})
    assert done.status == 0, done.log
    files = [request for request in sandbox.requests if request.kind == "file"]
    first = next(request for request in files if request.status == 429)
    waited = [request.started - first.finished for request in files if request.started > first.finished + 0.1]
    assert min(waited) > 0.45
    assert "the image host limits" in done.log.lower()


def test_a_permanent_rate_limit_of_the_image_host_ends_the_crawl(sandbox: Sandbox, crawl: Crawler) -> None:
    sandbox.add_fault(Fault("rate_limit_429", "/img-original/", times=None))
    done = crawl(user_id=ORDINARY, job="x", settings={"PIXIV_RATE_LIMIT_PAUSE": 0.001})
    assert (done.status, done.report["finish_reason"], done.report["failures"]) == (2, "rate_limited", [])
    sandbox.clear_faults()
    assert crawl(user_id=ORDINARY, job="x").status == 0


def test_an_image_host_that_never_responds_ends_the_crawl(sandbox: Sandbox, crawl: Crawler) -> None:
    sandbox.add_fault(Fault("reset", "/img-original/", times=None))
    done = crawl(user_id=ORDINARY, job="x", settings={"RETRY_TIMES": 1})
    assert (done.status, done.report["finish_reason"]) == (2, "too_many_errors")
    sandbox.clear_faults()
    assert len(crawl(user_id=ORDINARY, job="x").lines("illusts")) == 35

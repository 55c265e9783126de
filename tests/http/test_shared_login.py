"""Concurrent runs on one machine share one login with its request rate and renewals."""

from __future__ import annotations

import os
import time
from itertools import pairwise
from pathlib import Path

import pytest

from pixiv_crawler.sandbox import Sandbox
from tests.crawling import Crawler, popen

pytestmark = pytest.mark.promise("polite")

DELAY = 0.25
USERS = (9001, 9002, 9003)


@pytest.fixture
def shared(tmp_path: Path) -> tuple[Sandbox, Crawler]:
    with Sandbox(latency_seconds=0.02, token_uses=7) as sandbox:
        for user_id in USERS:
            sandbox.world.add_user(user_id, works=65)
        yield sandbox, Crawler(sandbox, tmp_path)


def test_three_concurrent_runs_share_the_delay_and_the_renewals_of_the_token(
    shared: tuple[Sandbox, Crawler],
) -> None:
    sandbox, crawl = shared
    args = [{"user_id": user_id, "job": f"user-{user_id}", "files": "none"} for user_id in USERS]
    commands = [crawl.words("user_works", {"PIXIV_API_DELAY": DELAY}, run_args) for run_args in args]
    processes = [popen(*command, env=crawl.login) for command in commands]
    logs = [process.communicate(timeout=60)[1] for process in processes]
    assert [process.returncode for process in processes] == [0, 0, 0], logs
    starts = sorted(request.started for request in sandbox.requests if request.kind == "api")
    assert len(starts) >= 3 * 4
    # On a busy machine, the sandbox may notice a request late; without sharing, most would follow at once.
    assert min(after - before for before, after in pairwise(starts)) >= DELAY / 2
    assert starts[-1] - starts[0] >= (len(starts) - 1) * DELAY * 0.98
    assert sandbox.peak("api") == 1
    renewals = sum(request.kind == "oauth" for request in sandbox.requests)
    assert renewals <= 1 + len(starts) // 7, "a token of one run is used by the others"
    lines = [(crawl.data / "user_works" / each["job"] / "illusts.jsonl").read_bytes().count(b"\n") for each in args]
    assert lines == [65, 65, 65]


@pytest.mark.kill
def test_a_run_killed_while_it_holds_the_lock_does_not_block_others(tmp_path: Path) -> None:
    with Sandbox(latency_seconds=30) as sandbox:
        crawl = Crawler(sandbox, tmp_path)
        stuck = popen(
            *crawl.words("user_works", {}, {"user_id": 1008, "files": "none", "job": "stuck"}), env=crawl.login
        )
        while not any(request.kind == "api" for request in sandbox.requests) and stuck.poll() is None:
            time.sleep(0.05)
            if sandbox.peak("api"):
                break
        os.kill(stuck.pid, 9)
        stuck.communicate()
    with Sandbox() as sandbox:
        other = Crawler(sandbox, tmp_path)
        assert other(user_id=1008, files="none", job="other").status == 0


def test_locks_that_cannot_be_created_are_logged_once_each_and_the_crawl_continues(
    sandbox: Sandbox, crawl: Crawler
) -> None:
    for name in ("pace", "renewal"):
        crawl.token_file.with_name(f"{crawl.token_file.name}.{name}.lock").mkdir(parents=True)
    done = crawl(user_id=1008, files="none")
    assert done.status == 0, done.log
    assert done.log.count("runs that share this login do not wait for each other") == 2

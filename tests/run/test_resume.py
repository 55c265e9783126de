"""Runs can be resumed after any end, with the result of an undisturbed run."""

from __future__ import annotations

import logging
import os
import random
import shlex
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from pixiv_crawler.sandbox import Fault, Sandbox
from tests.crawling import PROJECT, Crawl, Crawler, popen
from tests.disk import SmallDisk
from tests.in_process import scrapy_in_process
from tests.outcome_check import outcome_errors
from tests.promises import tries
from tests.runs import assert_equal_runs

pytestmark = [pytest.mark.kill, pytest.mark.promise("kill")]

logger = logging.getLogger(__name__)

USER = 2188232
# With comments and users, so that more than listings is being requested when a run is killed.
ARGS = {"user_id": USER, "type": "illust,manga,ugoira,novel", "comments": "true", "users": "true", "job": "x"}
# Each seed takes about ten kills.
SEEDS = range(tries(1, 6))


@contextmanager
def running_crawl(crawl: Crawler, args: dict[str, Any], **settings: Any) -> Iterator[subprocess.Popen[str]]:
    """A running crawl; it is killed at the end of the block."""
    with popen(*crawl.words("user_works", settings, args), env=crawl.login) as process:
        try:
            yield process
        finally:
            process.kill()


def wait_for(process: subprocess.Popen[str], sandbox: Sandbox, requests: int) -> bool:
    """Waits until the server has received so many requests; False if the process ended before."""
    deadline = time.monotonic() + 60
    while len(sandbox.requests) < requests:
        if process.poll() is not None:
            return False
        assert time.monotonic() < deadline, "the crawl did not send so many requests"
        time.sleep(0.001)
    return True


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Crawl:
    with Sandbox() as sandbox:
        done = Crawler(sandbox, tmp_path_factory.mktemp("undisturbed"))(**ARGS)
    assert done.status == 0, done.log
    return done


@pytest.mark.parametrize("seed", SEEDS)
def test_a_run_killed_at_random_moments_has_the_result_of_an_undisturbed_one(
    seed: int, undisturbed: Crawl, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    rng = random.Random(seed)
    kills = 0
    with Sandbox(latency_seconds=0.002) as sandbox:
        crawl = Crawler(sandbox, tmp_path)
        for _ in range(60):
            stored = set(Crawl(0, "", "", crawl.data).files)
            request_count = len(sandbox.requests)
            with running_crawl(crawl, ARGS) as process:
                if not wait_for(process, sandbox, request_count + rng.randrange(1, 80)):
                    status, log = process.wait(), process.communicate()[1]
                    break
                time.sleep(rng.uniform(0, 0.02))
                process.send_signal(rng.choice([signal.SIGKILL, signal.SIGKILL, signal.SIGKILL, signal.SIGTERM]))
                process.communicate(timeout=60)
                kills += 1
            requested = {
                Path(request.path).name for request in sandbox.requests[request_count:] if request.kind == "file"
            }
            assert not {name for path in stored if (name := Path(path).name) in requested}, (
                "a stored file was requested again"
            )
    logger.info("Seed %d: killed %d times", seed, kills)  # shown by: pytest -rP --log-level=INFO
    record_property("kills", kills)
    assert kills >= 4
    assert status == 0, log
    assert_equal_runs(Crawl(status, "", log, crawl.data), undisturbed)


def test_a_run_interrupted_during_fsync_writes_no_line_twice(tmp_path: Path) -> None:
    """A run flushes its first lines half a second after its start, which takes two seconds here."""
    args = {"user_id": 50, "files": "none", "job": "x"}
    with Sandbox(latency_seconds=0.1) as sandbox:
        sandbox.world.add_user(50, works=600)
        crawl = Crawler(sandbox, tmp_path)
        words = [sys.executable, "-P", PROJECT / "tests" / "slow_disk.py", 2, *crawl.words("user_works", {}, args)]
        env = {"PATH": os.environ["PATH"], "PYTHONPATH": str(PROJECT)} | crawl.login
        with subprocess.Popen(list(map(str, words)), cwd=PROJECT, env=env, stderr=subprocess.PIPE) as process:
            assert wait_for(process, sandbox, 12)
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=60)
        done = crawl(**args)
        assert outcome_errors(sandbox, done) == []
        assert (done.status, len(done.lines("illusts"))) == (0, 600)


def test_repeating_a_finished_run_logs_that_it_is_finished_and_sends_no_requests(
    crawl: Crawler, sandbox: Sandbox
) -> None:
    args = {"user_id": USER, "job": "x", "files": "none"}
    done = crawl(**args)
    request_count, report = len(sandbox.requests), (done.run_folder / "report.json").read_bytes()
    again = crawl(**args)
    assert again.status == 0
    assert "The run 'x' finished at" in again.log
    assert len(again.log.splitlines()) < 20
    assert len(sandbox.requests) == request_count
    assert (done.run_folder / "report.json").read_bytes() == report
    assert again.lines("illusts") == done.lines("illusts")


def test_two_concurrent_runs_of_the_same_job_are_rejected(tmp_path: Path) -> None:
    with Sandbox(latency_seconds=0.2) as sandbox:
        crawl = Crawler(sandbox, tmp_path)
        with running_crawl(crawl, {"user_id": 1006, "job": "x", "files": "none"}) as first:
            assert wait_for(first, sandbox, 2)
            second = crawl(user_id=1006, job="x", files="none")
            first.kill()
    assert second.status == 1
    assert "Error: the run 'x' is in progress" in second.log
    assert "Traceback" not in second.log


def test_a_run_can_only_be_resumed_with_its_own_arguments(crawl: Crawler, sandbox: Sandbox) -> None:
    sandbox.add_fault(Fault("rate_limit_403", "/v1/user/illusts", times=None, after=1))
    stopped = crawl(user_id=USER, job="x", files="none", settings={"PIXIV_RATE_LIMIT_PAUSE": 0.001})
    assert stopped.status == 2, stopped.log
    other = crawl(user_id=USER, job="x", files="none", max_works=5)
    assert other.status == 1
    assert "was started with other arguments (max_works=None, now 5)" in other.log


def test_the_report_of_an_interrupted_run_contains_the_command_to_resume_it(
    crawl: Crawler, sandbox: Sandbox, tmp_path: Path
) -> None:
    sandbox.add_fault(Fault("rate_limit_403", "/v1/user/illusts", times=None, after=1))
    args = {"user_id": USER, "job": "it's x", "files": "none", "tags": "a,b"}
    stopped = crawl(**args, settings={"PIXIV_RATE_LIMIT_PAUSE": 0.001})
    command = f"scrapy crawl user_works -a user_id={USER} -a files=none -a tags=a,b -a 'job=it'\"'\"'s x'"
    assert f"To resume: {command} -s PIXIV_API_DELAY=0.001 -s PIXIV_API_URL={sandbox.url} " in stopped.report["next"]
    assert stopped.report["next"] == stopped.log.splitlines()[-1]
    sandbox.clear_faults()
    words = shlex.split(stopped.report["next"].partition("To resume: scrapy ")[2])
    assert scrapy_in_process(*words, env=crawl.login).returncode == 0


def test_an_incomplete_line_is_removed_when_the_run_is_resumed(
    crawl: Crawler, sandbox: Sandbox, undisturbed: Crawl
) -> None:
    with running_crawl(crawl, ARGS) as process:
        assert wait_for(process, sandbox, 80)
        process.kill()
        process.communicate(timeout=60)
    lines = crawl.data / "user_works" / "x" / "illusts.jsonl"
    with lines.open("ab") as file:
        file.write('{"kind": "illust", "id": 12, "title": "桜'.encode()[:-1])
    done = crawl(**ARGS)
    assert done.status == 0, done.log
    assert_equal_runs(done, undisturbed)


def test_a_run_whose_lines_are_missing_cannot_be_resumed(crawl: Crawler, sandbox: Sandbox) -> None:
    sandbox.add_fault(Fault("rate_limit_403", "/v1/user/illusts", times=None, after=1))
    args = {"user_id": USER, "job": "x", "files": "none"}
    stopped = crawl(**args, settings={"PIXIV_RATE_LIMIT_PAUSE": 0.001})
    (stopped.run_folder / "illusts.jsonl").write_bytes(b"")
    again = crawl(**args)
    assert again.status == 1
    assert "illusts.jsonl has 0 bytes, but the run stored" in again.log


def test_requests_that_failed_with_transient_errors_are_sent_again_when_a_run_is_resumed(
    crawl: Crawler, sandbox: Sandbox
) -> None:
    """The second page of one user fails; the run ends at the next user and is resumed."""
    sandbox.add_fault(Fault("server_error_500", "/v1/user/illusts", times=2, after=1))
    sandbox.add_fault(Fault("rate_limit_403", "/v1/user/illusts", times=None, after=2))
    args = {"user_id": f"{USER},1008", "job": "x", "files": "none"}
    settings = {"PIXIV_RATE_LIMIT_PAUSE": 0.001, "RETRY_TIMES": 1}
    stopped = crawl(**args, settings=settings)
    assert stopped.report["finish_reason"] == "rate_limited", stopped.log
    assert [failure["what"] for failure in stopped.report["failures"]] == ["listing"]
    sandbox.clear_faults()
    done = crawl(**args, settings=settings)
    assert done.status == 0, done.log
    assert done.report["failures"] == []
    ids = [line["id"] for line in done.lines("illusts")]
    assert len(ids) == len(set(ids)) == 74 + 35


def test_max_works_counts_the_works_of_all_processes_of_a_run(crawl: Crawler, sandbox: Sandbox) -> None:
    sandbox.add_fault(Fault("rate_limit_403", "/v1/user/illusts", times=None, after=1))
    args = {"user_id": USER, "job": "x", "files": "none", "max_works": 50}
    crawl(**args, settings={"PIXIV_RATE_LIMIT_PAUSE": 0.001})
    sandbox.clear_faults()
    done = crawl(**args)
    assert done.status == 0, done.log
    assert len(done.lines("illusts")) == 50


def test_the_job_of_a_run_that_never_started_can_be_used_again(crawl: Crawler, sandbox: Sandbox) -> None:
    rejected = crawl("search", word="桜", sort="popular_desc", job="x", files="none")
    assert rejected.status == 1, rejected.log
    done = crawl("search", word="桜", job="x", files="none", max_works=5)
    assert done.status == 0, done.log


def test_an_invalid_state_database_is_rejected_in_one_sentence(crawl: Crawler, tmp_path: Path) -> None:
    (tmp_path / "state.db").write_bytes(b"not a database, but long enough to be looked at" * 100)
    done = crawl(user_id=USER, settings={"PIXIV_STATE": f"sqlite:///{tmp_path / 'state.db'}"})
    assert done.status == 1
    assert "Error: PIXIV_STATE cannot be used (file is not a database)" in done.log
    assert "Traceback" not in done.log


def test_a_finished_run_leaves_no_rows_in_the_state(crawl: Crawler) -> None:
    done = crawl(user_id=USER, files="none")
    with sqlite3.connect(done.data / "state.db") as state:
        tables = ("requests", "items", "output_sizes", "seen", "notes", "failures", "passes", "sightings")
        assert {table: state.execute(f"select count(*) from {table}").fetchone()[0] for table in tables} == (
            dict.fromkeys(tables, 0)
        )
        assert state.execute("select count(*) from runs where finished_at is not null").fetchone() == (1,)


@pytest.mark.promise("disk")
def test_a_disk_too_full_for_lines_ends_a_run_which_can_be_resumed(
    sandbox: Sandbox, small_disk: SmallDisk, tmp_path: Path
) -> None:
    args = {"user_id": 1006, "files": "none", "job": "x"}
    crawl = Crawler(sandbox, small_disk.folder)
    crawl.token_file = tmp_path / "token.json"
    full = crawl(**args)
    assert full.status == 2, full.log
    assert "Closing spider (disk_full)" in full.log
    assert "Traceback" not in full.log
    small_disk.grow(40)
    done = crawl(**args)
    assert done.status == 0, done.log
    ids = [line["id"] for line in done.lines("illusts")]
    assert len(ids) == len(set(ids)) == 3000
    assert done.report["lines"] == {"illust": 3000}
    assert done.report["failures"] == []


def test_lines_of_a_run_whose_first_transaction_was_undone_are_written_again(crawl: Crawler, sandbox: Sandbox) -> None:
    """A power cut can undo the last transactions: then the run is in the state, but not that it has started."""
    sandbox.add_fault(Fault("rate_limit_403", "/v1/user/illusts", times=None, after=1))
    args = {"user_id": USER, "job": "x", "files": "none"}
    stopped = crawl(**args, settings={"PIXIV_RATE_LIMIT_PAUSE": 0.001})
    assert stopped.lines("illusts")
    with sqlite3.connect(crawl.data / "state.db") as state:
        state.execute("update runs set is_begun = 0")
        for table in ("requests", "items", "output_sizes", "seen", "notes", "failures", "passes", "stats"):
            state.execute(f"delete from {table}")
    sandbox.clear_faults()
    done = crawl(**args)
    assert done.status == 0, done.log
    ids = [line["id"] for line in done.lines("illusts")]
    assert len(ids) == len(set(ids)) == 74

"""The commands `runs`, `resume` and `retry`."""

from __future__ import annotations

import json
import os
import re
import signal
import time
from pathlib import Path

import pytest

from pixiv_crawler.run.retrying import retries
from pixiv_crawler.sandbox import Fault, Sandbox
from tests.commands.test_program import popen, run
from tests.crawling import Crawler
from tests.in_process import scrapy_in_process


def words(crawl: Crawler, *command: str) -> list[str]:
    return [*command, "-s", f"PIXIV_DATA_DIR={crawl.data}"]


@pytest.fixture
def stopped(crawl: Crawler, sandbox: Sandbox) -> Crawler:
    """A crawl that has stopped early, in a state that also knows a finished run with failures."""
    sandbox.add_fault(Fault("server_error_500", "/v1/user/detail", "user_id=1008", times=None))
    assert crawl("users", user_id="2188232,1008", job="profiles", settings={"RETRY_TIMES": 0}).status == 3
    sandbox.clear_faults()
    sandbox.add_fault(Fault("rate_limit_403", "/v1/user/illusts", times=None, after=1))
    settings = {"PIXIV_RATE_LIMIT_PAUSE": 0.001}
    assert crawl(user_id=2188232, job="works", files="none", settings=settings).status == 2
    sandbox.clear_faults()
    return crawl


def test_runs_are_listed_with_state_counts_and_age(stopped: Crawler) -> None:
    done = scrapy_in_process(*words(stopped, "runs"))
    first, second = done.stdout.splitlines()
    assert (done.returncode, done.stderr) == (0, "")
    assert first.split("  ")[0] == "users/profiles"
    assert "finished" in first
    assert "1 user, 1 failed" in first
    assert re.match(r"user_works/works  interrupted  \d min ago  \d\d illusts", second)


def test_without_a_state_no_run_is_listed_or_resumed_and_nothing_is_created(tmp_path: Path) -> None:
    for command in ("runs", "resume"):
        done = scrapy_in_process(command, "-s", f"PIXIV_DATA_DIR={tmp_path / 'data'}")
        assert done.returncode == 0
        assert str(tmp_path / "data") in done.stdout
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        (["x"], "there is no run 'x': scrapy runs lists all of them"),
        (["works", "profiles"], "'works profiles' is not one run"),
        (["works", "--all"], "'works' is not one run"),
    ],
)
def test_a_run_that_cannot_be_resumed_is_an_error_in_one_sentence(
    crawl: Crawler, given: list[str], problem: str
) -> None:
    crawl("users", user_id="11", job="profiles")
    done = scrapy_in_process(*words(crawl, "resume", *given))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"Error: {problem}")
    assert done.stderr.count("\n") == 1


def test_a_job_of_two_spiders_needs_the_name_of_the_spider(crawl: Crawler) -> None:
    crawl("users", user_id="11", job="x")
    crawl("following", user_id="11", job="x")
    done = scrapy_in_process(*words(crawl, "resume", "x"))
    assert "several runs have the name 'x': pass one of users/x, following/x" in done.stderr


@pytest.mark.e2e
def test_a_run_is_resumed_from_another_folder_with_its_arguments_and_settings(
    stopped: Crawler, tmp_path: Path
) -> None:
    status, output = run(tmp_path, *words(stopped, "resume"), **stopped.login)
    assert status == 0, output
    lines = (stopped.data / "user_works" / "works" / "illusts.jsonl").read_text("utf-8").splitlines()
    assert len(lines) == len(set(lines)) > 60
    assert not (stopped.data / "files" / "2188232").exists()  # files=none


def test_a_finished_run_with_failures_exits_with_3_again(stopped: Crawler) -> None:
    again = stopped("users", user_id="2188232,1008", job="profiles", settings={"RETRY_TIMES": 0})
    assert again.status == 3
    assert "with failures (1); nothing to do" in again.log


@pytest.mark.kill
def test_a_killed_run_of_a_list_is_resumed_after_the_list_has_changed(tmp_path: Path) -> None:
    listed = tmp_path / "users.txt"
    listed.write_text("2188232\n1020 # with pauses\n")
    options = ["-s", "PIXIV_SANDBOX=1", "-s", "PIXIV_API_DELAY=0.3"]
    command = ["crawl", "user_works", "-a", "user_id=@users.txt", "-a", "files=none", "-a", "job=x", *options]
    with popen(tmp_path, *command) as process:
        while not list(tmp_path.glob("data/user_works/x/illusts.jsonl")):
            assert process.poll() is None
            time.sleep(0.02)
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate(timeout=60)
    listed.unlink()
    in_data = ("-s", f"PIXIV_DATA_DIR={tmp_path / 'data'}")
    assert scrapy_in_process(*command, *in_data).returncode == 1  # the list is gone
    assert "user_works/x  interrupted" in scrapy_in_process("runs", *in_data).stdout
    status, output = run(tmp_path, "resume", "x", "-s", "PIXIV_API_DELAY=0")
    assert status == 0, output
    lines = (tmp_path / "data" / "user_works" / "x" / "illusts.jsonl").read_text("utf-8")
    assert '"id":2188232' in lines
    assert '"id":1020' in lines
    again = scrapy_in_process("resume", "--all", *in_data)
    assert again.stdout == f"No run in {tmp_path / 'data'} is interrupted: nothing to resume\n"


def write_run(folder: Path, failures: list[tuple[str, object]]) -> Path:
    """The folder of a run of illust 1 and novel 2, without illust 3 and user 29, in which that failed."""
    withheld = [{"kind": "unavailable", "id": 3, "type": "illust"}, {"kind": "unavailable", "id": 29, "type": "user"}]
    found = {"illusts": [{"kind": "illust", "id": 1}], "novels": [{"kind": "novel", "id": 2}], "unavailable": withheld}
    for name, of_file in found.items():
        (folder / f"{name}.jsonl").write_text("".join(f"{json.dumps(line)}\n" for line in of_file))
    lines = [json.dumps({"what": what, "id": id_, "cause": "x", "source": ""}) for what, id_ in failures]
    (folder / "failed.jsonl").write_text("".join(f"{line}\n" for line in lines))
    return folder


GIVEN = {"user_id": "11,29", "type": "illust,novel", "files": "large", "tags": "a", "max_works": "5"}
OF_WORKS = {"files": "large", "tags": "a"}


@pytest.mark.parametrize(
    ("failures", "expected"),
    [
        ([], []),
        ([("file", 1), ("file", 1)], [("works", OF_WORKS | {"illust_id": "1"})]),
        ([("file", 1), ("text", 2)], [("works", OF_WORKS | {"illust_id": "1", "novel_id": "2"})]),
        ([("work", 3)], [("works", OF_WORKS | {"illust_id": "3"})]),
        ([("user", 29)], [("user_works", GIVEN | {"user_id": "29"})]),
        ([("listing", 29)], [("user_works", GIVEN | {"user_id": "29"})]),
        ([("file", 1), ("works", 11)], [("works", OF_WORKS | {"illust_id": "1"}), ("user_works", GIVEN | {"user_id": "11"})]),
        ([("file", 1), ("listing", None)], [("user_works", GIVEN)]),
        ([("work", 7)], [("user_works", GIVEN)]),
    ],
)  # fmt: skip
def test_only_what_failed_is_collected_again(
    failures: list[tuple[str, object]], expected: list[tuple[str, dict[str, str]]], tmp_path: Path
) -> None:
    found = retries("user_works", GIVEN, write_run(tmp_path, failures))
    assert [(one.spider, one.arguments) for one in found] == expected


@pytest.mark.e2e
def test_what_failed_in_a_finished_run_is_collected_by_retry(
    stopped: Crawler, sandbox: Sandbox, tmp_path: Path
) -> None:
    before = len(sandbox.requests)
    status, output = run(tmp_path, *words(stopped, "retry", "profiles"), **stopped.login)
    assert status == 0, output
    lines = (stopped.data / "users" / "profiles-retry" / "users.jsonl").read_text("utf-8").splitlines()
    assert ['"id":1008' in line for line in lines] == [True]
    assert len([one for one in sandbox.requests[before:] if one.path == "/v1/user/detail"]) == 1


def test_a_run_without_failures_is_not_retried(crawl: Crawler) -> None:
    crawl("users", user_id="2188232", job="x")
    done = scrapy_in_process(*words(crawl, "retry", "x"))
    assert (done.returncode, done.stdout) == (0, "Nothing failed in this run: nothing to retry\n")

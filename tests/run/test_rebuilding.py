"""scrapy state rebuild: what a state knew is known again from lines, reports and files."""

from __future__ import annotations

import json
import re
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

import pytest

from pixiv_crawler.sandbox import Fault, Sandbox
from tests.crawling import Crawler
from tests.in_process import scrapy_in_process
from tests.stored_files import file_requests

ARGS = {"user_id": 1008, "max_works": 5}


def rebuild(data: Path, *options: str) -> subprocess.CompletedProcess[str]:
    return scrapy_in_process("state", "rebuild", *options, "-s", f"PIXIV_DATA_DIR={data}")


def ids(data: Path, job: str) -> set[int]:
    lines = (data / "user_works" / job / "illusts.jsonl").read_bytes().splitlines()
    return {json.loads(line)["id"] for line in lines}


def forget(data: Path) -> None:
    for path in data.glob("state.db*"):
        path.unlink()


@pytest.mark.e2e
def test_finished_runs_their_works_and_files_are_known_again(crawl: Crawler, sandbox: Sandbox) -> None:
    first = crawl(**ARGS, job="first")
    forget(crawl.data)
    done = rebuild(crawl.data)
    assert done.returncode == 0, done.stderr
    listed = scrapy_in_process("runs", "-s", f"PIXIV_DATA_DIR={crawl.data}").stdout
    assert re.fullmatch(r"user_works/first  finished  \d min ago  5 illusts\n", listed)
    assert f"Rebuilt: 1 finished runs with 5 works, and {len(first.files)} files" in done.stdout
    again = crawl(**ARGS, job="first")
    assert "nothing to do" in again.log
    new = crawl(**ARGS, job="new", new_only="true")
    assert new.status == 0, new.log
    assert not ids(crawl.data, "first") & ids(crawl.data, "new")
    before = len(sandbox.requests)
    other = crawl(**ARGS, job="other")
    assert other.status == 0, other.log
    assert file_requests(sandbox, before) == []


@pytest.mark.e2e
def test_what_failed_or_is_gone_is_requested_again(crawl: Crawler, sandbox: Sandbox) -> None:
    sandbox.add_fault(Fault("not_found_404", "/img-original/", times=1))
    first = crawl(**ARGS, job="first")
    assert first.status == 3, first.log
    next(iter(first.files.values())).unlink()
    forget(crawl.data)
    done = rebuild(crawl.data)
    assert crawl(**ARGS, job="first").status == 3  # it has finished with failures
    assert "with 4 works" in done.stdout
    sandbox.clear_faults()
    before = len(sandbox.requests)
    crawl(**ARGS, job="other")
    assert file_requests(sandbox, before)


@pytest.mark.e2e
def test_a_run_that_has_not_finished_continues_from_its_lines(crawl: Crawler, sandbox: Sandbox) -> None:
    args = {"user_id": 2188232, "files": "none", "job": "x"}
    sandbox.add_fault(Fault("rate_limit_403", "/v1/user/illusts", times=None, after=1))
    assert crawl(**args, settings={"PIXIV_RATE_LIMIT_PAUSE": 0.001}).status == 2
    sandbox.clear_faults()
    done = rebuild(crawl.data, "--replace")
    assert f"{crawl.data / 'user_works' / 'x'} has not finished" in done.stdout
    again = crawl(**args)
    assert again.status == 0, again.log
    assert len(again.lines("illusts")) == len(ids(crawl.data, "x")) == 74


@pytest.mark.e2e
def test_a_database_that_can_be_read_is_kept_unless_the_user_insists(crawl: Crawler) -> None:
    crawl(**ARGS, files="none")
    path = crawl.data / "state.db"
    before = path.read_bytes()
    done = rebuild(crawl.data)
    assert (done.returncode, path.read_bytes()) == (1, before)
    assert "pass --replace to rebuild it nevertheless" in done.stderr
    assert rebuild(crawl.data, "--replace").returncode == 0
    (old,) = crawl.data.glob("state.db.old-*[0-9]")
    assert old.read_bytes() == before


@pytest.mark.e2e
def test_a_damaged_database_is_kept_under_another_name(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    path.write_bytes(b"not a database" * 1000)
    done = rebuild(tmp_path)
    assert done.returncode == 0, done.stderr
    (old,) = tmp_path.glob("state.db.old-*[0-9]")
    assert old.read_bytes() == b"not a database" * 1000
    assert rebuild(tmp_path).returncode == 1


@pytest.mark.e2e
def test_the_database_of_another_program_is_not_taken_for_a_damaged_one(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "state.db")) as connection:
        connection.execute("CREATE TABLE mine (id INTEGER)")
    assert rebuild(tmp_path).returncode == 1
    assert [path.name for path in tmp_path.iterdir()] == ["state.db"]


@pytest.mark.e2e
def test_another_action_is_refused(tmp_path: Path) -> None:
    done = scrapy_in_process("state", "delete", "-s", f"PIXIV_DATA_DIR={tmp_path}")
    assert done.returncode == 1
    assert "'delete' is not a valid action" in done.stderr

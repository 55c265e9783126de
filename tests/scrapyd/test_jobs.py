"""Crawls with the arguments and settings that Scrapyd passes to its jobs, without Scrapyd."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pixiv_crawler.sandbox import Sandbox
from tests.crawling import Crawler

USER = 1008
TOKEN = "seen-by-all-and-everyone"


@pytest.fixture
def log_file(tmp_path: Path) -> Path:
    return tmp_path / "job.log"


@pytest.mark.parametrize(
    ("arguments", "settings"),
    [({}, {"PIXIV_REFRESH_TOKEN": TOKEN}), ({"refresh_token": TOKEN}, {}), ({"PIXIV_REFRESH_TOKEN": TOKEN}, {})],
    ids=["setting", "argument", "argument_named_like_the_setting"],
)
def test_a_job_with_a_token_is_rejected_on_standard_error_and_in_its_log(
    sandbox: Sandbox, crawl: Crawler, log_file: Path, arguments: dict[str, str], settings: dict[str, str]
) -> None:
    done = crawl("users", user_id=USER, _job="1", **arguments, settings=settings | {"LOG_FILE": log_file})
    assert done.status == 1
    log = log_file.read_text("utf-8")
    assert done.log.startswith(log)
    assert log.count("\n") == 1
    assert "was passed with the job, which Scrapyd shows in its lists and log; set PIXIV_REFRESH_TOKEN" in log
    assert TOKEN not in done.log
    assert sandbox.requests == []


def test_a_token_on_the_command_line_is_accepted_without_scrapyd(sandbox: Sandbox, crawl: Crawler) -> None:
    done = crawl("users", user_id=USER, env={}, settings={"PIXIV_REFRESH_TOKEN": sandbox.refresh_token})
    assert done.status == 0, done.log


def test_the_id_of_a_job_names_the_run_and_a_finished_run_is_logged(crawl: Crawler, log_file: Path) -> None:
    for _ in range(2):
        assert crawl("users", user_id=USER, _job="e5f1", settings={"LOG_FILE": log_file}).status == 0
    assert (crawl.data / "users" / "e5f1" / "users.jsonl").exists()
    assert "The run 'e5f1' finished at" in log_file.read_text("utf-8").splitlines()[-1]


def test_feeds_are_written_in_addition_to_the_lines_of_the_run(crawl: Crawler, tmp_path: Path) -> None:
    uri = (tmp_path / "items" / "e5f1.jl").as_uri()
    feeds = json.dumps({uri: {"format": "jsonlines"}})  # as Scrapyd derives them from items_dir
    done = crawl("users", user_id=USER, _job="e5f1", settings={"FEEDS": feeds})
    assert done.status == 0, done.log
    assert len(done.lines("users")) == 1
    assert done.report["lines"] == {"user": 1}
    lines = (tmp_path / "items" / "e5f1.jl").read_text("utf-8").splitlines()
    assert [json.loads(line) for line in lines] == done.lines("users")


def test_the_data_folder_can_be_set_in_the_environment(crawl: Crawler) -> None:
    env = crawl.login | {"PIXIV_DATA_DIR": str(crawl.data)}
    done = crawl("users", user_id=USER, env=env, settings={"PIXIV_DATA_DIR": None})
    assert done.status == 0, done.log
    assert len(done.lines("users")) == 1

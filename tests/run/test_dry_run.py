"""A dry run requests little, changes nothing and writes nothing."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import Any

import pytest

from pixiv_crawler.run.forecast import MAX_CALLS
from pixiv_crawler.sandbox import Fault, Sandbox
from tests.crawling import Crawl, Crawler
from tests.in_process import scrapy_in_process
from tests.test_every_spider import SPIDERS, example

USER = 2188232


def forecast_of(done: Crawl) -> dict[str, str]:
    first, *rows = done.stdout.splitlines()
    assert first.endswith(": a dry run, nothing was written")
    return {row[:12].strip(): row[12:].strip() for row in rows}


def api_requests(sandbox: Sandbox) -> list[Any]:
    return [request for request in sandbox.requests if request.kind != "oauth"]


@pytest.mark.parametrize("spider", SPIDERS.list())
def test_a_dry_run_of_any_spider_writes_nothing(sandbox: Sandbox, crawl: Crawler, spider: str) -> None:
    args = example(spider, comments="true", users="true", novel="txt")
    done = crawl(spider, **args, dry_run="true")
    assert done.status == 0, done.log
    assert forecast_of(done)["lines"]
    assert not crawl.data.exists()
    assert {request.method for request in api_requests(sandbox)} == {"GET"}
    assert len(api_requests(sandbox)) <= MAX_CALLS
    assert "Traceback" not in done.log


def test_the_forecast_of_a_user_agrees_with_the_crawl(sandbox: Sandbox, crawl: Crawler) -> None:
    expected = forecast_of(crawl(user_id=USER, dry_run="true"))
    before = len(sandbox.requests)
    done = crawl(user_id=USER, files="none", settings={"PIXIV_API_DELAY": 0.001})
    assert expected["lines"] == str(len(done.lines("illusts")) + len(done.lines("unavailable")))
    requests = int(expected["API requests"].split()[1].rstrip(","))
    assert abs(requests - len(sandbox.requests[before:])) <= 6
    assert done.report["arguments"].get("dry_run") is None


def test_earlier_files_give_the_size_of_a_file(crawl: Crawler) -> None:
    crawl(user_id=USER, max_works=5)
    before = sorted(crawl.data.rglob("*"))
    done = crawl(user_id=USER, dry_run="true")
    assert "with the mean size of" in forecast_of(done)["megabytes"]
    assert sorted(crawl.data.rglob("*")) == before


def test_bookmarks_and_follows_are_neither_added_nor_removed(sandbox: Sandbox, crawl: Crawler) -> None:
    for spider, args in (
        ("edit_bookmarks", {"add": "127410001"}),
        ("edit_bookmarks", {"delete": "9,8,7"}),
        ("edit_follows", {"add": "1007", "delete": "1008"}),
    ):
        assert crawl(spider, **args, dry_run="true").status == 0
    assert {request.method for request in api_requests(sandbox)} == {"GET"}


def test_a_list_of_users_who_are_all_gone_costs_a_few_requests(sandbox: Sandbox, crawl: Crawler) -> None:
    done = crawl("users", user_id=",".join(map(str, range(999_000_000, 999_000_100))), dry_run="true")
    assert done.status == 0, done.log
    assert forecast_of(done)["lines"] == "0"
    assert len(api_requests(sandbox)) <= 20


def test_a_file_for_all_items_is_left_as_it_is(sandbox: Sandbox, crawl: Crawler, tmp_path: Path) -> None:
    output = tmp_path / "all.jsonl"
    output.write_text("kept\n")
    words = crawl.words("user_works", {}, {"user_id": USER, "dry_run": "true"})
    done = scrapy_in_process(*words, "-O", output, env=crawl.login)
    assert done.returncode == 0, done.stderr
    assert output.read_text() == "kept\n"


def test_a_dry_run_without_a_login_ends_early(crawl: Crawler, sandbox: Sandbox) -> None:
    sandbox.revoke_refresh_tokens()
    done = crawl(user_id=USER, dry_run="true")
    assert done.status == 2
    assert "Login failed" in done.log


@pytest.mark.kill
def test_an_interrupted_dry_run_ends_with_status_2_and_says_so(tmp_path: Path) -> None:
    with Sandbox(latency_seconds=0.5) as sandbox:
        crawl = Crawler(sandbox, tmp_path)
        done = crawl.stopped(signal.SIGINT, lambda: bool(sandbox.requests), user_id=USER, dry_run="true")
    assert done.status == 2
    assert "it ended early (shutdown), so the figures are incomplete" in done.stdout
    assert not done.data.exists()


def test_listings_that_fail_are_named(crawl: Crawler, sandbox: Sandbox) -> None:
    sandbox.add_fault(Fault("html_403", "/v1/user/illusts", times=None))
    done = crawl(user_id=USER, dry_run="true", settings={"RETRY_TIMES": 0})
    assert done.status == 0, done.log
    assert forecast_of(done)["failed"] == "1 of 2 requests, whose entries are not counted"


def test_a_rate_limit_ends_a_dry_run(crawl: Crawler, sandbox: Sandbox) -> None:
    sandbox.add_fault(Fault("rate_limit_403", "/v1/user/illusts", times=None))
    done = crawl(user_id=USER, dry_run="true", settings={"PIXIV_RATE_LIMIT_PAUSE": 600})
    assert done.status == 2
    assert "it ended early (rate_limited), so the figures are incomplete" in done.stdout
    assert len(api_requests(sandbox)) == 2


def test_an_empty_state_and_works_that_were_collected_stay_as_they_are(crawl: Crawler) -> None:
    crawl.data.mkdir(parents=True)
    (crawl.data / "state.db").touch()
    done = crawl(user_id=USER, dry_run="true", new_only="true")
    assert done.stdout.splitlines()[-1] == "new_only, and the files that are on disk, are not taken into account"
    assert (crawl.data / "state.db").stat().st_size == 0

"""report.json has counts and the first failures; failed.jsonl, next to it, lists all of them."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from scrapy import Request

from pixiv_crawler.exceptions import StateError
from pixiv_crawler.extensions import report
from pixiv_crawler.run.state.sqlite import SqliteState
from pixiv_crawler.sandbox import Fault, Sandbox
from pixiv_crawler.settings import SPIDER_MIDDLEWARES
from tests.crawling import Crawler
from tests.in_process import scrapy_in_process

USER = 1008


def test_the_report_has_the_first_failures_and_failed_jsonl_has_all(
    sandbox: Sandbox, crawl: Crawler, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(report, "MAX_FAILURES", 3)
    monkeypatch.setattr(report, "_PAGE", 2)
    sandbox.add_fault(Fault("html_403", "/img-original/", times=None))
    done = crawl(user_id=USER, max_works=5)
    assert done.status == 3, done.log
    failures = [json.loads(line) for line in (done.run_folder / "failed.jsonl").read_bytes().splitlines()]
    assert len(failures) == done.report["failure_counts"]["file"] >= 5
    assert done.report["failures"] == failures[:3]
    assert {(failure["what"], failure["id"]) for failure in failures} == {
        ("file", line["id"]) for line in done.lines("illusts")
    }


def test_a_run_without_remaining_failures_has_no_failed_jsonl(sandbox: Sandbox, crawl: Crawler) -> None:
    sandbox.add_fault(Fault("server_error_500", "/v1/user/illusts", times=2, after=1))
    sandbox.add_fault(Fault("rate_limit_403", "/v1/user/illusts", times=None, after=2))
    args = {"user_id": f"2188232,{USER}", "job": "x", "files": "none"}
    settings = {"PIXIV_RATE_LIMIT_PAUSE": 0.001, "RETRY_TIMES": 1}
    stopped = crawl(**args, settings=settings)
    assert (stopped.run_folder / "failed.jsonl").exists(), stopped.log
    sandbox.clear_faults()
    done = crawl(**args, settings=settings)
    assert (done.status, done.report["failures"]) == (0, []), done.log
    assert not (done.run_folder / "failed.jsonl").exists()


def test_a_run_whose_report_cannot_be_written_has_not_finished(crawl: Crawler) -> None:
    args = {"user_id": USER, "job": "x", "files": "none"}
    report_path = crawl.data / "user_works" / "x" / "report.json"
    report_path.mkdir(parents=True)
    stopped = crawl(**args)
    assert stopped.status == 2, stopped.log
    assert f"The report could not be written to {report_path}" in stopped.log
    assert "Traceback" not in stopped.log
    report_path.rmdir()
    done = crawl(**args)
    assert (done.status, done.report["lines"]) == (0, {"illust": 35}), done.log


class Dropping:
    """A middleware of a user that drops the requests for further responses, after they were recorded."""

    async def process_spider_output(self, response: Any, result: AsyncIterator[Any]) -> AsyncIterator[Any]:
        async for found in result:
            if not (isinstance(found, Request) and "offset" in found.url):
                yield found


def test_a_crawl_that_ends_with_open_requests_is_incomplete_and_can_be_resumed(crawl: Crawler) -> None:
    args = {"user_id": 2188232, "job": "x", "files": "none"}
    middlewares = SPIDER_MIDDLEWARES | {
        f"{Dropping.__module__}.{Dropping.__qualname__}": 1
    }  # the last one before the engine
    stopped = crawl(**args, settings={"SPIDER_MIDDLEWARES": json.dumps(middlewares)})
    assert (stopped.status, stopped.report["finish_reason"]) == (2, "incomplete"), stopped.log
    assert "1 requests without a response and 0 items without a line" in stopped.report["next"]
    assert stopped.log.rstrip().endswith(stopped.report["next"])
    rebuilt = scrapy_in_process("state", "rebuild", "--replace", "-s", f"PIXIV_DATA_DIR={crawl.data}")
    assert f"{stopped.run_folder} has not finished" in rebuilt.stdout
    done = crawl(**args)
    assert (done.status, done.report["failures"], len(done.lines("illusts"))) == (0, [], 74), done.log


@pytest.mark.parametrize("new_only", ["true", "false"])
def test_a_run_whose_end_cannot_be_stored_has_not_finished(
    crawl: Crawler, monkeypatch: pytest.MonkeyPatch, new_only: str
) -> None:
    async def fail(*_: object) -> None:
        raise StateError("the state database failed (disk I/O error)")

    args = {"user_id": USER, "job": "x", "files": "none", "new_only": new_only}
    with monkeypatch.context() as patched:
        for method in ("finish_run", "last_full_pass"):
            patched.setattr(SqliteState, method, fail)
        stopped = crawl(**args)
    assert (stopped.status, stopped.report["finish_reason"]) == (2, "storage_failed"), stopped.log
    assert "To resume: scrapy crawl" in stopped.report["next"]
    done = crawl(**args)
    assert (done.status, done.report["finish_reason"], done.report["lines"]) == (0, "finished", {"illust": 35}), (
        done.log
    )

"""A run whose row is gone from the state continues from its lines: nothing is missing, and nothing is there twice."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from pixiv_crawler.sandbox import Fault, Sandbox
from tests.crawling import Crawl, Crawler
from tests.runs import without_times
from tests.test_every_spider import SPIDERS, example

USER = 2188232
WORKS = 74
KNOWN_FROM_LINES = "The state does not know this run: it continues from the lines in"


def forget(data: Path, *, reason: str = "shutdown") -> None:
    """Deletes the state, and changes why the runs ended."""
    for path in data.glob("state.db*"):
        path.unlink()
    for path in data.glob("*/*/report.json"):
        path.write_text(json.dumps(json.loads(path.read_bytes()) | {"finish_reason": reason}))


def tear(done: Crawl) -> bool:
    """Removes from each file of lines what follows the middle of a line in its middle; whether a line is left."""
    for path in done.run_folder.glob("*.jsonl"):
        lines = path.read_bytes().splitlines(keepends=True)
        kept = b"".join(lines[: len(lines) // 2])
        path.write_bytes(kept + lines[len(lines) // 2][:50])
    return any(b"\n" in path.read_bytes() for path in done.run_folder.glob("*.jsonl"))


def lines_of(done: Crawl) -> dict[str, list[dict[str, Any]]]:
    return {path.name: without_times(done.lines(path.stem)) for path in done.run_folder.glob("*.jsonl")}


@pytest.mark.parametrize("spider", SPIDERS.list())
@pytest.mark.e2e
def test_a_run_of_any_spider_continues_from_its_lines(crawl: Crawler, spider: str) -> None:
    args = example(spider, files="none", max_works="6", comments="true", job="x") | {"job": "x"}
    done = crawl(spider, **args)
    before, counts = lines_of(done), done.report["lines"]
    forget(crawl.data)
    has_lines = tear(done)
    again = crawl(spider, **args)
    assert again.status == 0, again.log
    assert again.log.count(KNOWN_FROM_LINES) == has_lines
    assert lines_of(again) == before
    assert again.report["lines"] == counts
    assert any(warning.startswith(KNOWN_FROM_LINES) for warning in again.report["warnings"]) == has_lines


def test_files_that_are_there_are_not_requested_again(crawl: Crawler, sandbox: Sandbox) -> None:
    args = {"user_id": 1008, "max_works": 5, "job": "x"}
    files = crawl(**args).report["files"]
    forget(crawl.data)
    request_count = len(sandbox.requests)
    done = crawl(**args)
    assert done.status == 0, done.log
    assert [one.path for one in sandbox.requests[request_count:] if one.kind == "file"] == []
    assert done.report["files"] == files


def test_an_adopted_run_that_is_interrupted_can_be_resumed(crawl: Crawler, sandbox: Sandbox) -> None:
    args = {"user_id": USER, "job": "x", "files": "none"}
    whole = crawl(**args)
    before = lines_of(whole)
    forget(crawl.data)
    tear(whole)
    sandbox.add_fault(Fault("rate_limit_403", "/v1/user/illusts", times=None, after=1))
    stopped = crawl(**args, settings={"PIXIV_RATE_LIMIT_PAUSE": 0.001})
    assert stopped.status == 2, stopped.log
    sandbox.clear_faults()
    done = crawl(**args)
    assert done.status == 0, done.log
    assert lines_of(done) == before
    assert done.report["lines"] == {"illust": WORKS}


def test_a_work_that_has_moved_in_its_listing_is_not_written_again(crawl: Crawler) -> None:
    """Positions and offsets shift when works are published or deleted between two readings."""
    args = {"user_id": f"{USER},1008", "job": "x", "files": "none"}
    path = crawl(**args).run_folder / "illusts.jsonl"
    lines = [json.loads(line) for line in path.read_bytes().splitlines()]
    for line in lines:
        line["source"]["position"] += 7
        line["source"]["params"]["offset"] = 7 + line["source"]["params"].get("offset", 0)
    path.write_text("".join(f"{json.dumps(line)}\n" for line in lines[: WORKS // 2]))
    forget(crawl.data)
    done = crawl(**args)
    assert sorted(line["id"] for line in done.lines("illusts")) == sorted(line["id"] for line in lines)


def test_lines_of_an_adopted_run_that_got_no_response_are_kept(crawl: Crawler, sandbox: Sandbox) -> None:
    args = {"user_id": USER, "job": "x", "files": "none"}
    whole = crawl(**args)
    before = lines_of(whole)
    forget(crawl.data)
    sandbox.revoke_refresh_tokens()
    assert crawl(**args, env={"PIXIV_REFRESH_TOKEN": "revoked"}).status == 2
    assert lines_of(whole) == before


def test_a_compressed_file_of_lines_is_refused_and_left_alone(crawl: Crawler) -> None:
    args = {"user_id": 1008, "job": "x", "files": "none"}
    path = crawl(**args).run_folder / "illusts.jsonl"
    forget(crawl.data)
    content = gzip.compress(path.read_bytes())
    path.write_bytes(content)
    done = crawl(**args)
    assert done.status == 1
    assert f"Error: {path} is compressed: decompress it, or pass another job" in done.log
    assert path.read_bytes() == content


def test_a_run_whose_report_says_that_it_finished_is_not_continued(crawl: Crawler, sandbox: Sandbox) -> None:
    args = {"user_id": 1008, "job": "x", "files": "none"}
    whole = crawl(**args)
    before = lines_of(whole)
    forget(crawl.data, reason="finished")
    request_count = len(sandbox.requests)
    done = crawl(**args)
    assert (done.status, len(sandbox.requests)) == (0, request_count), done.log
    assert "which the state does not know; nothing to do" in done.log
    assert "run scrapy state rebuild" in done.log
    assert lines_of(whole) == before


def test_lines_are_only_continued_with_the_arguments_of_their_report(crawl: Crawler, sandbox: Sandbox) -> None:
    args = {"user_id": USER, "job": "x", "files": "none"}
    sandbox.add_fault(Fault("rate_limit_403", "/v1/user/illusts", times=None, after=1))
    stopped = crawl(**args, settings={"PIXIV_RATE_LIMIT_PAUSE": 0.001})
    assert stopped.status == 2, stopped.log
    sandbox.clear_faults()
    before = lines_of(stopped)
    forget(crawl.data)
    for changed in ({"user_id": 1008}, {"min_bookmarks": 3}):
        other = crawl(**args | changed)
        assert (other.status, lines_of(other)) == (1, before), other.log
        assert "the run 'x' was started with other arguments" in other.log
    done = crawl(**args)
    assert (done.status, done.report["lines"]) == (0, {"illust": WORKS}), done.log

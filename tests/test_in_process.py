"""A crawl in the process of the tests behaves like `scrapy crawl` in a separate process."""

from __future__ import annotations

import json
import logging
import os
import signal
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from pixiv_crawler.sandbox import Sandbox
from tests.crawling import Crawl, Crawler, scrapy
from tests.in_process import scrapy_in_process

USER = 2188232


def outcome(done: Crawl, *names: str) -> dict[str, Any]:
    """The complete output of a crawl, except times."""
    lines = {name: [line | {"fetched_at": ""} for line in done.lines(name)] for name in names}
    ordered = {name: sorted(map(json.dumps, found)) for name, found in lines.items()}
    report = {name: done.report[name] for name in ("arguments", "files", "finish_reason", "lines", "failures")}
    files = {path: file.read_bytes() for path, file in done.files.items()}
    return {"status": done.status, "stdout": done.stdout, "report": report, "files": files} | ordered


def test_a_crawl_in_process_has_the_same_output_as_in_a_separate_process(sandbox: Sandbox, tmp_path: Path) -> None:
    args = {
        "user_id": USER,
        "type": "illust,manga,ugoira,novel",
        "comments": "true",
        "users": "true",
        "max_works": 12,
        "job": "x",
    }
    names = ("illusts", "novels", "comments", "users", "unavailable")
    in_process = Crawler(sandbox, tmp_path / "in_process", scrapy_in_process)(**args)
    separate = Crawler(sandbox, tmp_path / "separate", scrapy)(**args)
    assert in_process.status == 0, in_process.log
    assert outcome(in_process, *names) == outcome(separate, *names)


def test_invalid_arguments_are_rejected_in_the_same_way(sandbox: Sandbox, tmp_path: Path) -> None:
    in_process, separate = (Crawler(sandbox, tmp_path, run)(user_id="abc") for run in (scrapy_in_process, scrapy))
    assert (in_process.status, in_process.stdout, in_process.log) == (separate.status, separate.stdout, separate.log)
    assert in_process.status == 1


@pytest.mark.parametrize("run", [scrapy_in_process, scrapy])
def test_each_crawl_sees_only_its_own_environment(sandbox: Sandbox, tmp_path: Path, run: Any) -> None:
    crawl = Crawler(sandbox, tmp_path, run)
    for env, sentence in ((crawl.login, "Closing spider (finished)"), ({}, "PIXIV_REFRESH_TOKEN")):
        settings = {"PIXIV_TOKEN_FILE": tmp_path / f"{len(env)}.json"}
        done = crawl(user_id=USER, files="none", job=len(env), env=env, settings=settings)
        assert sentence in done.log


def state_of_the_process() -> tuple[Any, ...]:
    """The state that a command might change in its process."""
    logs = logging.root.handlers[:], logging.root.level, logging.getLogRecordFactory()
    handlers = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    streams = sys.stdin, sys.stdout, sys.stderr, sys.excepthook, sys.argv
    return dict(os.environ), Path.cwd(), logs, handlers, streams, threading.enumerate()


def test_a_crawl_restores_the_state_of_the_process(sandbox: Sandbox, tmp_path: Path) -> None:
    before = state_of_the_process()
    assert Crawler(sandbox, tmp_path)(user_id=USER, max_works=3).status == 0
    assert state_of_the_process() == before

"""A crawl in the test's own process is the crawl that a user starts."""

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
    """Everything that a crawl leaves, except times."""
    lines = {name: [line | {"fetched_at": ""} for line in done.lines(name)] for name in names}
    ordered = {name: sorted(map(json.dumps, found)) for name, found in lines.items()}
    report = {name: done.report[name] for name in ("arguments", "files", "finish_reason", "lines", "failures")}
    files = {path: file.read_bytes() for path, file in done.files.items()}
    return {"status": done.status, "stdout": done.stdout, "report": report, "files": files} | ordered


def test_a_crawl_in_this_process_leaves_what_a_process_of_its_own_leaves(sandbox: Sandbox, tmp_path: Path) -> None:
    args = {"user_id": USER, "type": "illust,manga,ugoira,novel", "comments": "true", "users": "true", "job": "x"}
    names = ("illusts", "novels", "comments", "users", "unavailable")
    inside = Crawler(sandbox, tmp_path / "inside", scrapy_in_process)(**args)
    outside = Crawler(sandbox, tmp_path / "outside", scrapy)(**args)
    assert inside.status == 0, inside.log
    assert outcome(inside, *names) == outcome(outside, *names)


def test_wrong_arguments_are_refused_alike(sandbox: Sandbox, tmp_path: Path) -> None:
    inside, outside = (Crawler(sandbox, tmp_path, run)(user_id="abc") for run in (scrapy_in_process, scrapy))
    assert (inside.status, inside.stdout, inside.log) == (outside.status, outside.stdout, outside.log)
    assert inside.status == 1


@pytest.mark.parametrize("run", [scrapy_in_process, scrapy])
def test_each_crawl_sees_only_its_own_environment(sandbox: Sandbox, tmp_path: Path, run: Any) -> None:
    crawl = Crawler(sandbox, tmp_path, run)
    for env, sentence in ((crawl.login, "Closing spider (finished)"), ({}, "PIXIV_REFRESH_TOKEN")):
        settings = {"PIXIV_TOKEN_FILE": tmp_path / f"{len(env)}.json"}
        done = crawl(user_id=USER, files="none", job=len(env), env=env, settings=settings)
        assert sentence in done.log


def state_of_the_process() -> tuple[Any, ...]:
    """What a command might change in its process."""
    logs = logging.root.handlers[:], logging.root.level, logging.getLogRecordFactory()
    handlers = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    streams = sys.stdin, sys.stdout, sys.stderr, sys.excepthook, sys.argv
    return dict(os.environ), Path.cwd(), logs, handlers, streams, threading.enumerate()


def test_a_crawl_leaves_the_process_as_it_was(sandbox: Sandbox, tmp_path: Path) -> None:
    before = state_of_the_process()
    assert Crawler(sandbox, tmp_path)(user_id=USER, max_works=3).status == 0
    assert state_of_the_process() == before

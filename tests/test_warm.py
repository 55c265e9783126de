"""A crawl that the tests start warm is the crawl that a user starts."""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

import pytest

from pixiv_crawler.sandbox import Sandbox
from tests.crawling import Crawl, Crawler, popen

USER = 2188232


def crawled(sandbox: Sandbox, folder: Path, *, is_cold: bool, **args: Any) -> Crawl:
    crawl = Crawler(sandbox, folder)
    with popen(*crawl.words("user_works", {}, args), env=crawl.login, is_cold=is_cold) as process:
        stdout, log = process.communicate(timeout=120)
    return Crawl(process.returncode, stdout, log, crawl.data)


def told(done: Crawl, *names: str) -> dict[str, Any]:
    """What a crawl has come to, but for times."""
    lines = {name: [line | {"fetched_at": ""} for line in done.lines(name)] for name in names}
    ordered = {name: sorted(map(json.dumps, found)) for name, found in lines.items()}
    report = {name: done.report[name] for name in ("arguments", "files", "finish_reason", "lines", "lost")}
    files = {path: file.read_bytes() for path, file in done.files.items()}
    return {"status": done.status, "stdout": done.stdout, "report": report, "files": files} | ordered


def test_a_warm_crawl_comes_to_what_a_cold_one_comes_to(sandbox: Sandbox, tmp_path: Path) -> None:
    args = {"user_id": USER, "type": "illust,manga,ugoira,novel", "comments": "true", "users": "true", "job": "x"}
    names = ("illusts", "novels", "comments", "users", "unavailable")
    warm = crawled(sandbox, tmp_path / "warm", is_cold=False, **args)
    cold = crawled(sandbox, tmp_path / "cold", is_cold=True, **args)
    assert warm.status == 0, warm.log
    assert told(warm, *names) == told(cold, *names)
    assert len(warm.log.splitlines()) == len(cold.log.splitlines())


def test_what_is_refused_is_refused_alike(sandbox: Sandbox, tmp_path: Path) -> None:
    warm, cold = (crawled(sandbox, tmp_path, is_cold=is_cold, user_id="abc") for is_cold in (False, True))
    assert (warm.status, warm.stdout, warm.log) == (cold.status, cold.stdout, cold.log)
    assert warm.status == 1


@pytest.mark.skipif(sys.platform != "linux", reason="nothing starts warm here")
def test_each_warm_process_is_a_child_of_the_tests_with_its_own_environment_and_ends_by_its_signal() -> None:
    with popen("shell", env={"ONLY_HERE": "1"}) as one, popen("shell") as other:
        for process in (one, other):
            assert f"PPid:\t{os.getpid()}" in Path(f"/proc/{process.pid}/status").read_text().splitlines()
        assert one.pid != other.pid
        assert other.communicate("import os; print('ONLY_HERE' in os.environ)\n", timeout=60)[0].count("False") == 1
        one.send_signal(signal.SIGKILL)
        assert one.wait(timeout=60) == -signal.SIGKILL
    assert other.returncode == 0

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
from tests.crawling import PROJECT, Crawl, Crawler, popen

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
def test_a_warm_process_is_a_child_of_the_tests_in_the_projects_folder_and_ends_by_its_signal() -> None:
    before = os.umask(0o027)
    try:
        with popen("sandbox") as one, popen("sandbox") as other:
            for process in (one, other):
                assert process.stdout is not None
                assert process.stdout.readline().startswith("Simulated Pixiv at ")
                status = Path(f"/proc/{process.pid}/status").read_text().splitlines()
                assert {f"PPid:\t{os.getpid()}", "Umask:\t0027"} <= set(status)
                assert Path(f"/proc/{process.pid}/cwd").readlink() == PROJECT
            one.send_signal(signal.SIGKILL)
            other.send_signal(signal.SIGTERM)
            assert (one.wait(timeout=60), other.wait(timeout=60)) == (-signal.SIGKILL, 0)
    finally:
        os.umask(before)


@pytest.mark.parametrize("is_cold", [False, True])
def test_a_login_in_the_environment_is_that_of_one_process_alone(
    sandbox: Sandbox, tmp_path: Path, is_cold: bool
) -> None:
    crawl = Crawler(sandbox, tmp_path)
    for env, words in ((crawl.login, "Closing spider (finished)"), ({}, "PIXIV_REFRESH_TOKEN")):
        settings = {"PIXIV_TOKEN_FILE": tmp_path / f"{len(env)}.json"}
        arguments = {"user_id": USER, "files": "none", "job": len(env)}
        with popen(*crawl.words("user_works", settings, arguments), env=env, is_cold=is_cold) as process:
            assert words in process.communicate(timeout=120)[1]

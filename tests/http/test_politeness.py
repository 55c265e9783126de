"""The limits as observed by the server; these tests detect an upgrade of Scrapy that breaks them."""

from __future__ import annotations

import json
import signal
import sys
import time
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

import pytest

from pixiv_crawler.http.refusals import MAX_REFUSALS
from pixiv_crawler.sandbox import Fault, Sandbox
from tests.crawling import Crawler, popen

pytestmark = pytest.mark.promise("polite")


@pytest.mark.parametrize("limit", [1, 4])
def test_the_number_of_concurrent_downloads_is_limited(tmp_path: Path, limit: int) -> None:
    with Sandbox(latency_seconds=0.02) as sandbox:
        done = Crawler(sandbox, tmp_path)(user_id=2188232, max_works=20, settings={"PIXIV_IMAGE_CONCURRENCY": limit})
        assert len(done.files) >= 20
        assert sandbox.peak("file") == limit


@pytest.mark.skipif(sys.platform == "win32", reason="uses SIGSTOP")
@pytest.mark.parametrize(
    ("kind", "count", "args"),
    [("file", 19, {"max_works": 20}), ("api", 20, {"files": "none", "comments": "true", "max_works": 20})],
)
@pytest.mark.kill
def test_limits_hold_if_the_crawl_gets_little_cpu_time(
    tmp_path: Path, kind: Literal["file", "api"], count: int, args: dict[str, Any]
) -> None:
    with Sandbox(latency_seconds=0.02) as sandbox:
        crawler = Crawler(sandbox, tmp_path)
        settings = {"PIXIV_IMAGE_CONCURRENCY": 1, "LOG_LEVEL": "ERROR"}
        with popen(*crawler.words("user_works", settings, {"user_id": 2188232} | args), env=crawler.login) as process:
            while process.poll() is None:
                process.send_signal(signal.SIGSTOP)
                time.sleep(0.002)
                process.send_signal(signal.SIGCONT)
                time.sleep(0.0005)
        assert process.returncode == 0
        assert sum(request.kind == kind for request in sandbox.requests) > count
        assert sandbox.peak(kind) == 1


def test_api_requests_are_sent_one_at_a_time(tmp_path: Path) -> None:
    with Sandbox(latency_seconds=0.02) as sandbox:
        Crawler(sandbox, tmp_path)(
            user_id="2188232,1008,1002,1003,1004", files="none", settings={"CONCURRENT_REQUESTS": 64}
        )
        assert sum(request.kind == "api" for request in sandbox.requests) > 10
        assert sandbox.peak("api") == 1


def test_the_delay_between_api_requests_is_never_shortened(sandbox: Sandbox, crawl: Crawler) -> None:
    crawl(user_id=2188232, settings={"PIXIV_API_DELAY": 0.4}, type="ugoira")
    starts = [request.started for request in sandbox.requests if request.kind == "api"]
    gaps = [after - before for before, after in pairwise(starts)]
    assert len(gaps) >= 6
    # 10 ms is the noise of a busy machine; the delay is randomized by a quarter.
    assert min(gaps) >= 0.39
    assert max(gaps) - min(gaps) > 0.01, "the delays are random"


def test_a_probe_and_its_repetition_keep_the_delay(sandbox: Sandbox, crawl: Crawler) -> None:
    delay, late, profile = 0.1, 0.03, "/v1/user/detail"  # a busy machine may be late to note a request
    sandbox.world.add_user(9001, works=MAX_REFUSALS)
    sandbox.add_fault(Fault("unknown_error", "/v1/illust/detail", times=None))
    sandbox.add_fault(Fault("server_error_500", profile))
    sandbox.add_fault(Fault("unknown_error", profile, times=None))
    works = ",".join(str(work.id) for work in sandbox.world.works(9001))
    crawl("works", illust_id=works, settings={"PIXIV_API_DELAY": delay, "RETRY_TIMES": 1})
    api = [request for request in sandbox.requests if request.kind == "api"]
    assert [request.status for request in api] == [403] * MAX_REFUSALS + [500, 403], "the last two are probes"
    assert all(after.started - before.started >= delay - late for before, after in pairwise(api))
    assert api[-1].started - api[-2].finished >= 2 * delay - late, "after the longest wait"
    pause = json.loads(crawl.token_file.with_name("token.json.pace").read_bytes())
    assert pause["seconds"] == 2 * delay, "all runs of the login wait"


def test_without_any_delay_the_limits_still_hold(tmp_path: Path) -> None:
    with Sandbox(latency_seconds=0.01) as sandbox:
        settings = {"PIXIV_API_DELAY": 0, "DOWNLOAD_DELAY": 0}
        Crawler(sandbox, tmp_path)(user_id=2188232, max_works=30, settings=settings)
        assert (sandbox.peak("api"), sandbox.peak("file")) == (1, 4)


@pytest.mark.parametrize("language", ["en", "ja"])
def test_requests_have_the_headers_of_the_app_and_the_language(
    sandbox: Sandbox, crawl: Crawler, language: str
) -> None:
    crawl(user_id=1008, files="none", settings={"PIXIV_LANGUAGE": language})
    headers = [request.headers for request in sandbox.requests if request.kind == "api"]
    assert {header["accept-language"] for header in headers} == {language}
    assert {header["app-os"] for header in headers} == {"ios"}
    assert all(header["user-agent"].startswith("PixivIOSApp/") for header in headers)
    assert not any("referer" in header for header in headers)


def test_all_requests_use_a_proxy_of_the_environment(sandbox: Sandbox, crawl: Crawler) -> None:
    elsewhere = "http://pixiv.invalid"
    settings = {"PIXIV_API_URL": elsewhere, "PIXIV_OAUTH_URL": f"{elsewhere}/auth/token", "PIXIV_IMAGE_URL": elsewhere}
    done = crawl(user_id=1008, max_works=3, settings=settings, env=crawl.login | {"http_proxy": sandbox.url})
    assert done.status == 0, done.log
    assert {request.kind for request in sandbox.requests} == {"oauth", "api", "file"}
    assert {request.headers["host"] for request in sandbox.requests} == {"pixiv.invalid"}

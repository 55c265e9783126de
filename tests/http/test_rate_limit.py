"""Rate limits and outages: how long a crawl waits, and that a later run completes it."""

from __future__ import annotations

import itertools
import re
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pixiv_crawler.api.errors import LONGEST_PAUSE_SECONDS, pause_seconds
from pixiv_crawler.http.policies import MAX_FAILED, MAX_PAUSES
from pixiv_crawler.sandbox import Fault, Sandbox
from pixiv_crawler.settings import PIXIV_RATE_LIMIT_PAUSE
from tests.crawling import Crawl, Crawler
from tests.sample_responses import illust, record, user_illusts

USER, OTHER_USER = 1008, 2188232


def pauses(done: Crawl) -> list[float]:
    return [float(seconds) for seconds in re.findall(r"no API request for ([\d.]+) seconds", done.log)]


def gaps(sandbox: Sandbox, statuses: set[int]) -> list[float]:
    """The seconds between each API response with one of these statuses and the next request."""
    calls = [request for request in sandbox.requests if request.kind == "api"]
    return [
        after.started - before.finished for before, after in itertools.pairwise(calls) if before.status in statuses
    ]


def test_pauses_grow_while_the_limit_lasts_and_are_reset_by_a_response(sandbox: Sandbox, crawl: Crawler) -> None:
    sandbox.add_fault(Fault("rate_limit_429", "/v1/user/illusts", times=6))
    sandbox.add_fault(Fault("rate_limit_403", "/v1/user/illusts", after=1))
    done = crawl(user_id=USER, files="none", settings={"PIXIV_RATE_LIMIT_PAUSE": 0.1})
    assert done.status == 0, done.log
    assert len(done.lines("illusts")) == 35
    expected = [0.1, 0.2, 0.4, 0.8, 1.2, 1.2, 0.1]
    assert pauses(done) == expected
    assert all(gap >= seconds for gap, seconds in zip(gaps(sandbox, {403, 429}), expected, strict=True))


def test_other_errors_do_not_reset_the_growth_of_pauses(sandbox: Sandbox, crawl: Crawler) -> None:
    for kind in ("rate_limit_403", "html_503", "rate_limit_429", "html_200", "rate_limit_403"):
        sandbox.add_fault(Fault(kind, "/v1/user/illusts"))
    done = crawl(user_id=USER, files="none", settings={"PIXIV_RATE_LIMIT_PAUSE": 0.1})
    assert done.status == 0, done.log
    assert pauses(done) == [0.1, 0.2, 0.4]


def test_a_response_about_a_deleted_work_resets_the_growth_of_pauses(sandbox: Sandbox, crawl: Crawler) -> None:
    sandbox.add_fault(Fault("rate_limit_403", "/v1/illust/detail"))
    sandbox.add_fault(Fault("not_found_404", "/v1/illust/detail"))
    sandbox.add_fault(Fault("rate_limit_403", "/v1/illust/detail"))
    done = crawl("works", illust_id="91234567,91234568", files="none", settings={"PIXIV_RATE_LIMIT_PAUSE": 0.1})
    assert pauses(done) == [0.1, 0.1]


@given(st.floats(0, 1e6), st.integers(0, 1000))
def test_a_pause_is_at_least_as_long_as_requested_and_otherwise_at_most_an_hour(seconds: float, number: int) -> None:
    for requested in (None, seconds / 3, seconds * 3):
        pause = pause_seconds(requested, seconds, number)
        least = requested or seconds if number == 0 else max(requested or 0, seconds)
        assert least <= pause <= max(least, LONGEST_PAUSE_SECONDS)
        assert pause <= pause_seconds(requested, seconds, number + 1)


@pytest.mark.parametrize("requested", [None, 1, 60])
def test_by_default_a_crawl_waits_seven_hours_whatever_retry_after_says(requested: float | None) -> None:
    total = sum(pause_seconds(requested, PIXIV_RATE_LIMIT_PAUSE, number) for number in range(MAX_PAUSES))
    assert 6.9 * 3600 <= total <= 8 * 3600


@pytest.fixture
def limited(sandbox: Sandbox, crawl: Crawler) -> Crawl:
    """A crawl of two users with their profiles that meets a permanent rate limit."""
    sandbox.add_fault(Fault("rate_limit_403", times=None, path="/v", after=4))
    settings = {"PIXIV_RATE_LIMIT_PAUSE": 0.01, "PIXIV_API_DELAY": 0.05}
    return crawl(user_id=f"{OTHER_USER},{USER}", users="true", job="run", settings=settings)


def test_a_permanent_limit_ends_the_crawl_without_failures(sandbox: Sandbox, limited: Crawl) -> None:
    assert limited.status == 2
    assert limited.report["finish_reason"] == "rate_limited"
    assert limited.report["failures"] == []
    assert limited.lines("unavailable") == []
    assert "Missing: " not in limited.log
    assert len(pauses(limited)) == MAX_PAUSES
    assert "still limits the rate after 10 pauses" in limited.log
    assert "Traceback" not in limited.log
    rejected = [request for request in sandbox.requests if request.kind == "api" and request.status == 403]
    assert len(rejected) == MAX_PAUSES + 1


def test_a_run_that_ended_at_a_permanent_limit_can_be_resumed(
    sandbox: Sandbox, crawl: Crawler, limited: Crawl
) -> None:
    before = len(limited.lines("illusts"))
    sandbox.clear_faults()
    done = crawl(user_id=f"{OTHER_USER},{USER}", users="true", job="run")
    assert done.status == 0, done.log
    ids = [work["id"] for work in done.lines("illusts")]
    assert len(ids) == len(set(ids)) == 74 + 35 > before
    assert done.report["failures"] == []


@pytest.mark.parametrize("in_seconds", [True, False])
def test_retry_after_determines_the_pause(tmp_path: Path, in_seconds: bool) -> None:
    record(tmp_path / "samples", "user_illusts__77", user_illusts(illust(1)))
    with Sandbox(samples=tmp_path / "samples") as sandbox:
        date = format_datetime(datetime.now(UTC) + timedelta(seconds=12), usegmt=True)
        sandbox.add_fault(Fault("rate_limit_429", "/v1/", seconds=3, retry_after="3" if in_seconds else date))
        done = Crawler(sandbox, tmp_path)(user_id=77, files="none")
        assert done.status == 0, done.log
        (gap,) = gaps(sandbox, {429})
    assert 3 <= gap <= 12.5
    (pause,) = pauses(done)
    assert pause == 3 if in_seconds else 3 < pause <= 12


@pytest.mark.parametrize("retry_after", ["soon", "-5", "0", "Mon, 23 Nov 1998 13:47:00 GMT", ""])
def test_an_invalid_retry_after_is_ignored(sandbox: Sandbox, crawl: Crawler, retry_after: str) -> None:
    sandbox.add_fault(Fault("rate_limit_429", "/v1/", retry_after=retry_after))
    done = crawl(user_id=USER, files="none", max_works=1, settings={"PIXIV_RATE_LIMIT_PAUSE": 0.2})
    assert (done.status, pauses(done)) == (0, [0.2])


def test_files_are_downloaded_while_the_api_is_paused(sandbox: Sandbox, crawl: Crawler) -> None:
    sandbox.add_fault(Fault("rate_limit_403", "/v1/user/illusts", after=1))
    sandbox.add_fault(Fault("slow", "/img-original/", times=8, seconds=0.4))
    done = crawl(user_id=USER, settings={"PIXIV_RATE_LIMIT_PAUSE": 2})
    assert done.status == 0, done.log
    calls = [request for request in sandbox.requests if request.kind == "api"]
    ((limited, repeated),) = [(first, second) for first, second in itertools.pairwise(calls) if first.status == 403]
    meanwhile = [
        request
        for request in sandbox.requests
        if request.kind == "file" and limited.finished < request.started < repeated.started
    ]
    assert len(meanwhile) >= 4


# --- Outages ---------------------------------------------------------------------------------------------------------


def missing(count: int) -> str:
    """IDs of works that do not exist; each takes one request."""
    return ",".join(str(number) for number in range(1, count + 1))


OUTAGE = {"RETRY_TIMES": 1}


@pytest.mark.parametrize("kind", ["html_503", "reset"])
def test_an_outage_ends_the_crawl_and_leaves_the_rest_open(sandbox: Sandbox, crawl: Crawler, kind: str) -> None:
    sandbox.add_fault(Fault(kind, "/v", times=None))
    done = crawl("works", illust_id=missing(30), settings=OUTAGE)
    assert done.status == 2
    assert done.report["finish_reason"] == "too_many_errors"
    assert [failure["what"] for failure in done.report["failures"]] == ["listing"] * (MAX_FAILED - 1)
    assert done.lines("unavailable") == []
    requested = [request.query.get("illust_id") for request in sandbox.requests if request.kind == "api"]
    assert {*requested} == {*missing(MAX_FAILED).split(","), None}
    assert requested.count(None) == requested.count("1"), "the account's profile, once more because the error may pass"
    assert done.log.count("10 requests in a row failed") == 1
    assert "Traceback" not in done.log


def test_a_run_that_ended_at_an_outage_can_be_resumed(sandbox: Sandbox, crawl: Crawler) -> None:
    sandbox.add_fault(Fault("html_503", "/v", times=None))
    args = {"illust_id": missing(15), "job": "run"}
    assert crawl("works", settings=OUTAGE, **args).status == 2
    sandbox.clear_faults()
    done = crawl("works", settings=OUTAGE, **args)
    assert done.report["finish_reason"] == "finished"
    assert [failure["what"] for failure in done.report["failures"]] == ["work"] * 15
    assert sorted(line["id"] for line in done.lines("unavailable")) == list(range(1, 16))


def test_one_response_between_failures_is_enough_to_continue(sandbox: Sandbox, crawl: Crawler) -> None:
    sandbox.add_fault(Fault("html_503", "/v", times=(MAX_FAILED - 1) * 2))
    sandbox.add_fault(Fault("html_503", "/v", times=(MAX_FAILED - 1) * 2, after=1))
    done = crawl("works", illust_id=missing(25), settings=OUTAGE)
    assert done.report["finish_reason"] == "finished"
    assert f"Failed API requests that are retried once more: {(MAX_FAILED - 1) * 2}" in done.log
    assert "listing" not in done.report["failure_counts"]
    assert len(done.lines("unavailable")) == 25


def test_permanent_errors_do_not_end_a_crawl(sandbox: Sandbox, crawl: Crawler) -> None:
    done = crawl("works", illust_id=missing(15))
    assert (done.status, done.report["finish_reason"]) == (3, "finished")
    assert len(done.lines("unavailable")) == 15


def test_an_unreachable_server_ends_the_crawl_soon(crawl: Crawler) -> None:
    done = crawl("works", illust_id=missing(30), settings=OUTAGE | {"PIXIV_API_URL": "http://127.0.0.1:9"})
    assert (done.status, done.report["finish_reason"]) == (2, "too_many_errors")
    assert len(done.report["failures"]) == MAX_FAILED - 1
    assert "no_response: " in done.log

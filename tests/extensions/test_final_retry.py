"""Requests with transient errors are sent once more at the end; an outage leaves the run open."""

from __future__ import annotations

from typing import Any

import pytest

from pixiv_crawler.sandbox import Fault, Sandbox
from tests.crawling import Crawl, Crawler

LISTING = "/v1/user/illusts"
NO_RETRIES: dict[str, Any] = {"RETRY_TIMES": 1, "DOWNLOAD_TIMEOUT": 2}
# Three responses of a listing.
WORKS = 70
USERS = (9001, 9002)


def ids(done: Crawl) -> list[int]:
    return sorted(line["id"] for line in done.lines("illusts"))


def test_a_listing_with_a_transient_error_is_completed_by_the_final_retry(sandbox: Sandbox, crawl: Crawler) -> None:
    for user_id in USERS:
        sandbox.world.add_user(user_id, works=WORKS)
    sandbox.add_fault(Fault("server_error_500", LISTING, where=f"user_id={USERS[0]}", after=1, times=2))
    done = crawl(user_id="9001,9002", files="none", settings=NO_RETRIES)
    assert (done.status, len(set(ids(done))), done.report["failures"]) == (0, 2 * WORKS, [])
    assert len(ids(done)) == 2 * WORKS
    assert done.log.count("Failed API requests that are retried once more: 1") == 1
    positions = [line["source"]["position"] for line in done.lines("illusts") if line["user"]["id"] == USERS[0]]
    assert sorted(positions) == list(range(1, WORKS + 1))


@pytest.mark.parametrize("kind", ["private_403", "not_found_404", "bad_parameter", "unknown_error", "empty_404"])
def test_a_refusal_in_the_middle_of_a_listing_is_requested_once_more(
    sandbox: Sandbox, crawl: Crawler, kind: str
) -> None:
    for user_id in USERS:
        sandbox.world.add_user(user_id, works=WORKS)
    sandbox.add_fault(Fault(kind, LISTING, where=f"user_id={USERS[0]}", after=1))
    sandbox.add_fault(Fault(kind, LISTING, where=f"user_id={USERS[1]}", after=1, times=None))
    done = crawl(user_id="9001,9002", files="none", settings=NO_RETRIES)
    assert (done.status, len(ids(done)), len(set(ids(done)))) == (3, WORKS + 30, WORKS + 30)
    assert len(done.report["failures"]) == 1
    assert {failure["id"] for failure in done.report["failures"]} == {USERS[1]}


def test_a_request_that_fails_in_the_final_retry_is_one_failure(sandbox: Sandbox, crawl: Crawler) -> None:
    sandbox.world.add_user(USERS[0], works=WORKS)
    sandbox.add_fault(Fault("server_error_500", LISTING, after=1, times=None))
    done = crawl(user_id=USERS[0], files="none", settings=NO_RETRIES)
    assert (done.status, done.report["finish_reason"], len(ids(done))) == (3, "finished", 30)
    assert done.report["failure_counts"] == {"listing": 1}
    assert len([request for request in sandbox.requests if request.fault]) == 4


def test_requests_that_follow_from_the_final_retry_are_retried_as_usual(sandbox: Sandbox, crawl: Crawler) -> None:
    sandbox.world.add_user(USERS[0], works=WORKS)
    sandbox.add_fault(Fault("server_error_500", LISTING, after=1, times=2))
    sandbox.add_fault(Fault("server_error_500", LISTING, after=2, times=2))
    done = crawl(user_id=USERS[0], files="none", settings=NO_RETRIES)
    assert [request.fault for request in sandbox.requests if request.path == LISTING].count("server_error_500") == 4
    assert (done.status, len(ids(done)), done.report["failures"]) == (0, WORKS, [])
    assert done.log.count("Failed API requests that are retried once more: 1") == 2


def test_a_request_that_failed_in_an_earlier_round_is_not_sent_in_a_later_one(
    sandbox: Sandbox, crawl: Crawler
) -> None:
    for user_id in USERS:
        sandbox.world.add_user(user_id, works=WORKS)
    sandbox.add_fault(Fault("server_error_500", LISTING, where=f"user_id={USERS[0]}", after=1, times=None))
    for after in (1, 2):
        fault = Fault("server_error_500", LISTING, where=f"user_id={USERS[1]}", after=after, times=2)
        sandbox.add_fault(fault)
    done = crawl(user_id="9001,9002", files="none", settings=NO_RETRIES)
    assert done.report["failure_counts"] == {"listing": 1}
    assert len(ids(done)) == 30 + WORKS
    first = [request for request in sandbox.requests if request.query.get("user_id") == str(USERS[0])]
    assert sum(request.path == LISTING for request in first) == 1 + 2 + 2


def test_an_api_that_refuses_everything_after_the_final_retry_ends_the_run(sandbox: Sandbox, crawl: Crawler) -> None:
    sandbox.world.add_user(USERS[0], works=60)
    sandbox.add_fault(Fault("server_error_500", LISTING, after=1, times=2))
    sandbox.add_fault(Fault("empty_404", LISTING, after=2, times=None))
    for work in sandbox.world.works(USERS[0])[30:]:
        sandbox.add_fault(Fault("empty_404", "/v3/illust/comments", where=f"illust_id={work.id}", times=None))
    done = crawl(user_id=USERS[0], files="none", comments="true", settings=NO_RETRIES)
    assert (done.status, done.report["finish_reason"]) == (2, "refused_everywhere"), done.log


def test_a_run_stays_open_if_pixiv_stops_responding_and_is_completed_later(sandbox: Sandbox, crawl: Crawler) -> None:
    sandbox.world.add_user(USERS[0], works=WORKS)
    sandbox.add_fault(Fault("reset", LISTING, after=1, times=None))
    first = crawl(user_id=USERS[0], files="none", job="night", settings=NO_RETRIES)
    assert (first.status, first.report["finish_reason"], len(ids(first))) == (2, "too_many_errors", 30)
    assert "No response to any API request" in first.log
    sandbox.clear_faults()
    second = crawl(user_id=USERS[0], files="none", job="night", settings=NO_RETRIES)
    assert (second.status, len(ids(second)), second.report["failures"]) == (0, WORKS, [])


def test_a_run_without_a_connection_stays_open_and_is_completed_later(sandbox: Sandbox, crawl: Crawler) -> None:
    sandbox.world.add_user(USERS[0], works=WORKS)
    unreachable = {"PIXIV_API_URL": "http://127.0.0.1:9"}
    first = crawl(user_id=USERS[0], files="none", job="night", settings=NO_RETRIES | unreachable)
    assert (first.status, first.report["finish_reason"], first.lines("illusts")) == (2, "too_many_errors", [])
    second = crawl(user_id=USERS[0], files="none", job="night", settings=NO_RETRIES)
    assert (second.status, len(ids(second)), second.report["failures"]) == (0, WORKS, [])

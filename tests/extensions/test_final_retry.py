"""What failed for a moment is asked once more at the end; an outage leaves the run open."""

from __future__ import annotations

from typing import Any

import pytest

from pixiv_crawler.sandbox import Fault, Sandbox
from tests.crawling import Crawl, Crawler

LISTING = "/v1/user/illusts"
HASTY: dict[str, Any] = {"RETRY_TIMES": 1, "DOWNLOAD_TIMEOUT": 2}
# Three answers of a listing.
WORKS = 70
USERS = (9001, 9002)


def ids(done: Crawl) -> list[int]:
    return sorted(line["id"] for line in done.lines("illusts"))


def test_a_listing_that_failed_for_a_moment_is_read_to_its_end_in_the_last_round(
    sandbox: Sandbox, crawl: Crawler
) -> None:
    for user_id in USERS:
        sandbox.world.add_user(user_id, works=WORKS)
    sandbox.add_fault(Fault("server_error_500", LISTING, where=f"user_id={USERS[0]}", after=1, times=2))
    done = crawl(user_id="9001,9002", files="none", settings=HASTY)
    assert (done.status, len(set(ids(done))), done.report["failures"]) == (0, 2 * WORKS, [])
    assert len(ids(done)) == 2 * WORKS
    assert done.log.count("Failed API requests that are retried once more: 1") == 1
    positions = [line["source"]["position"] for line in done.lines("illusts") if line["user"]["id"] == USERS[0]]
    assert sorted(positions) == list(range(1, WORKS + 1))


@pytest.mark.parametrize("kind", ["private_403", "not_found_404", "bad_parameter", "unknown_error", "empty_404"])
def test_a_refusal_in_the_middle_of_a_listing_is_believed_only_when_it_comes_twice(
    sandbox: Sandbox, crawl: Crawler, kind: str
) -> None:
    for user_id in USERS:
        sandbox.world.add_user(user_id, works=WORKS)
    sandbox.add_fault(Fault(kind, LISTING, where=f"user_id={USERS[0]}", after=1))
    sandbox.add_fault(Fault(kind, LISTING, where=f"user_id={USERS[1]}", after=1, times=None))
    done = crawl(user_id="9001,9002", files="none", settings=HASTY)
    assert (done.status, len(ids(done)), len(set(ids(done)))) == (3, WORKS + 30, WORKS + 30)
    assert len(done.report["failures"]) == 1
    assert {loss["id"] for loss in done.report["failures"]} == {USERS[1]}


def test_what_fails_in_the_last_round_too_is_lost_once(sandbox: Sandbox, crawl: Crawler) -> None:
    sandbox.world.add_user(USERS[0], works=WORKS)
    sandbox.add_fault(Fault("server_error_500", LISTING, after=1, times=None))
    done = crawl(user_id=USERS[0], files="none", settings=HASTY)
    assert (done.status, done.report["finish_reason"], len(ids(done))) == (3, "finished", 30)
    assert done.report["failure_counts"] == {"listing": 1}
    assert len([request for request in sandbox.requests if request.fault]) == 4


def test_a_run_that_pixiv_stops_answering_stays_open_and_is_complete_later(sandbox: Sandbox, crawl: Crawler) -> None:
    sandbox.world.add_user(USERS[0], works=WORKS)
    sandbox.add_fault(Fault("reset", LISTING, after=1, times=None))
    first = crawl(user_id=USERS[0], files="none", job="night", settings=HASTY)
    assert (first.status, first.report["finish_reason"], len(ids(first))) == (2, "too_many_errors", 30)
    assert "No response to any API request" in first.log
    sandbox.clear_faults()
    second = crawl(user_id=USERS[0], files="none", job="night", settings=HASTY)
    assert (second.status, len(ids(second)), second.report["failures"]) == (0, WORKS, [])


def test_a_run_that_reaches_nobody_stays_open_and_is_complete_later(sandbox: Sandbox, crawl: Crawler) -> None:
    sandbox.world.add_user(USERS[0], works=WORKS)
    nobody = {"PIXIV_API_URL": "http://127.0.0.1:9"}
    first = crawl(user_id=USERS[0], files="none", job="night", settings=HASTY | nobody)
    assert (first.status, first.report["finish_reason"], first.lines("illusts")) == (2, "too_many_errors", [])
    second = crawl(user_id=USERS[0], files="none", job="night", settings=HASTY)
    assert (second.status, len(ids(second)), second.report["failures"]) == (0, WORKS, [])

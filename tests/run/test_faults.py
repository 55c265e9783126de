"""Every fault that Pixiv or the network has been seen to have, alone and mixed_faults: a crawl is complete, or says what is not.

`tests/outcome_check.py` decides that, for all cases alike. docs/faults.md has the figures.
"""

from __future__ import annotations

import socket
from collections.abc import Iterable, Sequence
from typing import Any

import pytest

from pixiv_crawler.sandbox import Fault, Sandbox
from tests.crawling import Crawl, Crawler
from tests.fault_kinds import (
    API_INCOMPLETE,
    API_PERMANENT,
    API_RECOVERED,
    API_TRANSIENT,
    API_UNAVAILABLE,
    FILE_NOT_FOUND,
    FILE_REFUSED,
    FILE_TRANSIENT,
    HARMLESS,
    LISTING,
    ORIGINAL,
    SHORT_TIMEOUT,
    TOKEN_TRANSIENT,
    TOKEN_URL,
    all_faults,
    fault,
)
from tests.outcome_check import outcome_errors

# 74 works of every kind with 191 files.
RICH = 2188232
# Two answers of a listing.
WORKS = 31
SETTINGS: dict[str, Any] = SHORT_TIMEOUT | {"PIXIV_RATE_LIMIT_PAUSE": 0.002}
HASTY = SETTINGS | {"RETRY_TIMES": 1}


def users(sandbox: Sandbox, kinds: Iterable[str]) -> dict[str, int]:
    """A user for each kind of fault."""
    found = {kind: 9100 + number for number, kind in enumerate(sorted(kinds))}
    for user_id in found.values():
        sandbox.world.add_user(user_id, works=WORKS)
    return found


def given(user_ids: Iterable[int]) -> str:
    return ",".join(map(str, user_ids))


def hit(sandbox: Sandbox) -> set[str]:
    """The kinds of faults that came to pass."""
    return {request.fault for request in sandbox.requests} - {""}


def check(sandbox: Sandbox, done: Crawl, **known: Any) -> None:
    found = outcome_errors(sandbox, done, **known)
    assert not found, "\n".join(
        [*found, *(line for line in done.log.splitlines() if "WARN" in line or "ERROR" in line)]
    )


# --- Listings --------------------------------------------------------------------------------------------------------


def test_faults_of_a_listing_that_pass_cost_nothing(sandbox: Sandbox, crawl: Crawler) -> None:
    """The second answer of each user has a fault of its own, twice."""
    kinds = API_TRANSIENT | API_RECOVERED | HARMLESS - {"", "bad_entry"}
    by_kind = users(sandbox, kinds)
    for kind, user_id in by_kind.items():
        times = 1 if kind in ("slow", "stall_after") else 2
        sandbox.add_fault(fault(kind, LISTING, f"user_id={user_id}", times=times, after=1))
    sandbox.world.add_user(9000, works=WORKS)
    sandbox.add_fault(Fault("rate_limit_429", LISTING, where="user_id=9000", seconds=1))
    done = crawl(user_id=given([*by_kind.values(), 9000]), files="none", settings=SETTINGS)
    check(sandbox, done)
    assert (done.status, len(done.lines("illusts"))) == (0, WORKS * (len(kinds) + 1))
    assert hit(sandbox) == kinds


@pytest.mark.parametrize("after", [0, 1])
def test_faults_of_a_listing_that_stay_are_named_each_for_its_user(
    sandbox: Sandbox, crawl: Crawler, after: int
) -> None:
    """From its first, or from its second answer on the listing of each user has a fault of its own."""
    kinds = API_TRANSIENT | API_UNAVAILABLE | API_PERMANENT | API_INCOMPLETE | {"bad_entry"}
    by_kind = users(sandbox, kinds)
    for kind, user_id in by_kind.items():
        sandbox.add_fault(fault(kind, LISTING, f"user_id={user_id}", times=None, after=after))
    done = crawl(user_id=given(by_kind.values()), files="none", settings=HASTY | {"DOWNLOAD_TIMEOUT": 1})
    check(sandbox, done, tries=2)
    assert (done.status, done.report["finish_reason"], hit(sandbox)) == (3, "finished", kinds)
    for kind in API_PERMANENT - {"offset_limit"}:  # at the cap, the last part of a listing is looked for
        # In the middle of a listing it is believed when it comes twice.
        assert len([request for request in sandbox.requests if request.fault == kind]) == 1 + after, kind
    assert "/elsewhere" not in {request.path for request in sandbox.requests}


def test_users_and_works_that_are_withheld_are_named(sandbox: Sandbox, crawl: Crawler) -> None:
    """Placeholders; a gone and a suspended user, whose listings are empty and no error; one who never was."""
    done = crawl(user_id="1002,1004,1005,1003,999999999", files="none", settings=SETTINGS)
    check(sandbox, done)
    assert (done.status, len(done.lines("illusts")), len(done.lines("unavailable"))) == (3, 8, 4 + 3)
    assert {loss["id"] for loss in done.report["failures"]} == {1004, 1005, 999999999}


def days_out(crawl: Crawler, args: dict[str, Any], days: Sequence[tuple[str, dict[str, Any], Sequence[Fault]]]) -> str:
    """One run, of which each part meets a fault that stays, and stops; then the faults are over, and it is complete.

    Each day: the finish reason that it comes to, settings, faults. Returns the logs of the days.
    """
    sandbox, log = crawl.sandbox, ""
    for reason, settings, faults in days:
        for one in faults:
            sandbox.add_fault(one)
        done = crawl(**args, job="x", settings=HASTY | settings)
        check(sandbox, done, tries=2, is_reachable=not settings)
        assert (done.status, done.report["finish_reason"]) == (2, reason), (settings, faults, done.log)
        assert done.lines("unavailable") == []
        sandbox.clear_faults()
        log += done.log
    done = crawl(**args, job="x", settings=HASTY)
    check(sandbox, done, tries=2)
    assert done.status == 0, done.log
    return log


@pytest.fixture
def closed_port() -> int:
    """A port at which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def test_when_the_api_is_out_of_reach_a_run_stops_and_later_is_complete(
    sandbox: Sandbox, crawl: Crawler, closed_port: int
) -> None:
    by_kind = users(sandbox, map(str, range(20)))
    days = [
        *(
            ("rate_limited", {}, [fault(kind, LISTING, times=None, after=1)])
            for kind in sorted(API_RECOVERED)
            if "rate" in kind
        ),
        *(
            ("login_failed", {}, [fault(kind, "/v1/", times=None, after=2)])
            for kind in sorted(API_RECOVERED)
            if "token" in kind
        ),
        ("too_many_errors", {}, [fault("html_503", "/v1/", times=None, after=2)]),
        ("too_many_errors", {}, [fault("reset", "/v1/", times=None)]),
        ("too_many_errors", {"PIXIV_API_URL": "http://no-such-host.invalid"}, []),
        ("too_many_errors", {"PIXIV_API_URL": f"http://127.0.0.1:{closed_port}"}, []),
        ("too_many_errors", {"PIXIV_API_URL": sandbox.url.replace("http:", "https:")}, []),
    ]
    days_out(crawl, {"user_id": given(by_kind.values()), "files": "none"}, days)


# --- The token URL ---------------------------------------------------------------------------------------------------


def test_faults_of_the_token_url_that_pass_cost_nothing(tmp_path: Any) -> None:
    """A token is good for one call; each renewal meets another fault."""
    with Sandbox(token_uses=1) as sandbox:
        by_kind = users(sandbox, TOKEN_TRANSIENT)
        for number, kind in enumerate(TOKEN_TRANSIENT):
            sandbox.add_fault(fault(kind, TOKEN_URL, after=number))
        done = Crawler(sandbox, tmp_path)(user_id=given(by_kind.values()), files="none", settings=SETTINGS)
        check(sandbox, done)
        assert (done.status, hit(sandbox)) == (0, set(TOKEN_TRANSIENT))


def test_when_there_is_no_token_a_run_stops_and_later_is_complete(
    sandbox: Sandbox, crawl: Crawler, closed_port: int
) -> None:
    kinds = ("html_403", "garbage_token", "reset", "rate_limit_429")
    days = [
        *(("login_failed", {}, [fault(kind, TOKEN_URL, times=None)]) for kind in kinds),
        ("login_failed", {"PIXIV_OAUTH_URL": "http://no-such-host.invalid/auth/token"}, []),
        ("login_failed", {"PIXIV_OAUTH_URL": f"http://127.0.0.1:{closed_port}/auth/token"}, []),
        ("login_failed", {"PIXIV_OAUTH_URL": sandbox.oauth_url.replace("http:", "https:")}, []),
    ]
    days_out(crawl, {"user_id": 1008, "files": "none"}, days)


# --- Files -----------------------------------------------------------------------------------------------------------


def on_files(sandbox: Sandbox, kinds: Iterable[str], path: str, times: int | None) -> dict[str, int]:
    """Gives each kind a work whose file has that fault; returns the works."""
    sandbox.world.add_user(9000, works=len(set(kinds)) + 5, pages=2, file_bytes=3000)
    works = {kind: work.id for kind, work in zip(sorted(kinds), sandbox.world.works(9000), strict=False)}
    for kind, work_id in works.items():
        sandbox.add_fault(fault(kind, path, f"/{work_id}_p1", times=times))
    return works


def test_faults_of_a_file_that_pass_cost_nothing(sandbox: Sandbox, crawl: Crawler) -> None:
    kinds = FILE_TRANSIENT | {"rate_limit_429", "wrong_content_type", "packed_file"}
    on_files(sandbox, kinds, ORIGINAL, times=2)
    done = crawl(user_id=9000, settings=SETTINGS)
    check(sandbox, done)
    assert (done.status, hit(sandbox)) == (0, kinds)


def test_faults_of_an_original_that_stay_are_named_and_a_smaller_size_is_there_where_there_is_one(
    sandbox: Sandbox, crawl: Crawler
) -> None:
    kinds = FILE_TRANSIENT | FILE_NOT_FOUND | FILE_REFUSED
    works = on_files(sandbox, kinds, ORIGINAL, times=None)
    done = crawl(user_id=9000, settings=HASTY | {"DOWNLOAD_TIMEOUT": 1})
    check(sandbox, done, tries=2)
    assert (done.status, hit(sandbox)) == (3, kinds)
    assert [loss["what"] for loss in done.report["failures"]] == ["file"] * len(kinds)
    sizes = {line["id"]: line["files"][1]["size_name"] for line in done.lines("illusts")}
    unanswered = {"reset", "slow", "stall_after"}
    for kind, work_id in works.items():
        is_smaller = kind in FILE_NOT_FOUND | FILE_TRANSIENT - unanswered
        assert sizes[work_id] == ("large" if is_smaller else "original"), kind


def test_faults_of_a_file_in_every_size_that_stay_are_named(sandbox: Sandbox, crawl: Crawler) -> None:
    kinds = FILE_TRANSIENT | FILE_NOT_FOUND - {"slow", "stall_after"}
    works = on_files(sandbox, kinds, "/", times=None)
    done = crawl(user_id=9000, settings=HASTY | {"DOWNLOAD_TIMEOUT": 1})
    check(sandbox, done, tries=2)
    assert done.status == 3
    failed = {line["id"] for line in done.lines("illusts") if line["files"][1]["status"] == "failed"}
    assert failed == set(works.values())
    assert "/elsewhere" not in {request.path for request in sandbox.requests}


def test_when_the_image_host_is_out_of_reach_a_run_stops_and_later_is_complete(
    sandbox: Sandbox, crawl: Crawler, closed_port: int
) -> None:
    days = [
        ("rate_limited", {}, [fault("rate_limit_429", ORIGINAL, times=None, after=3)]),
        ("too_many_errors", {}, [fault("reset", ORIGINAL, times=None, after=3)]),
        ("too_many_errors", {"PIXIV_IMAGE_URL": "http://no-such-host.invalid"}, []),
        ("too_many_errors", {"PIXIV_IMAGE_URL": f"http://127.0.0.1:{closed_port}"}, []),
    ]
    sandbox.world.add_user(9000, works=WORKS)
    days_out(crawl, {"user_id": 9000}, days)


def test_an_image_host_without_a_trusted_certificate_ends_the_crawl_with_one_sentence_and_costs_nothing(
    sandbox: Sandbox, crawl: Crawler
) -> None:
    days = [("too_many_errors", {"PIXIV_IMAGE_URL": sandbox.url.replace("http:", "https:")}, [])]
    log = days_out(crawl, {"user_id": 1008}, days)
    assert log.count("is not trusted: if it is signed by your own authority, set SSL_CERT_FILE") == 1


# --- All at once -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("share", [0.05, 0.2, 0.5])
def test_all_faults_mixed_leave_a_crawl_complete_or_honest(share: float, tmp_path: Any) -> None:
    with Sandbox(token_uses=3) as sandbox:
        sandbox.mix_faults(all_faults(), share)
        crawl = Crawler(sandbox, tmp_path)
        done = crawl(user_id=f"{RICH},1008", job="x", settings=SETTINGS)
        check(sandbox, done)
        sandbox.clear_faults()
        if done.status == 2:
            done = crawl(user_id=f"{RICH},1008", job="x", settings=SETTINGS)
            check(sandbox, done)
        assert done.report["finish_reason"] == "finished"

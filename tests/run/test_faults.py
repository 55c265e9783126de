"""Every observed fault of Pixiv and the network, alone and in combination: a crawl is complete or reports what is missing.

`tests/outcome_check.py` checks this. docs/faults.md has the figures.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterable, Sequence
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
from tests.promises import tries

pytestmark = pytest.mark.promise("honest")

# 74 works of every kind with 191 files.
RICH = 2188232
# Two responses of a listing.
WORKS = 31
SETTINGS: dict[str, Any] = SHORT_TIMEOUT | {"PIXIV_RATE_LIMIT_PAUSE": 0.002}
ONE_RETRY = SETTINGS | {"RETRY_TIMES": 1}


def users(sandbox: Sandbox, kinds: Iterable[str]) -> dict[str, int]:
    """A user for each kind of fault."""
    found = {kind: 9100 + number for number, kind in enumerate(sorted(kinds))}
    for user_id in found.values():
        sandbox.world.add_user(user_id, works=WORKS)
    return found


def joined_ids(user_ids: Iterable[int]) -> str:
    return ",".join(map(str, user_ids))


def met_faults(sandbox: Sandbox) -> set[str]:
    """The kinds of faults that requests met."""
    return {request.fault for request in sandbox.requests} - {""}


def check(sandbox: Sandbox, done: Crawl, **known: Any) -> None:
    errors = outcome_errors(sandbox, done, **known)
    assert not errors, "\n".join(
        [*errors, *(line for line in done.log.splitlines() if "WARN" in line or "ERROR" in line)]
    )


# --- Listings --------------------------------------------------------------------------------------------------------


def test_transient_faults_of_listings_cause_no_failures(sandbox: Sandbox, crawl: Crawler) -> None:
    """The second response of each user meets another fault, twice."""
    kinds = API_TRANSIENT | API_RECOVERED | HARMLESS - {"", "bad_entry"}
    by_kind = users(sandbox, kinds)
    for kind, user_id in by_kind.items():
        times = 1 if kind in ("slow", "stall_after") else 2
        sandbox.add_fault(fault(kind, LISTING, f"user_id={user_id}", times=times, after=1))
    sandbox.world.add_user(9000, works=WORKS)
    sandbox.add_fault(Fault("rate_limit_429", LISTING, where="user_id=9000", seconds=1))
    done = crawl(user_id=joined_ids([*by_kind.values(), 9000]), files="none", settings=SETTINGS)
    check(sandbox, done)
    assert (done.status, len(done.lines("illusts"))) == (0, WORKS * (len(kinds) + 1))
    assert met_faults(sandbox) == kinds


@pytest.mark.parametrize("after", [0, 1])
def test_permanent_faults_of_listings_are_failures_of_their_users(
    sandbox: Sandbox, crawl: Crawler, after: int
) -> None:
    """From the first or second response on, the listing of each user meets another fault."""
    kinds = API_TRANSIENT | API_UNAVAILABLE | API_PERMANENT | API_INCOMPLETE | {"bad_entry"}
    by_kind = users(sandbox, kinds)
    for kind, user_id in by_kind.items():
        sandbox.add_fault(fault(kind, LISTING, f"user_id={user_id}", times=None, after=after))
    done = crawl(user_id=joined_ids(by_kind.values()), files="none", settings=ONE_RETRY | {"DOWNLOAD_TIMEOUT": 1})
    check(sandbox, done, tries=2)
    assert (done.status, done.report["finish_reason"], met_faults(sandbox)) == (3, "finished", kinds)
    for kind in API_PERMANENT - {"offset_limit"}:  # at the cap, the rest of a listing is requested
        # In the middle of a listing, and if Pixiv may refuse everything, the request is sent once more.
        expected = 1 + after if kind == "huge_body" else 2
        assert len([request for request in sandbox.requests if request.fault == kind]) == expected, kind
    assert "/elsewhere" not in {request.path for request in sandbox.requests}


def test_unavailable_users_and_works_are_reported(sandbox: Sandbox, crawl: Crawler) -> None:
    """Placeholders, a deleted and a suspended user, whose listings are empty without an error, and an unknown user."""
    done = crawl(user_id="1002,1004,1005,1003,999999999", files="none", settings=SETTINGS)
    check(sandbox, done)
    assert (done.status, len(done.lines("illusts")), len(done.lines("unavailable"))) == (0, 8, 4 + 3)
    assert {line["id"] for line in done.lines("unavailable") if line["type"] == "user"} == {1004, 1005, 999999999}


def survive_outages(
    crawl: Crawler, args: dict[str, Any], outages: Sequence[tuple[str, dict[str, Any], Sequence[Fault]]]
) -> str:
    """Runs one job that ends at each outage, is resumed, and is complete after the last one.

    Each outage: the expected finish reason, settings, faults. Returns the logs of the outages.
    """
    sandbox, log = crawl.sandbox, ""
    for reason, settings, faults in outages:
        for each in faults:
            sandbox.add_fault(each)
        done = crawl(**args, job="x", settings=ONE_RETRY | settings)
        check(sandbox, done, tries=2, is_reachable=not settings)
        assert (done.status, done.report["finish_reason"]) == (2, reason), (settings, faults, done.log)
        assert done.lines("unavailable") == []
        sandbox.clear_faults()
        log += done.log
    done = crawl(**args, job="x", settings=ONE_RETRY)
    check(sandbox, done, tries=2)
    assert done.status == 0, done.log
    return log


@pytest.fixture
def closed_port() -> int:
    """A port on which nothing listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def test_a_run_ends_while_the_api_is_unreachable_and_can_be_resumed(
    sandbox: Sandbox, crawl: Crawler, closed_port: int
) -> None:
    by_kind = users(sandbox, map(str, range(20)))
    outages = [
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
    survive_outages(crawl, {"user_id": joined_ids(by_kind.values()), "files": "none"}, outages)


# --- The token URL ---------------------------------------------------------------------------------------------------


def test_transient_faults_of_the_token_url_cause_no_failures(tmp_path: Any) -> None:
    """A token is valid for one request; each renewal meets another fault."""
    with Sandbox(token_uses=1) as sandbox:
        by_kind = users(sandbox, TOKEN_TRANSIENT)
        for number, kind in enumerate(TOKEN_TRANSIENT):
            sandbox.add_fault(fault(kind, TOKEN_URL, after=number))
        done = Crawler(sandbox, tmp_path)(user_id=joined_ids(by_kind.values()), files="none", settings=SETTINGS)
        check(sandbox, done)
        assert (done.status, met_faults(sandbox)) == (0, set(TOKEN_TRANSIENT))


def test_a_run_ends_while_there_is_no_token_and_can_be_resumed(
    sandbox: Sandbox, crawl: Crawler, closed_port: int
) -> None:
    kinds = ("html_403", "garbage_token", "reset", "rate_limit_429")
    outages = [
        *(("login_failed", {}, [fault(kind, TOKEN_URL, times=None)]) for kind in kinds),
        ("login_failed", {"PIXIV_OAUTH_URL": "http://no-such-host.invalid/auth/token"}, []),
        ("login_failed", {"PIXIV_OAUTH_URL": f"http://127.0.0.1:{closed_port}/auth/token"}, []),
        ("login_failed", {"PIXIV_OAUTH_URL": sandbox.oauth_url.replace("http:", "https:")}, []),
    ]
    survive_outages(crawl, {"user_id": 1008, "files": "none"}, outages)


# --- Files -----------------------------------------------------------------------------------------------------------


def add_file_faults(sandbox: Sandbox, kinds: Iterable[str], path: str, times: int | None) -> dict[str, int]:
    """Adds each kind of fault to a file of another work; returns the works."""
    sandbox.world.add_user(9000, works=len(set(kinds)) + 5, pages=2, file_bytes=3000)
    works = {kind: work.id for kind, work in zip(sorted(kinds), sandbox.world.works(9000), strict=False)}
    for kind, work_id in works.items():
        sandbox.add_fault(fault(kind, path, f"/{work_id}_p1", times=times))
    return works


def test_transient_faults_of_files_cause_no_failures(sandbox: Sandbox, crawl: Crawler) -> None:
    kinds = FILE_TRANSIENT | {"rate_limit_429", "wrong_content_type", "packed_file"}
    add_file_faults(sandbox, kinds, ORIGINAL, times=2)
    done = crawl(user_id=9000, settings=SETTINGS)
    check(sandbox, done)
    assert (done.status, met_faults(sandbox)) == (0, kinds)


def test_permanent_faults_of_originals_are_failures_and_a_smaller_size_is_stored_if_it_exists(
    sandbox: Sandbox, crawl: Crawler
) -> None:
    kinds = FILE_TRANSIENT | FILE_NOT_FOUND | FILE_REFUSED
    works = add_file_faults(sandbox, kinds, ORIGINAL, times=None)
    done = crawl(user_id=9000, settings=ONE_RETRY | {"DOWNLOAD_TIMEOUT": 1})
    check(sandbox, done, tries=2)
    assert (done.status, met_faults(sandbox)) == (3, kinds)
    assert [failure["what"] for failure in done.report["failures"]] == ["file"] * len(kinds)
    sizes = {line["id"]: line["files"][1]["size_name"] for line in done.lines("illusts")}
    without_response = {"reset", "slow", "stall_after"}
    for kind, work_id in works.items():
        is_smaller = kind in FILE_NOT_FOUND | FILE_TRANSIENT - without_response
        assert sizes[work_id] == ("large" if is_smaller else "original"), kind


def test_permanent_faults_of_files_in_every_size_are_failures(sandbox: Sandbox, crawl: Crawler) -> None:
    kinds = FILE_TRANSIENT | FILE_NOT_FOUND - {"slow", "stall_after"}
    works = add_file_faults(sandbox, kinds, "/", times=None)
    done = crawl(user_id=9000, settings=ONE_RETRY | {"DOWNLOAD_TIMEOUT": 1})
    check(sandbox, done, tries=2)
    assert done.status == 3
    failed = {line["id"] for line in done.lines("illusts") if line["files"][1]["status"] == "failed"}
    assert failed == set(works.values())
    assert "/elsewhere" not in {request.path for request in sandbox.requests}


def test_a_run_ends_while_the_image_host_is_unreachable_and_can_be_resumed(
    sandbox: Sandbox, crawl: Crawler, closed_port: int
) -> None:
    outages = [
        ("rate_limited", {}, [fault("rate_limit_429", ORIGINAL, times=None, after=3)]),
        ("too_many_errors", {}, [fault("reset", ORIGINAL, times=None, after=3)]),
        ("too_many_errors", {"PIXIV_IMAGE_URL": "http://no-such-host.invalid"}, []),
        ("too_many_errors", {"PIXIV_IMAGE_URL": f"http://127.0.0.1:{closed_port}"}, []),
    ]
    sandbox.world.add_user(9000, works=WORKS)
    survive_outages(crawl, {"user_id": 9000}, outages)


def test_an_untrusted_certificate_of_the_image_host_ends_the_crawl_with_one_sentence_and_can_be_resumed(
    sandbox: Sandbox, crawl: Crawler
) -> None:
    outages = [("too_many_errors", {"PIXIV_IMAGE_URL": sandbox.url.replace("http:", "https:")}, [])]
    log = survive_outages(crawl, {"user_id": 1008}, outages)
    assert log.count("is not trusted: if it is signed by your own authority, set SSL_CERT_FILE") == 1


# --- All faults in combination ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("share", [0.05, 0.2, 0.5])
@pytest.mark.parametrize("seed", range(tries(1, 25)))
def test_a_crawl_with_random_faults_of_every_kind_is_complete_or_reports_what_is_missing(
    share: float, seed: int, tmp_path: Any, record_property: Callable[[str, object], None]
) -> None:
    record_property("fault storms", 1)
    with Sandbox(token_uses=3) as sandbox:
        sandbox.mix_faults(all_faults(), share, f"mixed {seed}")
        crawl = Crawler(sandbox, tmp_path)
        done = crawl(user_id=f"{RICH},1008", job="x", settings=SETTINGS)
        check(sandbox, done)
        sandbox.clear_faults()
        if done.status == 2:
            done = crawl(user_id=f"{RICH},1008", job="x", settings=SETTINGS)
            check(sandbox, done, was_interrupted=True)
        assert done.report["finish_reason"] == "finished"

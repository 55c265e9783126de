"""`new_only=true`: a rerun sends requests only for what is new, and collects all of it."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from pixiv_crawler.sandbox import Fault, Sandbox, User, WorkSpec
from tests.crawling import Crawl, Crawler

USER = 7001
WORKS = 150  # five listings
ARGS: dict[str, Any] = {"user_id": USER, "new_only": "true", "files": "none"}


@pytest.fixture
def user(sandbox: Sandbox) -> User:
    user = User(USER, "painter", "painter", (WorkSpec(),) * WORKS)
    sandbox.add_user(user)
    return user


@pytest.fixture
def listings(sandbox: Sandbox) -> Callable[[], int]:
    """Counts the requested listings of works since the last call."""
    counted = 0

    def count() -> int:
        nonlocal counted
        total = sum(request.path == "/v1/user/illusts" for request in sandbox.requests)
        counted, new = total, total - counted
        return new

    return count


def ids(done: Crawl, job: str) -> list[int]:
    path = done.data / "user_works" / job / "illusts.jsonl"
    return [json.loads(line)["id"] for line in path.read_bytes().splitlines()] if path.exists() else []


def report(done: Crawl, job: str) -> dict[str, Any]:
    return json.loads((done.data / "user_works" / job / "report.json").read_bytes())


def changed(user: User, index: int, **changes: Any) -> User:
    """The user with one changed work; index 0 is the oldest."""
    specs = list(user.work_specs)
    specs[index] = replace(specs[index], **changes)
    return replace(user, work_specs=tuple(specs))


def test_a_rerun_sends_requests_in_proportion_to_the_new_works(
    crawl: Crawler, sandbox: Sandbox, user: User, listings: Callable[[], int]
) -> None:
    first = crawl(**ARGS, job="first")
    assert first.status == 0, first.log
    assert (len(ids(first, "first")), listings()) == (WORKS, 6)
    second = crawl(**ARGS, job="second")
    assert second.status == 0, second.log
    assert (ids(second, "second"), listings()) == ([], 1)
    sandbox.add_user(replace(user, work_specs=user.work_specs + (WorkSpec(),) * 40))
    third = crawl(**ARGS, job="third")
    assert third.status == 0, third.log
    assert (len(ids(third, "third")), listings()) == (40, 3)


def test_a_run_without_new_only_counts_as_a_full_pass(crawl: Crawler, user: User, listings: Callable[[], int]) -> None:
    crawl(user_id=USER, files="none", job="first")
    listings()
    second = crawl(**ARGS, job="second")
    assert (ids(second, "second"), listings()) == ([], 1), second.log


def test_an_incomplete_first_run_is_not_a_full_pass(crawl: Crawler, user: User, listings: Callable[[], int]) -> None:
    crawl(**ARGS, job="first", max_works=70)
    listings()
    second = crawl(**ARGS, job="second")
    assert (len(ids(second, "second")), listings()) == (WORKS - 70, 6), second.log


def test_a_run_with_a_failed_listing_is_not_a_full_pass(
    crawl: Crawler, sandbox: Sandbox, user: User, listings: Callable[[], int]
) -> None:
    sandbox.add_fault(Fault("server_error_500", "/v1/user/illusts", times=4, after=2))
    first = crawl(**ARGS, job="first", settings={"RETRY_TIMES": 1})
    assert first.status == 3
    listings()
    second = crawl(**ARGS, job="second")
    assert second.status == 0, second.log
    assert (len(set(ids(second, "first") + ids(second, "second"))), listings()) == (WORKS, 6)


def test_a_work_whose_file_failed_is_collected_again(
    crawl: Crawler, sandbox: Sandbox, user: User, listings: Callable[[], int]
) -> None:
    sandbox.add_fault(Fault("not_found_404", "/img-original/", after=3))
    sandbox.add_fault(Fault("not_found_404", "/img-master/", times=None))
    sandbox.add_fault(Fault("not_found_404", "/c/", times=None))
    args = ARGS | {"files": "original"}
    first = crawl(**args, job="first")
    assert first.status == 3, first.log
    sandbox.clear_faults()
    listings()
    second = crawl(**args, job="second")
    assert second.status == 0, second.log
    assert len(ids(second, "second")) == 1
    assert len(crawl(**args, job="third").files) == WORKS


def test_an_edited_work_is_collected_again(crawl: Crawler, sandbox: Sandbox, user: User) -> None:
    crawl(**ARGS, job="first")
    sandbox.add_user(changed(user, WORKS - 10, extensions=("png",)))
    second = crawl(**ARGS, job="second")
    assert len(ids(second, "second")) == 1, second.log


def test_a_work_made_public_again_is_found_by_the_next_full_pass(
    crawl: Crawler, sandbox: Sandbox, user: User, listings: Callable[[], int]
) -> None:
    sandbox.add_user(changed(user, 5, withdrawn=True))
    first = crawl(**ARGS, job="first")
    assert first.status in (0, 3)  # the profile may count it
    with sqlite3.connect(first.data / "state.db") as state:  # as after a run without failures
        assert state.execute("select count(*) from listings where key <> ''").fetchone() == (1,)
    sandbox.add_user(user)
    listings()
    full_pass = crawl(**ARGS, job="second", settings={"PIXIV_FULL_PASS_DAYS": 0})
    assert (len(ids(full_pass, "second")), listings()) == (1, 6), full_pass.log


def test_the_report_contains_the_age_of_the_last_full_pass(crawl: Crawler, user: User) -> None:
    first = crawl(**ARGS, job="first")
    (listing,) = report(first, "first")["listings"]
    assert listing["ended"] == "end"
    assert listing["full_pass_at"] == report(first, "first")["finished_at"]
    week_ago = (datetime.now(UTC) - timedelta(days=7)).isoformat(timespec="seconds")
    with sqlite3.connect(first.data / "state.db") as state:
        state.execute("update listings set full_pass_at = ?", (week_ago,))
    second = crawl(**ARGS, job="second")
    (listing,) = report(second, "second")["listings"]
    assert (listing["ended"], listing["full_pass_at"], listing["full_pass_days"]) == ("known", week_ago, 7)


def test_works_collected_without_files_are_new_to_a_run_with_files(crawl: Crawler, user: User) -> None:
    crawl(**ARGS, job="first")
    second = crawl(**(ARGS | {"files": "original", "max_works": 3}), job="second")
    assert len(ids(second, "second")) == 3, second.log
    assert len(second.files) == 3


def test_dropped_works_do_not_prevent_a_rerun_from_stopping(
    crawl: Crawler, user: User, listings: Callable[[], int]
) -> None:
    args = ARGS | {"min_bookmarks": 10**9}
    first = crawl(**args, job="first")
    assert ids(first, "first") == []
    listings()
    crawl(**args, job="second")
    assert listings() == 1


def test_a_search_stops_at_known_works_and_reports_it(crawl: Crawler, sandbox: Sandbox) -> None:
    args = {"word": "桜", "new_only": "true", "files": "none"}
    first = crawl("search", **args, job="first")
    assert first.status == 0, first.log
    request_count = len(sandbox.requests)
    second = crawl("search", **args, job="second")
    assert second.status == 0, second.log
    assert sum(request.kind == "api" for request in sandbox.requests[request_count:]) == 1
    search = json.loads((second.data / "search" / "second" / "report.json").read_bytes())["search"]
    assert search["is_complete"] is True
    assert [partition["status"] for partition in search["partitions"]] == ["known"]

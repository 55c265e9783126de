"""`new_only` skips only works that an earlier run collected completely, with the same options."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from pixiv_crawler.exceptions import StateError
from pixiv_crawler.run.state.sqlite import SqliteState
from pixiv_crawler.sandbox import Fault, Sandbox
from tests.crawling import Crawl, Crawler

USER = 7001
# Two full responses of a listing, and five more works.
WORKS = 65
ARGS: dict[str, Any] = {"user_id": USER, "files": "none", "new_only": "true"}


@pytest.fixture(autouse=True)
def user(sandbox: Sandbox) -> None:
    sandbox.world.add_user(USER, works=WORKS)


def lines(done: Crawl, job: str, name: str = "illusts") -> list[dict[str, Any]]:
    path = next(done.data.glob(f"*/{job}")) / f"{name}.jsonl"
    return [json.loads(line) for line in path.read_bytes().splitlines()] if path.exists() else []


def report(done: Crawl, job: str) -> dict[str, Any]:
    (path,) = done.data.glob(f"*/{job}/report.json")
    return json.loads(path.read_bytes())


@contextmanager
def fails_at(method: str, failing: int) -> Iterator[None]:
    """Makes one call of a method of the state database fail."""
    original, calls = getattr(SqliteState, method), 0

    def fails_once(*args: Any, **kwargs: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == failing:
            raise StateError("the state database failed (disk I/O error); look at PIXIV_STATE and its disk")
        return original(*args, **kwargs)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(SqliteState, method, fails_once)
        yield


@pytest.mark.parametrize("before", [{"files": "none"}, {"min_bookmarks": 10**9}, {"type": "ugoira"}])
def test_works_that_a_run_saw_but_did_not_collect_are_new_to_another_run(
    crawl: Crawler, before: dict[str, Any]
) -> None:
    args = {"user_id": USER, "files": "medium", "new_only": "true"}
    first = crawl(**(args | before), job="first")
    second = crawl(**args, job="second")
    assert (first.status, second.status) == (0, 0), second.log
    assert len(lines(second, "second")) == WORKS


def test_a_work_without_its_comments_is_collected_again(sandbox: Sandbox, crawl: Crawler) -> None:
    args = {"user_id": 1008, "files": "none", "comments": "true", "new_only": "true"}
    sandbox.add_fault(Fault("html_503", "/v", after=14, times=None))
    first = crawl(**args, job="first", settings={"RETRY_TIMES": 0})
    assert first.status == 2, first.log
    sandbox.clear_faults()
    second = crawl(**args, job="second")
    assert second.status == 0, second.log
    undisturbed = Crawler(sandbox, crawl.data.parent / "other")(**args, job="second")
    for name in ("illusts", "comments"):
        assert {line["id"] for line in lines(second, "second", name)} == {
            line["id"] for line in lines(undisturbed, "second", name)
        }
    third = crawl(**args, job="third")
    assert lines(third, "third") == []


def test_a_work_whose_comments_failed_is_collected_again(sandbox: Sandbox, crawl: Crawler) -> None:
    args = {"user_id": 2188232, "files": "none", "comments": "true", "new_only": "true", "max_works": 10}
    failed = sandbox.world.works(2188232)[4].id
    sandbox.add_fault(Fault("bad_parameter", "/v3/illust/comments", where=f"illust_id={failed}", times=None))
    first = crawl(**args, job="first")
    assert first.report["failure_counts"] == {"comments": 1}, first.log
    assert first.report["failures"][0]["id"] == failed
    sandbox.clear_faults()
    second = crawl(**args, job="second")
    ids = [line["id"] for line in lines(second, "second")]
    assert failed in ids
    assert not set(ids) - {failed} & {line["id"] for line in lines(first, "first")}


def test_a_work_in_two_listings_whose_file_failed_is_collected_again(sandbox: Sandbox, crawl: Crawler) -> None:
    args = {
        "mode": "day,week",
        "type": "illust",
        "files": "square_medium",
        "new_only": "true",
        "min_bookmarks": 31_000,
    }
    shown = crawl("rankings", **(args | {"files": "none", "new_only": "false"}), job="look")
    modes: dict[int, set[str]] = {}
    for line in lines(shown, "look"):
        modes.setdefault(line["id"], set()).add(line["source"]["params"]["mode"])
    failed = next(id_ for id_, found in modes.items() if len(found) == 2)
    # Slow enough that both lines wait for it.
    sandbox.add_fault(Fault("slow", "/c/", where=str(failed), seconds=8, times=None))
    first = crawl("rankings", **args, job="first", settings={"DOWNLOAD_TIMEOUT": 6, "RETRY_TIMES": 0})
    found = [line["files"][0]["status"] for line in lines(first, "first") if line["id"] == failed]
    assert found == ["failed", "failed"], first.log
    sandbox.clear_faults()
    second = crawl("rankings", **args, job="second")
    assert {line["id"] for line in lines(second, "second")} == {failed}


def test_a_full_pass_with_a_future_time_does_not_delay_the_next_one(crawl: Crawler) -> None:
    first = crawl(**ARGS, job="first")
    ahead = (datetime.now(UTC) + timedelta(days=20_000)).isoformat(timespec="seconds")
    with sqlite3.connect(first.data / "state.db") as state:
        state.execute("update listings set full_pass_at = ?", (ahead,))
    second = crawl(**ARGS, job="second")
    assert [listing["ended"] for listing in report(second, "second")["listings"]] == ["end"]
    assert "requested was collected" in report(second, "second")["next"]
    third = crawl(**ARGS, job="third")
    assert [listing["ended"] for listing in report(third, "third")["listings"]] == ["known"]
    assert "All new works were collected" in report(third, "third")["next"]


@pytest.mark.parametrize(
    ("method", "call"),
    [
        ("create_run", 1),
        ("record_response", 1),
        ("record_stored", 1),
        ("already_collected", 40),
        ("last_full_pass", 1),
        ("open_items", 1),
    ],
)
@pytest.mark.promise("state")
def test_a_transient_error_of_the_state_database_ends_the_run_which_can_be_resumed(
    sandbox: Sandbox, crawl: Crawler, method: str, call: int
) -> None:
    if method == "open_items":  # called when a run is resumed
        sandbox.add_fault(Fault("html_503", "/v1/user/illusts", after=1, times=None))
        crawl(**ARGS, job="x", settings={"RETRY_TIMES": 0, "CLOSESPIDER_ITEMCOUNT": 5})
        sandbox.clear_faults()
    with fails_at(method, call):
        failed = crawl(**ARGS, job="x")
    assert failed.status == 2, failed.log
    assert "Nothing can be stored any more: the state database failed" in failed.log
    assert "Traceback" not in failed.log
    done = crawl(**ARGS, job="x")
    assert (done.status, len(lines(done, "x"))) == (0, WORKS), done.log

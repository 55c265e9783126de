"""`outcome_errors` finds each kind of error: each test introduces one into a correct run."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pixiv_crawler.sandbox import Fault, Sandbox
from tests.crawling import Crawl, Crawler
from tests.outcome_check import outcome_errors

USER = 1002
Lines = list[dict[str, Any]]


@pytest.fixture(scope="module")
def correct_run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Sandbox, Crawl]]:
    """A run of 8 works and 4 unavailable ones, with one failed file."""
    with Sandbox() as sandbox:
        work = sandbox.world.works(USER)[0]
        sandbox.add_fault(Fault("redirect", "/img-original/", where=f"/{work.id}_p0", times=None))
        sandbox.add_fault(Fault("rate_limit_403", "/v1/user/illusts"))
        crawl = Crawler(sandbox, tmp_path_factory.mktemp("run"))
        done = crawl(user_id=USER, settings={"PIXIV_RATE_LIMIT_PAUSE": 0.001})
        assert done.status == 3, done.log
        yield sandbox, done


@pytest.fixture
def run(correct_run: tuple[Sandbox, Crawl], tmp_path: Path) -> tuple[Sandbox, Crawl]:
    """A copy of that run, which a test may change."""
    sandbox, done = correct_run
    shutil.copytree(done.data, tmp_path / "data")
    return sandbox, replace(done, data=tmp_path / "data")


def rewrite(done: Crawl, name: str, change: Callable[[Lines], Lines]) -> None:
    path = done.run_folder / f"{name}.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in change(done.lines(name))))


def rewrite_report(done: Crawl, **changes: Any) -> None:
    (done.run_folder / "report.json").write_text(json.dumps(done.report | changes))


def without_last(lines: Lines) -> Lines:
    return lines[:-1]


def with_duplicate(lines: Lines) -> Lines:
    return [*lines, lines[0]]


def first_file(done: Crawl) -> Path:
    return next(iter(done.files.values()))


def downloaded_urls(done: Crawl) -> Iterator[str]:
    files = (file for line in done.lines("illusts") for file in line["files"])
    return (file["url"] for file in files if file["status"] == "downloaded")


def add_failure(done: Crawl, what: str, source: str) -> None:
    failure = {"what": what, "id": USER, "cause": "", "source": source}
    rewrite_report(done, failures=[*done.report["failures"], failure])


Change = Callable[[Sandbox, Crawl], None]
CHANGES: dict[str, tuple[Change, str]] = {
    "missing line": (lambda _, done: rewrite(done, "illusts", without_last), r"work \d+ of user 1002 is missing"),
    "missing unavailable work": (
        lambda _, done: rewrite(done, "unavailable", without_last),
        r"work \d+ .* is missing",
    ),
    "duplicate line": (lambda _, done: rewrite(done, "illusts", with_duplicate), r"\d+ has 2 lines"),
    "work that is both collected and unavailable": (
        lambda _, done: rewrite(
            done, "unavailable", lambda lines: [*lines, lines[0] | {"id": done.lines("illusts")[0]["id"]}]
        ),
        r"\d+ has 2 lines",
    ),
    "unknown work": (
        lambda _, done: rewrite(done, "illusts", lambda lines: [lines[0] | {"id": 1}, *lines[1:]]),
        "the work 1 does not belong to these users",
    ),
    "work that is not unavailable": (
        lambda _, done: rewrite(
            done, "unavailable", lambda lines: [lines[0] | {"id": done.lines("illusts")[0]["id"]}, *lines[1:]]
        ),
        "which no response said",
    ),
    "truncated file": (
        lambda _, done: first_file(done).write_bytes(first_file(done).read_bytes()[:-1]),
        "differs from the size or SHA-256 of its line",
    ),
    "file with another content": (
        lambda _, done: shutil.copy(*list(done.files.values())[:2]),
        "differs from https://.*",
    ),
    "deleted file": (lambda _, done: first_file(done).unlink(), "does not exist"),
    "file without a line": (
        lambda _, done: (done.data / "files" / "1_p0.html").write_text("<!DOCTYPE html>"),
        "1_p0.html belongs to no line",
    ),
    "line without its last file": (
        lambda _, done: rewrite(
            done, "illusts", lambda lines: [line | {"files": line["files"][:-1]} for line in lines]
        ),
        "is missing, which is not reported",
    ),
    "partial download": (lambda _, done: (done.data / ".parts").mkdir(), "unfinished files were left behind"),
    "unreported failure of a file": (
        lambda _, done: rewrite_report(done, failures=[]),
        "is missing, which is not reported",
    ),
    "listing that succeeded after a rate limit, reported as failed": (
        lambda _, done: add_failure(done, "listing", f"/v1/user/illusts?user_id={USER}&filter=for_ios"),
        r"failed \(\) after \['rate_limit_403', ''\]",
    ),
    "request that was never sent, reported as failed": (
        lambda _, done: add_failure(done, "listing", "/v1/user/illusts?user_id=7"),
        r"failed \(\) after \[\]",
    ),
    "downloaded file, reported as failed": (
        lambda _, done: add_failure(done, "file", next(downloaded_urls(done))),
        r"failed \(\) after \[''\]",
    ),
    "wrong count in the report": (lambda _, done: rewrite_report(done, lines={"illust": 9}), "the report counts"),
    "wrong finish reason": (lambda _, done: rewrite_report(done, finish_reason="shutdown"), "exit status 3"),
}


def test_a_correct_run_has_no_outcome_errors(run: tuple[Sandbox, Crawl]) -> None:
    assert outcome_errors(*run) == []


@pytest.mark.parametrize("name", CHANGES)
def test_the_check_finds_the_error(name: str, run: tuple[Sandbox, Crawl]) -> None:
    change, message = CHANGES[name]
    change(*run)
    errors = outcome_errors(*run)
    assert any(re.search(message, error) for error in errors), errors


@pytest.mark.parametrize("status", [0, 1, 2])
def test_the_check_finds_a_wrong_exit_status(status: int, run: tuple[Sandbox, Crawl]) -> None:
    sandbox, done = run
    errors = outcome_errors(sandbox, replace(done, status=status))
    assert any(f"exit status {status}" in error for error in errors)


def test_the_check_finds_an_incomplete_file_of_a_run_that_ended_early(run: tuple[Sandbox, Crawl]) -> None:
    sandbox, done = run
    rewrite_report(done, finish_reason="shutdown")
    path = first_file(done)
    rewrite(done, "illusts", lambda lines: [])
    path.write_bytes(path.read_bytes()[:-1])
    assert any("is incomplete" in error for error in outcome_errors(sandbox, replace(done, status=2)))

"""The checker itself: it finds each kind of lie, one planted at a time in a run that is honest."""

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
from tests.honesty import complaints

USER = 1002
Lines = list[dict[str, Any]]


@pytest.fixture(scope="module")
def honest(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Sandbox, Crawl]]:
    """A run of 8 works and 4 that are withheld, one of whose files is lost."""
    with Sandbox() as sandbox:
        work = sandbox.world.works(USER)[0]
        sandbox.add_fault(Fault("redirect", "/img-original/", where=f"/{work.id}_p0", times=None))
        sandbox.add_fault(Fault("rate_limit_403", "/v1/user/illusts"))
        crawl = Crawler(sandbox, tmp_path_factory.mktemp("honest"))
        done = crawl(user_id=USER, settings={"PIXIV_RATE_LIMIT_PAUSE": 0.001})
        assert done.status == 3, done.log
        yield sandbox, done


@pytest.fixture
def run(honest: tuple[Sandbox, Crawl], tmp_path: Path) -> tuple[Sandbox, Crawl]:
    """A copy of that run, to be spoilt."""
    sandbox, done = honest
    shutil.copytree(done.data, tmp_path / "data")
    return sandbox, replace(done, data=tmp_path / "data")


def rewrite(done: Crawl, name: str, change: Callable[[Lines], Lines]) -> None:
    path = done.run_folder / f"{name}.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in change(done.lines(name))))


def rewrite_report(done: Crawl, **changes: Any) -> None:
    (done.run_folder / "report.json").write_text(json.dumps(done.report | changes))


def without_last(lines: Lines) -> Lines:
    return lines[:-1]


def doubled(lines: Lines) -> Lines:
    return [*lines, lines[0]]


def whole_file(done: Crawl) -> Path:
    return next(iter(done.files.values()))


def came(done: Crawl) -> Iterator[str]:
    """The addresses of the files that came."""
    files = (file for line in done.lines("illusts") for file in line["files"])
    return (file["url"] for file in files if file["status"] == "downloaded")


def lose_more(done: Crawl, what: str, source: str) -> None:
    loss = {"what": what, "id": USER, "cause": "", "source": source}
    rewrite_report(done, failures=[*done.report["failures"], loss])


Lie = Callable[[Sandbox, Crawl], None]
LIES: dict[str, tuple[Lie, str]] = {
    "a line is dropped": (lambda _, done: rewrite(done, "illusts", without_last), r"work \d+ of user 1002 is missing"),
    "a withheld work is dropped": (
        lambda _, done: rewrite(done, "unavailable", without_last),
        r"work \d+ .* is missing",
    ),
    "a line comes twice": (lambda _, done: rewrite(done, "illusts", doubled), r"\d+ has 2 lines"),
    "a work is there and withheld": (
        lambda _, done: rewrite(
            done, "unavailable", lambda lines: [*lines, lines[0] | {"id": done.lines("illusts")[0]["id"]}]
        ),
        r"\d+ has 2 lines",
    ),
    "a work is nobody's": (
        lambda _, done: rewrite(done, "illusts", lambda lines: [lines[0] | {"id": 1}, *lines[1:]]),
        "the line 1 is no work of these users",
    ),
    "a work is said to be withheld": (
        lambda _, done: rewrite(
            done, "unavailable", lambda lines: [lines[0] | {"id": done.lines("illusts")[0]["id"]}, *lines[1:]]
        ),
        "and Pixiv never said so",
    ),
    "a file is cut": (
        lambda _, done: whole_file(done).write_bytes(whole_file(done).read_bytes()[:-1]),
        "is not as its line tells",
    ),
    "a file is another's": (
        lambda _, done: shutil.copy(*list(done.files.values())[:2]),
        "is not what https://.* is",
    ),
    "a file is gone": (lambda _, done: whole_file(done).unlink(), "is not there"),
    "a file is nobody's": (
        lambda _, done: (done.data / "files" / "1_p0.html").write_text("<!DOCTYPE html>"),
        "1_p0.html belongs to no line",
    ),
    "a file is not named": (
        lambda _, done: rewrite(
            done, "illusts", lambda lines: [line | {"files": line["files"][:-1]} for line in lines]
        ),
        "is missing, and nobody says so",
    ),
    "a part is left": (lambda _, done: (done.data / ".parts").mkdir(), "unfinished files were left behind"),
    "a lost file is not told": (lambda _, done: rewrite_report(done, failures=[]), "is missing, and nobody says so"),
    "a listing is said to be lost that came after a rate limit": (
        lambda _, done: lose_more(done, "listing", f"/v1/user/illusts?user_id={USER}&filter=for_ios"),
        r"is lost \(\) after \['rate_limit_403', ''\]",
    ),
    "a call is said to be lost that was never asked": (
        lambda _, done: lose_more(done, "listing", "/v1/user/illusts?user_id=7"),
        r"is lost \(\) after \[\]",
    ),
    "a file is said to be lost that came": (
        lambda _, done: lose_more(done, "file", next(came(done))),
        r"is lost \(\) after \[''\]",
    ),
    "the report counts more": (lambda _, done: rewrite_report(done, lines={"illust": 9}), "the report counts"),
    "the report says it stopped": (lambda _, done: rewrite_report(done, finish_reason="shutdown"), "exit status 3"),
}


def test_an_honest_run_gives_no_reason_to_complain(run: tuple[Sandbox, Crawl]) -> None:
    assert complaints(*run) == []


@pytest.mark.parametrize("name", LIES)
def test_the_checker_finds_that(name: str, run: tuple[Sandbox, Crawl]) -> None:
    lie, words = LIES[name]
    lie(*run)
    found = complaints(*run)
    assert any(re.search(words, complaint) for complaint in found), found


@pytest.mark.parametrize("status", [0, 1, 2])
def test_the_checker_finds_a_wrong_exit_status(status: int, run: tuple[Sandbox, Crawl]) -> None:
    sandbox, done = run
    assert any(f"exit status {status}" in complaint for complaint in complaints(sandbox, replace(done, status=status)))


def test_the_checker_finds_half_a_file_of_a_run_that_stopped(run: tuple[Sandbox, Crawl]) -> None:
    sandbox, done = run
    rewrite_report(done, finish_reason="shutdown")
    place = whole_file(done)
    rewrite(done, "illusts", lambda lines: [])
    place.write_bytes(place.read_bytes()[:-1])
    assert any("is not whole" in complaint for complaint in complaints(sandbox, replace(done, status=2)))

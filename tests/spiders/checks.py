"""Users of the simulated Pixiv, and checks of crawls: their requests, lines and failures."""

from __future__ import annotations

from typing import Any

from pixiv_crawler.sandbox import Sandbox, SandboxRequest
from tests.crawling import Crawl

RICH, LIMITED, WITHOUT_WORKS, GONE, SUSPENDED, PROLIFIC, ORDINARY = 2188232, 1002, 1003, 1004, 1005, 1006, 1008
ACCOUNT, NOVELIST, SERIAL = 1001, 1010, 1020


def api(sandbox: Sandbox, path: str = "") -> list[SandboxRequest]:
    """The API requests whose path starts with `path`."""
    return [request for request in sandbox.requests if request.kind == "api" and request.path.startswith(path)]


def paths(sandbox: Sandbox) -> set[str]:
    """The paths of the API requests, and `files` if files were requested."""
    requests = [request for request in sandbox.requests if request.kind != "oauth"]
    return {request.path if request.kind == "api" else "files" for request in requests}


def ids(lines: list[dict[str, Any]]) -> list[int]:
    return [line["id"] for line in lines]


def failures(done: Crawl) -> list[tuple[str, Any]]:
    return [(failure["what"], failure["id"]) for failure in done.report["failures"]]


def assert_complete(done: Crawl) -> None:
    """The crawl finished without a failure."""
    assert done.status == 0, done.log
    assert done.report["finish_reason"] == "finished"
    assert done.report["failures"] == []
    assert "Traceback" not in done.log


def assert_refused(done: Crawl, sandbox: Sandbox, *words: str) -> None:
    """Arguments that are invalid regardless of the account: exit status 1, one line, nothing sent, nothing written."""
    assert done.status == 1, done.log
    (line,) = done.log.splitlines()
    assert line.startswith("Error: ")
    for word in words:
        assert word in line
    assert sandbox.requests == []
    assert not done.data.exists()


def assert_refused_for_the_account(done: Crawl, sandbox: Sandbox, *words: str) -> None:
    """Arguments that this account may not use: one sentence after the login, and no API request."""
    assert done.status == 1, done.log
    errors = [line for line in done.log.splitlines() if line.startswith("Error: ")]
    assert len(errors) == 1
    for word in words:
        assert word in errors[0]
    assert done.report["finish_reason"] == "bad_arguments"
    assert api(sandbox) == []
    assert "Traceback" not in done.log

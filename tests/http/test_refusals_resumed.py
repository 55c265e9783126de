"""A list that begins with what Pixiv refuses permanently is complete after a few attempts, though nothing is known to work."""

from __future__ import annotations

from typing import Any

import pytest

from pixiv_crawler.http.refusals import MAX_REFUSALS
from pixiv_crawler.sandbox import Fault, Sandbox
from tests.crawling import Crawl, Crawler

pytestmark = pytest.mark.promise("refused")

USER = 9001
HIDDEN, VISIBLE = 2 * MAX_REFUSALS, 3
FILES = ("/img-original/", "/img-master/", "/c/")


@pytest.fixture
def works(sandbox: Sandbox) -> list[str]:
    """The works of a user, newest first; the first ones are to be hidden."""
    sandbox.world.add_user(USER, works=HIDDEN + VISIBLE)
    return [str(work.id) for work in sandbox.world.works(USER)]


def hide_works(sandbox: Sandbox, works: list[str]) -> None:
    """Refuses the first works, and the account's own profile, which would show that other requests work."""
    for work in works[:HIDDEN]:
        sandbox.add_fault(Fault("unknown_error", "/v1/illust/detail", times=None, where=work))
    sandbox.add_fault(Fault("unknown_error", "/v1/user/detail", times=None))


def hide_files(sandbox: Sandbox, works: list[str]) -> None:
    for work in works[:HIDDEN]:
        for path in FILES:
            sandbox.add_fault(Fault("html_403", path, times=None, where=f"/{work}_"))


def attempts(crawl: Crawler, spider: str, **args: Any) -> tuple[Crawl, int]:
    """Resumes a run until it has finished, at most twice; returns its result and the number of attempts."""
    for number in range(1, 4):  # noqa: B007 - the last one is returned
        before = len(crawl.sandbox.requests)
        done = crawl(spider, job="run", settings={"RETRY_TIMES": 2}, **args)
        if done.report["finish_reason"] == "finished":
            break
        assert done.report["finish_reason"] == "refused_everywhere"
        sent = [one for one in crawl.sandbox.requests[before:] if one.kind == "file" or "illust_id" in one.query]
        assert MAX_REFUSALS <= len(sent) < 2 * MAX_REFUSALS, "some are sent at the same time"
    return done, number


def collected(done: Crawl) -> list[str]:
    return sorted(str(line["id"]) for name in ("illusts", "unavailable") for line in done.lines(name))


def test_an_attempt_begins_behind_the_works_that_were_refused_before(
    sandbox: Sandbox, crawl: Crawler, works: list[str]
) -> None:
    hide_works(sandbox, works)
    done, number = attempts(crawl, "works", illust_id=",".join(works), files="none")
    assert (done.status, done.report["finish_reason"], number) == (3, "finished", 3), done.log
    assert collected(done) == sorted(works)
    assert done.report["failure_counts"] == {"work": HIDDEN}


def test_an_attempt_begins_behind_the_files_that_were_refused_before(
    sandbox: Sandbox, crawl: Crawler, works: list[str]
) -> None:
    hide_files(sandbox, works)
    done, number = attempts(crawl, "user_works", user_id=USER)
    assert (done.status, done.report["finish_reason"]) == (3, "finished"), done.log
    assert number > 1
    assert collected(done) == sorted(works)
    assert done.report["failure_counts"] == {"file": HIDDEN}


def test_each_attempt_counts_even_if_everything_was_refused_at_first(
    sandbox: Sandbox, crawl: Crawler, works: list[str]
) -> None:
    args = {"illust_id": ",".join(works), "files": "none"}
    sandbox.add_fault(Fault("unknown_error", "/v", times=None))
    done, _ = attempts(crawl, "works", **args)
    assert (done.report["finish_reason"], collected(done)) == ("refused_everywhere", [])
    sandbox.clear_faults()
    hide_works(sandbox, works)
    done, _ = attempts(crawl, "works", **args)
    assert (done.status, done.report["finish_reason"]) == (3, "finished"), done.log
    assert collected(done) == sorted(works)

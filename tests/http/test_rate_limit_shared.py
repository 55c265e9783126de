"""A rate limit belongs to the login: all its runs pause together."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from pixiv_crawler.api.errors import LONGEST_PAUSE_SECONDS
from pixiv_crawler.http.api_session import ApiSession
from pixiv_crawler.http.rate_limit import RateLimit
from pixiv_crawler.sandbox import Fault, Sandbox
from tests.crawling import Crawler, popen

pytestmark = pytest.mark.promise("polite")

PATH_OF_FILE = Path("login", "token.json.pace")


class Run:
    """What one run knows about the limit."""

    def __init__(self, folder: Path) -> None:
        self.session = ApiSession()
        self.limit = RateLimit(folder / PATH_OF_FILE, self.session)

    @property
    def seconds(self) -> float:
        """How long the run will wait."""
        return self.session.waiting[1] if self.session.waiting else 0


@pytest.fixture
def runs(tmp_path: Path) -> tuple[Run, Run]:
    (tmp_path / PATH_OF_FILE).parent.mkdir()
    return Run(tmp_path), Run(tmp_path)


def test_a_pause_of_one_run_is_joined_once_by_another_and_by_a_later_one(
    runs: tuple[Run, Run], tmp_path: Path
) -> None:
    first, second = runs
    first.limit.pause(300)
    for other in (second, Run(tmp_path)):
        assert other.limit.join()
        assert 290 < other.seconds <= 300
        assert not other.limit.join()
    assert not first.limit.join()


def test_the_number_of_pauses_grows_over_all_runs_until_one_gets_a_valid_response(
    runs: tuple[Run, Run], tmp_path: Path
) -> None:
    first, second = runs
    first.limit.pause(1)
    second.limit.join()
    second.limit.pause(2)
    assert first.limit.pauses == second.limit.pauses == Run(tmp_path).limit.pauses == 2
    first.limit.join()
    first.limit.end()
    assert second.limit.pauses == 0
    assert not second.limit.join()


def test_a_wait_after_an_error_holds_back_other_runs_too_and_is_not_a_limit(runs: tuple[Run, Run]) -> None:
    first, second = runs
    first.limit.back_off(20)
    assert second.limit.join()
    assert 19 < second.seconds <= 20
    assert second.session.waiting
    assert second.session.waiting[0] == "retrying after an error"
    assert not second.limit.join()
    assert first.limit.pauses == second.limit.pauses == 0


def test_a_wait_after_an_error_shortens_no_pause_and_keeps_their_number(runs: tuple[Run, Run], tmp_path: Path) -> None:
    first, second = runs
    first.limit.pause(300)
    second.limit.back_off(20)
    assert Run(tmp_path).limit.join()
    assert first.limit.pauses == 1
    first.limit.back_off(400)
    assert second.limit.join()
    assert second.seconds > 300
    assert second.limit.pauses == 1


def test_a_response_to_a_request_that_was_sent_before_a_pause_does_not_end_it(runs: tuple[Run, Run]) -> None:
    first, second = runs
    first.limit.pause(300)
    second.limit.end()
    assert first.limit.pauses == 1
    assert second.limit.join()


def test_a_limit_that_ended_long_ago_is_forgotten(runs: tuple[Run, Run], monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = runs
    first.limit.pause(300)
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 299 + LONGEST_PAUSE_SECONDS)
    assert (second.limit.join(), second.limit.pauses) == (False, 1)
    monkeypatch.setattr(time, "time", lambda: now + 301 + LONGEST_PAUSE_SECONDS)
    assert (second.limit.join(), second.limit.pauses) == (False, 0)


def test_a_clock_that_was_set_back_makes_no_pause_longer(
    runs: tuple[Run, Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = runs
    first.limit.pause(300)
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now - 86_400)
    assert second.limit.join()
    assert second.seconds <= 300
    assert not second.limit.join()


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"number": "x"}', b"\xff", b"[" * 10_000])
def test_a_file_without_a_pause_holds_up_no_run(runs: tuple[Run, Run], tmp_path: Path, content: bytes) -> None:
    (tmp_path / PATH_OF_FILE).write_bytes(content)
    first, second = runs
    assert not first.limit.join()
    first.limit.pause(300)
    assert second.limit.join()


def test_a_file_that_cannot_be_written_leaves_a_run_its_own_pauses(tmp_path: Path) -> None:
    (tmp_path / PATH_OF_FILE.parent).write_bytes(b"in place of the folder")
    run = Run(tmp_path)
    for number in (1, 2):
        run.limit.pause(300)
        assert (run.limit.pauses, run.limit.join()) == (number, False)
    run.limit.end()
    assert run.limit.pauses == 0


# --- Crawls ------------------------------------------------------------------------------------------------------------

PROCESSES = 3


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_crawl_that_starts_during_a_pause_waits_for_its_end(sandbox: Sandbox, crawl: Crawler) -> None:
    # It ends long after this test, but a pause is never longer than its length.
    pause = {"number": 1, "seconds": 1, "until": time.time() + 600}
    crawl.token_file.parent.mkdir(parents=True)
    crawl.token_file.with_name("token.json.pace").write_text(json.dumps(pause))
    done = crawl(user_id=1008, files="none", max_works=1)
    assert done.status == 0, done.log
    assert "Pixiv limits the rate of another run with this login: no API request for 1 seconds" in done.log
    login, first, *_ = sandbox.requests
    assert (login.kind, first.kind) == ("oauth", "api")
    assert first.started - login.finished >= 1


def test_when_one_process_is_limited_the_others_send_nothing(sandbox: Sandbox, tmp_path: Path) -> None:
    def asking() -> set[int]:
        return {int(one.query["illust_id"]) // 1000 for one in sandbox.requests if one.kind == "api"}

    def refused() -> int:
        return sum(one.status == 403 for one in sandbox.requests)

    crawl = Crawler(sandbox, tmp_path)
    # The delay is longer than a limited process needs to tell the others.
    settings = {"PIXIV_API_DELAY": 0.5, "PIXIV_RATE_LIMIT_PAUSE": 2.5}
    processes = []
    for number in range(1, PROCESSES + 1):
        args = {"illust_id": ",".join(str(number * 1000 + work) for work in range(100)), "job": number}
        processes.append(popen(*crawl.words("works", settings, args), env=crawl.login))
    wait_until(lambda: len(asking()) == PROCESSES)
    sandbox.add_fault(Fault("rate_limit_403", "/v1/", times=None))
    wait_until(lambda: refused() > 0)
    time.sleep(2)
    assert refused() == 1
    for process in processes:
        process.terminate()
    logs = [process.communicate(timeout=60)[1] for process in processes]
    assert refused() == 1
    assert sum("another run with this login" in log for log in logs) == PROCESSES - 1

"""What an operator sees while a crawl runs: a line now and then, and a live display on a terminal."""

from __future__ import annotations

import json
import re
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pixiv_crawler import settings as project_settings
from pixiv_crawler.sandbox import Fault, Sandbox
from tests.crawling import Crawl, Crawler

from .terminal import FinishedTerminal, Terminal

USER = 2188232
ESCAPE = "\x1b"
STAMP = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \["
LINE = re.compile(r"\[pixiv_crawler\.extensions\.progress\] INFO: (.+)")


@pytest.fixture
def slow() -> Iterator[Sandbox]:
    """A sandbox with enough latency to observe a crawl while it runs."""
    with Sandbox(latency_seconds=0.02) as sandbox:
        yield sandbox


@pytest.fixture
def slow_crawl(slow: Sandbox, tmp_path: Path) -> Crawler:
    return Crawler(slow, tmp_path)


def on_terminal(
    crawl: Crawler,
    settings: dict[str, Any] | None = None,
    *options: str,
    env: dict[str, str] | None = None,
    columns: int = 200,
    **args: Any,
) -> Terminal:
    words = crawl.words("user_works", settings or {}, {"user_id": USER, "job": "seen"} | args)
    return Terminal([*map(str, words), *options], crawl.login | (env or {}), columns=columns)


def ran_on_terminal(
    crawl: Crawler,
    settings: dict[str, Any] | None = None,
    *options: str,
    env: dict[str, str] | None = None,
    columns: int = 200,
    **args: Any,
) -> FinishedTerminal:
    """A crawl that ran in this process: enough where only its output matters, not a signal or a moment of it."""
    words = crawl.words("user_works", settings or {}, {"user_id": USER, "job": "seen"} | args)
    return FinishedTerminal([*map(str, words), *options], crawl.login | (env or {}), columns=columns)


def waiting_at_second_listing(sandbox: Sandbox, crawl: Crawler) -> Terminal:
    """A crawl that waits at its second listing until it is interrupted."""
    sandbox.add_fault(Fault("rate_limit_403", "/v1/user/illusts", after=1, times=None))
    return on_terminal(crawl, {"PIXIV_RATE_LIMIT_PAUSE": 600})


def progress(log: str) -> list[str]:
    """The progress lines of a log."""
    return LINE.findall(log)


def report_of(crawl: Crawler) -> dict[str, Any]:
    return Crawl(0, "", "", crawl.data).report


# --- The line --------------------------------------------------------------------------------------------------------


def test_progress_lines_are_logged_periodically_as_text_whatever_the_environment_forces(slow_crawl: Crawler) -> None:
    forced = {"FORCE_COLOR": "1", "TTY_COMPATIBLE": "1", "TTY_INTERACTIVE": "1", "TERM": "xterm-256color"}
    settings = {"LOGSTATS_INTERVAL": 0.05, "PIXIV_RATE_LIMIT_PAUSE": 300}
    done = slow_crawl(user_id=USER, settings=settings, env=slow_crawl.login | forced)
    lines = progress(done.log)
    shape = (
        r"\d+ works?(, \d+ unavailable)?; \d+ API requests; 0 failed; "
        r"files: \d+ downloaded, 0 kept, 0 failed; \d+\.\d MB received(; waiting: .+)?(; about .+ left)?"
    )
    assert [line for line in lines if not re.fullmatch(shape, line)] == []
    works = [int(line.partition(" ")[0]) for line in lines]
    assert works == sorted(works)
    assert 0 < works[-1] <= done.report["lines"]["illust"]
    assert not any("limits" in line or "repeating" in line for line in lines), "it did not wait"
    assert ESCAPE not in done.log + done.stdout
    assert "\r" not in done.log + done.stdout


def test_the_default_interval_is_a_minute_and_scrapys_line_is_disabled(slow_crawl: Crawler) -> None:
    done = slow_crawl(user_id=USER, max_works=5)
    assert progress(done.log) == []
    assert "pages/min" not in done.log


def test_each_kind_of_line_is_counted_separately(slow_crawl: Crawler) -> None:
    args = {"comments": "true", "users": "true", "files": "none", "max_works": 10}
    done = slow_crawl(user_id=USER, settings={"LOGSTATS_INTERVAL": 0.05}, **args)
    last = progress(done.log)[-1]
    assert re.search(r"^\d+ works, .*\d+ comments", last)
    assert re.search(r"\b1 user\b", last)


@pytest.mark.parametrize("interval", ["0", "0.05"])
def test_without_log_and_terminal_there_is_no_output(slow_crawl: Crawler, interval: str) -> None:
    done = slow_crawl(user_id=USER, max_works=5, settings={"LOG_ENABLED": 0, "LOGSTATS_INTERVAL": interval})
    assert (done.status, done.log, done.stdout) == (0, "", "")


# --- Waiting ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "settings", "words"),
    [
        (Fault("rate_limit_403"), {"PIXIV_RATE_LIMIT_PAUSE": 2}, "waiting 2 s: Pixiv limits the rate"),
        (Fault("rate_limit_403", seconds=2), {}, "waiting 2 s: Pixiv limits the rate"),
        (Fault("server_error_500"), {"PIXIV_API_DELAY": 2}, "waiting 2 s: retrying after an error"),
        (Fault("slow", "/auth/token", seconds=2), {}, "waiting: renewing the login"),
    ],
    ids=["rate limit", "Retry-After", "error", "login"],
)
def test_the_line_contains_why_the_crawl_waits(
    sandbox: Sandbox, crawl: Crawler, fault: Fault, settings: dict[str, Any], words: str
) -> None:
    sandbox.add_fault(fault if fault.path else Fault(fault.kind, "/v1/user/illusts", seconds=fault.seconds))
    done = crawl(user_id=USER, max_works=1, settings={"LOGSTATS_INTERVAL": 0.1} | settings)
    assert done.status == 0
    assert words in "\n".join(progress(done.log))


# --- Estimate --------------------------------------------------------------------------------------------------------


def test_a_limit_on_works_gives_an_estimate(slow_crawl: Crawler) -> None:
    done = slow_crawl(user_id=USER, max_works=60, settings={"LOGSTATS_INTERVAL": 0.05})
    started = [line for line in progress(done.log) if not line.startswith(("0 works", "60 works"))]
    assert started
    assert [line for line in started if not re.search(r"; about \d+ (s|min) left$", line)] == []


def test_without_a_total_there_is_no_estimate(slow_crawl: Crawler) -> None:
    done = slow_crawl("rankings", date="2026-11-18", files="none", settings={"LOGSTATS_INTERVAL": 0.05})
    assert progress(done.log)
    assert not any("left" in line for line in progress(done.log))


@pytest.mark.parametrize("filters", [{}, {"min_bookmarks": 10**9}], ids=["all collected", "all dropped"])
def test_the_total_of_a_listing_gives_an_estimate(slow_crawl: Crawler, filters: dict[str, int]) -> None:
    """Works that a filter drops count as processed."""
    extensions = project_settings.EXTENSIONS | {"tests.extensions.announcer.Announcer": 900}
    settings = {"LOGSTATS_INTERVAL": 0.02, "EXTENSIONS": json.dumps(extensions)}
    done = slow_crawl("rankings", date="2026-11-18", files="none", settings=settings, **filters)
    assert any(re.search(r"; about \d+ (s|min) left$", line) for line in progress(done.log))


# --- The display -----------------------------------------------------------------------------------------------------


def figures(report: dict[str, Any]) -> list[str]:
    """The expected text of the display at the end of a run of illusts."""
    files = report["files"]
    counts = ", ".join(f"{files.get(status, 0)} {status}" for status in ("downloaded", "kept", "failed"))
    return [f"{report['lines']['illust']} works", f"files: {counts}; {files['bytes'] / 1e6:.1f} MB received"]


@pytest.mark.parametrize("columns", [200, 50])
def test_log_lines_are_written_completely_above_the_display(slow_crawl: Crawler, columns: int) -> None:
    terminal = ran_on_terminal(slow_crawl, {"LOG_LEVEL": "DEBUG"}, columns=columns, max_works=30)
    assert terminal.status == 0
    text = terminal.text
    assert terminal.output.count(b"API requests") > 2, "the display must have been redrawn"
    logged = re.findall(rf"{STAMP}scrapy\.core\.scraper\] DEBUG: Scraped illust (\d+) ", text)
    done = Crawl(0, "", "", slow_crawl.data)
    assert sorted(map(int, logged)) == sorted(work["id"] for work in done.lines("illusts"))
    assert text.count("API requests") == 1, "an earlier display was not removed"
    starts = [stamp.start() for stamp in re.finditer(STAMP, text)]
    assert [start for start in starts if start % columns] == [], "a line started within another one"


def test_the_final_display_remains_and_agrees_with_the_report(slow_crawl: Crawler) -> None:
    terminal = ran_on_terminal(slow_crawl, max_works=10_000)
    assert terminal.status == 0
    for words in figures(report_of(slow_crawl)):
        assert words in terminal.text
    assert re.search(r"running for \d+ (s|min)    ", terminal.text), "the final display has no estimate"
    assert "user_works /v1/user/illusts user_id=2188232" in terminal.text
    assert terminal.shows_cursor
    assert b"\x1b[?25l" in terminal.output


@pytest.mark.kill
def test_a_resumed_run_shows_the_figures_of_the_complete_run(sandbox: Sandbox, crawl: Crawler) -> None:
    with waiting_at_second_listing(sandbox, crawl) as terminal:
        terminal.read_until(lambda: re.search(r"\n[1-9]\d* works", terminal.screen) is not None)
        terminal.process.send_signal(signal.SIGINT)
        assert terminal.run() == 2
    first = report_of(crawl)["lines"]["illust"]
    sandbox.clear_faults()
    crawl.token_file.with_name(f"{crawl.token_file.name}.pace").unlink()  # the pause of the login
    with on_terminal(crawl) as terminal:
        terminal.read_until(lambda: re.search(r"\n\d+ works", terminal.screen) is not None)
        resumed = re.search(r"\n(\d+) works", terminal.screen)
        assert resumed
        assert int(resumed[1]) >= first > 0
        assert terminal.run() == 0
    for words in figures(report_of(crawl)):
        assert words in terminal.text


def test_the_display_shows_a_pause_with_its_reason(slow: Sandbox, slow_crawl: Crawler) -> None:
    slow.add_fault(Fault("rate_limit_403", "/v1/user/illusts"))
    with on_terminal(slow_crawl, {"PIXIV_RATE_LIMIT_PAUSE": 2}, max_works=1) as terminal:
        terminal.read_until(lambda: "; waiting 2 s: Pixiv limits the rate" in terminal.screen)
        assert not terminal.shows_cursor
        assert terminal.run() == 0
    assert terminal.shows_cursor


@pytest.mark.parametrize(("env", "has_color"), [({}, True), ({"NO_COLOR": "1"}, False)])
def test_no_color_is_honoured(slow: Sandbox, slow_crawl: Crawler, env: dict[str, str], has_color: bool) -> None:
    slow.add_fault(Fault("rate_limit_403", "/v1/user/illusts"))
    terminal = ran_on_terminal(slow_crawl, {"PIXIV_RATE_LIMIT_PAUSE": 1}, env=env, max_works=1)
    assert terminal.status == 0
    assert b"waiting" in terminal.output
    assert (re.search(rb"\x1b\[[0-9;]*3[0-7]m", terminal.output) is not None) == has_color


def test_a_dumb_terminal_gets_only_lines(slow_crawl: Crawler) -> None:
    env = {"TERM": "dumb"}
    terminal = ran_on_terminal(slow_crawl, {"LOGSTATS_INTERVAL": 0.05}, env=env, max_works=20)
    assert terminal.status == 0
    assert progress(terminal.output.decode())
    assert "running for" not in terminal.output.decode()
    assert ESCAPE not in terminal.output.decode()


def test_with_a_log_file_nothing_is_written_to_the_terminal(slow_crawl: Crawler, tmp_path: Path) -> None:
    log = tmp_path / "crawl.log"
    terminal = ran_on_terminal(slow_crawl, {"LOGSTATS_INTERVAL": 0.05, "LOG_FILE": log}, max_works=20)
    assert terminal.status == 0
    assert terminal.output == b""
    assert progress(log.read_text("utf-8"))
    assert ESCAPE not in log.read_text("utf-8")


def test_without_a_log_only_the_display_is_shown(slow_crawl: Crawler) -> None:
    terminal = ran_on_terminal(slow_crawl, {}, "--nolog", max_works=20)
    assert terminal.status == 0
    assert "INFO" not in terminal.text
    for words in figures(report_of(slow_crawl)):
        assert words in terminal.text
    assert terminal.shows_cursor


def test_output_of_components_is_printed_above_the_display(slow_crawl: Crawler) -> None:
    extensions = project_settings.EXTENSIONS | {"tests.extensions.announcer.Printer": 900}
    terminal = ran_on_terminal(slow_crawl, {"EXTENSIONS": json.dumps(extensions)}, max_works=40)
    assert terminal.status == 0
    printed = [line.start() for line in re.finditer(r"(out|err) illust \d+ is done ", terminal.text)]
    assert len(printed) == 80
    assert [start for start in printed if start % 200] == []
    assert terminal.text.count("API requests") == 1


def test_a_terminal_shows_what_is_crawled_and_the_outcome_instead_of_the_log(slow_crawl: Crawler) -> None:
    terminal = ran_on_terminal(slow_crawl, max_works=20)
    assert terminal.status == 0
    assert "╌ ".encode() in terminal.output
    folder = slow_crawl.data / "user_works" / "seen"
    lines = [line.rstrip() for line in terminal.screen.strip().splitlines()]
    assert lines[:2] == ["user_works user_id=2188232 max_works=20", f"writes to {folder}"]
    files = report_of(slow_crawl)["files"]["downloaded"]
    assert lines[-4:] == [
        "finished  20 illusts",
        f"lines     {folder}",
        f"files     {files} in {slow_crawl.data / 'files'}",
        f"next      scrapy gallery -s PIXIV_DATA_DIR={slow_crawl.data}",
    ]
    assert len(lines) == 2 + 4 + 4


def test_failures_and_warnings_are_shown_without_the_log(slow: Sandbox, slow_crawl: Crawler) -> None:
    slow.add_fault(Fault("bad_entry", "/v1/user/illusts", times=1))
    terminal = ran_on_terminal(slow_crawl, max_works=20)
    assert terminal.status == 3
    failed = slow_crawl.data / "user_works" / "seen" / "failed.jsonl"
    assert re.search(r"^WARNING: Missing: entry \d+: ", terminal.screen, re.MULTILINE)
    assert re.search(rf"^failed    1 entry: see {failed}$", terminal.screen, re.MULTILINE)
    assert re.search(r"^next      scrapy retry user_works/seen -s PIXIV_DATA_DIR=", terminal.screen, re.MULTILINE)
    assert "INFO" not in terminal.text


@pytest.mark.parametrize("option", ["-v", "-L INFO", "-s LOG_LEVEL=INFO"])
def test_the_log_is_shown_on_request(slow_crawl: Crawler, option: str) -> None:
    terminal = ran_on_terminal(slow_crawl, {}, *option.split(), max_works=5)
    assert terminal.status == 0
    assert "INFO: Scrapy 2." in terminal.text
    assert "Dumping Scrapy stats" in terminal.text
    assert "writes to" not in terminal.text


def test_a_quiet_crawl_shows_nothing(slow_crawl: Crawler) -> None:
    terminal = ran_on_terminal(slow_crawl, {}, "-q", max_works=5)
    assert terminal.status == 0
    assert terminal.output == b""


# --- Restoring the terminal ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.kill
def test_an_interrupted_crawl_restores_the_terminal(sandbox: Sandbox, crawl: Crawler, number: signal.Signals) -> None:
    with waiting_at_second_listing(sandbox, crawl) as terminal:
        terminal.read_until(lambda: "Pixiv limits the rate" in terminal.screen)
        assert not terminal.shows_cursor
        terminal.process.send_signal(number)
        assert terminal.run() == 2
    assert terminal.shows_cursor
    assert "To resume: scrapy crawl user_works -a user_id=2188232 -a job=seen" in terminal.text
    assert "Traceback" not in terminal.text


@pytest.mark.kill
def test_a_crawl_that_is_interrupted_twice_restores_the_terminal(sandbox: Sandbox, crawl: Crawler) -> None:
    sandbox.add_fault(Fault("slow", "/v1/user/illusts", times=None, seconds=30))
    with on_terminal(crawl) as terminal:
        terminal.read_until(lambda: "/v1/user/illusts" in terminal.screen)
        terminal.process.send_signal(signal.SIGINT)
        terminal.read_until(lambda: "; stopping, Ctrl-C again ends at once" in terminal.screen)
        assert not terminal.shows_cursor
        terminal.process.send_signal(signal.SIGINT)
        assert terminal.run() != 0
    assert terminal.shows_cursor
    resume = f"To resume: scrapy resume user_works/seen -s PIXIV_DATA_DIR={crawl.data}"
    assert resume in terminal.screen.replace("\n", "")


def test_a_failed_login_restores_the_terminal(sandbox: Sandbox, crawl: Crawler) -> None:
    sandbox.revoke_refresh_tokens()
    terminal = ran_on_terminal(crawl)
    assert terminal.status == 2
    assert terminal.shows_cursor
    assert "Login failed" in terminal.text

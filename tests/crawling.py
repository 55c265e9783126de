"""Runs `scrapy` as a user would, against a real server: in this process or in a separate one."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pixiv_crawler.sandbox import Sandbox
from tests.in_process import PROJECT, crawl_environment, scrapy_in_process
from tests.listing_cap import listing_cap_restored, listing_cap_settings

Scrapy = Callable[..., subprocess.CompletedProcess[str]]


def scrapy(*words: str | Path, env: dict[str, str] | None = None, stdin: str = "") -> subprocess.CompletedProcess[str]:
    """Runs a scrapy command in the project's folder, without the caller's Pixiv settings."""
    with popen(*words, env=env) as process:
        try:
            stdout, stderr = process.communicate(stdin, timeout=120)
        except subprocess.TimeoutExpired:
            process.kill()
            raise
    return subprocess.CompletedProcess(process.args, process.returncode, stdout, stderr)


def popen(*words: str | Path, env: dict[str, str] | None = None) -> subprocess.Popen[str]:
    """Starts a scrapy command; all three streams are pipes."""
    return subprocess.Popen(
        [sys.executable, "-m", "scrapy", *map(str, words)],
        cwd=PROJECT,
        env=crawl_environment() | (env or {}),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def run_until_kill(
    folder: Path, events: str, number: int, *words: str | Path, env: dict[str, str] | None = None
) -> None:
    """Runs a scrapy command that is killed before a change of a folder; see tests/kill_at_event.py."""
    command = [sys.executable, "-P", PROJECT / "tests" / "kill_at_event.py", folder, events, number, *words]
    done = subprocess.run(
        list(map(str, command)),
        cwd=PROJECT,
        env=crawl_environment() | {"PYTHONPATH": str(PROJECT)} | (env or {}),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr


@dataclass
class Crawl:
    """The result of a crawl."""

    status: int
    stdout: str
    log: str
    data: Path
    end_seconds: float = 0
    """How long it took to end after the signal."""

    @property
    def run_folder(self) -> Path:
        """The folder of the only run below the data folder."""
        (report,) = self.data.glob("*/*/report.json")
        return report.parent

    @property
    def report(self) -> dict[str, Any]:
        return json.loads((self.run_folder / "report.json").read_text("utf-8"))

    def lines(self, name: str) -> list[dict[str, Any]]:
        """The lines of one file of the run; none if there is no such file."""
        path = self.run_folder / f"{name}.jsonl"
        # As bytes, because texts may contain other line ends.
        return [json.loads(line) for line in path.read_bytes().splitlines()] if path.exists() else []

    @property
    def files(self) -> dict[str, Path]:
        """The files of works, by their path below `files`."""
        folder = self.data / "files"
        return {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}


class Crawler:
    """Crawls a simulated Pixiv with a separate data folder and token file.

    `scrapy` runs the command: `scrapy_in_process`, or `scrapy` for a separate process.
    """

    def __init__(self, sandbox: Sandbox, folder: Path, scrapy: Scrapy = scrapy_in_process) -> None:
        self.sandbox = sandbox
        self._scrapy = scrapy
        self.data = folder / "data"
        self.token_file = folder / "token" / "token.json"

    def __call__(
        self,
        spider: str = "user_works",
        /,
        *,
        settings: dict[str, Any] | None = None,
        env: dict[str, str] | None = None,
        output: Path | None = None,
        **args: Any,
    ) -> Crawl:
        """Runs one spider to its end; a setting of None is omitted, `output` is passed as -O."""
        words = self.words(spider, settings or {}, args)
        words += ["-O", str(output)] if output else []
        with listing_cap_restored():
            done = self._scrapy(*words, env=self.login if env is None else env)
        return Crawl(done.returncode, done.stdout, done.stderr, self.data)

    def stopped(
        self, number: signal.Signals, when: Callable[[], bool], *, settings: dict[str, Any] | None = None, **args: Any
    ) -> Crawl:
        """Runs `user_works` until `when` is true, and sends it a signal."""
        with popen(*self.words("user_works", settings or {}, args), env=self.login) as process:
            deadline = time.monotonic() + 60
            while not when():
                assert process.poll() is None, "the crawl ended before the condition was true"
                assert time.monotonic() < deadline, "the condition did not become true"
                time.sleep(0.001)
            process.send_signal(number)
            sent = time.monotonic()
            stdout, log = process.communicate(timeout=60)
        return Crawl(process.returncode, stdout, log, self.data, time.monotonic() - sent)

    def killed(
        self,
        events: str,
        number: int,
        spider: str = "user_works",
        /,
        *,
        folder: str = "files",
        settings: dict[str, Any] | None = None,
        **args: Any,
    ) -> None:
        """Runs a spider that is killed before a change of a folder; see tests/kill_at_event.py."""
        words = self.words(spider, settings or {}, args)
        run_until_kill(self.data / folder, events, number, *words, env=self.login)

    @property
    def login(self) -> dict[str, str]:
        """The environment variables of a login."""
        return {"PIXIV_REFRESH_TOKEN": self.sandbox.refresh_token}

    def words(self, spider: str, settings: dict[str, Any], args: dict[str, Any]) -> list[str]:
        """The command that runs a spider."""
        defaults = {
            "PIXIV_API_URL": self.sandbox.url,
            "PIXIV_OAUTH_URL": self.sandbox.oauth_url,
            "PIXIV_IMAGE_URL": self.sandbox.url,
            "PIXIV_TOKEN_FILE": self.token_file,
            "PIXIV_DATA_DIR": self.data,
            "PIXIV_API_DELAY": 0.001,
            "PIXIV_RATE_LIMIT_PAUSE": 0.3,
        }
        defaults |= listing_cap_settings(self.sandbox.world.listing_cap)
        options = [("-s", name, value) for name, value in (defaults | settings).items()]
        options += [("-a", name, value) for name, value in args.items()]
        given = [word for flag, name, value in options if value is not None for word in (flag, f"{name}={value}")]
        return ["crawl", spider, *given]

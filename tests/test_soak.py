"""A long crawl with random faults: every failure is reported, nothing is duplicated, and memory stays flat.

Run it with `pytest -m soak -s`. The environment variable SOAK_WORKS sets the number of works.
"""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread

import pytest

from pixiv_crawler.sandbox import Sandbox
from tests.crawling import Crawl, Crawler, popen
from tests.fault_kinds import (
    API_RECOVERED,
    API_TRANSIENT,
    FILE_NOT_FOUND,
    FILE_REFUSED,
    FILE_TRANSIENT,
    SHORT_TIMEOUT,
    TOKEN_TRANSIENT,
    mixed_faults,
)
from tests.outcome_check import outcome_errors

WORKS = int(os.environ.get("SOAK_WORKS", "20000"))
WORKS_PER_USER = 500
SHARE = 0.02
EXPIRIES = (0.25, 0.5, 0.75)
# Parts of the crawl; the first fifth is the warm-up.
WARM, END = (0.18, 0.22), (0.96, 1.0)
# 5 MB are allocated later than that. A record of 2 kB kept for each of the following works would exceed the limit.
MOST_GROWTH_MB = max(12.0, WORKS * 0.0015)
SAMPLE_SECONDS = 0.2


@dataclass
class Watch:
    """Samples the progress and the memory of a running crawl, and lets its token expire at given points."""

    sandbox: Sandbox
    process: subprocess.Popen[str]
    works: int
    samples: list[tuple[float, float]] = field(default_factory=list)
    """The progress, from 0 to 1, and the resident memory in MB at that time."""
    expired: int = 0

    def run(self) -> None:
        while self.process.poll() is None:
            done = len(self.sandbox.requests) / self.works
            if (memory := resident_mb(self.process.pid)) is not None:
                self.samples.append((done, memory))
            if self.expired < len(EXPIRIES) and done >= EXPIRIES[self.expired]:
                self.sandbox.expire_tokens()
                self.expired += 1
            time.sleep(SAMPLE_SECONDS)

    def memory_mb(self, begin: float, end: float) -> float:
        """The median between two points of the crawl, from its start (0) to its end (1)."""
        end_of_crawl = self.samples[-1][0]
        return statistics.median(memory for done, memory in self.samples if begin <= done / end_of_crawl <= end)

    @property
    def growth_mb(self) -> float:
        """By how much the memory grew after the warm-up."""
        return self.memory_mb(*END) - self.memory_mb(*WARM)


def resident_mb(pid: int) -> float | None:
    """The resident memory of a process; None if the system does not provide it or the process has ended."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except (OSError, IndexError):
        return None
    return pages * resource.getpagesize() / 1e6


def run_crawl(sandbox: Sandbox, folder: Path) -> tuple[Crawl, Watch]:
    """Runs the crawl to its end."""
    users = range(9000, 9000 + -(-WORKS // WORKS_PER_USER))
    for user_id in users:
        sandbox.world.add_user(user_id, works=min(WORKS_PER_USER, WORKS - WORKS_PER_USER * (user_id - 9000)))
    crawl = Crawler(sandbox, folder)
    settings = SHORT_TIMEOUT | {"PIXIV_RATE_LIMIT_PAUSE": 0.002}
    words = crawl.words("user_works", settings, {"user_id": ",".join(map(str, users))})
    with popen(*words, env=crawl.login) as process:
        watch = Watch(sandbox, process, WORKS)
        watching = Thread(target=watch.run)
        watching.start()
        stdout, log = process.communicate()
        watching.join()
    return Crawl(process.returncode, stdout, log, crawl.data), watch


def summary(done: Crawl, watch: Watch, seconds: float) -> str:
    """The figures of a crawl, to be printed."""
    faults = Counter(request.kind for request in watch.sandbox.requests if request.fault)
    files = Counter(file["status"] for line in done.lines("illusts") for file in line["files"])
    deciles = [f"{watch.memory_mb(tenth / 10 - 0.02, tenth / 10 + 0.02):.0f}" for tenth in range(1, 11)]
    return (
        f"{WORKS:,} works in {seconds:.0f} s: {len(done.lines('illusts')):,} lines, files {dict(files)}, "
        f"failures {dict(Counter(failure['what'] for failure in done.report['failures']))},  exit status {done.status}\n"
        f"{len(watch.sandbox.requests):,} requests, faults {dict(faults)}, tokens expired {watch.expired} times\n"
        f"resident memory in MB at 10, 20 ... 100 %: {' '.join(deciles)}; "
        f"from 20 to 100 % it grew by {watch.growth_mb:.1f} MB"
    )


@pytest.mark.soak
@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="reads /proc, which only Linux has")
@pytest.mark.promise("memory")
def test_a_long_crawl_with_random_faults_reports_every_failure_and_its_memory_stays_flat(tmp_path: Path) -> None:
    faults = mixed_faults(
        listings=API_TRANSIENT | API_RECOVERED | {"bad_entry"},
        tokens=TOKEN_TRANSIENT,
        files=FILE_TRANSIENT | FILE_NOT_FOUND | FILE_REFUSED | {"rate_limit_429"},
    )
    with Sandbox() as sandbox:
        sandbox.mix_faults(faults, SHARE, seed="soak")
        started = time.monotonic()
        done, watch = run_crawl(sandbox, tmp_path)
        sys.stdout.write(f"\n{summary(done, watch, time.monotonic() - started)}\n")
        assert outcome_errors(sandbox, done) == []
    assert done.report["finish_reason"] == "finished"
    assert watch.expired == len(EXPIRIES)
    failed = {failure["what"] for failure in done.report["failures"]}
    assert failed <= {"file", "entry"}, "a listing failed because of a transient fault"
    assert watch.growth_mb < MOST_GROWTH_MB

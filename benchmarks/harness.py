"""Shared by the benchmarks: runs the simulated Pixiv and a crawl in separate processes, measures both, prints a table."""

from __future__ import annotations

import json
import os
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")

BENCHMARKS = Path(__file__).resolve().parent
PROJECT = BENCHMARKS.parent
SCRAPY = ("-m", "scrapy")
SCRAPY_WITHOUT_FSYNC = (str(BENCHMARKS / "without_fsync.py"),)
SCRAPY_WITHOUT_VERIFICATION = (str(BENCHMARKS / "without_verification.py"),)

# Linux counts ru_maxrss in KiB, macOS in bytes.
_MAXRSS_UNIT = 1 if sys.platform == "darwin" else 1024
_ELAPSED = re.compile(r"'elapsed_time_seconds': ([0-9.e-]+)")


@dataclass(frozen=True)
class Pixiv:
    """A running simulated Pixiv."""

    url: str
    refresh_token: str


@dataclass(frozen=True)
class Crawl:
    """The measurements of one complete crawl."""

    spider_seconds: float
    """Time between "Spider opened" and "Spider closed"."""
    process_seconds: float
    """Time from the start to the end of the process."""
    cpu_seconds: float
    peak_mb: float
    works: int
    files: int


def pin(pid: int, core: int) -> None:
    """Restricts a process and its future children to one core, if the system supports it."""
    if hasattr(os, "sched_setaffinity"):
        cores = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(pid, {cores[core % len(cores)]})


@contextmanager
def simulated_pixiv(*users: str, latency_seconds: float = 0) -> Iterator[Pixiv]:
    """Serves the simulated Pixiv on the second core; `users` are as serve.py takes them."""
    words = [sys.executable, BENCHMARKS / "serve.py", *users, "--latency", str(latency_seconds)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as server:
        pin(server.pid, 1)
        try:
            assert server.stdout is not None
            yield Pixiv(*server.stdout.readline().split())
        finally:
            server.terminate()


@contextmanager
def image_server(file: Path, latency_seconds: float = 0, certificate: Path | None = None) -> Iterator[str]:
    """Serves one file at every URL on the second core; yields the base URL.

    Crawl works of several pages from it: a work of one page has the size of its image, and a file with another size is
    damaged.
    """
    words = [sys.executable, BENCHMARKS / "images.py", file, "--latency", str(latency_seconds)]
    words += ["--certificate", certificate] if certificate else []
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as server:
        pin(server.pid, 1)
        try:
            assert server.stdout is not None
            yield server.stdout.readline().strip()
        finally:
            server.terminate()


def in_separate_process(function: Callable[[Path], T], folder: Path) -> T:
    """Calls a function in a separate process, so that its memory does not count as that of a crawl."""
    with ProcessPoolExecutor(1, get_context("spawn")) as process:
        return process.submit(function, folder).result()


@contextmanager
def data_folder(parent: Path | None) -> Iterator[Path]:
    """A folder that is removed afterwards."""
    with tempfile.TemporaryDirectory(prefix="pixiv_crawler-benchmark-", dir=parent) as name:
        yield Path(name)


def crawl(
    pixiv: Pixiv, data: Path, args: Sequence[str], *, settings: Sequence[str] = (), program: Sequence[str] = SCRAPY
) -> Crawl:
    """Crawls the works of users on the first core.

    Raises:
        SystemExit: the crawl did not collect everything.
    """
    os.sync()  # completes pending writes of earlier crawls
    log = data / "crawl.log"
    started = time.perf_counter()
    command = [sys.executable, *program, "crawl", "user_works", *crawl_options(pixiv, data, args, settings)]
    status, usage = run(command, log)
    process_seconds = time.perf_counter() - started
    text = log.read_text("utf-8")
    if status:
        raise SystemExit(f"{text}\nThe crawl ended with status {status}; its log is above.")
    elapsed = _ELAPSED.search(text)
    assert elapsed is not None
    return Crawl(float(elapsed[1]), process_seconds, cpu_seconds(usage), peak_mb(usage), *_counts(data))


def crawl_options(pixiv: Pixiv, data: Path, args: Sequence[str], settings: Sequence[str] = ()) -> list[str]:
    """The options of a `scrapy crawl` that reads the simulated Pixiv without a delay."""
    ours = (
        f"PIXIV_API_URL={pixiv.url}",
        f"PIXIV_IMAGE_URL={pixiv.url}",
        f"PIXIV_OAUTH_URL={pixiv.url}/auth/token",
        f"PIXIV_REFRESH_TOKEN={pixiv.refresh_token}",
        f"PIXIV_TOKEN_FILE={data / 'token.json'}",
        f"PIXIV_DATA_DIR={data}",
        "PIXIV_API_DELAY=0",
    )
    options = [word for setting in (*ours, *settings) for word in ("-s", setting)]
    return options + [word for arg in args for word in ("-a", arg)]


def run(
    command: list[str], log: Path, variables: Mapping[str, str] | None = None, folder: Path = PROJECT
) -> tuple[int, resource.struct_rusage]:
    """Runs a program on the first core, with its output in a file; returns its exit status and its resources."""
    # PYTHONDONTWRITEBYTECODE would compile our modules at every start, but not those of installed packages.
    unwanted = ("PIXIV_", "SCRAPY_", "PYTHONDONTWRITEBYTECODE")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(unwanted)}
    environment |= variables or {}
    figures = log.with_suffix(".usage")
    words = [sys.executable, "-I", "-S", str(BENCHMARKS / "measured.py"), str(figures), *command]
    with (
        log.open("wb") as output,
        subprocess.Popen(words, cwd=folder, env=environment, stdout=output, stderr=output) as process,
    ):
        pin(process.pid, 0)
    status, usage = json.loads(figures.read_text("utf-8"))
    return status, resource.struct_rusage(usage)


def cpu_seconds(usage: resource.struct_rusage) -> float:
    """Processor time of a process, in its own code and in the system."""
    return usage.ru_utime + usage.ru_stime


def peak_mb(usage: resource.struct_rusage) -> float:
    """Largest memory of a process, in MB."""
    return usage.ru_maxrss * _MAXRSS_UNIT / 1e6


def _counts(data: Path) -> tuple[int, int]:
    """Number of works and files of the latest run in a data folder."""
    latest = max(data.glob("user_works/*/report.json"), key=lambda path: path.stat().st_mtime_ns)
    report = json.loads(latest.read_text("utf-8"))
    files = report["files"]
    if files.get("damaged"):
        raise SystemExit(f"{files['damaged']} files were stored as damaged, which costs a second transfer of each.")
    return report["lines"].get("illust", 0), files.get("downloaded", 0) + files.get("kept", 0)


def spread(values: Sequence[float], digits: int = 0) -> str:
    """The median and, for several values, the range."""
    median = f"{statistics.median(values):,.{digits}f}"
    if len(values) == 1:
        return median
    return f"{median} ({min(values):,.{digits}f}-{max(values):,.{digits}f})"


def print_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Prints a table in Markdown; every column but the first is aligned to the right."""
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    rule = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]
    for row in (head, rule, *rows):
        first, *others = (
            cell.ljust(width) if at == 0 else cell.rjust(width)
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        print("|", " | ".join((first, *others)), "|")

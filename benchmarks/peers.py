"""Measures our crawler next to other programs that do the same: gallery-dl, pixivpy, a plain asyncio loop, plain Scrapy.

Every program runs as a whole process on the first core, the simulated Pixiv on the second one. Each round runs all
programs and jobs one after the other, so that changes in the load of the machine affect all of them; values are medians
of the rounds. --quick compares our processor time with that of plain Scrapy, and ends with status 1 if a ratio is more
than 25% above the recorded one.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import astuple, dataclass
from pathlib import Path

import ratios
from harness import Pixiv, cpu_seconds, data_folder, peak_mb, print_table, run, simulated_pixiv, spread
from programs import PROGRAMS

CONCURRENCY = 16
LOOP, SCRAPY, OURS = "plain loop", "plain Scrapy", "ours"
# Users as serve.py takes them; 1006 and 1007 exist in every simulated Pixiv.
NO_WORKS, WORKS, HEAVY, USUAL = 4_000_000_001, 1006, 1007, 9000
USERS = (f"{NO_WORKS}:0:0", f"{USUAL}:69x3+251:50000")


@dataclass(frozen=True)
class Job:
    """What every program does: it collects the works of a user."""

    name: str
    user_id: int
    works: int = 0
    files: int = 0
    """Number of files of the works; 0: none is downloaded."""
    has_latency: bool = False


STARTUP = Job("startup", NO_WORKS)
ONLY_WORKS = Job("works", WORKS, 3000)
FILES = Job("files", HEAVY, 1000, 1000)
DISTANT_FILES = Job("files with latency", USUAL, 320, 458, has_latency=True)
DISTANT_WORKS = Job("works with latency", USUAL, 320, has_latency=True)
QUICK_JOBS = (STARTUP, ONLY_WORKS, FILES)
JOBS = (*QUICK_JOBS, DISTANT_FILES, DISTANT_WORKS)


@dataclass(frozen=True)
class Figures:
    """The measurements of one process, or the medians of several."""

    seconds: float
    cpu_seconds: float
    peak_mb: float
    works: float
    """Number of works in its result."""
    files: float


Results = Mapping[Job, Figures]
Runs = dict[tuple[str, Job], list[Figures]]


def _startup(results: Results) -> float:
    return results[STARTUP].cpu_seconds


def _per_work(results: Results) -> float:
    """Processor time per work without the start, in ms."""
    return (results[ONLY_WORKS].cpu_seconds - _startup(results)) / ONLY_WORKS.works * 1000


def _per_file(results: Results) -> float:
    """Processor time per file without the start and the works, in ms."""
    works_seconds = _per_work(results) * FILES.works / 1000
    return (results[FILES].cpu_seconds - _startup(results) - works_seconds) / FILES.files * 1000


def _files_and_works(results: Results) -> float:
    """Processor time per file and its work, without the start, in ms; less noisy than without the works."""
    return (results[FILES].cpu_seconds - _startup(results)) / FILES.files * 1000


def _without_startup(job: Job) -> Callable[[Results], float]:
    return lambda results: results[job].seconds - results[STARTUP].seconds


QUICK_MEASURES = {STARTUP: _startup, ONLY_WORKS: _per_work, FILES: _files_and_works}
MEASURES: dict[str, Callable[[Results], float]] = {
    "startup: CPU s": _startup,
    "3,000 works: CPU ms per work": _per_work,
    "1,000 files: CPU ms per file": _per_file,
    "458 files with latency: s": _without_startup(DISTANT_FILES),
    "320 works with latency: s": _without_startup(DISTANT_WORKS),
    "1,000 files: peak MB": lambda results: results[FILES].peak_mb,
}


def main() -> None:
    options = _parser().parse_args()
    if options.quick or options.record:
        _quick(options)
    else:
        runs: Runs = defaultdict(list)
        _measure(runs, tuple(PROGRAMS), JOBS, options)
        _print_processes(runs)
        print()
        _print_comparison(_medians(runs))


def _quick(options: argparse.Namespace) -> None:
    """Measures plain Scrapy and ours; measures both once more before it decides that ours has become slower."""
    runs: Runs = defaultdict(list)
    _measure(runs, (SCRAPY, OURS), QUICK_JOBS, options)
    if not options.record and ratios.errors(_measured_ratios(runs)):
        _measure(runs, (SCRAPY, OURS), QUICK_JOBS, options)
    _print_processes(runs)
    print("\nOur processor time relative to plain Scrapy:", json.dumps(_measured_ratios(runs)))
    if options.record:
        ratios.record(_measured_ratios(runs))
    else:
        check(runs)


def check(runs: Runs) -> None:
    """Raises: SystemExit if a ratio exceeds the recorded one."""
    if errors := ratios.errors(_measured_ratios(runs)):
        raise SystemExit("\n".join(errors))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3, help="how often everything is measured (default: 3)")
    parser.add_argument("--latency", type=float, default=0.2, help="seconds before each response (default: 0.2)")
    parser.add_argument(
        "--quick", action="store_true", help="only plain Scrapy and ours, without latency; checks ratios"
    )
    parser.add_argument("--record", action="store_true", help="measures as --quick does, and records the ratios")
    parser.add_argument("--folder", type=Path, help="where files are written (default: the system's temporary folder)")
    return parser


def _measure(runs: Runs, programs: Sequence[str], jobs: Sequence[Job], options: argparse.Namespace) -> None:
    """Runs every program with every job, once per round; adds the figures to `runs`."""
    with ExitStack() as servers:
        latencies = {job.has_latency: options.latency if job.has_latency else 0 for job in jobs}
        pixivs = {
            has_latency: servers.enter_context(simulated_pixiv(*USERS, latency_seconds=latency))
            for has_latency, latency in latencies.items()
        }
        # The simulated Pixiv draws images when they are first requested; programs are compiled by their first start.
        warm_up = [(LOOP, job) for job in jobs] + [(program, STARTUP) for program in programs]
        for program, job in warm_up:
            run_program(program, job, pixivs[job.has_latency], options.folder)
        for _ in range(options.rounds):
            for job in jobs:
                for program in programs:
                    runs[program, job].append(run_program(program, job, pixivs[job.has_latency], options.folder))


def run_program(program: str, job: Job, pixiv: Pixiv, parent: Path | None) -> Figures:
    """Runs a program once.

    Raises:
        SystemExit: the program failed, or ours did not collect everything.
    """
    with data_folder(parent) as folder:
        log = folder / "log"
        command = PROGRAMS[program](pixiv, folder, job.user_id, CONCURRENCY if job.files else 0)
        started = time.perf_counter()
        status, usage = run([sys.executable, *command.words], log, command.variables, command.working_folder)
        seconds = time.perf_counter() - started
        works, files = found_in(folder)
        if status or (program == OURS and (works, files) != (job.works, job.files)):
            raise SystemExit(
                f"{log.read_text('utf-8')}\n{program} ended with status {status} and {works:,} of {job.works:,} works, "
                f"{files:,} of {job.files:,} files; its log is above."
            )
    return Figures(seconds, cpu_seconds(usage), peak_mb(usage), works, files)


def found_in(folder: Path) -> tuple[int, int]:
    """Number of works and of files that a program stored in a folder."""
    lines = [json.loads(line) for path in folder.rglob("*.jsonl") for line in path.read_text("utf-8").splitlines()]
    files = [path for path in folder.glob("files/**/*") if path.is_file() and path.stat().st_size]
    return len({line["id"] for line in lines}), len(files)


def _medians(runs: Runs) -> dict[str, dict[Job, Figures]]:
    """The medians of every program's jobs."""
    medians: dict[str, dict[Job, Figures]] = defaultdict(dict)
    for (program, job), figures in runs.items():
        medians[program][job] = Figures(*map(statistics.median, zip(*map(astuple, figures), strict=True)))
    return medians


def _measured_ratios(runs: Runs) -> dict[str, float]:
    """Our processor time relative to plain Scrapy's, by job."""
    medians = _medians(runs)
    return {
        job.name: round(measure(medians[OURS]) / measure(medians[SCRAPY]), 2)
        for job, measure in QUICK_MEASURES.items()
    }


def _print_processes(runs: Runs) -> None:
    """Prints what every process used, and the least that one of them found."""
    rows = [
        [
            job.name,
            program,
            spread([each.seconds for each in figures], 2),
            spread([each.cpu_seconds for each in figures], 2),
            spread([each.peak_mb for each in figures]),
            f"{min(each.works for each in figures):,} of {job.works:,}",
            f"{min(each.files for each in figures):,} of {job.files:,}",
        ]
        for (program, job), figures in runs.items()
    ]
    print_table(("job", "program", "s", "CPU s", "peak MB", "works", "files"), rows)


def _print_comparison(medians: Mapping[str, Results]) -> None:
    """Prints the measures of every program, and ours relative to the loop and to plain Scrapy."""
    rows = []
    for name, measure in MEASURES.items():
        values = {program: measure(results) for program, results in medians.items()}
        relative = [f"{values[OURS] / values[other]:.2f}" for other in (LOOP, SCRAPY)]
        rows.append([name, *(f"{value:,.2f}" for value in values.values()), *relative])
    print_table(("job", *medians, "ours / loop", "ours / Scrapy"), rows)


if __name__ == "__main__":
    main()

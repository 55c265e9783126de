"""Measures how much processor time it takes to start: a crawl of a user without works, next to a plain Scrapy project.

The simulated Pixiv runs in a separate process on the second core, everything else on the first core. Each round runs
all cases one after the other, so that changes in the load of the machine affect all cases; a ratio is the median of
the ratios to the plain project in the same round.
"""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict
from dataclasses import replace
from pathlib import Path

from harness import (
    SCRAPY,
    Pixiv,
    cpu_seconds,
    crawl_options,
    data_folder,
    print_table,
    run,
    simulated_pixiv,
    spread,
)
from programs import Command, plain_scrapy

USER_ID = 4_000_000_001
PLAIN = "plain Scrapy: a user without works"


def main() -> None:
    options = _parser().parse_args()
    seconds: dict[str, list[float]] = defaultdict(list)
    ratios: dict[str, list[float]] = defaultdict(list)
    with simulated_pixiv(f"{USER_ID}:0:0") as pixiv:
        for number in range(options.rounds + 1):
            figures = _round(pixiv, options.folder)
            if number == 0:
                continue  # compiled modules and filled the caches of the system
            for case, value in figures.items():
                seconds[case].append(value)
                ratios[case].append(value / figures[PLAIN])
    rows = [[case, spread(values, 2), spread(ratios[case], 2)] for case, values in seconds.items()]
    print_table(("case", "CPU s", "ratio"), rows)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=9, help="how often each case is measured (default: 9)")
    parser.add_argument("--folder", type=Path, help="where files are written (default: the system's temporary folder)")
    return parser


def _round(pixiv: Pixiv, parent: Path | None) -> dict[str, float]:
    """The processor time of every case, each run once."""
    with data_folder(parent) as folder:
        plain = plain_scrapy(pixiv, folder, USER_ID, concurrency=0)
        ours = Command([*SCRAPY, "crawl", "user_works"])
        options = crawl_options(pixiv, folder, [f"user_id={USER_ID}"])
        return {
            "plain Scrapy: scrapy version": _cpu_seconds(folder, replace(plain, words=[*SCRAPY, "version"])),
            PLAIN: _cpu_seconds(folder, plain),
            "ours: a user without works": _cpu_seconds(folder, ours, *options),
            "ours: help": _cpu_seconds(folder, ours, "-a", "help=1"),
            "ours: an invalid argument": _cpu_seconds(folder, ours, "-a", "user_id=x", status=1),
            "ours: an unknown spider": _cpu_seconds(folder, Command([*SCRAPY, "crawl", "user_work"]), status=1),
            "ours: scrapy list": _cpu_seconds(folder, Command([*SCRAPY, "list"])),
        }


def _cpu_seconds(folder: Path, command: Command, *options: str, status: int = 0) -> float:
    log = folder / "log"
    words = [sys.executable, *command.words, *options]
    ended_with, usage = run(words, log, command.variables, command.working_folder)
    if ended_with != status:
        raise SystemExit(
            f"{log.read_text('utf-8')}\n{' '.join(words)} ended with status {ended_with}; its log is above."
        )
    return cpu_seconds(usage)


if __name__ == "__main__":
    main()

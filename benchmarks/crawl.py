"""Measures complete crawls: works and files per second, processor time and memory.

The simulated Pixiv runs in a separate process on the second core, each crawl in another one on the first core, started
by `scrapy crawl` as by a user, without a delay between API requests. A crawl that is not measured warms up the
simulated Pixiv. Each round runs all cases one after the other, so that changes in the load of the machine affect all
cases.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from harness import (
    SCRAPY,
    SCRAPY_WITHOUT_FSYNC,
    Crawl,
    Pixiv,
    crawl,
    data_folder,
    print_table,
    simulated_pixiv,
    spread,
)

# Users of the simulated Pixiv: 3,000 works, and 1,000 works with one file of 50 KB each.
WORKS = ("user_id=1006", "files=none")
FILES = ("user_id=1007",)


@dataclass(frozen=True)
class Case:
    """A crawl to measure."""

    name: str
    args: Sequence[str]
    settings: Sequence[str] = ()
    program: Sequence[str] = SCRAPY
    reuses_data: bool = False
    """Whether it uses the data folder of the previous case."""


CASES = (
    Case("3,000 works, no files", WORKS),
    Case("1,000 files, 4 at once", FILES),
    Case("the same again, all reused", FILES, reuses_data=True),
    Case("1,000 files, 1 at once", FILES, ("PIXIV_IMAGE_CONCURRENCY=1",)),
    Case("1,000 files, 16 at once", FILES, ("PIXIV_IMAGE_CONCURRENCY=16",)),
    Case("1,000 files, 4 at once, no fsync", FILES, program=SCRAPY_WITHOUT_FSYNC),
)
HEAD = ("case", "spider s", "process s", "works/s", "files/s", "CPU s", "peak MB")


def main() -> None:
    options = _parser().parse_args()
    crawls: dict[Case, list[Crawl]] = defaultdict(list)
    with simulated_pixiv() as pixiv:
        with data_folder(options.folder) as data:
            crawl(pixiv, data, ["user_id=1006,1007"])
        for _ in range(options.rounds):
            for case, figures in _round(pixiv, options.folder):
                crawls[case].append(figures)
    print_table(HEAD, [_row(case, figures) for case, figures in crawls.items()])


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3, help="how often each case is measured (default: 3)")
    parser.add_argument("--folder", type=Path, help="where files are written (default: the system's temporary folder)")
    return parser


def _round(pixiv: Pixiv, folder: Path | None) -> list[tuple[Case, Crawl]]:
    """Runs every case once."""
    results = []
    with data_folder(folder) as parent:
        for number, case in enumerate(CASES):
            if not case.reuses_data:
                data = parent / str(number)
                data.mkdir()
            figures = crawl(pixiv, data, case.args, settings=case.settings, program=case.program)
            results.append((case, figures))
    return results


def _row(case: Case, crawls: Sequence[Crawl]) -> list[str]:
    return [
        case.name,
        spread([figures.spider_seconds for figures in crawls], 2),
        spread([figures.process_seconds for figures in crawls], 2),
        spread([figures.works / figures.spider_seconds for figures in crawls]),
        spread([figures.files / figures.spider_seconds for figures in crawls]) if crawls[0].files else "",
        spread([figures.cpu_seconds for figures in crawls], 2),
        spread([figures.peak_mb for figures in crawls]),
    ]


if __name__ == "__main__":
    main()

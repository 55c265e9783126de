"""Measures crawls whose files all exist already (1,000 and 10,000): seconds and processor time per file.

Of files in the state database, only size and modification time are checked; others, such as those of other programs,
are read once. The image host is switched off, so a crawl that requested a file would fail. A second crawl of each
kind, which is not timed, counts how often a file was opened.
"""

from __future__ import annotations

import argparse
import re
from collections import defaultdict
from pathlib import Path

from harness import BENCHMARKS, Crawl, Pixiv, crawl, data_folder, print_table, simulated_pixiv, spread

# Users by their number of works, which have one file each.
CASES = {"1,000 files": {9101: 1000}, "10,000 files": {9102: 5000, 9103: 5000}}
FILE_BYTES = 20_000
# No server listens on this port.
NO_IMAGES = ["PIXIV_IMAGE_URL=http://localhost:9"]
COUNTING = (str(BENCHMARKS / "counting_opens.py"),)
HEAD = ("case", "opened", "spider s", "CPU s", "CPU ms per file", "peak MB")


def main() -> None:
    options = _parser().parse_args()
    users = [f"{user}:{works}:{FILE_BYTES}" for case in CASES.values() for user, works in case.items()]
    crawls: dict[str, list[Crawl]] = defaultdict(list)
    opened: dict[str, int] = {}
    with simulated_pixiv(*users) as pixiv:
        for name, case in CASES.items():
            with data_folder(options.folder) as data:
                args = [f"user_id={','.join(map(str, case))}"]
                crawl(pixiv, data, args)
                for _ in range(options.rounds):
                    crawls[name].append(crawl(pixiv, data, args, settings=NO_IMAGES))
                    _delete_state(data)
                    crawls[f"{name}, unrecorded"].append(crawl(pixiv, data, args, settings=NO_IMAGES))
                opened[name] = _opened(pixiv, data, args)
                _delete_state(data)
                opened[f"{name}, unrecorded"] = _opened(pixiv, data, args)
    print_table(HEAD, [_row(name, opened[name], crawls[name]) for name in crawls])


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3, help="how often each case is measured (default: 3)")
    parser.add_argument("--folder", type=Path, help="where files are written (default: the system's temporary folder)")
    return parser


def _delete_state(data: Path) -> None:
    for path in data.glob("state.db*"):
        path.unlink()


def _opened(pixiv: Pixiv, data: Path, args: list[str]) -> int:
    crawl(pixiv, data, args, settings=NO_IMAGES, program=COUNTING)
    found = re.search(r"opened (\d+) files", (data / "crawl.log").read_text("utf-8"))
    assert found
    return int(found[1])


def _row(name: str, opened: int, crawls: list[Crawl]) -> list[str]:
    return [
        name,
        f"{opened:,}",
        spread([figures.spider_seconds for figures in crawls], 2),
        spread([figures.cpu_seconds for figures in crawls], 2),
        spread([figures.cpu_seconds / figures.files * 1000 for figures in crawls], 2),
        spread([figures.peak_mb for figures in crawls]),
    ]


if __name__ == "__main__":
    main()

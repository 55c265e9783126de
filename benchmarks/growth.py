"""Measures the peak memory of crawls of more and more works, with and without files: it should be the same."""

from __future__ import annotations

import argparse
from pathlib import Path

from harness import crawl, data_folder, print_table, simulated_pixiv

FIRST_USER = 9000
# No listing by offset is longer.
WORKS_PER_USER = 5000
FILE_BYTES = 2000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--works", type=int, nargs="*", default=[10_000, 100_000], help="default: 10000 100000")
    parser.add_argument("--files", type=int, nargs="*", default=[10_000, 50_000], help="default: 10000 50000")
    parser.add_argument("--folder", type=Path, help="where files are written (default: the system's temporary folder)")
    options = parser.parse_args()
    rows = [_row("works", works, "none", options.folder) for works in options.works]
    rows += [_row("files", files, "original", options.folder) for files in options.files]
    print_table(("crawl", "peak MB", "CPU s"), rows)


def _row(what: str, count: int, files: str, parent: Path | None) -> list[str]:
    ids = range(FIRST_USER, FIRST_USER + count // WORKS_PER_USER)
    users = [f"{id_}:{WORKS_PER_USER}:{FILE_BYTES}" for id_ in ids]
    with simulated_pixiv(*users) as pixiv, data_folder(parent) as data:
        done = crawl(pixiv, data, [f"user_id={','.join(map(str, ids))}", f"files={files}"])
    assert done.works == count
    return [f"{count:,} {what}", f"{done.peak_mb:,.1f}", f"{done.cpu_seconds:,.0f}"]


if __name__ == "__main__":
    main()

"""Measures the peak memory of a crawl of one work whose file is large, against one whose file is small.

Bodies go to disk piece by piece, so both should need the same. The simulated Pixiv, which holds the file in memory,
runs in a process of its own.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from harness import Crawl, Pixiv, crawl, data_folder, print_table, simulated_pixiv, spread

# By user ID. The large one is below DOWNLOAD_MAXSIZE.
FILE_BYTES = {9001: 50_000, 9002: 200_000_000}


def main() -> None:
    options = _parser().parse_args()
    crawls: dict[int, list[Crawl]] = {user_id: [] for user_id in FILE_BYTES}
    with simulated_pixiv(*(f"{user_id}:1:{size}" for user_id, size in FILE_BYTES.items())) as pixiv:
        for _ in range(options.rounds):
            for user_id, figures in crawls.items():
                figures.append(_crawl(pixiv, user_id, options.folder))
    print_table(
        ("file", "peak MB", "spider s", "CPU s"), [_row(FILE_BYTES[key], value) for key, value in crawls.items()]
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3, help="how often each file is fetched (default: 3)")
    parser.add_argument("--folder", type=Path, help="where files are written (default: the system's temporary folder)")
    return parser


def _crawl(pixiv: Pixiv, user_id: int, folder: Path | None) -> Crawl:
    with data_folder(folder) as data:
        figures = crawl(pixiv, data, [f"user_id={user_id}"])
        (file,) = (data / "files").rglob("*.jpg")
        assert abs(file.stat().st_size - FILE_BYTES[user_id]) < 100
    return figures


def _row(size: int, crawls: list[Crawl]) -> list[str]:
    return [
        f"{size / 1e6:,g} MB",
        spread([figures.peak_mb for figures in crawls], 1),
        spread([figures.spider_seconds for figures in crawls], 2),
        spread([figures.cpu_seconds for figures in crawls], 2),
    ]


if __name__ == "__main__":
    main()

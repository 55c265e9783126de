"""Measures `scrapy tables` with generated lines: time, processor time, peak memory and output size.

Each work occurs twice, with different counts; lines have the size of those of a crawl. Needs 10 kB of disk space per
line.
"""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
from harness import PROJECT, data_folder, in_separate_process, print_table

from pixiv_crawler.items import (
    Comment,
    File,
    Illust,
    ImageUrls,
    Item,
    MetaPage,
    Novel,
    ProfileImageUrls,
    Source,
    Tag,
    User,
)  # fmt: skip

LINES_PER_RUN = 100_000
FORMATS = ("parquet", "parquet,sqlite,duckdb")
START = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Figures:
    """The measurements of one run of the command."""

    seconds: float
    cpu_seconds: float
    peak_mb: float
    disk_mb: float


def main() -> None:
    options = _parser().parse_args()
    rows = []
    with data_folder(options.folder) as data:
        os.environ["BENCHMARK_LINES"] = str(options.lines)
        size = in_separate_process(_write, data)
        for formats in FORMATS:
            figures = _tables(data, formats)
            each = figures.seconds / options.lines * 1e6
            rows.append([formats, f"{figures.seconds:,.0f}", f"{figures.cpu_seconds:,.0f}", f"{each:,.0f}",
                         f"{figures.peak_mb:,.0f}", f"{figures.disk_mb:,.0f}"])  # fmt: skip
    print(f"{options.lines:,} lines, {size / 1e6:,.0f} MB")
    print_table(("format", "seconds", "CPU s", "µs per line", "peak MB", "MB written"), rows)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lines", type=int, default=1_000_000, help="how many lines (default: 1,000,000)")
    parser.add_argument(
        "--folder", type=Path, help="where everything is written (default: the system's temporary folder)"
    )
    return parser


def _write(data: Path) -> int:
    lines = int(os.environ["BENCHMARK_LINES"])
    encode = msgspec.json.Encoder().encode
    rng = random.Random(1)
    size = 0
    for start in range(0, lines, LINES_PER_RUN):
        folder = data / "user_works" / f"run-{start:09}"
        folder.mkdir(parents=True)
        with (folder / "lines.jsonl").open("wb") as file:
            for number in range(start, min(start + LINES_PER_RUN, lines)):
                size += file.write(encode(_line(number, lines, rng)) + b"\n")
    return size


def _line(number: int, lines: int, rng: random.Random) -> Item:
    """Seven illusts, two novels and one comment in ten; the second half of the lines repeats the works of the first."""
    id_ = number % max(lines // 2, 1) * 7 + 20_000_000
    fetched_at = (START + timedelta(seconds=number // 30)).isoformat()
    author = number % 50_000 + 1
    user = User(id=author, name=f"絵描き {author}", account=f"painter_{author}",
                profile_image_urls=ProfileImageUrls(medium=f"https://i.pximg.net/user-profile/img/2021/02/27/{author}.png"))  # fmt: skip
    source = Source(
        endpoint="/v1/user/illusts", params={"user_id": author, "filter": "for_ios"}, position=number % 300 + 1
    )
    if number % 10 == 9:
        return Comment(id=number, comment="すてきです " * rng.randrange(1, 10), date="2026-01-02T03:04:05+09:00", user=user,
                       illust_id=id_, fetched_at=fetched_at, source=source)  # fmt: skip
    tags = [Tag(name=f"タグ{rng.randrange(100_000)}", translated_name="tag") for _ in range(8)]
    counts = {"total_view": number % 90_000, "total_bookmarks": number % 9_000}
    if number % 10 > 6:
        return Novel(id=id_, title=f"雨のあと {id_}", caption="むかしむかし " * 20, restrict=0, x_restrict=0,
                     image_urls=_urls(id_, 0), create_date="2026-01-02T03:04:05+09:00", tags=tags, page_count=3,
                     text_length=9_000, user=user, fetched_at=fetched_at, source=source, **counts)  # fmt: skip
    pages = [MetaPage(image_urls=_urls(id_, page)) for page in range(2)]
    files = [File(url=page.image_urls.original or "", path=f"{author}/{id_}_p{place}.jpg", sha256=f"{id_:064x}", size=1_000_000,
                  status="downloaded", content_type="image/jpeg") for place, page in enumerate(pages)]  # fmt: skip
    return Illust(id=id_, title=f"空と海 {id_}", type="illust", image_urls=_urls(id_, 0), caption="くわしくは " * 5, restrict=0,
                  user=user, tags=tags, tools=["SAI"], create_date="2026-01-02T03:04:05+09:00", page_count=2, width=1200,
                  height=900, sanity_level=2, x_restrict=0, meta_pages=pages, file_urls=[file.url for file in files],
                  files=files, fetched_at=fetched_at, source=source, **counts)  # fmt: skip


def _urls(id_: int, page: int) -> ImageUrls:
    base = f"img-master/img/2026/01/02/03/04/05/{id_}_p{page}"
    return ImageUrls(
        square_medium=f"https://i.pximg.net/c/360x360_70/{base}_square1200.jpg",
        medium=f"https://i.pximg.net/c/540x540_70/{base}_master1200.jpg",
        large=f"https://i.pximg.net/c/600x1200_90/{base}_master1200.jpg",
        original=f"https://i.pximg.net/img-original/img/2026/01/02/03/04/05/{id_}_p{page}.jpg",
    )


def _tables(data: Path, formats: str) -> Figures:
    output = data / "tables"
    words = ["tables", "--format", formats, "--output", str(output), "-s", f"PIXIV_DATA_DIR={data}"]
    started = time.perf_counter()
    process = subprocess.Popen([sys.executable, "-m", "scrapy", *words], cwd=PROJECT)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    seconds = time.perf_counter() - started
    if process.returncode:
        raise SystemExit(f"scrapy tables ended with status {process.returncode}; see above.")
    unit = 1 if sys.platform == "darwin" else 1024
    cpu_seconds, peak_mb = usage.ru_utime + usage.ru_stime, usage.ru_maxrss * unit / 1e6
    return Figures(seconds, cpu_seconds, peak_mb, sum(_sizes(output)) / 1e6)


def _sizes(folder: Path) -> Iterator[int]:
    return (path.stat().st_size for path in folder.iterdir() if path.is_file())


if __name__ == "__main__":
    main()

"""Measures `scrapy gallery` with generated works: building the page, and filtering in Chromium.

One work in fifty has a file, so that thumbnails do not dominate; each needs about 10 ms of a processor.
"""

from __future__ import annotations

import argparse
import random
import resource
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from statistics import median
from typing import Any

from harness import PROJECT, data_folder, in_separate_process, print_table

WORKS_PER_RUN = 20_000
QUERIES = (
    "", "winter", "灯台", "tag:タグ1 bookmarks>500", "-tag:タグ1 (cat OR 灯台) ai:no", "author:絵描き rating:all", "tag:タグ9*",
)  # fmt: skip
FILTER = """const [query, done] = arguments; (async () => {
  const start = performance.now(); state = { ...state, query }; await filter(false); return performance.now() - start;
})().then(done, (error) => done(String(error)));"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--works", type=int, default=100_000)
    parser.add_argument("--folder", type=Path, help="disk to use (default: that of temporary files)")
    options = parser.parse_args()
    with data_folder(options.folder) as data:
        (data / "works").write_text(str(options.works))
        in_separate_process(_write, data)
        build = in_separate_process(_build, data)
        print_table(("works", "seconds", "CPU s", "peak MB"), [(f"{options.works:,}", *build)])
        print_table(("in Chromium", "ms"), in_separate_process(_browse, data))


def _write(data: Path) -> None:
    from tests.outputs.gallery.data_folder import DataFolder, picture

    folder = DataFolder(data)
    files = [folder.file(f"7/{number}_p0.jpg", picture(number, (600, 800))) for number in range(100)]
    works, run = _works(int((data / "works").read_text()), files), 0
    while chunk := list(islice(works, WORKS_PER_RUN)):
        folder.write(*chunk, run=str(run))
        run += 1


def _works(count: int, files: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    from tests.outputs.gallery.data_folder import illust, tag

    rng = random.Random(1)
    tags = [tag(f"タグ{number}", f"tag {number}" if number % 2 else None) for number in range(20_000)]
    day = datetime(2015, 1, 1, tzinfo=UTC)
    for number in range(count):
        width, height = rng.choice(((1200, 800), (800, 1200), (1000, 1000), (600, 1500), (1600, 700)))
        yield illust(
            number + 1,
            [files[number % len(files)]] if number % 50 == 0 else [],
            title=rng.choice(("夕暮れの灯台", "静かな路地裏", "Winter", "a cat")) + f" {number}",
            caption="絵を描きました。" * 5,
            user={"id": number % 5000 + 1, "name": f"絵描き {number % 5000}"},
            tags=[tags[min(len(tags) - 1, int(rng.paretovariate(0.6)))] for _ in range(8)],
            width=width,
            height=height,
            total_bookmarks=int(rng.paretovariate(0.5)) % 100_000,
            create_date=(day + timedelta(hours=number)).isoformat(),
        )


def _build(data: Path) -> tuple[str, str, str]:
    from pixiv_crawler.outputs.gallery import make_gallery

    start, cpu = time.monotonic(), time.process_time()
    make_gallery(data, data / "gallery")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return f"{time.monotonic() - start:.1f}", f"{time.process_time() - cpu:.1f}", f"{peak:,}"


def _browse(data: Path) -> list[tuple[str, str]]:
    from tests.outputs.gallery.browser import Browser

    browser = Browser(data / "profile")
    try:
        browser.open(data / "gallery" / "index.html")
        paint = browser.js("performance.getEntriesByName('first-contentful-paint')[0].startTime")
        rows = [("first paint", f"{paint:.0f}"), ("all columns loaded", f"{browser.js('performance.now()'):.0f}")]
        for query in QUERIES * 2:  # twice, so that the browser has compiled the functions
            browser.driver.execute_async_script(FILTER, query)
        for query in QUERIES:
            times = []
            for _ in range(5):
                browser.js("masks.clear()")
                times.append(browser.driver.execute_async_script(FILTER, query))
            rows.append((f"filter: {query or 'all works'}", f"{median(times):.0f}"))
        heap = browser.js("performance.memory.usedJSHeapSize")
        return [*rows, ("heap in MB", f"{heap / 1e6:.0f}")]
    finally:
        browser.close()


if __name__ == "__main__":
    import sys

    sys.path.insert(0, str(PROJECT))
    main()

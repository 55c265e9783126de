"""Measures the peak memory of a crawl of one work whose two files are large, against one whose files are small.

Bodies are written to disk and verified in chunks, so all files should have the same peak. A separate process serves
the file; the simulated Pixiv only contains its URL.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import zipfile
from collections import defaultdict
from pathlib import Path

from harness import (
    Crawl,
    Pixiv,
    crawl,
    data_folder,
    image_server,
    in_separate_process,
    print_table,
    simulated_pixiv,
    spread,
)
from PIL import Image

USER_ID = 9001
PAGES = 2
# Below DOWNLOAD_MAXSIZE.
LARGE = 250_000_000


def main() -> None:
    options = _parser().parse_args()
    crawls: dict[str, list[Crawl]] = defaultdict(list)
    with tempfile.TemporaryDirectory(prefix="pixiv_crawler-benchmark-") as folder:
        files = in_separate_process(_files, Path(folder))
        with simulated_pixiv(f"{USER_ID}:1x{PAGES}:0") as pixiv:
            for _ in range(options.rounds):
                for name, path in files.items():
                    crawls[name].append(measured(pixiv, path, options.folder))
        rows = [_row(name, files[name].stat().st_size, figures) for name, figures in crawls.items()]
    print_table(("file", "MB", "peak MB", "spider s", "CPU s"), rows)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3, help="how often each file is fetched (default: 3)")
    parser.add_argument("--folder", type=Path, help="where files are written (default: the system's temporary folder)")
    return parser


def _files(folder: Path) -> dict[str, Path]:
    small, png, archive = folder / "small.jpg", folder / "large.png", folder / "large.zip"
    write_small(small)
    width, height = 9000, LARGE // 27_000
    Image.frombytes("RGB", (width, height), os.urandom(width * height * 3)).save(png, compress_level=1)
    with zipfile.ZipFile(archive, "w") as frames:
        for number in range(100):
            frames.writestr(f"{number:06}.jpg", os.urandom(LARGE // 100))
    return {"small JPEG": small, "PNG": png, "ZIP": archive}


def write_small(file: Path) -> None:
    """Writes a JPEG of 30 kB."""
    Image.effect_noise((200, 300), 50).save(file)


def measured(pixiv: Pixiv, file: Path, folder: Path | None) -> Crawl:
    """A crawl in which every page of the work is this file."""
    with image_server(file) as url, data_folder(folder) as data:
        figures = crawl(pixiv, data, [f"user_id={USER_ID}"], settings=[f"PIXIV_IMAGE_URL={url}"])
        sizes = [path.stat().st_size for path in (data / "files").rglob("*.*")]
        assert sizes == [file.stat().st_size] * PAGES, sizes
    return figures


def _row(name: str, size: int, crawls: list[Crawl]) -> list[str]:
    return [
        name,
        f"{size / 1e6:,.2f}",
        spread([figures.peak_mb for figures in crawls], 1),
        spread([figures.spider_seconds for figures in crawls], 2),
        spread([figures.cpu_seconds for figures in crawls], 2),
    ]


if __name__ == "__main__":
    main()

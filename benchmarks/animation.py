"""Measures the time and memory for encoding an animation in each format, for different numbers of frames.

The frames are moving blurred noise under other noise, so every pixel changes with every frame, which is the worst
case. Each format is generated in a separate process, whose figures are measured.
"""

from __future__ import annotations

import argparse
import io
import resource
import sys
import tempfile
import time
import zipfile
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from harness import in_separate_process, print_table
from PIL import Image, ImageChops, ImageFilter

from pixiv_crawler.items import Frame
from pixiv_crawler.media.animation.formats import ANIMATIONS, generate_animation

WIDTH, HEIGHT = 1920, 1080
# Linux counts ru_maxrss in KiB, macOS in bytes.
_MAXRSS_UNIT = 1 if sys.platform == "darwin" else 1024
_MS = 40


@dataclass(frozen=True)
class Figures:
    """The measurements of one animation."""

    seconds: float
    cpu_seconds: float
    peak_mb: float
    size_mb: float


def main() -> None:
    options = _parser().parse_args()
    rows = []
    with tempfile.TemporaryDirectory(prefix="pixiv_crawler-benchmark-", dir=options.folder) as name:
        folder = Path(name)
        for count in options.frames:
            size = in_separate_process(partial(_frames, count=count), folder)
            for kind in options.formats:
                rows.append(
                    _row(kind, count, size, in_separate_process(partial(_generated, kind=kind, count=count), folder))
                )
                print(*rows[-1], file=sys.stderr)
    print_table(("format", "frames", "ZIP MB", "seconds", "CPU s", "CPU ms per frame", "peak MB", "MB"), rows)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--frames", type=int, nargs="+", default=[50, 500], help="how many frames (default: 50 500)")
    parser.add_argument("--formats", nargs="+", choices=ANIMATIONS, default=list(ANIMATIONS), help="default: all")
    parser.add_argument("--folder", type=Path, help="where files are written (default: the system's temporary folder)")
    return parser


def _frames(folder: Path, count: int) -> float:
    """Draws the frames into a ZIP archive; returns its size."""
    size = (WIDTH + 400, HEIGHT + 400)
    background = Image.merge(
        "RGB", [Image.effect_noise(size, 90).filter(ImageFilter.GaussianBlur(8)) for _ in range(3)]
    )
    background = background.point(lambda level: max(0, min(255, (level - 128) * 8 + 128)))
    noises = [Image.merge("RGB", [Image.effect_noise((WIDTH, HEIGHT), 8)] * 3) for _ in range(5)]
    path = folder / "frames.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(count):
            left, top = 3 * number % 400, 2 * number % 400
            window = background.crop((left, top, left + WIDTH, top + HEIGHT))
            with io.BytesIO() as file:
                ImageChops.add(window, noises[number % len(noises)], 2, 0).save(file, "JPEG", quality=90)
                archive.writestr(f"{number:06}.jpg", file.getvalue())
    return path.stat().st_size / 1e6


def _generated(folder: Path, kind: str, count: int) -> Figures:
    target = folder / f"animation.{kind}"
    frames = [Frame(file=f"{number:06}.jpg", delay=_MS) for number in range(count)]
    started, cpu = time.perf_counter(), time.process_time()
    generate_animation(folder / "frames.zip", frames, kind, target)
    seconds, cpu_seconds = time.perf_counter() - started, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _MAXRSS_UNIT
    size = target.stat().st_size
    target.unlink()
    return Figures(seconds, cpu_seconds, peak / 1e6, size / 1e6)


def _row(kind: str, count: int, zip_mb: float, figures: Figures) -> list[str]:
    return [
        kind,
        str(count),
        f"{zip_mb:.0f}",
        f"{figures.seconds:.0f}",
        f"{figures.cpu_seconds:.0f}",
        f"{figures.cpu_seconds * 1000 / count:.0f}",
        f"{figures.peak_mb:.0f}",
        f"{figures.size_mb:,.0f}",
    ]


if __name__ == "__main__":
    main()

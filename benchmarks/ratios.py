"""Our processor time relative to plain Scrapy's, as recorded in ratios.json, against ratios that were just measured."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

RECORDED = Path(__file__).with_suffix(".json")
TOLERANCE = 1.25
"""By how much a ratio may exceed the recorded one."""


def record(ratios: Mapping[str, float], path: Path = RECORDED) -> None:
    """Writes the ratio of each job."""
    path.write_text(json.dumps(ratios, indent=4) + "\n", "utf-8")


def errors(ratios: Mapping[str, float], path: Path = RECORDED) -> list[str]:
    """One sentence for each job whose ratio exceeds the recorded one by more than the tolerance, or is not recorded."""
    return list(_errors(ratios, json.loads(path.read_text("utf-8"))))


def _errors(ratios: Mapping[str, float], recorded: Mapping[str, float]) -> Iterator[str]:
    for job, ratio in ratios.items():
        if job not in recorded:
            yield f"{job}: no ratio is recorded; run `python benchmarks/peers.py --record`."
        elif ratio > recorded[job] * TOLERANCE:
            yield (
                f"{job}: we use {ratio:.2f} times the processor time of plain Scrapy, and {recorded[job]:.2f} times is "
                f"recorded (the limit is {recorded[job] * TOLERANCE:.2f}). Profile the crawl and remove the cost, or, if "
                "it is intended, run `python benchmarks/peers.py --record` and give the reason in the commit."
            )

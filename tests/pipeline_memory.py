"""Runs scrapy and prints at the end how many entries the files pipeline still holds in memory."""

from __future__ import annotations

import atexit
import sys
from typing import Any

from scrapy.cmdline import execute

from pixiv_crawler.pipelines.files import WorkFilesPipeline

pipelines: list[Any] = []
original_init = WorkFilesPipeline.__init__


def recording_init(self: Any, *args: Any, **kwargs: Any) -> None:
    original_init(self, *args, **kwargs)
    pipelines.append(self)


def print_held_entries() -> None:
    (pipeline,) = pipelines
    info = pipeline.spiderinfo
    held = (info.downloaded, info.downloading, info.waiting, pipeline._downloads)
    sys.stdout.write(f"{sum(map(len, held))}\n")


if __name__ == "__main__":
    WorkFilesPipeline.__init__ = recording_init
    atexit.register(print_held_entries)
    execute()

"""`scrapy` that prints at its end how much the pipeline of files still remembers."""

from __future__ import annotations

import atexit
import sys
from typing import Any

from scrapy.cmdline import execute

from pixiv_crawler.pipelines.files import WorkFilesPipeline

made: list[Any] = []
begin = WorkFilesPipeline.__init__


def remembered_begin(self: Any, *args: Any, **kwargs: Any) -> None:
    begin(self, *args, **kwargs)
    made.append(self)


def tell() -> None:
    (pipeline,) = made
    info = pipeline.spiderinfo
    left = (info.downloaded, info.downloading, info.waiting, pipeline._downloads)
    sys.stdout.write(f"{sum(map(len, left))}\n")


if __name__ == "__main__":
    WorkFilesPipeline.__init__ = remembered_begin
    atexit.register(tell)
    execute()

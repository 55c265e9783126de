"""Runs scrapy with a slow fsync: python slow_disk.py SECONDS crawl ..."""

from __future__ import annotations

import os
import sys
import time

from scrapy.cmdline import execute

_fsync = os.fsync


def main() -> None:
    seconds = float(sys.argv.pop(1))

    def slow_fsync(file: int) -> None:
        time.sleep(seconds)
        _fsync(file)

    os.fsync = slow_fsync
    execute(["scrapy", *sys.argv[1:]])


if __name__ == "__main__":
    main()

"""Runs scrapy with fsync disabled, to measure its cost; files of such a crawl may not survive a power cut."""

from __future__ import annotations

import os
from typing import Any

from scrapy.cmdline import execute


def fsync(fd: Any) -> None:
    """Replaces `os.fsync`."""


if __name__ == "__main__":
    os.fsync = fsync
    execute()

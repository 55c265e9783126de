"""Runs scrapy and logs how often it opened a file of a work."""

from __future__ import annotations

import atexit
import os
import sys
from pathlib import Path
from typing import Any

from scrapy.cmdline import execute

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

# As in `layout.paths`.
FILES = f"{os.sep}files{os.sep}"
opened = 0


def count(event: str, args: tuple[Any, ...]) -> None:
    global opened
    if event == "open" and isinstance(args[0], str | bytes) and FILES in os.fsdecode(args[0]):
        opened += 1


if __name__ == "__main__":
    atexit.register(lambda: sys.stderr.write(f"opened {opened} files\n"))
    sys.addaudithook(count)
    execute()

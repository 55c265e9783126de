"""Runs scrapy and kills it (SIGKILL) before a change of a folder: python kill_at_event.py FOLDER EVENTS NUMBER crawl ...

EVENTS are Python's audit events, such as os.rename; the process is killed before event NUMBER, counted from 1.
The environment variable KILL_WITH names another signal.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import Any

from scrapy.cmdline import execute


def main() -> None:
    folder, events, left = Path(sys.argv.pop(1)), sys.argv.pop(1).split(","), int(sys.argv.pop(1))

    def kill_before_the_last(event: str, args: tuple[Any, ...]) -> None:
        nonlocal left
        if event not in events:
            return
        name = args[1] if event == "os.rename" else args[0]
        if not isinstance(name, int) and folder in ((path := Path(os.fsdecode(name))), *path.parents):
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.Signals[os.environ.get("KILL_WITH", "SIGKILL")])

    sys.addaudithook(kill_before_the_last)
    execute()


if __name__ == "__main__":
    main()

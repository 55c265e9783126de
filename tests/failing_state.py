"""Runs scrapy with a state database that fails once: python failing_state.py METHOD CALL crawl ..."""

from __future__ import annotations

import sys
from typing import Any

from scrapy.cmdline import execute

from pixiv_crawler.exceptions import StateError
from pixiv_crawler.run.state.sqlite import SqliteState


def main() -> None:
    method, failing = sys.argv.pop(1), int(sys.argv.pop(1))
    original, calls = getattr(SqliteState, method), 0

    def fails_once(*args: Any, **kwargs: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == failing:
            raise StateError("the state database failed (disk I/O error); look at PIXIV_STATE and its disk")
        return original(*args, **kwargs)

    setattr(SqliteState, method, fails_once)
    execute(["scrapy", *sys.argv[1:]])


if __name__ == "__main__":
    main()

"""Settings with an extension that finds large collections which a crawl holds in memory when its run ends."""

from __future__ import annotations

import asyncio
import gc
import logging
import sqlite3
from collections import deque
from collections.abc import Iterator
from types import FunctionType, ModuleType
from typing import Any

from scrapy.crawler import Crawler
from scrapy.settings import BaseSettings

from pixiv_crawler.run.lifecycle import Run
from pixiv_crawler.run.signals import run_ending
from pixiv_crawler.settings import *
from pixiv_crawler.settings import EXTENSIONS as REAL_EXTENSIONS

EXTENSIONS = REAL_EXTENSIONS | {"tests.memory_extension.MemoryExtension": 500}
FILE_NAME = "held"
WORKS = 60
"""The crawl has at least so many works, and no other collection of it has so many entries."""
# They belong to the process, or have a limit of their own.
_NOT_OF_THE_CRAWL = (
    type,
    ModuleType,
    BaseSettings,
    logging.Logger,
    logging.Manager,
    logging.Handler,
    asyncio.AbstractEventLoop,
    sqlite3.Connection,
)


class MemoryExtension:
    """Writes the collections with an entry for each work to a file in the folder of the run, one per line."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        crawler.signals.connect(self.write, run_ending)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> MemoryExtension:
        return cls(crawler)

    def write(self) -> None:
        found = [f"{len(one)} entries: {one!r:.200}\n" for one in _reachable(self._crawler) if _is_large(one)]
        (Run.of(self._crawler).folder.path / FILE_NAME).write_text("".join(found), "utf-8")


def _is_large(one: Any) -> bool:
    return isinstance(one, dict | set | list | deque) and len(one) >= WORKS


def _reachable(root: Any) -> Iterator[Any]:
    """Everything that an object keeps alive."""
    seen: dict[int, Any] = {}
    waiting = [root]
    while waiting:
        one = waiting.pop()
        if id(one) not in seen and not isinstance(one, _NOT_OF_THE_CRAWL):
            seen[id(one)] = one
            yield one
            waiting += [one.__closure__, one.__defaults__] if isinstance(one, FunctionType) else gc.get_referents(one)

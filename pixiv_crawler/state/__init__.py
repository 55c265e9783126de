"""The state database: how far runs have come, which works are collected, and which files are there.

A run is a set of requests that wait for their answers and of items that wait to be stored. An answer takes its request
out and puts what it gave in, in one transaction; an item goes when its line and its files are on disk. So whatever
ends a run, what it leaves here is what is still to be done.
"""

from __future__ import annotations

from pixiv_crawler.state.database import State
from pixiv_crawler.state.files import StoredFile
from pixiv_crawler.state.run import Answered, JsonObject, OpenItem, Run, Stored
from pixiv_crawler.state.works import Collected, Pass

__all__ = ["Answered", "Collected", "JsonObject", "OpenItem", "Pass", "Run", "State", "Stored", "StoredFile"]

"""The files of a crawl: their records in the lines, and the requests for them."""

from __future__ import annotations

from typing import Any

from pixiv_crawler.sandbox import Sandbox
from tests.crawling import Crawl


def files_of(done: Crawl) -> list[dict[str, Any]]:
    """The records of all files in the lines."""
    return [file for work in done.lines("illusts") for file in work["files"]]


def file_requests(sandbox: Sandbox, since: int = 0) -> list[str]:
    """The paths of the requests for files, from request number `since` on."""
    return [request.path for request in sandbox.requests[since:] if request.kind == "file"]

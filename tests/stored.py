"""The files of a crawl: what its lines say of them, what was asked for."""

from __future__ import annotations

from typing import Any

from pixiv_crawler.sandbox import Sandbox
from tests.crawling import Crawl


def files_of(done: Crawl) -> list[dict[str, Any]]:
    return [file for work in done.lines("illusts") for file in work["files"]]


def asked(sandbox: Sandbox, since: int = 0) -> list[str]:
    """Paths of the requests for files."""
    return [request.path for request in sandbox.requests[since:] if request.kind == "file"]

"""Helpers for several runs in one data folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pixiv_crawler.sandbox import Sandbox, SandboxRequest
from tests.crawling import Crawl, Crawler


@dataclass(kw_only=True)
class Run(Crawl):
    """One of several runs, with its requests."""

    spider: str
    job: str
    requests: list[SandboxRequest]

    @property
    def run_folder(self) -> Path:
        return self.data / self.spider / self.job

    def file(self, path: str) -> Path:
        """The file at a path below `files`."""
        return self.data / "files" / path

    def requested(self, kind: str) -> list[str]:
        """The paths of its requests of one kind."""
        return [request.path for request in self.requests if request.kind == kind]


def run(crawl: Crawler, sandbox: Sandbox, spider: str, job: str, /, **options: Any) -> Run:
    """Runs a spider under that job name to its end."""
    before = len(sandbox.requests)
    done = crawl(spider, job=job, **options)
    return Run(**vars(done), spider=spider, job=job, requests=sandbox.requests[before:])


def by_id(lines: list[dict[str, Any]]) -> dict[int, dict[str, Any]]:
    return {line["id"]: line for line in lines}


def paths(line: dict[str, Any], *statuses: str) -> list[str]:
    """The paths of the files of a line, of all or of those with one of these statuses."""
    return [file["path"] for file in line["files"] if not statuses or file["status"] in statuses]

"""Helpers for several runs in one data folder."""

from __future__ import annotations

import json
import re
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


def without_times(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Lines in a fixed order, without what differs from run to run."""
    bare = [{name: value for name, value in line.items() if name != "fetched_at"} for line in lines]
    return sorted(bare, key=lambda line: json.dumps(line, sort_keys=True))


def assert_equal_runs(one: Crawl, other: Crawl) -> None:
    """The lines, the files and the counts of two runs are equal but for times."""
    names = sorted(path.name for path in one.run_folder.glob("*.jsonl"))
    assert names == sorted(path.name for path in other.run_folder.glob("*.jsonl"))
    for name in names:
        stem = name.removesuffix(".jsonl")
        assert without_times(one.lines(stem)) == without_times(other.lines(stem)), name
    assert sorted(one.files) == sorted(other.files)
    for path in one.files:
        assert _content(one.files[path]) == _content(other.files[path]), path
    for key in ("lines", "files", "unavailable", "failures", "finish_reason", "arguments"):
        assert one.report[key] == other.report[key], key


def _content(path: Path) -> bytes:
    """The content of a file; a sidecar without the time of the response, which differs from run to run."""
    content = path.read_bytes()
    return re.sub(rb'"fetched_at": "[^"]*"', b"", content) if path.suffix == ".json" else content

"""Compares the outcome of a run with the simulated Pixiv: the run is complete, or reports everything that is missing.

Conversely, the sandbox did refuse everything that the run reports as failed or unavailable, according to its requests.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from pixiv_crawler.sandbox import Sandbox, SandboxRequest, Standing, Work
from pixiv_crawler.sandbox.media import image_urls
from pixiv_crawler.sandbox.media.files import find_file
from tests.crawling import Crawl
from tests.fault_kinds import (
    API_INCOMPLETE,
    API_PERMANENT,
    API_TRANSIENT,
    API_UNAVAILABLE,
    FILE_DAMAGED,
    FILE_NOT_FOUND,
    FILE_REFUSED,
    FILE_TRANSIENT,
    HARMLESS,
    LISTING,
)

Json = dict[str, Any]


def outcome_errors(
    sandbox: Sandbox, done: Crawl, *, tries: int = 5, is_reachable: bool = True, was_interrupted: bool = False
) -> list[str]:
    """What is wrong with the outcome of a run of `user_works`; empty if it is correct.

    A run that ended early need not be complete, but everything that it reports and stores must be correct. `tries` is
    how often it sends a request before it gives up. `is_reachable`: whether the sandbox received its requests.
    `was_interrupted`: whether an earlier attempt may have stored smaller sizes of files that were downloaded later.
    """
    run = _Run(sandbox, done, was_interrupted=was_interrupted)
    checks = [
        _check_report(run),
        _check_duplicates(run),
        _check_work_ids(run),
        _check_files(run),
    ]
    if run.is_finished:
        checks += [_check_all_works(run), _check_all_files(run), _check_partial_files(run)]
    if is_reachable:
        checks += [_check_failures(run, tries), _check_unavailable(run)]
    return [error for check in checks for error in check]


class _Run:
    """The output of a run, and the world that it crawled."""

    def __init__(self, sandbox: Sandbox, done: Crawl, *, was_interrupted: bool) -> None:
        self.was_interrupted = was_interrupted
        self.world = sandbox.world
        self.done = done
        self.report = done.report
        self.failures: list[Json] = self.report["failures"]
        self.works: list[Json] = done.lines("illusts")
        self.unavailable: list[Json] = done.lines("unavailable")
        self.users: list[int] = self.report["arguments"]["user_id"]
        self.has_files = self.report["arguments"].get("files") != "none"
        self.is_finished = self.report["finish_reason"] == "finished"
        self._requests = sandbox.requests

    @cached_property
    def by_path(self) -> dict[str, list[SandboxRequest]]:
        """The requests that the sandbox received, in order."""
        by_path: dict[str, list[SandboxRequest]] = {}
        for request in self._requests:
            by_path.setdefault(request.path, []).append(request)
        return by_path

    def requests_for(self, source: str) -> list[SandboxRequest]:
        """The requests for one API call or file; `source` as in a failure."""
        parts = urlsplit(source)
        query = dict(parse_qsl(parts.query))
        return [request for request in self.by_path.get(parts.path, []) if request.query == query]

    def originals(self, work: Work) -> list[tuple[str, ...]]:
        """The paths of the files of a work; several for a file that has alternatives."""
        if work.delays:
            return [(image_urls.zip_path(work, "1920x1080"), image_urls.zip_path(work, "600x600"))]
        return [(image_urls.original_path(work, page),) for page in range(work.page_count)]

    @cached_property
    def failed_files(self) -> set[str]:
        """The paths of the files that are reported as failed."""
        return {urlsplit(failure["source"]).path for failure in self.failures if failure["what"] == "file"}


# --- Report ----------------------------------------------------------------------------------------------------------


def _check_report(run: _Run) -> Iterator[str]:
    expected = (3 if run.failures else 0) if run.is_finished else 2
    reason = run.report["finish_reason"]
    if run.done.status != expected:
        yield f"exit status {run.done.status} for {reason!r} with {len(run.failures)} failures, not {expected}"
    if "Traceback" in run.done.log:
        yield "the log contains a traceback"
    counted = {kind: run.report["lines"].get(kind, 0) for kind in ("illust", "unavailable")}
    if counted != {"illust": len(run.works), "unavailable": len(run.unavailable)}:
        yield f"the report counts {counted}, but there are {len(run.works)} and {len(run.unavailable)} lines"
    statuses = Counter(file["status"] for work in run.works for file in work["files"])
    if {name: run.report["files"].get(name, 0) for name in statuses} != dict(statuses):
        yield f"the report counts {run.report['files']}, but the lines have {dict(statuses)}"


def _check_duplicates(run: _Run) -> Iterator[str]:
    ids = Counter(line["id"] for line in [*run.works, *run.unavailable])
    yield from (f"{id_} has {count} lines" for id_, count in ids.items() if count > 1)
    paths = Counter(file["path"] for work in run.works for file in work["files"])
    yield from (f"{path} is the file of {count} pages" for path, count in paths.items() if count > 1)


def _check_work_ids(run: _Run) -> Iterator[str]:
    for line in run.works:
        work = run.world.work(line["id"])
        if work is None or work.user.id not in run.users or work.title != line["title"]:
            yield f"the work {line['id']} does not belong to these users"


# --- Works -----------------------------------------------------------------------------------------------------------


def _check_all_works(run: _Run) -> Iterator[str]:
    reported = {line["id"] for line in [*run.works, *run.unavailable]}
    # A user may have left before the first work was listed, but not in the middle of a listing.
    gone = {line["id"] for line in run.unavailable if line["type"] == "user"}
    gone -= {line["user"]["id"] for line in run.works}
    for user_id in run.users:
        user = run.world.user(user_id)
        if (user is None or user.standing is not Standing.PRESENT) and not {user_id, *_ids(run, "user")} & reported:
            yield f"user {user_id} does not exist, which is not reported"
        for position, work in enumerate(run.world.listing(user_id) if user_id not in gone else ()):
            if work.id not in reported and not work.spec.withdrawn and not _is_reported(run, work, position):
                yield f"work {work.id} of user {user_id} is missing, which is not reported"


def _is_reported(run: _Run, work: Work, position: int) -> bool:
    """Whether the failures include a work; `position` is its index in its listing."""
    if work.id in _ids(run, "entry", "work") or work.user.id in _ids(run, "user", "works"):
        return True
    sources = (urlsplit(failure["source"]) for failure in run.failures if failure["what"] == "listing")
    listings = (dict(parse_qsl(source.query)) for source in sources if source.path == LISTING)
    return any(query["user_id"] == str(work.user.id) and int(query.get("offset", 0)) <= position for query in listings)


def _ids(run: _Run, *kinds: str) -> set[Any]:
    return {failure["id"] for failure in run.failures if failure["what"] in kinds}


# --- Files -----------------------------------------------------------------------------------------------------------


def _check_files(run: _Run) -> Iterator[str]:
    """The files on disk are what Pixiv serves, and the lines describe them correctly."""
    described = {file["path"]: file for work in run.works for file in work["files"] if file["status"] != "failed"}
    for path, stored_path in run.done.files.items():
        if path in described:
            yield from _check_file(run, described.pop(path), stored_path)
        elif run.is_finished and not (run.was_interrupted and path.startswith("large/")):
            yield f"{path} belongs to no line"
        elif not _is_complete(run, stored_path):
            yield f"{path} is incomplete"
    yield from (f"{path} does not exist" for path in described)


def _check_file(run: _Run, file: Json, stored_path: Path) -> Iterator[str]:
    content = stored_path.read_bytes()
    if file["status"] == "damaged":
        faults = [request.fault for request in run.requests_for(file["url"])]
        if sum(fault in FILE_DAMAGED for fault in faults) < 2:
            yield f"{file['path']} is reported as damaged after {faults}"
    elif content != find_file(run.world, urlsplit(file["url"]).path):
        yield f"{file['path']} differs from {file['url']}"
    if (file["size"], file["sha256"]) != (len(content), hashlib.sha256(content).hexdigest()):
        yield f"{file['path']} differs from the size or SHA-256 of its line"


def _is_complete(run: _Run, stored_path: Path) -> bool:
    """Whether a file without a line is a complete file of the work that its name contains."""
    work_id, _, page = stored_path.stem.partition("_p")
    work = run.world.work(int(work_id))
    if work is None:
        return False
    paths = [*run.originals(work)[int(page)]]
    paths += [image_urls.thumbnail_path(work, int(page), "master1200")] if not work.delays else []
    return stored_path.read_bytes() in {find_file(run.world, path) for path in paths}


def _check_all_files(run: _Run) -> Iterator[str]:
    for line in run.works if run.has_files else []:
        if (work := run.world.work(line["id"])) is None:
            continue
        stored = {urlsplit(file["url"]).path for file in line["files"] if file["status"] != "failed"}
        metadata = run.failed_files & {"/v1/ugoira/metadata"} if work.delays else set()
        for paths in run.originals(work):
            if not (stored | run.failed_files) & {*paths} and not metadata:
                yield f"{paths[0]} of work {work.id} is missing, which is not reported"


def _check_partial_files(run: _Run) -> Iterator[str]:
    parts = run.done.data / ".parts"
    if parts.exists():
        yield f"unfinished files were left behind: {sorted(path.name for path in parts.rglob('*'))}"


# --- Failures --------------------------------------------------------------------------------------------------------


def _check_failures(run: _Run, tries: int) -> Iterator[str]:
    for failure in run.failures:
        requests = run.requests_for(failure["source"])
        kinds = [request.fault for request in requests]
        if failure["what"] == "entry":
            is_justified = "bad_entry" in kinds
        elif failure["what"] == "works":
            # A listing that ended early: `source` is its last request, which may have succeeded.
            listings = run.by_path.get(LISTING, [])
            of_user = [request for request in listings if request.query.get("user_id") == str(failure["id"])]
            is_justified = any(request.fault in API_INCOMPLETE | {"offset_limit"} for request in of_user)
        elif requests and requests[-1].kind == "file":
            is_justified = _is_justified(kinds, FILE_REFUSED | FILE_NOT_FOUND, FILE_TRANSIENT | FILE_DAMAGED, tries)
        else:
            permanent = API_PERMANENT | API_UNAVAILABLE | API_INCOMPLETE
            is_justified = (
                _is_refused(requests)
                or _is_justified(kinds, permanent, API_TRANSIENT, tries)
                or _is_rejected_repeatedly(kinds)
            )
        if not is_justified:
            yield f"{failure['what']} {failure['id']} of {failure['source']} failed ({failure['cause']}) after {kinds}"


def _is_justified(kinds: Sequence[str], permanent: Iterable[str], transient: Iterable[str], tries: int) -> bool:
    """Whether requests that met faults of these kinds may count as failed."""
    if not kinds or kinds[-1] in HARMLESS:
        return False  # the last request succeeded
    return bool(set(kinds) & set(permanent)) or sum(kind in transient for kind in kinds) >= tries


def _is_rejected_repeatedly(kinds: Sequence[str]) -> bool:
    """Whether the API rejected several new tokens."""
    return [kind.startswith("token") for kind in kinds[-4:]] == [True] * 4


def _is_refused(requests: Sequence[SandboxRequest]) -> bool:
    """Whether the error was not injected: the requested resource does not exist in the world."""
    return bool(requests) and not requests[-1].fault and requests[-1].status >= 400


def _check_unavailable(run: _Run) -> Iterator[str]:
    for line in run.unavailable:
        call = f"{line['source']['endpoint']}?" + "&".join(f"{k}={v}" for k, v in line["source"]["params"].items())
        requests = run.requests_for(call)
        work = run.world.work(line["id"])
        is_limited = line["type"] == "illust" and work is not None and work.spec.limit is not None
        is_unavailable = any(request.fault in API_UNAVAILABLE for request in requests) or _is_refused(requests)
        if not (is_limited or is_unavailable):
            yield f"{line['type']} {line['id']} is reported as {line['reason']}, which no response said"

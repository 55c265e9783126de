"""Holds what a run came to against the simulated Pixiv's world: it is complete, or all that is missing is named.

And the other way round: what is named as lost or withheld was really refused, as the sandbox has written down.
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
from tests.weather import (
    API_FINAL,
    API_HIDDEN,
    API_MISSING,
    API_PASSING,
    FILE_FINAL,
    FILE_GONE,
    FILE_PASSING,
    HARMLESS,
    LISTING,
)

Json = dict[str, Any]


def complaints(sandbox: Sandbox, done: Crawl, *, tries: int = 5, is_reachable: bool = True) -> list[str]:
    """Why the outcome of a run of `user_works` is neither complete nor honest; empty when it is.

    A run that stopped early need not have everything, but all that it says and stores must be true. `tries` is how often
    it asks before it gives up. `is_reachable`: whether the sandbox saw its requests, and can tell who is to blame.
    """
    run = _Run(sandbox, done)
    checks = [
        _says_how_it_ended(run),
        _has_no_line_twice(run),
        _has_only_works_of_the_world(run),
        _has_whole_files(run),
    ]
    if run.is_finished:
        checks += [_has_all_works(run), _has_all_files(run), _has_no_part(run)]
    if is_reachable:
        checks += [_lost_only_what_was_refused(run, tries), _withholds_only_what_is_withheld(run)]
    return [complaint for check in checks for complaint in check]


class _Run:
    """What a run left behind, beside the world that it crawled."""

    def __init__(self, sandbox: Sandbox, done: Crawl) -> None:
        self.world = sandbox.world
        self.done = done
        self.report = done.report
        self.lost: list[Json] = self.report["failures"]
        self.works: list[Json] = done.lines("illusts")
        self.withheld: list[Json] = done.lines("unavailable")
        self.users: list[int] = self.report["arguments"]["user_id"]
        self.has_files = self.report["arguments"].get("files") != "none"
        self.is_finished = self.report["finish_reason"] == "finished"
        self._requests = sandbox.requests

    @cached_property
    def by_path(self) -> dict[str, list[SandboxRequest]]:
        """What the sandbox was asked, in order."""
        found: dict[str, list[SandboxRequest]] = {}
        for request in self._requests:
            found.setdefault(request.path, []).append(request)
        return found

    def asked(self, source: str) -> list[SandboxRequest]:
        """The requests for one call or file, as a loss names it."""
        parts = urlsplit(source)
        query = dict(parse_qsl(parts.query))
        return [request for request in self.by_path.get(parts.path, []) if request.query == query]

    def originals(self, work: Work) -> list[tuple[str, ...]]:
        """The paths of the files that belong to a work, each with what may stand in its place."""
        if work.delays:
            return [(image_urls.zip_path(work, "1920x1080"), image_urls.zip_path(work, "600x600"))]
        return [(image_urls.original_path(work, page),) for page in range(work.page_count)]

    @cached_property
    def lost_files(self) -> set[str]:
        """The paths of the files that are named as lost."""
        return {urlsplit(loss["source"]).path for loss in self.lost if loss["what"] == "file"}


# --- What it says of itself ------------------------------------------------------------------------------------------


def _says_how_it_ended(run: _Run) -> Iterator[str]:
    expected = (3 if run.lost else 0) if run.is_finished else 2
    reason = run.report["finish_reason"]
    if run.done.status != expected:
        yield f"exit status {run.done.status} for {reason!r} with {len(run.lost)} losses, not {expected}"
    if "Traceback" in run.done.log:
        yield "a traceback in the log"
    counted = {kind: run.report["lines"].get(kind, 0) for kind in ("illust", "unavailable")}
    if counted != {"illust": len(run.works), "unavailable": len(run.withheld)}:
        yield f"the report counts {counted}, but there are {len(run.works)} and {len(run.withheld)} lines"
    statuses = Counter(file["status"] for work in run.works for file in work["files"])
    if {name: run.report["files"].get(name, 0) for name in statuses} != dict(statuses):
        yield f"the report counts {run.report['files']}, but the lines have {dict(statuses)}"


def _has_no_line_twice(run: _Run) -> Iterator[str]:
    ids = Counter(line["id"] for line in [*run.works, *run.withheld])
    yield from (f"{id_} has {count} lines" for id_, count in ids.items() if count > 1)
    paths = Counter(file["path"] for work in run.works for file in work["files"])
    yield from (f"{path} is the file of {count} pages" for path, count in paths.items() if count > 1)


def _has_only_works_of_the_world(run: _Run) -> Iterator[str]:
    for line in run.works:
        work = run.world.work(line["id"])
        if work is None or work.user.id not in run.users or work.title != line["title"]:
            yield f"the line {line['id']} is no work of these users"


# --- Works -----------------------------------------------------------------------------------------------------------


def _has_all_works(run: _Run) -> Iterator[str]:
    there = {line["id"] for line in [*run.works, *run.withheld]}
    for user_id in run.users:
        user = run.world.user(user_id)
        if (user is None or user.standing is not Standing.PRESENT) and not {user_id, *_ids(run, "user")} & there:
            yield f"user {user_id} is gone, and nobody says so"
        for position, work in enumerate(run.world.listing(user_id)):
            if work.id not in there and not work.spec.withdrawn and not _is_named(run, work, position):
                yield f"work {work.id} of user {user_id} is missing, and nobody says so"


def _is_named(run: _Run, work: Work, position: int) -> bool:
    """Whether the works that are named as lost include one, which stands at that position of its listing from 0."""
    if work.id in _ids(run, "entry", "work") or work.user.id in _ids(run, "user", "works"):
        return True
    sources = (urlsplit(loss["source"]) for loss in run.lost if loss["what"] == "listing")
    listings = (dict(parse_qsl(source.query)) for source in sources if source.path == LISTING)
    return any(query["user_id"] == str(work.user.id) and int(query.get("offset", 0)) <= position for query in listings)


def _ids(run: _Run, *whats: str) -> set[Any]:
    return {loss["id"] for loss in run.lost if loss["what"] in whats}


# --- Files -----------------------------------------------------------------------------------------------------------


def _has_whole_files(run: _Run) -> Iterator[str]:
    """What lies below the folder of files is what Pixiv serves, and what lines say of it is true."""
    told = {file["path"]: file for work in run.works for file in work["files"] if file["status"] != "failed"}
    for path, place in run.done.files.items():
        if path in told:
            yield from _is_as_told(run, told.pop(path), place)
        elif run.is_finished:
            yield f"{path} belongs to no line"
        elif not _is_whole(run, place):
            yield f"{path} is not whole"
    yield from (f"{path} is not there" for path in told)


def _is_as_told(run: _Run, file: Json, place: Path) -> Iterator[str]:
    content = place.read_bytes()
    if content != find_file(run.world, urlsplit(file["url"]).path):
        yield f"{file['path']} is not what {file['url']} is"
    if (file["size"], file["sha256"]) != (len(content), hashlib.sha256(content).hexdigest()):
        yield f"{file['path']} is not as its line tells"


def _is_whole(run: _Run, place: Path) -> bool:
    """Whether a file that has no line yet is one of its work's, by its name."""
    work_id, _, page = place.stem.partition("_p")
    work = run.world.work(int(work_id))
    if work is None:
        return False
    paths = [*run.originals(work)[int(page)]]
    paths += [image_urls.thumbnail_path(work, int(page), "master1200")] if not work.delays else []
    return place.read_bytes() in {find_file(run.world, path) for path in paths}


def _has_all_files(run: _Run) -> Iterator[str]:
    for line in run.works if run.has_files else []:
        if (work := run.world.work(line["id"])) is None:
            continue
        whole = {urlsplit(file["url"]).path for file in line["files"] if file["status"] != "failed"}
        metadata = run.lost_files & {"/v1/ugoira/metadata"} if work.delays else set()
        for paths in run.originals(work):
            if not (whole | run.lost_files) & {*paths} and not metadata:
                yield f"{paths[0]} of work {work.id} is missing, and nobody says so"


def _has_no_part(run: _Run) -> Iterator[str]:
    parts = run.done.data / ".parts"
    if parts.exists():
        yield f"unfinished files were left behind: {sorted(path.name for path in parts.rglob('*'))}"


# --- Losses ----------------------------------------------------------------------------------------------------------


def _lost_only_what_was_refused(run: _Run, tries: int) -> Iterator[str]:
    for loss in run.lost:
        asked = run.asked(loss["source"])
        kinds = [request.fault for request in asked]
        if loss["what"] == "entry":
            is_excused = "bad_entry" in kinds
        elif loss["what"] == "works":
            # A listing that was cut short: the call that is named is its last one, which may have been answered.
            of_user = [one for one in run.by_path.get(LISTING, []) if one.query.get("user_id") == str(loss["id"])]
            is_excused = any(one.fault in API_HIDDEN | {"offset_limit"} for one in of_user)
        elif asked and asked[-1].kind == "file":
            is_excused = _is_excused(kinds, FILE_FINAL | FILE_GONE, FILE_PASSING, tries)
        else:
            final = API_FINAL | API_MISSING | API_HIDDEN
            is_excused = _is_refused(asked) or _is_excused(kinds, final, API_PASSING, tries) or _is_locked_out(kinds)
        if not is_excused:
            yield f"{loss['what']} {loss['id']} of {loss['source']} is lost ({loss['cause']}) after {kinds}"


def _is_excused(kinds: Sequence[str], final: Iterable[str], passing: Iterable[str], tries: int) -> bool:
    """Whether a call or a file may be lost, of which each request was hit by a fault of these kinds."""
    if not kinds or kinds[-1] in HARMLESS:
        return False  # it came in the end
    return bool(set(kinds) & set(final)) or sum(kind in passing for kind in kinds) >= tries


def _is_locked_out(kinds: Sequence[str]) -> bool:
    """Whether a call was refused under several fresh tokens."""
    return [kind.startswith("token") for kind in kinds[-4:]] == [True] * 4


def _is_refused(asked: Sequence[SandboxRequest]) -> bool:
    """Whether it was no fault: the world itself has no such thing."""
    return bool(asked) and not asked[-1].fault and asked[-1].status >= 400


def _withholds_only_what_is_withheld(run: _Run) -> Iterator[str]:
    for line in run.withheld:
        call = f"{line['source']['endpoint']}?" + "&".join(f"{k}={v}" for k, v in line["source"]["params"].items())
        asked = run.asked(call)
        work = run.world.work(line["id"])
        is_limited = line["type"] == "illust" and work is not None and work.spec.limit is not None
        is_told = any(request.fault in API_MISSING for request in asked) or _is_refused(asked)
        if not (is_limited or is_told):
            yield f"{line['type']} {line['id']} is said to be {line['reason']}, and Pixiv never said so"

"""Files that Pixiv itself has damaged are kept as they are, and requested again only when Pixiv has others."""

from __future__ import annotations

import shutil
import time
from pathlib import Path
from typing import Any

import pytest

from pixiv_crawler.sandbox import Fault, Sandbox
from pixiv_crawler.sandbox.server import image_host
from pixiv_crawler.sandbox.world.users import User, WorkSpec
from tests.crawling import Crawl, Crawler
from tests.stored_files import file_requests, files_of

pytestmark = pytest.mark.promise("damaged")

DAMAGED_USER = 50
REASONS = {
    "without_end": "the file is truncated: no IEND chunk (PNG)",
    "bad_checksum": "the file cannot be decoded: wrong checksum of b'IEND' (PNG)",
    "one_pixel": "the file has 1x1 pixels, but the work has 60x40",
}


@pytest.fixture
def damaged(sandbox: Sandbox) -> Sandbox:
    """A user with three works whose originals are damaged, and one that is valid."""
    contents: list[Any] = [*REASONS, ""]
    specs = tuple(WorkSpec(extensions=("png",), size=(60, 40), title=name, content=name) for name in contents)
    sandbox.world.add(User(DAMAGED_USER, "damaged", "damaged_50", specs))
    return sandbox


def run_again(crawl: Crawler, **args: Any) -> Crawl:
    """Another run with the same files and state; only its own lines remain."""
    shutil.rmtree(crawl.data / "user_works")
    return crawl(job=f"run-{time.monotonic_ns()}", **args)


def by_title(done: Crawl) -> dict[str, dict[str, Any]]:
    return {work["title"]: work["files"][0] for work in done.lines("illusts")}


def methods(sandbox: Sandbox, since: int) -> list[str]:
    return [request.method for request in sandbox.requests[since:] if request.kind == "file"]


def test_a_damaged_original_is_requested_twice_and_kept_with_the_reason(damaged: Sandbox, crawl: Crawler) -> None:
    done = crawl(user_id=DAMAGED_USER)
    files = by_title(done)
    assert {name: files[name]["error"] for name in REASONS} == REASONS
    assert {name: file["status"] for name, file in files.items()} == dict.fromkeys(REASONS, "damaged") | {
        "": "downloaded"
    }
    assert all(file["size_name"] == "original" and file["sha256"] and file["size"] for file in files.values())
    assert {file["path"] for file in files.values()} == done.files.keys()
    assert len(file_requests(damaged)) == 2 * len(REASONS) + 1
    assert (done.status, done.report["failures"]) == (0, [])
    assert done.report["files"]["damaged"] == len(REASONS)
    assert "3 of the files are damaged at Pixiv itself" in done.report["next"]


@pytest.mark.parametrize("new_only", ["false", "true"])
def test_a_later_run_does_not_download_a_damaged_file_again(damaged: Sandbox, crawl: Crawler, new_only: str) -> None:
    first = crawl(user_id=DAMAGED_USER)
    since = len(damaged.requests)
    again = run_again(crawl, user_id=DAMAGED_USER, new_only=new_only)
    assert again.status == 0
    if new_only == "true":
        assert (again.lines("illusts"), methods(damaged, since)) == ([], [])
        return
    assert {name: by_title(again)[name] for name in REASONS} == {name: by_title(first)[name] for name in REASONS}
    assert methods(damaged, since) == ["HEAD"] * len(REASONS), "whether Last-Modified has changed"


def test_a_damaged_file_is_downloaded_again_when_its_last_modified_changes(
    damaged: Sandbox, crawl: Crawler, monkeypatch: pytest.MonkeyPatch
) -> None:
    crawl(user_id=DAMAGED_USER)
    since = len(damaged.requests)
    monkeypatch.setattr(image_host, "_last_modified", lambda _path: "Wed, 01 Jul 2026 00:00:00 GMT")
    again = run_again(crawl, user_id=DAMAGED_USER)
    assert sorted(methods(damaged, since)) == ["GET"] * 2 * len(REASONS) + ["HEAD"] * len(REASONS)
    assert {file["status"] for name, file in by_title(again).items() if name} == {"damaged"}
    since = len(damaged.requests)
    run_again(crawl, user_id=DAMAGED_USER)
    assert methods(damaged, since) == ["HEAD"] * len(REASONS)


@pytest.mark.parametrize("kind", ["html_503", "empty_404", "reset"])
def test_a_damaged_file_is_kept_if_the_image_host_does_not_say_when_it_was_changed(
    damaged: Sandbox, crawl: Crawler, kind: str
) -> None:
    first = by_title(crawl(user_id=DAMAGED_USER))
    damaged.add_fault(Fault(kind, "/img-original/", times=None))
    again = run_again(crawl, user_id=DAMAGED_USER)
    assert again.status == 0
    assert {name: by_title(again)[name] for name in REASONS} == {name: first[name] for name in REASONS}


def test_a_damaged_file_that_pixiv_repairs_replaces_the_old_one_which_is_kept(
    sandbox: Sandbox, crawl: Crawler
) -> None:
    work = sandbox.world.works(1008)[0]
    sandbox.add_fault(Fault("truncated", "/img-original/", times=None))
    first = files_of(crawl(user_id=1008, max_works=1))
    sandbox.clear_faults()
    sandbox.world.replace_files(work.id)
    done = run_again(crawl, user_id=1008, max_works=1)
    (file,) = files_of(done)
    assert (file["status"], file["error"], first[0]["status"]) == ("downloaded", None, "damaged")
    assert len(done.files) == 2


def test_a_damaged_file_is_recognised_after_its_time_has_changed(damaged: Sandbox, crawl: Crawler) -> None:
    first = crawl(user_id=DAMAGED_USER)
    for path in first.files.values():
        Path(path).touch()
    since = len(damaged.requests)
    again = run_again(crawl, user_id=DAMAGED_USER)
    assert methods(damaged, since) == ["HEAD"] * len(REASONS)
    assert {name: file["error"] for name, file in by_title(again).items() if name} == REASONS

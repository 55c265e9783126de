"""Files on disk: which are reused, downloaded again or replaced."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pixiv_crawler.layout.paths import replaced_path
from pixiv_crawler.sandbox import Fault, Sandbox
from tests.crawling import Crawl, Crawler
from tests.stored_files import file_requests, files_of

ORDINARY = 1008
USER = 50


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def contents(done: Crawl) -> dict[str, bytes]:
    return {path: file.read_bytes() for path, file in done.files.items()}


def again(crawl: Crawler, **args: Any) -> Crawl:
    """Runs a new job with the same files; deletes the folder of the previous run."""
    shutil.rmtree(crawl.data / "user_works", ignore_errors=True)
    return crawl(job=f"run-{time.monotonic_ns()}", **args)


def corrupt_silently(path: Path) -> None:
    """Changes the content, but neither size nor modification time."""
    status = path.stat()
    path.write_bytes(bytes(status.st_size))
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


# --- Existing files --------------------------------------------------------------------------------------------------


def test_a_file_of_an_earlier_run_is_reused_with_its_hash_without_being_read(sandbox: Sandbox, crawl: Crawler) -> None:
    first = files_of(crawl(user_id=ORDINARY, max_works=3))
    hashes = {file["path"]: file["sha256"] for file in first}
    before = len(sandbox.requests)
    for path in Crawl(0, "", "", crawl.data).files.values():
        corrupt_silently(path)  # would be detected if it were read
    done = again(crawl, user_id=ORDINARY, max_works=3)
    assert file_requests(sandbox, before) == []
    assert {file["path"]: file["sha256"] for file in files_of(done)} == hashes
    assert {file["status"] for file in files_of(done)} == {"kept"}


def test_an_unrecorded_file_is_read_once_and_recorded(sandbox: Sandbox, crawl: Crawler) -> None:
    first = crawl(user_id=ORDINARY, max_works=3)
    hashes = {path: sha256(content) for path, content in contents(first).items()}
    (crawl.data / "state.db").unlink()
    before = len(sandbox.requests)
    done = again(crawl, user_id=ORDINARY, max_works=3)
    assert {file["path"]: (file["status"], file["sha256"]) for file in files_of(done)} == {
        path: ("kept", known) for path, known in hashes.items()
    }
    for path in done.files.values():
        corrupt_silently(path)
    assert {file["status"] for file in files_of(again(crawl, user_id=ORDINARY, max_works=3))} == {"kept"}
    assert file_requests(sandbox, before) == []


def test_a_file_that_the_user_changed_is_not_modified(sandbox: Sandbox, crawl: Crawler) -> None:
    crawl(user_id=ORDINARY, max_works=1)
    (path,) = Crawl(0, "", "", crawl.data).files.values()
    changed = path.read_bytes() + b"a note of mine"
    path.write_bytes(changed)
    before = len(sandbox.requests)
    (file,) = files_of(again(crawl, user_id=ORDINARY, max_works=1))
    assert (file["status"], file["sha256"], file["size"]) == ("kept", sha256(changed), len(changed))
    assert path.read_bytes() == changed
    assert file_requests(sandbox, before) == []


def test_a_path_that_cannot_be_read_is_a_failure_and_not_changed(sandbox: Sandbox, crawl: Crawler) -> None:
    crawl(user_id=ORDINARY, max_works=1)
    (path,) = Crawl(0, "", "", crawl.data).files.values()
    path.unlink()
    path.mkdir()
    (path / "mine.txt").write_text("keep me")
    done = again(crawl, user_id=ORDINARY, max_works=1)
    (file,) = files_of(done)
    assert (done.status, file["status"]) == (3, "failed")
    assert "Is a directory" in file["error"]
    assert (path / "mine.txt").read_text() == "keep me"


# --- Works whose artist replaced the files ---------------------------------------------------------------------------


def test_a_file_that_the_artist_replaced_is_downloaded_and_the_old_one_kept_under_another_name(
    sandbox: Sandbox, crawl: Crawler
) -> None:
    before = contents(crawl(user_id=ORDINARY, max_works=3))
    work = sandbox.world.works(ORDINARY)[1]
    path, old = next((path, content) for path, content in before.items() if f"/{work.id}_" in path)
    for _ in range(2):  # twice within a second
        sandbox.world.replace_files(work.id)
        done = again(crawl, user_id=ORDINARY, max_works=3)
        assert done.status == 0, done.log
        new = done.files[path].read_bytes()
        assert new not in before.values()
        before |= {replaced_path(path, sha256(old)): old, path: new}
        assert contents(done) == before
        old = new
    status = {file["path"]: file["status"] for file in files_of(done)}
    assert status.pop(path) == "downloaded"
    assert set(status.values()) == {"kept"}


@pytest.mark.parametrize("is_replaced", [True, False])
def test_without_the_state_a_file_of_an_earlier_upload_is_recognised_by_its_time(
    sandbox: Sandbox, crawl: Crawler, *, is_replaced: bool
) -> None:
    first = crawl(user_id=ORDINARY, max_works=1)
    ((path, old),) = contents(first).items()
    for state in crawl.data.glob("state.db*"):
        state.unlink()
    if is_replaced:
        sandbox.world.replace_files(sandbox.world.works(ORDINARY)[0].id)
    else:
        os.utime(first.files[path], (1, 1))  # another program changed it: the work is younger
    done = again(crawl, user_id=ORDINARY, max_works=1)
    new = contents(done)[path]
    (file,) = files_of(done)
    assert (done.status, file["status"]) == (0, "downloaded" if is_replaced else "kept"), done.log
    assert (new != old) is is_replaced
    assert contents(done) == {path: new} | ({replaced_path(path, sha256(old)): old} if is_replaced else {})


@pytest.mark.parametrize("step", range(1, 5))
@pytest.mark.kill
def test_a_kill_while_a_file_is_replaced_preserves_the_old_and_the_new_one(
    sandbox: Sandbox, crawl: Crawler, step: int
) -> None:
    ((path, old),) = contents(crawl(user_id=ORDINARY, max_works=1)).items()
    sandbox.world.replace_files(sandbox.world.works(ORDINARY)[0].id)
    args = {"user_id": ORDINARY, "max_works": 1, "job": "x"}
    crawl.killed("os.rename,os.mkdir,open", step, **args)
    assert old in contents(Crawl(0, "", "", crawl.data)).values()
    before = len(sandbox.requests)
    done = crawl(**args)
    assert file_requests(sandbox, before) == [], "the new file was on disk already"
    remaining = contents(done)
    assert remaining.pop(replaced_path(path, sha256(old))) == old
    assert remaining.keys() == {path}
    assert remaining[path] != old


# --- Smaller sizes ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "cause"),
    [
        ("empty_404", "HTTP 404"),
        ("html_503", "HTTP 503"),
        ("html_file", "the file is not an image"),
        ("empty_file", "the file is empty"),
    ],
)
def test_an_unavailable_original_is_stored_in_the_next_smaller_size_and_reported_as_failed(
    sandbox: Sandbox, crawl: Crawler, kind: str, cause: str
) -> None:
    work = sandbox.world.works(ORDINARY)[0]
    sandbox.add_fault(Fault(kind, "/img-original/", times=None))
    done = crawl(user_id=ORDINARY, max_works=1, settings={"RETRY_TIMES": 1})
    (file,) = files_of(done)
    assert (file["size_name"], file["status"], file["error"]) == ("large", "downloaded", None)
    assert file["url"] == done.lines("illusts")[0]["image_urls"]["large"]
    assert file["path"] == f"large/{ORDINARY}/{work.id}_p0.jpg"
    assert list(done.files) == [file["path"]]
    (failure,) = done.report["failures"]
    assert (done.status, failure["what"], failure["id"]) == (3, "file", work.id)
    assert cause in failure["cause"]
    assert failure["cause"].endswith("; the size large was stored instead")
    assert failure["source"] == done.lines("illusts")[0]["file_urls"][0]


def test_a_later_run_downloads_the_original(sandbox: Sandbox, crawl: Crawler) -> None:
    sandbox.add_fault(Fault("empty_404", "/img-original/", times=None))
    crawl(user_id=ORDINARY, max_works=1)
    sandbox.clear_faults()
    done = again(crawl, user_id=ORDINARY, max_works=1)
    assert done.status == 0
    assert [(file["size_name"], file["status"]) for file in files_of(done)] == [("original", "downloaded")]


def test_if_two_sizes_are_missing_the_third_is_stored(sandbox: Sandbox, crawl: Crawler) -> None:
    sandbox.add_fault(Fault("empty_404", "/img-original/", times=None))
    sandbox.add_fault(Fault("empty_404", "/c/600x1200_90/", times=None))
    done = crawl(user_id=ORDINARY, max_works=1)
    assert [file["size_name"] for file in files_of(done)] == ["medium"]
    assert len(done.report["failures"]) == 1


@pytest.mark.parametrize("kind", ["html_403", "redirect"])
def test_a_refused_file_fails_at_once_without_a_smaller_size(sandbox: Sandbox, crawl: Crawler, kind: str) -> None:
    sandbox.add_fault(Fault(kind, "/img-original/", times=None))
    done = crawl(user_id=ORDINARY, max_works=1)
    (file,) = files_of(done)
    assert (file["status"], file["size_name"], done.files) == ("failed", "original", {})
    assert len(file_requests(sandbox)) == 1


def test_an_animation_without_zips_has_no_other_file(sandbox: Sandbox, crawl: Crawler) -> None:
    sandbox.add_fault(Fault("empty_404", "/img-zip-ugoira/", times=None))
    done = crawl(user_id=2188232, type="ugoira", max_works=1)
    assert [(file["status"], file["size_name"]) for file in files_of(done)] == [("failed", "1920x1080")]


# --- Unusual folders and URLs ----------------------------------------------------------------------------------------


@pytest.fixture
def shared_url(tmp_path: Path) -> Iterator[Crawler]:
    """A simulated Pixiv with the same file URL for two works and for two pages of a third one."""
    folder = tmp_path / "samples"
    folder.mkdir()
    with Sandbox() as plain:
        lines = Crawler(plain, tmp_path / "plain")(user_id=2188232, type="manga", files="none").lines("illusts")
        ours = {"kind", "fetched_at", "source", "file_urls", "files", "ugoira_metadata"}
        listing = [{name: value for name, value in line.items() if name not in ours} for line in lines]
    many = next(work for work in listing if work["page_count"] > 1)
    one, other = [work | {"meta_pages": [], "page_count": 1} for work in listing if work is not many][:2]
    url = many["meta_pages"][0]["image_urls"]["original"]
    many["meta_pages"] = many["meta_pages"][:1] * 2
    many["page_count"] = 2
    for work in (one, other):
        work["meta_single_page"] = {"original_image_url": url}
    response = {"user": one["user"], "illusts": [one, other, many], "next_url": None}
    (folder / "user_illusts__x.json").write_text(json.dumps(response))
    with Sandbox(samples=folder) as sandbox:
        yield Crawler(sandbox, tmp_path)


def test_works_and_pages_with_the_same_url_have_separate_files(shared_url: Crawler) -> None:
    done = shared_url(user_id=2188232)
    files = files_of(done)
    assert len({file["path"] for file in files}) == len(files) == 4
    assert len({file["url"] for file in files}) == 1
    assert {file["path"] for file in files} == set(done.files)
    assert len(set(contents(done).values())) == 1


def test_files_can_be_stored_in_a_folder_on_another_disk(crawl: Crawler) -> None:
    other_disk = Path("/dev/shm")
    if not other_disk.is_dir() or other_disk.stat().st_dev == crawl.data.parent.stat().st_dev:
        pytest.skip("there is no second disk")
    with tempfile.TemporaryDirectory(dir=other_disk) as folder:
        (crawl.data / "files").mkdir(parents=True)
        (crawl.data / "files" / str(ORDINARY)).symlink_to(folder)
        done = crawl(user_id=ORDINARY, max_works=3)
        assert done.status == 0, done.log
        names = {Path(file["path"]).name: file["sha256"] for file in files_of(done)}
        assert {path.name: sha256(path.read_bytes()) for path in Path(folder).iterdir()} == names
        assert not (crawl.data / ".parts").exists()
        assert {file["status"] for file in files_of(again(crawl, user_id=ORDINARY, max_works=3))} == {"kept"}

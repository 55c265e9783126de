"""Crawls of recorded responses of the real Pixiv: the lines contain what was recorded."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pixiv_crawler.sandbox import Sandbox
from tests.crawling import Crawl, Crawler

USER = 2188232
# The fields that we add to an entry.
OWN = {"kind", "ugoira_metadata", "file_urls", "files", "fetched_at", "source"}


def recorded(samples: Path, name: str) -> dict[str, Any]:
    (file,) = samples.glob(f"{name}.json")
    return json.loads(file.read_bytes())


@pytest.fixture(scope="module")
def pages(samples: Path) -> list[list[dict[str, Any]]]:
    """The works of the two recorded listings of one user."""
    return [
        recorded(samples, name)["illusts"] for name in ("user_illusts__full_page_2021", "user_illusts__*_page_2_2020")
    ]


@pytest.fixture(scope="module")
def done(samples: Path, tmp_path_factory: pytest.TempPathFactory) -> Crawl:
    """A crawl of that user in a simulated Pixiv that the crawl starts."""
    settings = {"PIXIV_SANDBOX": 1, "PIXIV_SANDBOX_SAMPLES": samples}
    with Sandbox() as other:
        crawl = Crawler(other, tmp_path_factory.mktemp("samples"))(user_id=USER, settings=settings, env={})
    assert other.requests == [], "PIXIV_SANDBOX takes precedence over the URLs in the settings"
    return crawl


def differences(entry: Any, line: Any, path: str = "$") -> Iterator[str]:
    """The differences between a line and the recorded entry; fields that were not recorded must be null."""
    if isinstance(entry, dict) and isinstance(line, dict):
        for name in entry.keys() | line.keys():
            yield from differences(entry.get(name), line.get(name), f"{path}.{name}")
    elif isinstance(entry, list) and isinstance(line, list) and len(entry) == len(line):
        for index, members in enumerate(zip(entry, line, strict=True)):
            yield from differences(*members, f"{path}[{index}]")
    elif entry != line or type(entry) is not type(line):
        yield f"{path}: {entry!r} became {line!r}"


def in_order(done: Crawl) -> list[dict[str, Any]]:
    return sorted(done.lines("illusts"), key=lambda line: line["source"]["position"])


def test_no_recorded_entry_is_rejected_and_no_field_is_unknown(done: Crawl) -> None:
    """Only two listings of the user were recorded, so the missing works are a failure."""
    (failure,) = done.report["failures"]
    assert (failure["what"], failure["id"]) == ("works", USER)
    assert "the profile counts 158 illusts, but Pixiv listed " in failure["cause"]
    assert done.status == 3, done.log
    assert done.report["new_fields"] == []
    assert done.lines("rejected") == []


def test_both_recorded_listings_are_collected_in_order(done: Crawl, pages: list[list[dict[str, Any]]]) -> None:
    lines = in_order(done)
    for page, works in enumerate(pages):
        here = lines[30 * page : 30 * page + 30]
        assert [line["id"] for line in here] == [work["id"] for work in works]
        assert [line["source"]["position"] for line in here] == list(range(30 * page + 1, 30 * page + 31))
        assert {line["source"]["endpoint"] for line in here} == {"/v1/user/illusts"}
        assert {line["source"]["params"]["user_id"] for line in here} == {USER}
        assert {line["source"]["params"].get("offset") for line in here} == {30 * page or None}


def test_every_line_contains_what_was_recorded(done: Crawl, pages: list[list[dict[str, Any]]]) -> None:
    lines = in_order(done)
    for entry, line in zip(pages[0] + pages[1], lines, strict=False):
        received = {name: value for name, value in line.items() if name not in OWN}
        assert list(differences(entry, received)) == [], entry["id"]
        assert line["kind"] == "illust"


def test_every_recorded_original_is_downloaded_completely(done: Crawl, pages: list[list[dict[str, Any]]]) -> None:
    for entry, line in zip(pages[0] + pages[1], in_order(done), strict=False):
        originals = [page["image_urls"]["original"] for page in entry["meta_pages"]]
        if entry["type"] != "ugoira":
            assert line["file_urls"] == (originals or [entry["meta_single_page"]["original_image_url"]])
            assert [file["url"] for file in line["files"]] == line["file_urls"]
        assert {file["status"] for file in line["files"]} == {"downloaded"}
    for line in done.lines("illusts"):
        for file in line["files"]:
            content = done.files[file["path"]].read_bytes()
            assert (len(content), hashlib.sha256(content).hexdigest()) == (file["size"], file["sha256"])


def test_recorded_files_are_requested_with_the_referer_and_without_the_token(samples: Path, tmp_path: Path) -> None:
    with Sandbox(samples=samples) as sandbox:
        crawl = Crawler(sandbox, tmp_path)(user_id=USER, max_works=60)
        requests = sandbox.requests
    files = [request for request in requests if request.kind == "file"]
    calls = [request for request in requests if request.kind == "api"]
    assert len(files) == len(crawl.files) >= 60
    assert {request.headers.get("referer") for request in files} == {"https://app-api.pixiv.net/"}
    assert {request.status for request in files} == {200}
    assert not any("authorization" in request.headers for request in files)
    assert all(request.headers["authorization"].startswith("Bearer ") for request in calls)

"""Interrupted downloads are resumed."""

from __future__ import annotations

import re
import signal
import zlib
from pathlib import Path

import pytest

from pixiv_crawler import settings
from pixiv_crawler.files.partial import PartialFile, partial_prefix
from pixiv_crawler.files.plan import FilePlan
from pixiv_crawler.sandbox import Fault, Sandbox, SandboxRequest
from tests.crawling import Crawl, Crawler
from tests.layout.item_factories import illust
from tests.sandbox.client import Client

USER = 50
SIZE = 400_000


@pytest.fixture
def original(sandbox: Sandbox) -> tuple[str, bytes]:
    """The URL and the content of the only file of a user, 400 kB."""
    sandbox.world.add_user(USER, works=1, file_bytes=SIZE)
    client = Client(sandbox)
    url = client.api("/v1/user/illusts", user_id=USER).json["illusts"][0]["meta_single_page"]["original_image_url"]
    return url, client.file(url).body


def file_requests(sandbox: Sandbox) -> list[SandboxRequest]:
    """The crawl's requests for files; the first one was sent by the test."""
    return [request for request in sandbox.requests if request.kind == "file"][1:]


def ranges(sandbox: Sandbox) -> list[int | None]:
    """The first requested byte of each request; None: without a range."""
    return [
        int(request.headers["range"].removeprefix("bytes=").removesuffix("-")) if "range" in request.headers else None
        for request in file_requests(sandbox)
    ]


def assert_complete(done: Crawl, content: bytes) -> None:
    assert done.status == 0, done.log
    assert [path.read_bytes() for path in done.files.values()] == [content]
    assert not (done.data / ".parts").exists(), "a finished run leaves no partial files"


@pytest.mark.parametrize("kind", ["reset_after", "stall_after"])
def test_an_interrupted_download_is_resumed_where_it_ended(
    sandbox: Sandbox, crawl: Crawler, original: tuple[str, bytes], kind: str
) -> None:
    sandbox.add_fault(Fault(kind, "/img-original/", body_bytes=150_000, seconds=30))
    done = crawl(user_id=USER, settings={"DOWNLOAD_TIMEOUT": 1})
    assert_complete(done, original[1])
    assert ranges(sandbox) == [None, 150_000]
    first, second = file_requests(sandbox)
    assert second.headers["if-range"].startswith('"')
    assert (first.status, second.status) == (200, 206)


def test_a_download_that_is_interrupted_repeatedly_is_completed(
    sandbox: Sandbox, crawl: Crawler, original: tuple[str, bytes]
) -> None:
    sandbox.add_fault(Fault("reset_after", "/img-original/", times=7, body_bytes=50_000))
    assert_complete(crawl(user_id=USER, settings={"RETRY_TIMES": 1}), original[1])
    assert ranges(sandbox) == [None, *range(50_000, SIZE, 50_000)]


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("ignored_range", [None, 150_000]),
        ("moved_range", [None, 150_000, None]),
        ("changed_range", [None, 150_000, None]),
    ],
)
def test_a_response_that_is_not_the_rest_of_the_same_file_restarts_the_download(
    sandbox: Sandbox, crawl: Crawler, original: tuple[str, bytes], kind: str, expected: list[int | None]
) -> None:
    sandbox.add_fault(Fault("reset_after", "/img-original/", body_bytes=150_000))
    sandbox.add_fault(Fault(kind, "/img-original/"))
    assert_complete(crawl(user_id=USER, settings={"RETRY_TIMES": 1}), original[1])
    assert ranges(sandbox) == expected


def test_a_file_that_changed_is_never_combined_with_an_old_part(
    sandbox: Sandbox, crawl: Crawler, original: tuple[str, bytes]
) -> None:
    """The server responds to `If-Range` with the complete current file."""
    write_partial(crawl, original[0], b"\xff\xd8" + bytes(150_000), '"00000000-61a80"')
    assert_complete(crawl(user_id=USER, job="x"), original[1])
    assert [(request.headers["if-range"], request.status) for request in file_requests(sandbox)] == [
        ('"00000000-61a80"', 200)
    ]


def write_partial(crawl: Crawler, url: str, content: bytes, etag: str) -> None:
    """Writes the partial file of a killed run with the job x."""
    work_id = int(re.findall(r"/(\d+)_p0", url)[0])
    plan = FilePlan(
        None,
        settings.PIXIV_FILE_PATH,
        settings.PIXIV_NOVEL_PATH,
        spider="user_works",
        job="x",
        names=lambda _: ("", ""),
    )
    work = illust(work_id, page_count=1, meta_single_page={"original_image_url": url}, file_urls=[url])
    prefix = partial_prefix(
        crawl.data / ".parts" / "user_works" / "x", plan.requests_for(work)[0].candidates[0].key, url
    )
    PartialFile.create(prefix, {"etag": etag}, SIZE).path.write_bytes(content)


def etag_of(content: bytes) -> str:
    return f'"{zlib.crc32(content):08x}-{len(content):x}"'


def test_an_invalid_combined_file_is_downloaded_again_without_counting_as_a_retry(
    sandbox: Sandbox, crawl: Crawler, original: tuple[str, bytes]
) -> None:
    url, content = original
    write_partial(crawl, url, b"\xff\xd8\xff\xd9" + bytes(150_000), etag_of(content))
    assert_complete(crawl(user_id=USER, job="x", settings={"RETRY_TIMES": 0}), content)
    assert ranges(sandbox) == [150_004, None]


def test_a_partial_file_longer_than_the_file_is_discarded(
    sandbox: Sandbox, crawl: Crawler, original: tuple[str, bytes]
) -> None:
    url, content = original
    write_partial(crawl, url, content + b"more", etag_of(content))
    assert_complete(crawl(user_id=USER, job="x", settings={"RETRY_TIMES": 0}), content)
    assert [request.status for request in file_requests(sandbox)] == [416, 200]


def test_a_complete_partial_file_is_not_requested(
    sandbox: Sandbox, crawl: Crawler, original: tuple[str, bytes]
) -> None:
    url, content = original
    write_partial(crawl, url, content, etag_of(content))
    assert_complete(crawl(user_id=USER, job="x"), content)
    assert file_requests(sandbox) == []


def stored_bytes(crawl: Crawler) -> int:
    """The size of all partial files."""
    return sum(part.stat().st_size for part in (crawl.data / ".parts").rglob("*.part"))


@pytest.mark.kill
def test_a_killed_run_resumes_its_partial_files(sandbox: Sandbox, crawl: Crawler, original: tuple[str, bytes]) -> None:
    sandbox.add_fault(Fault("stall_after", "/img-original/", body_bytes=150_000, seconds=60))
    args = {"user_id": USER, "job": "x"}
    crawl.stopped(signal.SIGKILL, lambda: stored_bytes(crawl) >= 140_000, **args)
    done = crawl(**args)
    assert_complete(done, original[1])
    first, second = ranges(sandbox)
    assert first is None
    assert 140_000 <= (second or 0) <= 150_000
    assert [file["status"] for work in done.lines("illusts") for file in work["files"]] == ["downloaded"]


@pytest.mark.kill
def test_an_interrupted_run_keeps_partial_files_and_a_finished_one_removes_them(
    sandbox: Sandbox, crawl: Crawler, original: tuple[str, bytes]
) -> None:
    sandbox.add_fault(Fault("stall_after", "/img-original/", body_bytes=150_000, seconds=60))
    args = {"user_id": USER, "job": "x"}
    crawl.stopped(signal.SIGINT, lambda: stored_bytes(crawl) >= 140_000, **args)
    assert [part.stat().st_size for part in (crawl.data / ".parts").rglob("*.part")] == [150_000]
    assert_complete(crawl(**args), original[1])
    assert ranges(sandbox) == [None, 150_000]


def test_a_compressed_body_which_was_not_requested_is_requested_again(
    sandbox: Sandbox, crawl: Crawler, original: tuple[str, bytes]
) -> None:
    sandbox.add_fault(Fault("packed_file", "/img-original/", times=1))
    assert_complete(crawl(user_id=USER), original[1])
    assert [request.headers["accept-encoding"] for request in file_requests(sandbox)] == ["identity", "identity"]


def test_a_file_that_is_always_compressed_is_a_failure(
    sandbox: Sandbox, crawl: Crawler, original: tuple[str, bytes]
) -> None:
    sandbox.add_fault(Fault("packed_file", "/", times=None))
    done = crawl(user_id=USER, settings={"RETRY_TIMES": 1})
    assert (done.status, done.files) == (3, {})
    (failed,) = done.report["failures"]
    assert "was sent with the content encoding 'gzip'" in str(failed)


@pytest.mark.usefixtures("original")
def test_requests_without_a_body_do_not_state_its_length(sandbox: Sandbox, crawl: Crawler) -> None:
    crawl(user_id=USER)
    own = [request for request in sandbox.requests if "Pixiv" in request.headers.get("user-agent", "")]
    assert {request.kind for request in own} == {"oauth", "api", "file"}
    assert {request.kind for request in own if "content-length" in request.headers} == {"oauth"}


# --- Partial files ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("etag", ['"a/b c"', 'W/"weak"', "", '"' + "x" * 500 + '"', '"\udcff"'])
def test_a_partial_file_is_identified_by_its_name(tmp_path: Path, etag: str) -> None:
    prefix = partial_prefix(tmp_path / "parts", "illust 1 0", "https://i.pximg.net/a.jpg")
    created = PartialFile.create(prefix, {"etag": etag, "last-modified": "Mon, 23 Nov 2026 13:45:00 GMT"}, 1000)
    created.path.write_bytes(b"1234")
    found = PartialFile.find(prefix)
    assert found == created
    weak, unusable = etag in ('W/"weak"', ""), len(etag) > 500 or not etag.isascii()
    expected = "Mon, 23 Nov 2026 13:45:00 GMT" if weak else "" if unusable else etag
    headers = {"Range": "bytes=4-", "If-Range": expected}
    assert found.range_headers() == (headers if expected else {})
    assert PartialFile.find(partial_prefix(tmp_path / "parts", "illust 1 0", "https://i.pximg.net/b.jpg")) is None


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"content-range": "bytes 4-999/1000", "etag": '"a"'}, True),
        ({"content-range": "bytes 4-999/*", "etag": '"a"'}, True),
        ({"content-range": "bytes 4-999/1000"}, True),
        ({"content-range": "bytes 4-999/1000", "etag": '"b"'}, False),
        ({"content-range": "bytes 4-998/999", "etag": '"a"'}, False),
        ({"content-range": "bytes 3-999/1000", "etag": '"a"'}, False),
        ({"content-range": "bytes 4-", "etag": '"a"'}, False),
        ({"etag": '"a"'}, False),
    ],
)
def test_a_partial_file_is_continued_only_by_the_rest_of_the_same_content(
    tmp_path: Path, headers: dict[str, str], expected: bool
) -> None:
    part = PartialFile.create(tmp_path / "prefix", {"etag": '"a"'}, 1000)
    part.path.write_bytes(b"1234")
    assert part.is_continued_by(headers) is expected

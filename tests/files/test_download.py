"""Downloads that break off, and how they go on."""

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
    """The address and the content of the one file of a user; of 400 kB."""
    sandbox.world.add_user(USER, works=1, file_bytes=SIZE)
    client = Client(sandbox)
    url = client.api("/v1/user/illusts", user_id=USER).json["illusts"][0]["meta_single_page"]["original_image_url"]
    return url, client.file(url).body


def asked(sandbox: Sandbox) -> list[SandboxRequest]:
    """The crawl's requests for files; the first request was the test's own."""
    return [request for request in sandbox.requests if request.kind == "file"][1:]


def ranges(sandbox: Sandbox) -> list[int | None]:
    """From which byte on the file was asked for; None from the beginning, without a condition."""
    return [
        int(request.headers["range"].removeprefix("bytes=").removesuffix("-")) if "range" in request.headers else None
        for request in asked(sandbox)
    ]


def assert_whole(done: Crawl, content: bytes) -> None:
    assert done.status == 0, done.log
    assert [path.read_bytes() for path in done.files.values()] == [content]
    assert not (done.data / ".parts").exists(), "a finished run leaves no parts"


@pytest.mark.parametrize("kind", ["reset_after", "stall_after"])
def test_a_file_that_breaks_off_is_continued_where_it_ended(
    sandbox: Sandbox, crawl: Crawler, original: tuple[str, bytes], kind: str
) -> None:
    sandbox.add_fault(Fault(kind, "/img-original/", body_bytes=150_000, seconds=30))
    done = crawl(user_id=USER, settings={"DOWNLOAD_TIMEOUT": 1})
    assert_whole(done, original[1])
    assert ranges(sandbox) == [None, 150_000]
    first, second = asked(sandbox)
    assert second.headers["if-range"].startswith('"')
    assert (first.status, second.status) == (200, 206)


def test_a_line_that_breaks_again_and_again_brings_a_file_to_its_end(
    sandbox: Sandbox, crawl: Crawler, original: tuple[str, bytes]
) -> None:
    sandbox.add_fault(Fault("reset_after", "/img-original/", times=7, body_bytes=50_000))
    assert_whole(crawl(user_id=USER, settings={"RETRY_TIMES": 1}), original[1])
    assert ranges(sandbox) == [None, *range(50_000, SIZE, 50_000)]


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("ignored_range", [None, 150_000]),
        ("moved_range", [None, 150_000, None]),
        ("changed_range", [None, 150_000, None]),
    ],
)
def test_an_answer_that_is_not_the_rest_of_the_same_file_begins_it_anew(
    sandbox: Sandbox, crawl: Crawler, original: tuple[str, bytes], kind: str, expected: list[int | None]
) -> None:
    sandbox.add_fault(Fault("reset_after", "/img-original/", body_bytes=150_000))
    sandbox.add_fault(Fault(kind, "/img-original/"))
    assert_whole(crawl(user_id=USER, settings={"RETRY_TIMES": 1}), original[1])
    assert ranges(sandbox) == expected


def test_a_file_that_changed_meanwhile_is_never_put_together_of_two(
    sandbox: Sandbox, crawl: Crawler, original: tuple[str, bytes]
) -> None:
    """The server answers `If-Range` with the whole of what it has now."""
    leave_part(crawl, original[0], b"\xff\xd8" + bytes(150_000), '"00000000-61a80"')
    assert_whole(crawl(user_id=USER, job="x"), original[1])
    assert [(request.headers["if-range"], request.status) for request in asked(sandbox)] == [('"00000000-61a80"', 200)]


def leave_part(crawl: Crawler, url: str, content: bytes, etag: str) -> None:
    """As a killed run of the name x would."""
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
    place = partial_prefix(
        crawl.data / ".parts" / "user_works" / "x", plan.requests_for(work)[0].candidates[0].key, url
    )
    PartialFile.create(place, {"etag": etag}, SIZE).path.write_bytes(content)


def etag_of(content: bytes) -> str:
    return f'"{zlib.crc32(content):08x}-{len(content):x}"'


def test_a_file_put_together_that_is_not_whole_is_fetched_anew_without_counting_as_a_failure(
    sandbox: Sandbox, crawl: Crawler, original: tuple[str, bytes]
) -> None:
    url, content = original
    leave_part(crawl, url, b"\xff\xd8\xff\xd9" + bytes(150_000), etag_of(content))
    assert_whole(crawl(user_id=USER, job="x", settings={"RETRY_TIMES": 0}), content)
    assert ranges(sandbox) == [150_004, None]


def test_a_part_that_is_longer_than_the_file_is_thrown_away(
    sandbox: Sandbox, crawl: Crawler, original: tuple[str, bytes]
) -> None:
    url, content = original
    leave_part(crawl, url, content + b"more", etag_of(content))
    assert_whole(crawl(user_id=USER, job="x", settings={"RETRY_TIMES": 0}), content)
    assert [request.status for request in asked(sandbox)] == [416, 200]


def test_a_part_that_is_whole_is_not_asked_for(sandbox: Sandbox, crawl: Crawler, original: tuple[str, bytes]) -> None:
    url, content = original
    leave_part(crawl, url, content, etag_of(content))
    assert_whole(crawl(user_id=USER, job="x"), content)
    assert asked(sandbox) == []


def stored_bytes(crawl: Crawler) -> int:
    """How much of unfinished files is on disk."""
    return sum(part.stat().st_size for part in (crawl.data / ".parts").rglob("*.part"))


@pytest.mark.kill
def test_a_killed_run_is_continued_within_its_files(
    sandbox: Sandbox, crawl: Crawler, original: tuple[str, bytes]
) -> None:
    sandbox.add_fault(Fault("stall_after", "/img-original/", body_bytes=150_000, seconds=60))
    args = {"user_id": USER, "job": "x"}
    crawl.stopped(signal.SIGKILL, lambda: stored_bytes(crawl) >= 140_000, **args)
    done = crawl(**args)
    assert_whole(done, original[1])
    first, second = ranges(sandbox)
    assert first is None
    assert 140_000 <= (second or 0) <= 150_000
    assert [file["status"] for work in done.lines("illusts") for file in work["files"]] == ["downloaded"]


@pytest.mark.kill
def test_an_interrupted_run_keeps_its_parts_and_a_finished_one_takes_them_away(
    sandbox: Sandbox, crawl: Crawler, original: tuple[str, bytes]
) -> None:
    sandbox.add_fault(Fault("stall_after", "/img-original/", body_bytes=150_000, seconds=60))
    args = {"user_id": USER, "job": "x"}
    crawl.stopped(signal.SIGINT, lambda: stored_bytes(crawl) >= 140_000, **args)
    assert [part.stat().st_size for part in (crawl.data / ".parts").rglob("*.part")] == [150_000]
    assert_whole(crawl(**args), original[1])
    assert ranges(sandbox) == [None, 150_000]


def test_a_compressed_body_which_was_not_requested_is_requested_again(
    sandbox: Sandbox, crawl: Crawler, original: tuple[str, bytes]
) -> None:
    sandbox.add_fault(Fault("packed_file", "/img-original/", times=1))
    assert_whole(crawl(user_id=USER), original[1])
    assert [request.headers["accept-encoding"] for request in asked(sandbox)] == ["identity", "identity"]


def test_a_file_that_always_comes_compressed_is_reported_as_failed(
    sandbox: Sandbox, crawl: Crawler, original: tuple[str, bytes]
) -> None:
    sandbox.add_fault(Fault("packed_file", "/", times=None))
    done = crawl(user_id=USER, settings={"RETRY_TIMES": 1})
    assert (done.status, done.files) == (3, {})
    (failed,) = done.report["failures"]
    assert "was sent with the content encoding 'gzip'" in str(failed)


# --- The layers alone ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("etag", ['"a/b c"', 'W/"weak"', "", '"' + "x" * 500 + '"', '"\udcff"'])
def test_a_part_tells_by_its_name_what_it_is_a_part_of(tmp_path: Path, etag: str) -> None:
    place = partial_prefix(tmp_path / "parts", "illust 1 0", "https://i.pximg.net/a.jpg")
    begun = PartialFile.create(place, {"etag": etag, "last-modified": "Mon, 23 Nov 2026 13:45:00 GMT"}, 1000)
    begun.path.write_bytes(b"1234")
    found = PartialFile.find(place)
    assert found == begun
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
def test_only_the_rest_of_the_same_content_is_continued_a_part(
    tmp_path: Path, headers: dict[str, str], expected: bool
) -> None:
    part = PartialFile.create(tmp_path / "place", {"etag": '"a"'}, 1000)
    part.path.write_bytes(b"1234")
    assert part.is_continued_by(headers) is expected

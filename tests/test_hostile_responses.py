"""Malicious responses: too deep, too large, too many entries, invalid text or numbers."""

from __future__ import annotations

import gzip
import itertools
import json
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from pixiv_crawler.http.requests import API_MAXSIZE
from pixiv_crawler.sandbox import Sandbox
from tests.crawling import Crawl, Crawler
from tests.sample_responses import illust, user_illusts

pytestmark = pytest.mark.promise("hostile")

MEGABYTE = 1024 * 1024
HOSTILE, GOOD = 77, 78


class HostileApi(ThreadingHTTPServer):
    """An API with a configurable response for the works of user 77, and one valid work for every other user."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.chunks: Callable[[], Iterator[bytes]] = lambda: iter(())
        self.status = 200
        self.headers: dict[str, str] = {}
        self.requested_paths: list[str] = []
        """The paths of the requested listings, with their queries."""
        self.sent = 0
        """Number of sent bytes of bodies."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: HostileApi

    def do_GET(self) -> None:
        path, query = urlsplit(self.path).path, parse_qs(urlsplit(self.path).query)
        if path != "/v1/user/illusts":
            self._send(200, {}, iter([b'{"user": {"id": 77}, "profile": {}}']))
            return
        self.server.requested_paths.append(self.path)
        if query["user_id"] == [str(HOSTILE)]:
            self._send(self.server.status, self.server.headers, self.server.chunks())
        else:
            self._send(200, {}, iter([json.dumps(user_illusts(illust(1000))).encode()]))

    def _send(self, status: int, headers: dict[str, str], chunks: Iterator[bytes]) -> None:
        is_chunked = "Content-Length" not in headers
        self.send_response(status)
        framing = {"Transfer-Encoding": "chunked"} if is_chunked else {}
        for name, value in ({"Content-Type": "application/json"} | framing | headers).items():
            self.send_header(name, value)
        self.end_headers()
        try:
            for chunk in chunks:
                self.wfile.write(b"%x\r\n%b\r\n" % (len(chunk), chunk) if is_chunked else chunk)
                self.server.sent += len(chunk)
            self.wfile.write(b"0\r\n\r\n" if is_chunked else b"")
        except ConnectionError:
            self.close_connection = True

    def log_message(self, *_args: Any) -> None:
        """Writes no log."""


CrawlHostile = Callable[..., Crawl]


@pytest.fixture
def api() -> Iterator[HostileApi]:
    with HostileApi() as server:
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture
def crawl_hostile(api: HostileApi, tmp_path: Path) -> CrawlHostile:
    """Crawls user 77, whose response is this body or the one set before, and then user 78."""

    def run(*chunks: bytes, times: int = 1, retries: int = 0) -> Crawl:
        if chunks:
            api.chunks = lambda: (chunk for _ in range(times) for chunk in chunks)
        with Sandbox() as sandbox:
            settings = {"PIXIV_API_URL": api.url, "RETRY_TIMES": retries}
            done = Crawler(sandbox, tmp_path)(user_id=f"{HOSTILE},{GOOD}", files="none", settings=settings)
        assert "Traceback" not in done.log
        assert done.report["finish_reason"] == "finished"
        assert max(map(len, done.log.splitlines())) < 5000, "a long text must not fill the log"
        assert (done.run_folder / "report.json").stat().st_size < MEGABYTE
        assert done.lines("illusts")[-1]["id"] == 1000, "the next user is still collected"
        return done

    return run


def listing(*entries: str | bytes, **changes: Any) -> bytes:
    """A listing with the entries unchanged."""
    body = json.dumps(user_illusts(**changes)).encode()
    joined = b", ".join(entry.encode() if isinstance(entry, str) else entry for entry in entries)
    return body.replace(b'"illusts": []', b'"illusts": [%b]' % joined)


def failures(done: Crawl) -> list[str]:
    return [failure["what"] for failure in done.report["failures"]]


def ids(done: Crawl) -> list[int]:
    return [work["id"] for work in done.lines("illusts")]


def encoded_work(**changes: Any) -> str:
    return json.dumps(illust(1, **changes))


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 100_000 + b"]" * 100_000,
        b'{"next_url":' * 100_000 + b"null" + b"}" * 100_000,
        b'{"illusts": [1e, 2]}',
        b'{"illusts": "' + b"x" * 10 * MEGABYTE + b'"}',
        b'{"illusts": [{"title": "' + b"x" * 10 * MEGABYTE,
        b"\xff" * MEGABYTE,
        b'{"\xff": 1, "illusts": []}',
        b"\0" * 1000,
    ],
    ids=["arrays", "objects", "incomplete number", "long text", "truncated", "invalid UTF-8", "invalid UTF-8 key", "zeros"],
)  # fmt: skip
def test_an_invalid_body_is_a_failure_and_the_crawl_continues(crawl_hostile: CrawlHostile, body: bytes) -> None:
    done = crawl_hostile(body)
    assert (done.status, failures(done), ids(done)) == (3, ["listing"], [1000])
    assert len(done.report["failures"][0]["cause"]) < 300


@pytest.mark.parametrize(
    "entry",
    [
        b'{"id": 5, "title": "\xff"}',
        b'{"id": 5, "total_view": %b}' % (b"9" * 5000),
        b'{"id": 5, "total_view": 1e400}',
        b'{"id": %b}' % (b"9" * 400),
        json.dumps({"id": "x" * MEGABYTE}).encode(),
        json.dumps({"id": {"a": [1] * 1000}}).encode(),
        json.dumps(illust(5) | {"title": 10**400}).encode(),
        json.dumps(illust(5) | {"width": float("nan")}).encode(),
        b"-Infinity",
        b'{"id": %b}' % (b"9" * 30),
        json.dumps(illust(5))
        .encode()
        .replace(b'"tags": [', b'"tags": ' + b"[" * 3000 + b'"]\\"{"' + b"]" * 3000 + b', "x": ['),
        b"[" * 100_000 + b"]" * 100_000,
    ],
    ids=[
        "invalid UTF-8",
        "5000 digits",
        "1e400",
        "large id",
        "long id",
        "id of objects",
        "10**400",
        "NaN",
        "infinity",
        "30 digits",
        "deep",
        "deeper",
    ],
)
def test_a_malicious_entry_is_rejected_and_valid_ones_are_collected(crawl_hostile: CrawlHostile, entry: bytes) -> None:
    done = crawl_hostile(listing(encoded_work(), entry, encoded_work().replace('"id": 1,', '"id": 2,')))
    assert (done.status, failures(done), ids(done)) == (3, ["entry"], [1, 2, 1000])
    (line,) = done.lines("rejected")
    assert line["error"]
    assert line["raw"]


@pytest.mark.parametrize(
    "number",
    [2**53, 2**63, 2**70, 10**400, -(10**400)],
    ids=lambda number: f"{number:.2g}" if abs(number) < 2**99 else "10**400",
)
@pytest.mark.parametrize("name", ["total_view", "id"])
def test_a_number_beyond_64_bits_is_written_unchanged(crawl_hostile: CrawlHostile, name: str, number: int) -> None:
    done = crawl_hostile(listing(json.dumps(illust(1) | {name: number})))
    (line,) = done.lines("rejected") or done.lines("illusts")[:-1]
    assert (line.get("raw") or line)[name] == number
    assert done.status == (3 if done.lines("rejected") else 0)


def test_a_text_of_ten_megabytes_is_not_truncated(crawl_hostile: CrawlHostile) -> None:
    done = crawl_hostile(listing(encoded_work(title="x" * 10 * MEGABYTE)))
    assert done.status == 0
    assert done.lines("illusts")[0]["title"] == "x" * 10 * MEGABYTE


def test_the_last_of_duplicate_keys_is_used(crawl_hostile: CrawlHostile) -> None:
    twice = encoded_work().replace('"title"', '"title": "first", "title"')
    assert crawl_hostile(listing(twice)).lines("illusts")[0]["title"] == "作品 1"


@pytest.mark.parametrize("has_content_length", [False, True])
def test_a_response_of_a_hundred_megabytes_is_not_downloaded(
    api: HostileApi, crawl_hostile: CrawlHostile, has_content_length: bool
) -> None:
    if has_content_length:
        api.headers = {"Content-Length": str(100 * MEGABYTE)}
    done = crawl_hostile(b"[" * MEGABYTE, times=100)
    assert (done.status, failures(done), ids(done)) == (3, ["listing"], [1000])
    assert "too_large" in done.report["failures"][0]["cause"]
    assert api.sent < API_MAXSIZE + 16 * MEGABYTE, "more was sent than fits into the buffers of the operating system"


def test_a_decompression_bomb_is_not_decompressed(api: HostileApi, crawl_hostile: CrawlHostile) -> None:
    api.headers = {"Content-Encoding": "gzip"}
    done = crawl_hostile(gzip.compress(b"[" * 64 * MEGABYTE) * 16)
    assert (done.status, failures(done), ids(done)) == (3, ["listing"], [1000])
    assert str(API_MAXSIZE) in done.report["failures"][0]["cause"]


def test_a_compressed_listing_that_is_corrupt_once_is_requested_again(
    api: HostileApi, crawl_hostile: CrawlHostile
) -> None:
    api.headers = {"Content-Encoding": "gzip"}
    valid = gzip.compress(listing(encoded_work()))
    bodies = iter([valid[:-30], valid])
    api.chunks = lambda: iter([next(bodies)])
    done = crawl_hostile(retries=1)
    assert (done.status, ids(done), len(api.requested_paths)) == (0, [1, 1000], 3)


def test_a_compressed_listing_that_stays_corrupt_is_reported_as_failed(
    api: HostileApi, crawl_hostile: CrawlHostile
) -> None:
    api.headers = {"Content-Encoding": "gzip"}
    done = crawl_hostile(b"\x1f\x8b" + bytes(100), retries=1)
    assert (done.status, failures(done), ids(done)) == (3, ["listing"], [1000])
    assert len(api.requested_paths) == 5, "twice, once for the other user, and twice more at the end"


def test_a_listing_of_twenty_thousand_entries_is_read_completely(crawl_hostile: CrawlHostile) -> None:
    works = [encoded_work().replace('"id": 1,', f'"id": {number},') for number in range(1, 101)]
    placeholders = [f'{{"id":{number},"user":{{"id":0}}}}' for number in range(2000, 2900)]
    done = crawl_hostile(listing(*works, *(placeholders * 22)))
    assert ids(done) == [*range(1, 101), 1000]
    assert [line["id"] for line in done.lines("unavailable")] == [*range(2000, 2900)], "each is written once"


@pytest.mark.parametrize(
    "next_url",
    [
        "file:///etc/passwd",
        "https://app-api.pixiv.net/v1/user/illusts?user_id=77&offset=30&x=" + "x" * MEGABYTE,
        "x" * MEGABYTE,
        {"a": "b"},
        "javascript:alert(1)",
        "https://elsewhere.example/../../etc/passwd",
    ],
    ids=["file", "long", "not a URL", "object", "script", "path"],
)
def test_an_invalid_next_url_is_a_failure_and_the_works_are_collected(
    api: HostileApi, crawl_hostile: CrawlHostile, next_url: Any
) -> None:
    done = crawl_hostile(listing(encoded_work(), next_url=next_url))
    assert (done.status, failures(done), ids(done)) == (3, ["listing"], [1, 1000])
    assert len(api.requested_paths) == 2
    assert len(done.report["failures"][0]["cause"]) <= 1000


@pytest.mark.parametrize("text", ["x" * 10 * MEGABYTE, ["x" * MEGABYTE], 10**400])
def test_a_long_error_message_is_truncated(api: HostileApi, crawl_hostile: CrawlHostile, text: Any) -> None:
    api.status = 404
    done = crawl_hostile(json.dumps({"error": {"user_message": text}}).encode())
    assert (done.status, failures(done)) == (3, ["listing"])
    assert len(done.report["failures"][0]["cause"]) <= 1100


@pytest.mark.parametrize(("entries", "requests"), [([1, 2], 3), ([], 200)])
def test_an_endless_listing_is_a_failure_and_the_crawl_continues(
    api: HostileApi, crawl_hostile: CrawlHostile, entries: list[int], requests: int
) -> None:
    offsets = itertools.count(30, 30)
    works = [json.dumps(illust(id_)) for id_ in entries]
    api.chunks = lambda: iter([listing(*works, next_offset=next(offsets))])
    done = crawl_hostile()
    assert (done.status, failures(done)) == (3, ["listing"])
    assert "forms a cycle" in done.report["failures"][0]["cause"]
    assert ids(done) == [*entries, 1000]
    assert sum(f"user_id={HOSTILE}" in path for path in api.requested_paths) == requests

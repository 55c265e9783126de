"""Answers that are made to break a crawl: too deep, too large, too many, no text, no number."""

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

MEGABYTE = 1024 * 1024
HOSTILE, GOOD = 77, 78


class HostileApi(ThreadingHTTPServer):
    """Answers calls for the works of user 77 as it is told, for those of any other with one good work, else with little."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.pieces: Callable[[], Iterator[bytes]] = lambda: iter(())
        self.status = 200
        self.headers: dict[str, str] = {}
        self.asked: list[str] = []
        """Addresses of the listings that were asked for."""
        self.sent = 0
        """Bytes of bodies that the crawl has taken."""

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
        self.server.asked.append(self.path)
        if query["user_id"] == [str(HOSTILE)]:
            self._send(self.server.status, self.server.headers, self.server.pieces())
        else:
            self._send(200, {}, iter([json.dumps(user_illusts(illust(1000))).encode()]))

    def _send(self, status: int, headers: dict[str, str], pieces: Iterator[bytes]) -> None:
        is_chunked = "Content-Length" not in headers
        self.send_response(status)
        framing = {"Transfer-Encoding": "chunked"} if is_chunked else {}
        for name, value in ({"Content-Type": "application/json"} | framing | headers).items():
            self.send_header(name, value)
        self.end_headers()
        try:
            for piece in pieces:
                self.wfile.write(b"%x\r\n%b\r\n" % (len(piece), piece) if is_chunked else piece)
                self.server.sent += len(piece)
            self.wfile.write(b"0\r\n\r\n" if is_chunked else b"")
        except ConnectionError:
            self.close_connection = True

    def log_message(self, *_args: Any) -> None:
        """Says nothing."""


CrawlHostile = Callable[..., Crawl]


@pytest.fixture
def api() -> Iterator[HostileApi]:
    with HostileApi() as server:
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture
def crawl_hostile(api: HostileApi, tmp_path: Path) -> CrawlHostile:
    """Crawls user 77, who has this body or what the API was told before, and then user 78; the token comes from a simulated Pixiv."""

    def run(*pieces: bytes, times: int = 1, retries: int = 0) -> Crawl:
        if pieces:
            api.pieces = lambda: (piece for _ in range(times) for piece in pieces)
        with Sandbox() as sandbox:
            settings = {"PIXIV_API_URL": api.url, "RETRY_TIMES": retries}
            done = Crawler(sandbox, tmp_path)(user_id=f"{HOSTILE},{GOOD}", files="none", settings=settings)
        assert "Traceback" not in done.log
        assert done.report["finish_reason"] == "finished"
        assert max(map(len, done.log.splitlines())) < 5000, "a hostile text fills no log"
        assert (done.run_folder / "report.json").stat().st_size < MEGABYTE
        assert done.lines("illusts")[-1]["id"] == 1000, "the next user is collected all the same"
        return done

    return run


def listing(*entries: str | bytes, **changes: Any) -> bytes:
    """A listing with entries as they are."""
    body = json.dumps(user_illusts(**changes)).encode()
    written = b", ".join(entry.encode() if isinstance(entry, str) else entry for entry in entries)
    return body.replace(b'"illusts": []', b'"illusts": [%b]' % written)


def lost(done: Crawl) -> list[str]:
    return [loss["what"] for loss in done.report["failures"]]


def ids(done: Crawl) -> list[int]:
    return [work["id"] for work in done.lines("illusts")]


def written(**changes: Any) -> str:
    return json.dumps(illust(1, **changes))


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 100_000 + b"]" * 100_000,
        b'{"illusts":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b'{"next_url":' * 100_000 + b"null" + b"}" * 100_000,
        b'{"illusts": [{"id": 5, "x": ' + b"[" * 5000 + b"]" * 5000 + b"}]}",
        b'{"illusts": [], "x": NaN}',
        b'{"illusts": [Infinity], "next_url": null}',
        b'{"illusts": [1e, 2]}',
        b'{"illusts": "' + b"x" * 10 * MEGABYTE + b'"}',
        b'{"illusts": [{"title": "' + b"x" * 10 * MEGABYTE,
        b"\xff" * MEGABYTE,
        b'{"\xff": 1, "illusts": []}',
        b"\0" * 1000,
    ],
    ids=["arrays", "entries", "objects", "deep entry", "NaN", "Infinity", "half a number", "long text", "cut", "no UTF-8", "no UTF-8 key", "zeros"],
)  # fmt: skip
def test_a_body_that_is_no_listing_is_named_as_lost_and_the_crawl_goes_on(
    crawl_hostile: CrawlHostile, body: bytes
) -> None:
    done = crawl_hostile(body)
    assert (done.status, lost(done), ids(done)) == (3, ["listing"], [1000])
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
    ],
    ids=["no UTF-8", "5000 digits", "1e400", "large id", "long id", "id of objects", "10**400"],
)
def test_an_entry_that_is_hostile_is_set_aside_and_named_beside_good_ones(
    crawl_hostile: CrawlHostile, entry: bytes
) -> None:
    done = crawl_hostile(listing(written(), entry, written().replace('"id": 1,', '"id": 2,')))
    assert (done.status, lost(done), ids(done)) == (3, ["entry"], [1, 2, 1000])
    (line,) = done.lines("rejected")
    assert line["error"]
    assert line["raw"]


@pytest.mark.parametrize(
    "number",
    [2**53, 2**63, 2**70, 10**400, -(10**400)],
    ids=lambda number: f"{number:.2g}" if abs(number) < 2**99 else "10**400",
)
@pytest.mark.parametrize("name", ["total_view", "id"])
def test_a_number_beyond_64_bits_breaks_no_line(crawl_hostile: CrawlHostile, name: str, number: int) -> None:
    done = crawl_hostile(listing(json.dumps(illust(1) | {name: number})))
    (line,) = done.lines("rejected") or done.lines("illusts")[:-1]
    assert (line.get("raw") or line)[name] == number
    assert done.status == (3 if done.lines("rejected") else 0)


def test_a_text_of_ten_megabytes_is_kept_whole(crawl_hostile: CrawlHostile) -> None:
    done = crawl_hostile(listing(written(title="x" * 10 * MEGABYTE)))
    assert done.status == 0
    assert done.lines("illusts")[0]["title"] == "x" * 10 * MEGABYTE


def test_of_keys_that_come_twice_the_last_one_counts(crawl_hostile: CrawlHostile) -> None:
    twice = written().replace('"title"', '"title": "first", "title"')
    assert crawl_hostile(listing(twice)).lines("illusts")[0]["title"] == "作品 1"


@pytest.mark.parametrize("is_told", [False, True])
def test_an_answer_of_a_hundred_megabytes_is_not_taken(
    api: HostileApi, crawl_hostile: CrawlHostile, is_told: bool
) -> None:
    if is_told:
        api.headers = {"Content-Length": str(100 * MEGABYTE)}
    done = crawl_hostile(b"[" * MEGABYTE, times=100)
    assert (done.status, lost(done), ids(done)) == (3, ["listing"], [1000])
    assert "too_large" in done.report["failures"][0]["cause"]
    assert api.sent < API_MAXSIZE + 16 * MEGABYTE, "more was sent than what the operating systems hold on the way"


def test_a_small_answer_that_unpacks_to_a_gigabyte_is_not_unpacked(
    api: HostileApi, crawl_hostile: CrawlHostile
) -> None:
    api.headers = {"Content-Encoding": "gzip"}
    done = crawl_hostile(gzip.compress(b"[" * 64 * MEGABYTE) * 16)
    assert (done.status, lost(done), ids(done)) == (3, ["listing"], [1000])
    assert str(API_MAXSIZE) in done.report["failures"][0]["cause"]


def test_a_compressed_listing_that_is_corrupt_once_is_requested_again(
    api: HostileApi, crawl_hostile: CrawlHostile
) -> None:
    api.headers = {"Content-Encoding": "gzip"}
    sound = gzip.compress(listing(written()))
    bodies = iter([sound[:-30], sound])
    api.pieces = lambda: iter([next(bodies)])
    done = crawl_hostile(retries=1)
    assert (done.status, ids(done), len(api.asked)) == (0, [1, 1000], 3)


def test_a_compressed_listing_that_stays_corrupt_is_reported_as_failed(
    api: HostileApi, crawl_hostile: CrawlHostile
) -> None:
    api.headers = {"Content-Encoding": "gzip"}
    done = crawl_hostile(b"\x1f\x8b" + bytes(100), retries=1)
    assert (done.status, lost(done), ids(done)) == (3, ["listing"], [1000])
    assert len(api.asked) == 5, "twice, once for the other user, and twice more at the end"


def test_a_listing_of_a_hundred_thousand_entries_is_read_to_its_end(crawl_hostile: CrawlHostile) -> None:
    works = [written().replace('"id": 1,', f'"id": {number},') for number in range(1, 101)]
    withheld = [f'{{"id":{number},"user":{{"id":0}}}}' for number in range(2000, 2900)]
    done = crawl_hostile(listing(*works, *(withheld * 111)))
    assert ids(done) == [*range(1, 101), 1000]
    assert [line["id"] for line in done.lines("unavailable")] == [*range(2000, 2900)], "each once"


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
    ids=["file", "long", "no address", "object", "script", "path"],
)
def test_an_address_that_leads_nowhere_is_named_and_costs_no_work(
    api: HostileApi, crawl_hostile: CrawlHostile, next_url: Any
) -> None:
    done = crawl_hostile(listing(written(), next_url=next_url))
    assert (done.status, lost(done), ids(done)) == (3, ["listing"], [1, 1000])
    assert len(api.asked) == 2
    assert len(done.report["failures"][0]["cause"]) <= 1000


@pytest.mark.parametrize("text", ["x" * 10 * MEGABYTE, ["x" * MEGABYTE], 10**400])
def test_an_error_of_any_length_is_told_in_few_words(api: HostileApi, crawl_hostile: CrawlHostile, text: Any) -> None:
    api.status = 404
    done = crawl_hostile(json.dumps({"error": {"user_message": text}}).encode())
    assert (done.status, lost(done)) == (3, ["user"])
    (line,) = done.lines("unavailable")
    assert len(line["evidence"]["message"]) <= 1000


@pytest.mark.parametrize(("entries", "asked"), [([1, 2], 3), ([], 200)])
def test_a_listing_that_leads_on_for_ever_is_lost_and_left(
    api: HostileApi, crawl_hostile: CrawlHostile, entries: list[int], asked: int
) -> None:
    offsets = itertools.count(30, 30)
    works = [json.dumps(illust(id_)) for id_ in entries]
    api.pieces = lambda: iter([listing(*works, next_offset=next(offsets))])
    done = crawl_hostile()
    assert (done.status, lost(done)) == (3, ["listing"])
    assert "forms a cycle" in done.report["failures"][0]["cause"]
    assert ids(done) == [*entries, 1000]
    assert sum(f"user_id={HOSTILE}" in address for address in api.asked) == asked

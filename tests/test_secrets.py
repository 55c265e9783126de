"""Tokens are sent only to Pixiv and stored only in the token file."""

from __future__ import annotations

import json
import os
import re
import socket
import stat
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qs

import pytest

from pixiv_crawler.sandbox import Fault, Sandbox
from tests.crawling import Crawl, Crawler, popen
from tests.sample_responses import illust, user_illusts
from tests.tls import TlsServer

pytestmark = pytest.mark.promise("secret")

USER = 1008


def granted(sandbox: Sandbox) -> set[str]:
    """Every token that was used or issued."""
    refreshed = {parse_qs(request.body).get("refresh_token", [""])[0] for request in sandbox.requests}
    signed = {request.headers.get("authorization", "").removeprefix("Bearer ") for request in sandbox.requests}
    return {sandbox.refresh_token, *refreshed, *signed} - {""}


def all_output(done: Crawl, folder: Path, token_file: Path) -> str:
    """Everything that a crawl wrote, except the token file."""
    files = [path for path in folder.rglob("*") if path.is_file() and path != token_file]
    assert done.run_folder / "report.json" in files
    return done.log + done.stdout + "".join(path.read_bytes().decode("latin-1") for path in files)


WAYS = [
    "argument", "dict", "text", "misfit", "traceback", "error", "handler", "thread", "aside", "late", "warning",
]  # fmt: skip


def test_no_token_is_logged_whatever_libraries_log_and_raise(tmp_path: Path) -> None:
    with Sandbox(token_uses=2, rotate_refresh_token=True) as sandbox:
        crawl = Crawler(sandbox, tmp_path)
        env = crawl.login | {"SCRAPY_SETTINGS_MODULE": "tests.leaking_extension"}
        done = crawl(user_id=USER, files="none", env=env, settings={"LOG_LEVEL": "DEBUG"})
        secrets = granted(sandbox)
    assert done.status == 0, done.log
    output = all_output(done, tmp_path, crawl.token_file)
    assert len(secrets) >= 4
    assert [secret for secret in secrets if secret in output] == []
    assert "lsACyCD94FhDUtGTXi3QzcFE2uU1hqtDaKeqrdwj" not in output
    written = done.log + done.stdout
    assert [way for way in WAYS if f"leak-{way}" not in written] == [], "each way was used"
    assert written.count("LeakingError: leaked *** *** ***") > 10, "tracebacks are logged without the tokens"


def test_no_token_is_in_a_log_file(tmp_path: Path) -> None:
    with Sandbox(token_uses=2, rotate_refresh_token=True) as sandbox:
        crawl = Crawler(sandbox, tmp_path)
        env = crawl.login | {"SCRAPY_SETTINGS_MODULE": "tests.leaking_extension"}
        settings = {"LOG_LEVEL": "DEBUG", "LOG_FILE": tmp_path / "log.txt", "LOG_STDOUT": 1}
        done = crawl(user_id=USER, files="none", env=env, settings=settings)
        secrets = granted(sandbox)
    assert "leak-traceback" in (tmp_path / "log.txt").read_text("utf-8")
    assert [secret for secret in secrets if secret in all_output(done, tmp_path, crawl.token_file)] == []


# --- Responses that quote the token ----------------------------------------------------------------------------------


class QuotingApi(ThreadingHTTPServer):
    """An API that quotes the received token in its responses."""

    daemon_threads = True
    status = 404

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.received_tokens: set[str] = set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    server: QuotingApi

    def do_GET(self) -> None:
        token = self.headers.get("Authorization", "").removeprefix("Bearer ")
        self.server.received_tokens.add(token)
        body: Any = {"error": {"user_message": f"{token} is gone", "message": f"Authorization: Bearer {token}"}}
        if self.server.status == 200:
            body = user_illusts(illust(1, total_view=token), illust(2), next_url=f"file:///{token}")
        content = json.dumps(body).encode()
        self.send_response(self.server.status)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Location", f"/elsewhere?access_token={token}")
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_args: Any) -> None:
        """Writes no log."""


@pytest.fixture
def quoting() -> Iterator[QuotingApi]:
    with QuotingApi() as server:
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        yield server
        server.shutdown()


@pytest.mark.parametrize("status", [200, 302, 400, 404, 500])
def test_a_token_that_a_response_quotes_is_in_no_log_and_no_report(
    sandbox: Sandbox, crawl: Crawler, quoting: QuotingApi, tmp_path: Path, status: int
) -> None:
    quoting.status = status
    settings = {"PIXIV_API_URL": quoting.url, "LOG_LEVEL": "DEBUG", "RETRY_TIMES": 1}
    done = crawl(user_id=USER, files="none", settings=settings)
    (token,) = quoting.received_tokens
    assert len(token) > 20
    report = (done.run_folder / "report.json").read_text("utf-8")
    assert token not in done.log + done.stdout + report
    assert done.report["failures"]
    if status != 200:  # a rejected entry is stored unchanged
        assert token not in all_output(done, tmp_path, crawl.token_file)


# --- Who receives the token ------------------------------------------------------------------------------------------


def test_only_the_api_receives_the_token_but_no_target_of_a_redirect(sandbox: Sandbox, crawl: Crawler) -> None:
    sandbox.add_fault(Fault("redirect", "/v1/user/illusts"))
    sandbox.add_fault(Fault("redirect", "/img-original/", times=3))
    crawl(user_id=f"{USER},2188232", max_works=5)
    signed = [request for request in sandbox.requests if "authorization" in request.headers]
    assert {request.kind for request in signed} == {"api"}
    assert {request.kind for request in sandbox.requests} == {"api", "oauth", "file"}
    assert "/elsewhere" not in {request.path for request in sandbox.requests}
    assert not any("cookie" in request.headers for request in sandbox.requests)


@pytest.mark.parametrize("url", ["http://127.0.0.1:{port}", "http://localhost:{port}", "https://127.0.0.1:{port}"])
def test_the_host_of_a_next_url_is_replaced_by_the_configured_api(
    quoting: QuotingApi, tmp_path: Path, url: str
) -> None:
    samples = tmp_path / "samples"
    samples.mkdir()
    next_url = f"{url.format(port=quoting.server_port)}/v1/user/illusts?user_id=77&offset=30"
    (samples / "user_illusts__0.json").write_text(json.dumps(user_illusts(illust(1), next_url=next_url)))
    (samples / "user_illusts__1.json").write_text(json.dumps(user_illusts(illust(2), next_offset=60)))
    with Sandbox(samples=samples) as sandbox:
        done = Crawler(sandbox, tmp_path)(user_id=77, files="none")
        assert any(request.query.get("offset") == "30" for request in sandbox.requests)
    assert [work["id"] for work in done.lines("illusts")] == [1, 2]
    assert quoting.received_tokens == set(), "the other server received no request"


def test_image_requests_have_no_token_even_if_the_host_is_that_of_the_api(sandbox: Sandbox, crawl: Crawler) -> None:
    assert crawl(user_id=USER, max_works=5).status == 0  # the sandbox serves both on one port
    files = [request for request in sandbox.requests if request.kind == "file"]
    assert len(files) >= 5
    assert not any("authorization" in request.headers for request in files)


def test_an_untrusted_certificate_of_the_api_ends_the_crawl_at_once(
    sandbox: Sandbox, crawl: Crawler, tmp_path: Path
) -> None:
    with TlsServer(tmp_path) as server:
        ids = ",".join(str(number) for number in range(1, 31))
        done = crawl("works", illust_id=ids, settings={"PIXIV_API_URL": server.url})
    assert (done.status, done.report["finish_reason"]) == (2, "too_many_errors")
    assert done.report["failures"] == []
    assert done.log.count("is not trusted: if it is signed by your own authority, set SSL_CERT_FILE") == 1
    assert "Traceback" not in done.log
    assert b"".join(server.received) == b"", "no byte was sent"
    assert server.connections <= 2, "connections are not retried"


# --- The process and its files ---------------------------------------------------------------------------------------


def test_only_the_owner_can_read_the_token_file_whatever_the_umask(sandbox: Sandbox, crawl: Crawler) -> None:
    before = os.umask(0)
    try:
        crawl(user_id=USER, files="none", max_works=1)
    finally:
        os.umask(before)
    folder = crawl.token_file.parent
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert set(modes.values()) == {0o600}
    shared = {f"token.json.{name}" for name in ("pace", "pace.lock", "renewal", "renewal.lock")}
    assert modes.keys() - shared == {"token.json"}, "no temporary file remains"


def listening_addresses(pid: int) -> set[str]:
    """The TCP addresses on which a process listens."""
    own = {str(path.readlink()) for path in Path(f"/proc/{pid}/fd").iterdir() if path.is_symlink()}
    found = set()
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and f"socket:[{fields[9]}]" in own:
                found.add(fields[1])
    return found


@pytest.mark.skipif(not Path("/proc/self/net/tcp").exists(), reason="needs /proc to see the sockets of a process")
def test_a_crawl_listens_on_no_port(sandbox: Sandbox, crawl: Crawler) -> None:
    with socket.create_server(("127.0.0.1", 0)):
        assert listening_addresses(os.getpid()), "an open port is found"
    sandbox.add_fault(Fault("slow", "/v1/user/illusts", seconds=3))
    with popen(*crawl.words("user_works", {}, {"user_id": USER, "files": "none"}), env=crawl.login) as process:
        observed = []
        while process.poll() is None:
            try:
                observed.append(listening_addresses(process.pid))
            except OSError:
                break
            time.sleep(0.05)
        process.communicate(timeout=60)
    assert len(observed) > 40, "the process was observed during the crawl"
    assert set().union(*observed) == set()


def test_telnet_cookies_and_redirects_are_disabled(crawl: Crawler) -> None:
    done = crawl(user_id=USER, files="none", max_works=1, settings={"LOG_LEVEL": "DEBUG"})
    assert not re.search("telnet|remotecontrol|CookiesMiddleware|RedirectMiddleware", done.log.split("Overridden")[0])
    enabled = re.findall(r"'scrapy\.[a-z.]+\.(\w+)'", done.log)
    assert enabled
    assert not {"TelnetConsole", "CookiesMiddleware", "RedirectMiddleware", "MetaRefreshMiddleware"} & set(enabled)

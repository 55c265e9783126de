"""scrapy doctor: each check finds its problem, and says what to do."""

from __future__ import annotations

import re
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest

from pixiv_crawler.sandbox import Sandbox
from tests.commands.test_program import run
from tests.proxy_server import ProxyServer

pytestmark = pytest.mark.e2e


def doctor(folder: Path, sandbox: Sandbox, *settings: str, **env: str) -> tuple[int, dict[str, str]]:
    """The exit status, and each line by the name of its check."""
    hosts = [f"PIXIV_API_URL={sandbox.url}", f"PIXIV_OAUTH_URL={sandbox.oauth_url}", f"PIXIV_IMAGE_URL={sandbox.url}"]
    given = [*hosts, f"PIXIV_TOKEN_FILE={folder / 'token.json'}", *settings]
    token = {"PIXIV_REFRESH_TOKEN": sandbox.refresh_token}
    status, output = run(folder, "doctor", *(word for setting in given for word in ("-s", setting)), **(token | env))
    assert "Traceback" not in output
    assert sandbox.refresh_token not in output
    return status, {line.split()[1].rstrip(":"): line for line in output.splitlines()}


def test_without_a_problem_every_line_is_ok(tmp_path: Path, sandbox: Sandbox) -> None:
    status, lines = doctor(tmp_path, sandbox)
    assert (status, {line.split()[0] for line in lines.values()}) == (0, {"ok"}), lines
    assert list(lines) == ["versions", "settings", "login", "disk", "state", "API", "OAuth", "images"]
    assert lines["API"].endswith(f"{sandbox.url} responds over IPv4")
    assert "does not exist yet" in lines["state"]
    assert [path.name for path in tmp_path.iterdir()] == []


def test_each_problem_has_a_line(tmp_path: Path, sandbox: Sandbox) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "state.db").write_bytes(b"no database" * 1000)
    (token := tmp_path / "token.json").write_text('{"refresh_token": "x"}')
    token.chmod(0o644)
    status, lines = doctor(
        tmp_path,
        sandbox,
        "PIXIV_API_DELAY=soon",
        "PIXIV_IMAGE_URL=http://pixiv.invalid",
        "PIXIV_API_URL=http://127.0.0.1:1",
    )
    assert status == 3
    assert {name for name, line in lines.items() if line.startswith("problem")} == {
        "settings", "login", "state", "API", "images",
    }  # fmt: skip
    assert "PIXIV_API_DELAY 'soon' is not a valid" in lines["settings"]
    assert f"run chmod 600 {token}" in lines["login"]
    assert "run pixiv-crawler state rebuild" in lines["state"]
    assert "cannot be reached (IPv4: ClientConnectorError: " in lines["API"]
    assert (
        "http://pixiv.invalid cannot be reached (IPv4: its name has no address; IPv6: its name has no address)"
        in lines["images"]
    )


def test_a_wrong_clock_is_a_problem(tmp_path: Path, sandbox: Sandbox) -> None:
    class InThePast(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            self.send_response(404)
            self.end_headers()

        def date_time_string(self, timestamp: float | None = None) -> str:
            return "Thu, 01 Jan 2015 00:00:00 GMT"

    with HTTPServer(("127.0.0.1", 0), InThePast) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        status, lines = doctor(tmp_path, sandbox, f"PIXIV_API_URL=http://127.0.0.1:{server.server_port}")
        server.shutdown()
    assert status == 3
    assert re.search(r"the clock of this machine is \+[\d,]{11,} seconds off that of http://127", lines["API"])


def test_the_proxy_is_used_and_its_password_masked(tmp_path: Path, sandbox: Sandbox) -> None:
    with ProxyServer(int(sandbox.url.rpartition(":")[2]), ("me", "hunter2")) as proxy:
        status, lines = doctor(tmp_path, sandbox, all_proxy=f"http://me:hunter2@127.0.0.1:{proxy.port}", no_proxy="")
    assert status == 0, lines
    assert f"over http://me:***@127.0.0.1:{proxy.port}" in lines["API"]


def test_the_simulated_pixiv_needs_neither_login_nor_network(tmp_path: Path, sandbox: Sandbox) -> None:
    status, lines = doctor(tmp_path, sandbox, "PIXIV_SANDBOX=1", PIXIV_REFRESH_TOKEN="")
    assert (status, list(lines)) == (0, ["versions", "settings", "login", "disk", "state"])

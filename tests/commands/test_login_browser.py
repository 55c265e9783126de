"""`scrapy login --browser` in a real Chromium, with a login page that leads where Pixiv's does."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import parse_qs, urlsplit

import pytest

from pixiv_crawler.api import oauth
from pixiv_crawler.sandbox import Sandbox
from tests.commands.login_command import LoginCommand

pytestmark = pytest.mark.browser


@pytest.fixture(autouse=True)
def _login_page(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A page that submits itself, and is answered with a redirect to the app."""

    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            (challenge,) = parse_qs(parts.query)["code_challenge"]
            if parts.path == "/done":
                self.send_response(302)
                self.send_header("Location", f"pixiv://account/login?code={sandbox.issue_code(challenge)}&via=login")
                self.end_headers()
            else:
                self.send_response(200)
                self.send_header("Content-Type", "text/html")
                self.end_headers()
                self.wfile.write(f"<script>location = '/done?code_challenge={challenge}'</script>".encode())

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Page) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setattr(oauth, "LOGIN_URL", f"http://127.0.0.1:{server.server_port}/login")
        yield
        server.shutdown()


def path_with_browser(folder: Path, browser: str, flags: str) -> dict[str, str]:
    """A PATH on which the browser needs no display."""
    found = shutil.which(browser)
    if not found or (browser == "chromium" and not shutil.which("chromedriver")):
        pytest.skip(f"{browser} or its driver is not installed")
    (folder / browser).write_text(f'#!/bin/sh\nexec {found} {flags} "$@"\n')
    (folder / browser).chmod(0o700)
    return {"PATH": f"{folder}:{os.environ['PATH']}"}


@pytest.mark.parametrize(
    ("browser", "flags"), [("chromium", "--headless=new --no-sandbox"), ("firefox", "--headless")]
)
def test_the_code_is_read_from_the_browser(sandbox: Sandbox, tmp_path: Path, browser: str, flags: str) -> None:
    login = LoginCommand(sandbox, tmp_path)
    done = login("--browser", browser, env=path_with_browser(tmp_path, browser, flags))
    assert (done.returncode, done.stderr) == (0, "")
    assert "Logged in; the refresh token is stored in" in done.stdout
    assert login.stored
    assert login.grants == ["authorization_code"]


@pytest.mark.parametrize("browser", ["chromium", "firefox"])
def test_a_browser_that_ends_is_reported_in_one_sentence(sandbox: Sandbox, tmp_path: Path, browser: str) -> None:
    login = LoginCommand(sandbox, tmp_path)
    done = login("--browser", browser, env=path_with_browser(tmp_path, browser, "--version; exit;"))
    assert (done.returncode, login.stored) == (2, None)
    assert done.stderr.startswith("Error: the browser ended without a login (")
    assert done.stderr.endswith("): try again, or without --browser\n")
    assert done.stderr.count("\n") == 1

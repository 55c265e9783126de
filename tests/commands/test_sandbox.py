from __future__ import annotations

import re
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from pixiv_crawler.sandbox import Sandbox
from tests.crawling import popen
from tests.in_process import scrapy_in_process
from tests.sandbox.client import Client


@contextmanager
def served(*words: str | Path) -> Iterator[tuple[subprocess.Popen[str], str, str]]:
    """The command while it serves, with the URL and the refresh token that it printed."""
    with popen("sandbox", *words) as process:
        try:
            assert process.stdout is not None
            url = re.fullmatch(r"Simulated Pixiv at (http://127\.0\.0\.1:\d+)\n", process.stdout.readline())
            token = re.fullmatch(r"Refresh token: (\S{43})\n", process.stdout.readline())
            session = re.fullmatch(r"Session of the website: (\S{38})\n", process.stdout.readline())
            assert url is not None
            assert session is not None
            assert token is not None
            yield process, url[1], token[1]
        finally:
            process.kill()


class RemoteSandbox(Sandbox):
    """A simulated Pixiv in another process: clients need no more than its URL."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self._url = url

    @property
    def url(self) -> str:
        return self._url


def test_it_prints_a_working_url_and_token() -> None:
    with served() as (_, url, token):
        client = Client(RemoteSandbox(url))
        client.access_token = client.renew(token).json["access_token"]
        listing = client.api("/v1/user/illusts", user_id=2188232).json
        assert {work["user"]["id"] for work in listing["illusts"]} == {2188232}
        assert listing["next_url"].startswith(url), "responses contain the URL of the sandbox"


def test_with_real_hosts_responses_contain_the_urls_of_pixivs_hosts() -> None:
    with served("--real-hosts") as (_, url, token):
        client = Client(RemoteSandbox(url))
        client.access_token = client.renew(token).json["access_token"]
        listing = client.api("/v1/user/illusts", user_id=2188232).json
        assert listing["next_url"].startswith("https://app-api.pixiv.net/")


def test_recorded_responses_are_served_first(tmp_path: Path) -> None:
    (tmp_path / "emoji__made_up.json").write_text('{"emoji_definitions": ["mine"]}')
    with served("--samples", tmp_path) as (_, url, _):
        assert Client(RemoteSandbox(url)).request("GET", "/v1/emoji").json == {"emoji_definitions": ["mine"]}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_stops_on_a_signal_without_further_output(number: signal.Signals) -> None:
    with served() as (process, url, _):
        process.send_signal(number)
        assert process.communicate(timeout=20) == ("", "")
        assert process.returncode == 0
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", urlsplit(url).port or 0), timeout=5).close()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


def test_it_listens_on_the_given_port() -> None:
    port = free_port()
    with served("--port", str(port)) as (_, url, _):
        assert url == f"http://127.0.0.1:{port}"


def test_a_port_in_use_is_reported_in_one_sentence(sandbox: Sandbox) -> None:
    port = urlsplit(sandbox.url).port
    done = scrapy_in_process("sandbox", "--port", str(port))
    assert done.returncode != 0
    assert done.stdout == ""
    (sentence,) = [line for line in done.stderr.splitlines() if "cannot listen" in line]
    assert f"The sandbox cannot listen on 127.0.0.1:{port}" in sentence
    assert "use another port, or 0 for a free one." in sentence
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--port", "65536"], "65536 is not a valid port: use a number from 1 to 65535"),
        (["--port=-1"], "-1 is not a valid port"),
        (["--prot", "1"], "Error: '--prot' is not an option of scrapy sandbox: see scrapy sandbox --help"),
        (["--port", "many"], "argument --port: invalid int value: 'many'"),
        (["--samples", "/nowhere/at/all"], "The folder of recorded responses /nowhere/at/all does not exist"),
    ],
)
def test_an_invalid_option_is_reported_in_one_sentence(words: list[str], sentence: str) -> None:
    done = scrapy_in_process("sandbox", *words)
    assert done.returncode != 0
    assert done.stdout == ""
    assert sentence in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr


def test_an_invalid_recording_is_reported_with_its_name(tmp_path: Path) -> None:
    (tmp_path / "user_illusts__broken.json").write_text("{")
    done = scrapy_in_process("sandbox", "--samples", tmp_path)
    assert done.returncode != 0
    assert "user_illusts__broken.json is not usable" in done.stderr
    assert "Traceback" not in done.stderr


def test_who_lists_users_works_and_words_and_a_command_to_paste() -> None:
    done = scrapy_in_process("sandbox", "--who")
    assert done.returncode == 0
    assert re.search(
        r"^https://www\.pixiv\.net/users/11 +花房ひかり: 25 works, the newest https://", done.stdout, re.MULTILINE
    )
    assert "series 300017" in done.stdout
    assert "桜 (400)" in done.stdout
    assert done.stdout.endswith("crawl user_works -a user_id=11 -s PIXIV_SANDBOX=1\n")

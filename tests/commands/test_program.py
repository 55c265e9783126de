"""The command `pixiv-crawler`, from a folder that is not a project."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from pixiv_crawler.__main__ import main
from pixiv_crawler.console.program import program_of
from pixiv_crawler.sandbox import Sandbox
from tests.crawling import Crawler
from tests.in_process import PROJECT, clean_environment

USER, RANKING = "https://www.pixiv.net/users/2188232", "https://www.pixiv.net/ranking.php"
OPTIONS = ("-s", "PIXIV_SANDBOX=1", "-a", "max_works=2", "-a", "files=none")


def popen(folder: Path, *words: str, **env: str) -> subprocess.Popen[str]:
    """Starts the command in a process group of its own, as a shell does; with the path of the installed script."""
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "pixiv_crawler", *words],
        cwd=folder,
        env=clean_environment() | {"PYTHONPATH": str(PROJECT)} | env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def run(folder: Path, *words: str, **env: str) -> tuple[int, str]:
    with popen(folder, *words, **env) as process:
        output = process.communicate(timeout=120)[0]
    return process.returncode, output


def line_counts(folder: Path) -> dict[str, int]:
    """The number of lines of works by spider."""
    return {path.parts[-3]: len(path.read_bytes().splitlines()) for path in folder.glob("data/*/*/illusts.jsonl")}


class ShortUrls(BaseHTTPRequestHandler):
    """A proxy that answers for pixiv.me."""

    def do_HEAD(self) -> None:
        self.send_response(302 if self.path == "http://pixiv.me/artist" else 404)
        self.send_header("Location", USER)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def proxy() -> Iterator[dict[str, str]]:
    """The environment of a command that reaches `ShortUrls`."""
    with ThreadingHTTPServer(("127.0.0.1", 0), ShortUrls) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield {"http_proxy": f"http://127.0.0.1:{server.server_port}", "no_proxy": "127.0.0.1"}
        server.shutdown()


@pytest.mark.e2e
def test_a_short_url_leads_to_the_profile_of_a_user(tmp_path: Path, proxy: dict[str, str]) -> None:
    with Sandbox() as sandbox:
        crawl = Crawler(sandbox, tmp_path)
        words = map(str, crawl.words("", {}, {"max_works": 2, "files": "none"})[2:])
        status, output = run(tmp_path, "http://pixiv.me/artist", *words, **proxy, **crawl.login)
    assert (status, line_counts(tmp_path)) == (0, {"user_works": 2}), output
    status, output = run(tmp_path, "http://pixiv.me/nobody", **proxy)
    assert (status, output) == (
        1, "Error: 'http://pixiv.me/nobody' leads to no profile (HTTP 404): check the name of the account\n"
    )  # fmt: skip
    proxy["http_proxy"] = "http://127.0.0.1:1"
    status, output = run(tmp_path, "http://pixiv.me/artist", **proxy)
    assert (status, output.count("\n")) == (1, 1)
    assert output.startswith("Error: 'http://pixiv.me/artist' could not be requested (")
    status, output = run(tmp_path, "pixiv.me/artist", *OPTIONS, **proxy)
    assert (status, output.count("\n")) == (1, 1)
    assert output.startswith("Error: 'https://pixiv.me/artist' is a URL of the real Pixiv")


@pytest.mark.e2e
def test_of_several_crawls_the_most_serious_exit_status_counts(tmp_path: Path) -> None:
    status, output = run(tmp_path, USER, RANKING, *OPTIONS, "-a", "mode=day")
    assert "Error: unknown spider argument 'mode'" in output
    assert (status, line_counts(tmp_path)) == (1, {"rankings": 2}), output


@pytest.mark.parametrize("stop", [lambda pid: os.killpg(pid, signal.SIGINT), lambda pid: os.kill(pid, signal.SIGTERM)])
@pytest.mark.kill
def test_a_signal_ends_the_crawl_that_runs_and_skips_the_others(tmp_path: Path, stop: Callable[[int], None]) -> None:
    """Ctrl-C reaches all processes of a terminal, SIGTERM only the one that a supervisor has started."""
    with popen(
        tmp_path, USER, RANKING, "-s", "PIXIV_SANDBOX=1", "-a", "files=none", "-s", "PIXIV_API_DELAY=0.5"
    ) as process:
        while not list(tmp_path.glob("data/user_works/*/illusts.jsonl")):
            assert process.poll() is None
            time.sleep(0.02)
        stop(process.pid)
        output = process.communicate(timeout=60)[0]
    assert process.returncode == 2, output
    assert "To resume: pixiv-crawler crawl user_works -a user_id=2188232" in output
    assert not (tmp_path / "data" / "rankings").exists()


@pytest.mark.parametrize(
    ("words", "status", "output"),
    [
        ([], 0, "  pixiv-crawler URL ... [-a NAME=VALUE]"),
        (["--help"], 0, "\n  tables     Generate tables"),
        (["--version"], 0, "pixiv-crawler 0."),
        (["crawls"], 1, "Error: 'crawls' is neither a command nor the URL of a page: see "),
        (["__init__"], 1, "Error: '__init__' is neither a command"),
        (["https://[www.pixiv.net/users/11"], 1, "is not a valid URL"),
        (["../crawl"], 1, "Error: '../crawl' is neither a command"),
        (["https://www.pixiv.net/fanbox"], 1, "Error: 'https://www.pixiv.net/fanbox' is not a page that can be crawled"),
        ([USER, "-a", "tags=x", "https://www.pixiv.net/tags/a?shape=1"], 1, "shape=1 of the URL cannot be applied"),
        ([USER, "-a", "colour=red"], 1, "Error: unknown spider argument 'colour'"),
        (["list"], 0, "user_works\n"),
    ],
)  # fmt: skip
def test_the_command_line(words: list[str], status: int, output: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(words)
    printed = "".join(capsys.readouterr())
    assert ended.value.code == status
    assert output in printed
    assert "Traceback" not in printed


@pytest.mark.parametrize(
    ("path", "program"),
    [
        ("/usr/bin/pixiv-crawler", "pixiv-crawler"),
        ("pixiv-crawler.exe", "pixiv-crawler"),
        ("/somewhere/pixiv_crawler/__main__.py", "pixiv-crawler"),
        ("/usr/bin/scrapy", "scrapy"),
        ("/somewhere/scrapy/__main__.py", "scrapy"),
        ("", "scrapy"),
    ],
)
def test_sentences_name_the_program_that_the_user_started(path: str, program: str) -> None:
    assert program_of(path) == program


@pytest.mark.e2e
def test_pages_and_lists_of_any_length_are_crawled_from_any_folder_whose_modules_are_not_imported(
    tmp_path: Path,
) -> None:
    (tmp_path / "aiohttp.py").write_text("raise SystemExit('the wrong module')")
    (tmp_path / "pages.txt").write_text(
        f"# favourites\n{RANKING}, {USER}\nhttps://www.pixiv.net/tags/a,b\n\n"
        + "".join(f"https://www.pixiv.net/users/{number}\n" for number in range(10**8, 10**8 + 1_000))
    )
    status, output = run(tmp_path, *OPTIONS[:2], USER, "@pages.txt", *OPTIONS[2:])
    assert (status, line_counts(tmp_path)) == (0, {"user_works": 2, "rankings": 2}), output[-1000:]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["aiohttp.py", "data", "pages.txt"]

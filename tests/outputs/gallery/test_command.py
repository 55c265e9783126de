"""The command `scrapy gallery`."""

from __future__ import annotations

import io
import re
import signal
import socket
import urllib.request
from collections.abc import Callable
from pathlib import Path
from time import monotonic, sleep

import pytest
from filelock import FileLock

from pixiv_crawler.outputs.gallery.serving import DEFAULT_PORT
from tests.crawling import popen, scrapy
from tests.in_process import scrapy_in_process
from tests.outputs.gallery.data_folder import DataFolder, illust, picture


def test_the_command_generates_the_page_and_reports_its_location_and_what_it_skipped(tmp_path: Path) -> None:
    data = DataFolder(tmp_path)
    files = [data.file("7/1_p0.png", picture(1)), data.file("7/2_p0.png", b"broken")]
    data.write(*(illust(number, [file]) for number, file in enumerate(files, 1)), illust(3), end=b'{"torn')
    done = scrapy_in_process("gallery", "-s", f"PIXIV_DATA_DIR={tmp_path}")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [
        f"Open {(tmp_path / 'gallery' / 'index.html').as_uri()}",
        "3 works by 1 author.",
        "1 work without files, shown without an image.",
        "1 thumbnail could not be generated: the files are invalid or too large.",
        "1 line skipped: incomplete, empty or written by another program.",
    ]
    assert (tmp_path / "gallery" / "index.html").is_file()


def test_invalid_use_is_reported_in_one_sentence(tmp_path: Path) -> None:
    done = scrapy_in_process("gallery", "-s", f"PIXIV_DATA_DIR={tmp_path / 'nowhere'}")
    assert done.returncode == 1
    assert (
        done.stderr
        == f"Error: PIXIV_DATA_DIR {tmp_path / 'nowhere'} does not exist; run a crawl first, or set it to another folder\n"
    )
    (tmp_path / "file").touch()
    done = scrapy_in_process("gallery", "-s", f"PIXIV_DATA_DIR={tmp_path}", "--output", tmp_path / "file" / "x")
    assert done.returncode == 1
    assert done.stderr.startswith(f"Error: the gallery could not be written ({tmp_path / 'file' / 'x'}: ")
    assert len(done.stderr.splitlines()) == 1
    done = scrapy_in_process("gallery", "-s", "PIXIV_DATA_DIR= ")
    assert (done.returncode, done.stderr.splitlines()[0][:33]) == (1, "Error: PIXIV_DATA_DIR is empty; s")
    done = scrapy_in_process("gallery", "--outptu=x")
    assert done.returncode == 1
    assert done.stderr == "Error: '--outptu=x' is not a valid argument; see: scrapy gallery --help\n"


def test_a_second_run_into_the_same_folder_is_rejected_while_the_first_one_runs(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    with FileLock(tmp_path / "out" / ".lock"):
        done = scrapy("gallery", "-s", f"PIXIV_DATA_DIR={tmp_path}", "--output", tmp_path / "out")
    assert done.returncode == 1
    assert (
        done.stderr == f"Error: another scrapy gallery is writing to {tmp_path / 'out'}; wait until it has finished\n"
    )


def write_many(data: DataFolder) -> None:
    """Writes works whose thumbnails take a second to generate."""
    large = io.BytesIO()
    picture(1, (1500, 1500)).save(large, "PNG", compress_level=1)
    data.write(*(illust(number, [data.file(f"7/{number}_p0.png", large.getvalue())]) for number in range(60)))


def children(pid: int) -> list[int]:
    return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def wait_until(condition: Callable[[], bool], seconds: float = 30) -> None:
    end = monotonic() + seconds
    while not condition():
        assert monotonic() < end
        sleep(0.02)


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="reads /proc, which only Linux has")
@pytest.mark.kill
def test_a_killed_run_leaves_no_process_and_the_next_one_reuses_its_thumbnails(tmp_path: Path) -> None:
    write_many(DataFolder(tmp_path))
    thumbs = tmp_path / "gallery" / "thumbs"

    def thumbnails() -> dict[str, int]:
        return {path.name: path.stat().st_ino for path in thumbs.glob("i*.webp")}

    with popen("gallery", "-s", f"PIXIV_DATA_DIR={tmp_path}") as process:
        wait_until(lambda: len(thumbnails()) >= 3)
        workers = children(process.pid)
        process.kill()
    assert workers
    wait_until(lambda: not any(Path(f"/proc/{pid}/exe").exists() for pid in workers))
    reused = thumbnails()
    assert 3 <= len(reused) < 60
    assert not (tmp_path / "gallery" / "index.html").exists()
    assert scrapy("gallery", "-s", f"PIXIV_DATA_DIR={tmp_path}").returncode == 0
    assert len(thumbnails()) == 60
    assert reused.items() <= thumbnails().items()
    assert len(list(thumbs.iterdir())) == 60


@pytest.mark.kill
def test_an_interrupted_run_prints_how_to_continue_and_no_traceback(tmp_path: Path) -> None:
    write_many(DataFolder(tmp_path))
    with popen("gallery", "-s", f"PIXIV_DATA_DIR={tmp_path}") as process:
        wait_until(lambda: any((tmp_path / "gallery" / "thumbs").glob("i*.webp")))
        process.send_signal(signal.SIGINT)
        stdout, stderr = process.communicate(timeout=60)
    assert (process.returncode, stdout) == (2, "")
    assert stderr == "Stopped; run scrapy gallery again to continue.\n"


def test_serve_prints_a_url_with_a_token_opens_it_and_stops_at_ctrl_c(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = DataFolder(tmp_path)
    data.write(illust(1, [data.file("7/1_p0.png", picture(1))]))
    opened = tmp_path / "opened"
    (tmp_path / "browser").write_text(f'#!/bin/sh\nprintf %s "$1" > {opened}\n')
    (tmp_path / "browser").chmod(0o755)
    monkeypatch.setenv("BROWSER", f"{tmp_path / 'browser'} %s")
    with popen("gallery", "--serve", "--port", "0", "--open", "-s", f"PIXIV_DATA_DIR={tmp_path}") as process:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(3)]
        assert not [line for line in lines if "file:" in line]
        url = lines[0].removeprefix("Serving ").strip()
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+/\?token=[\w-]{43}", url)
        cookies = urllib.request.HTTPCookieProcessor()
        with urllib.request.build_opener(cookies).open(url, timeout=10) as response:
            assert b"pixiv_crawler gallery" in response.read()
        end = monotonic() + 20
        while not (opened.exists() and opened.read_text() == url) and monotonic() < end:
            sleep(0.05)
        assert opened.read_text() == url
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0


def test_a_port_that_is_in_use_is_reported_before_the_page_is_generated(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as used:
        port = str(used.getsockname()[1])
        done = scrapy_in_process("gallery", "--serve", "--port", port, "-s", f"PIXIV_DATA_DIR={tmp_path}")
    assert done.returncode == 1
    assert done.stderr.startswith(f"Error: the gallery cannot be served at 127.0.0.1, port {port} (")
    assert list(tmp_path.iterdir()) == []


def test_the_port_is_the_same_after_each_start_as_the_help_says(tmp_path: Path) -> None:
    assert f"(default: {DEFAULT_PORT})" in scrapy_in_process("gallery", "--help").stdout
    with socket.create_server(("127.0.0.1", DEFAULT_PORT)):
        done = scrapy_in_process("gallery", "--serve", "-s", f"PIXIV_DATA_DIR={tmp_path}")
    assert f"port {DEFAULT_PORT} " in done.stderr


def test_open_opens_the_page_and_a_host_requires_serve(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    done = scrapy_in_process("gallery", "--host", "0.0.0.0", "-s", f"PIXIV_DATA_DIR={tmp_path}")
    assert (done.returncode, done.stderr) == (
        1,
        "Error: --host and --port are options of a server; pass --serve too\n",
    )
    opened: list[str] = []
    monkeypatch.setattr("webbrowser.open", opened.append)
    done = scrapy_in_process("gallery", "--open", "-s", f"PIXIV_DATA_DIR={tmp_path}")
    assert opened == [(tmp_path / "gallery" / "index.html").as_uri()]
    assert done.stderr == "No browser could be opened; open the URL above in one.\n"

"""`scrapy verify` finds every difference between the disk and the state, and downloads damaged files again."""

from __future__ import annotations

import os
import sqlite3
import subprocess
from contextlib import closing
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from pixiv_crawler.exceptions import ArgumentError
from pixiv_crawler.files.integrity import parse_share
from pixiv_crawler.sandbox import Sandbox
from tests.commands.test_program import popen as popen_program
from tests.crawling import Crawl, Crawler
from tests.in_process import scrapy_in_process

USER = 1008


@pytest.fixture
def done(crawl: Crawler) -> Crawl:
    done = crawl(user_id=USER, max_works=8)
    assert done.status == 0, done.log
    return done


def verify(done: Crawl, *words: str) -> subprocess.CompletedProcess[str]:
    return scrapy_in_process("verify", *words, "-s", f"PIXIV_DATA_DIR={done.data}")


def change(file: Path) -> None:
    """Changes one byte; size and time stay the same."""
    status, content = file.stat(), bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    os.utime(file, ns=(status.st_atime_ns, status.st_mtime_ns))


def test_files_that_are_as_they_were_stored_have_no_problem(done: Crawl) -> None:
    files = len(done.files)
    checked = verify(done)
    assert (checked.returncode, checked.stdout) == (0, f"{files} files checked, 0 of them read: no problems\n")
    checked = verify(done, "--read", "all")
    assert (checked.returncode, checked.stdout) == (0, f"{files} files checked, {files} of them read: no problems\n")


def test_every_difference_is_found(done: Crawl) -> None:
    missing, short, folder, changed, touched, *_ = sorted(done.files.items())
    missing[1].unlink()
    short[1].write_bytes(b"abc")
    folder[1].unlink()
    folder[1].mkdir()
    change(changed[1])
    change(touched[1])
    os.utime(touched[1])
    size = {
        path: line["size"]
        for line in done.lines("illusts")
        for file in [line["files"]]
        for line in file
        for path in [line["path"]]
    }
    found = [
        f"{missing[0]} is missing",
        f"{short[0]} has 3 bytes instead of {size[short[0]]:,}",
        f"{folder[0]} is not a regular file",
        f"{touched[0]} has another content than when it was stored",
    ]
    checked = verify(done)
    assert checked.returncode == 3
    assert checked.stdout.splitlines()[:-1] == found
    assert checked.stdout.splitlines()[-1].endswith(" 1 of them read: 4 problems")
    checked = verify(done, "--read", "all")
    assert f"{changed[0]} has another content than when it was stored" in checked.stdout.splitlines()
    assert checked.stdout.splitlines()[-1].endswith(": 5 problems")


def test_the_parts_of_a_share_contain_each_file_once(done: Crawl) -> None:
    for _, file in done.files.items():
        change(file)
    found = [line for part in range(1, 4) for line in verify(done, "--read", f"{part}/3").stdout.splitlines()[:-1]]
    assert sorted(line.partition(" ")[0] for line in found) == sorted(done.files)
    assert len(verify(done, "--read", "0%").stdout.splitlines()) == 1
    assert len(verify(done, "--read", "100%").stdout.splitlines()) == len(done.files) + 1


@pytest.mark.parametrize("text", ["", "5", "x%", "101%", "-1%", "0/3", "4/3", "1/0", "1/x", "nan%", "all "])
def test_an_invalid_share_is_rejected(text: str) -> None:
    with pytest.raises(ArgumentError, match="is not a share of the files: pass all, none, a share such as 5%"):
        parse_share(text)


def fetch(done: Crawl, crawl: Crawler, *words: str, **settings: str) -> tuple[int, str]:
    given = crawl.words("works", settings, {})
    options = [str(word) for name, value in pairwise(given) if name == "-s" for word in ("-s", value)]
    with popen_program(done.data.parent, "verify", "--fetch", *words, *options, **crawl.login) as process:
        output = process.communicate(timeout=60)[0]
    return process.returncode, output


def test_linked_files_are_restored_under_all_their_paths(crawl: Crawler) -> None:
    link = {"PIXIV_FILE_PATH": "b/{illust_id}_{page}{ext}", "PIXIV_FILE_MOVE": "link"}
    last = {"PIXIV_FILE_PATH": "c/{illust_id}_{page}{ext}"}
    crawl(user_id=USER, max_works=1)
    done = crawl(user_id=USER, max_works=1, settings=link)
    words = [word for name, value in last.items() for word in ("-s", f"{name}={value}")]
    assert scrapy_in_process("rename", *words, "-s", f"PIXIV_DATA_DIR={done.data}").returncode == 0
    original = {path: file.read_bytes() for path, file in done.files.items()}
    (old, new) = next(
        (old, new) for old in done.files.values() for new in done.files.values() if old < new and old.samefile(new)
    )
    with new.open("ab") as file:
        file.write(b"x")
    status, output = fetch(done, crawl, **last)
    assert (status, old.samefile(new)) == (0, True), output
    assert original.items() <= {path: file.read_bytes() for path, file in done.files.items()}.items()
    assert verify(done, "--read", "all").returncode == 0


@pytest.mark.parametrize(
    ("spider", "args"),
    [
        ("works", {"novel_id": 11260003, "novel": "txt,epub"}),
        ("user_works", {"user_id": USER, "max_works": 1, "files": "large"}),
    ],
)
def test_files_of_any_format_and_size_are_downloaded_again(crawl: Crawler, spider: str, args: dict[str, Any]) -> None:
    done = crawl(spider, **args)
    assert done.status == 0, done.log
    for name, file in done.files.items():
        if name.startswith("large/") or name.endswith((".txt", ".epub")):
            file.unlink()
    assert verify(done).returncode == 3
    status, output = fetch(done, crawl)
    assert (status, verify(done).returncode) == (0, 0), output


def test_problems_that_remain_after_the_download_are_listed(done: Crawl, crawl: Crawler, sandbox: Sandbox) -> None:
    (path, file), *_ = sorted(done.files.items())
    state = sqlite3.connect(done.data / "state.db")
    with closing(state), state:
        state.execute("UPDATE files SET page_key = 'users/1/avatar', url = '' WHERE path = :path", {"path": path})
    file.unlink()
    before = len(sandbox.requests)
    status, output = fetch(done, crawl)
    assert (status, len(sandbox.requests)) == (3, before)
    assert output.splitlines()[-2:] == [
        f"{path} is missing after the download, too",
        "Crawl what these files belong to again, with the arguments with which they were stored",
    ]


def test_damaged_files_are_downloaded_again_and_kept_under_another_name(
    done: Crawl, sandbox: Sandbox, crawl: Crawler
) -> None:
    (lost, lost_file), (changed, changed_file), *_ = sorted(done.files.items())
    original = {path: file.read_bytes() for path, file in done.files.items()}
    lost_file.unlink()
    change(changed_file)
    damaged = changed_file.read_bytes()
    before = len(sandbox.requests)
    status, output = fetch(done, crawl, "--read", "all")
    assert status == 0, output
    assert {path: file.read_bytes() for path, file in done.files.items() if path in original} == original
    assert changed_file.with_name(f"{changed_file.name}.damaged").read_bytes() == damaged
    assert sum(request.kind == "file" for request in sandbox.requests[before:]) == 2
    assert verify(done, "--read", "all").returncode == 0
    assert lost != changed


def test_without_a_state_there_is_nothing_to_compare_with(tmp_path: Path) -> None:
    checked = scrapy_in_process("verify", "-s", f"PIXIV_DATA_DIR={tmp_path}")
    assert checked.returncode == 1
    assert checked.stderr.startswith(
        f"Error: there is no state in {tmp_path / 'state.db'}: set PIXIV_DATA_DIR to the folder"
    )
    assert list(tmp_path.iterdir()) == []

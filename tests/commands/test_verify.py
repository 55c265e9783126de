"""`scrapy verify` finds every difference between the disk and the state, and downloads damaged files again."""

from __future__ import annotations

import os
import subprocess
from itertools import pairwise
from pathlib import Path

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


def test_damaged_files_are_downloaded_again_and_kept_under_another_name(
    done: Crawl, sandbox: Sandbox, tmp_path: Path, crawl: Crawler
) -> None:
    (lost, lost_file), (changed, changed_file), *_ = sorted(done.files.items())
    original = {path: file.read_bytes() for path, file in done.files.items()}
    lost_file.unlink()
    change(changed_file)
    damaged = changed_file.read_bytes()
    before = len(sandbox.requests)
    words = crawl.words("works", {}, {})
    settings = [word for name, word in pairwise(words) if name == "-s" for word in ("-s", word)]
    with popen_program(tmp_path, "verify", "--read", "all", "--fetch", *map(str, settings), **crawl.login) as process:
        output = process.communicate(timeout=60)[0]
    assert process.returncode == 0, output
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

"""Lists of IDs and URLs in files and on standard input."""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from pixiv_crawler.__main__ import main
from pixiv_crawler.argument_types import IllustIdList, UserIdList
from pixiv_crawler.arguments import SpiderArgs
from tests.argument_errors import error_of


class Things(SpiderArgs):
    user_id: UserIdList | None = None
    illust_id: IllustIdList | None = None


@pytest.fixture
def ids(tmp_path: Path) -> Path:
    return tmp_path / "ids.txt"


def pipe(monkeypatch: pytest.MonkeyPatch, content: bytes) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"11\n29\n", [11, 29]),
        (b"29,11\r\n 7 , 29\r8", [29, 11, 7, 8]),
        (b"# artists\n\n 11 # the first\n#29\n7", [11, 7]),
        (b"https://www.pixiv.net/users/11#top, pixiv.net/users/29 # with a fragment", [11, 29]),
        (b"\xef\xbb\xbf11\n", [11]),
    ],
)
def test_a_list_has_ids_and_urls_with_comments_and_blank_lines(ids: Path, content: bytes, expected: list[int]) -> None:
    ids.write_bytes(content)
    assert Things.parse({"user_id": f"@{ids}"}).user_id == expected


def test_lists_are_members_of_lists(ids: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ids.write_text("2\n3")
    pipe(monkeypatch, b"4\n1")
    assert Things.parse({"user_id": f"1,@{ids},-,5"}).user_id == [1, 2, 3, 4, 5]


def test_standard_input_is_read_once_for_a_crawl_that_parses_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    pipe(monkeypatch, b"11\n29")
    assert [Things.parse({"user_id": "-"}).user_id for _ in range(2)] == [[11, 29]] * 2


@pytest.mark.parametrize(
    ("content", "place"),
    [(b"11\n\n# x\nabc\n", "line 4: 'abc'"), (b"11,29 # y\r\n7,abc", "line 2: 'abc'"), (b"@more.txt", "line 1: '@more.txt'")],
)  # fmt: skip
def test_a_bad_line_is_reported_with_its_number(
    ids: Path, content: bytes, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    problem = f"{place} is not a valid user: pass a numeric ID (such as 11) or a profile URL"
    ids.write_bytes(content)
    assert error_of(Things, user_id=f"1,@{ids}") == f"spider argument user_id: {ids}, {problem}"
    pipe(monkeypatch, content)
    assert error_of(Things, user_id="-") == f"spider argument user_id: standard input, {problem}"


def test_a_page_of_another_kind_is_reported_with_its_line(ids: Path) -> None:
    ids.write_text("11\nhttps://www.pixiv.net/artworks/5")
    assert "line 2: 'https://www.pixiv.net/artworks/5' is an illust: pass -a illust_id=5" in (
        error_of(Things, user_id=f"@{ids}")
    )


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("missing.txt", "cannot be read (No such file or directory)"),
        ("folder", "cannot be read (Is a directory)"),
        ("fifo", "cannot be read (Not a regular file)"),
        ("null\0.txt", "cannot be read ("),
        ("~nobody-has-this-name/x", "cannot be read ("),
        ("latin.txt", "line 2 is not valid text: save the list in UTF-8"),
        ("utf16.txt", "line 1 is not valid text: save the list in UTF-8"),
        ("empty.txt", "no user is given"),
    ],
)
def test_a_file_that_is_not_a_list_is_an_error_in_one_sentence(
    tmp_path: Path, name: str, problem: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder").mkdir()
    (tmp_path / "latin.txt").write_bytes("11\n# Frühling\n".encode("latin-1"))
    (tmp_path / "utf16.txt").write_text("11", "utf-16")
    (tmp_path / "empty.txt").write_text("# nothing yet\n")
    os.mkfifo(tmp_path / "fifo")
    sentence = error_of(Things, user_id=f"@{name}")
    assert problem in sentence
    assert "\n" not in sentence


def test_a_list_may_be_long(ids: Path) -> None:
    ids.write_text("".join(f"https://www.pixiv.net/artworks/{number}\n" for number in range(1, 20_001)))
    assert Things.parse({"illust_id": f"@{ids}"}).illust_id == list(range(1, 20_001))


class Terminal(io.TextIOWrapper):
    def isatty(self) -> bool:
        return True


def test_standard_input_that_cannot_be_read_is_an_error_in_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with (tmp_path / "list").open("w", encoding="utf-8") as only_for_writing:
        monkeypatch.setattr(sys, "stdin", only_for_writing)
        sentence = error_of(Things, user_id="-")
    assert sentence.startswith("spider argument user_id: standard input cannot be read (")
    assert sentence.endswith("): pipe the list into this command, or pass @FILE")


@pytest.mark.parametrize("stdin", [None, Terminal(io.BytesIO(b"11"))])
def test_without_a_pipe_standard_input_is_not_read(stdin: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", stdin)
    assert "pipe the list into this command" in error_of(Things, user_id="-")


def test_a_job_of_scrapyd_does_not_wait_for_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    pipe(monkeypatch, b"11")
    assert "a job of Scrapyd has no standard input" in error_of(Things, user_id="-", _job="1")


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"https://www.pixiv.net/users/11\n11\n", "line 2: '11' is not a page that can be crawled"),
        (b"# nothing\n", "- contains no URL"),
        (b"https://www.pixiv.net/fanbox", "line 1: 'https://www.pixiv.net/fanbox' is not a page"),
    ],
)
def test_the_program_reports_a_bad_list_before_it_crawls(
    content: bytes, problem: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pipe(monkeypatch, content)
    with pytest.raises(SystemExit) as ended:
        main(["-", "-s", "PIXIV_SANDBOX=1"])
    assert ended.value.code == 1
    assert problem in capsys.readouterr().err

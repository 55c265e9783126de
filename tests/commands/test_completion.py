"""What a shell proposes after Tab."""

from __future__ import annotations

import os
import pty
import shutil
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from tests.in_process import PROJECT, scrapy_in_process

pytestmark = pytest.mark.skipif(not shutil.which("bash"), reason="there is no bash")

ASK = (
    """source "$1"; COMP_LINE="$2"; COMP_POINT=${#2}; _pixiv_crawler 2> /dev/null; printf '%s\\n' "${COMPREPLY[@]}" """
)


@pytest.fixture(scope="module")
def script(tmp_path_factory: pytest.TempPathFactory) -> Path:
    done = scrapy_in_process("completion", "bash")
    assert done.returncode == 0, done.stderr
    path = tmp_path_factory.mktemp("completion") / "script"
    path.write_text(done.stdout)
    return path


def proposed(script: Path, line: str) -> list[str]:
    command = ["bash", "--norc", "-c", ASK, "bash", str(script), line]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()


@pytest.mark.parametrize(
    ("line", "some"),
    [
        ("pixiv-crawler ", {"crawl", "login", "gallery", "verify", "completion"}),
        ("pixiv-crawler res", {"resume"}),
        ("pixiv-crawler crawl user", {"user_works", "users"}),
        ("pixiv-crawler crawl user_works -a ty", {"type="}),
        ("pixiv-crawler crawl user_works -a ", {"user_id=", "files=", "dry_run=", "min_bookmarks="}),
        ("pixiv-crawler crawl user_works -a type=", {"illust", "manga", "ugoira", "novel"}),
        ("pixiv-crawler crawl user_works -a type=illust,ma", {"illust,manga"}),
        ("pixiv-crawler crawl search -a sort=date", {"date_desc", "date_asc"}),
        ("pixiv-crawler crawl search -a new_only=t", {"true"}),
        ("pixiv-crawler crawl search -a word=x -s PIXIV_API_", {"PIXIV_API_DELAY=", "PIXIV_API_URL="}),
        ("pixiv-crawler export ca", {"captions"}),
        ("pixiv-crawler export captions out -a tag", {"tags=", "tag_names="}),
        ("pixiv-crawler export captions out -a tag_names=", {"original", "translated"}),
        ("pixiv-crawler crawl search -", {"-a", "-s", "-v", "-q", "--config"}),
    ],
)
def test_a_shell_proposes_what_may_follow(script: Path, line: str, some: set[str]) -> None:
    found = proposed(script, line)
    assert some <= {*found}
    word = line.rpartition(" ")[2].rpartition("=")[2]
    assert [reply for reply in found if not reply.startswith(word)] == []


def test_the_arguments_of_one_spider_are_not_proposed_for_another(script: Path) -> None:
    assert proposed(script, "pixiv-crawler crawl users -a wor") == []
    assert proposed(script, "pixiv-crawler crawl search -a word=") == []


def test_fish_gets_a_script_too() -> None:
    lines = scrapy_in_process("completion", "fish").stdout.splitlines()
    (works,) = [line for line in lines if "__fish_seen_subcommand_from user_works'" in line]
    assert "type=illust" in works
    assert "user_id=" in works


TYPED = {
    "pixiv-crawler res": "pixiv-crawler resume ",
    "pixiv-crawler crawl user_w": "pixiv-crawler crawl user_works ",
    "pixiv-crawler crawl user_works -a ty": "pixiv-crawler crawl user_works -a type=",
    "pixiv-crawler crawl user_works -a type=illust,ma": "pixiv-crawler crawl user_works -a type=illust,manga ",
    "pixiv-crawler crawl search -s PIXIV_API_D": "pixiv-crawler crawl search -s PIXIV_API_DELAY=",
    "pixiv-crawler crawl search --no": "pixiv-crawler crawl search --nolog ",
    "pixiv-crawler crawl search -a wor": "pixiv-crawler crawl search -a word=",
    "pixiv-crawler crawl users -a wor": "pixiv-crawler crawl users -a wor",
}


@pytest.mark.skipif(not shutil.which("zsh"), reason="there is no zsh")
def test_zsh_completes_what_is_typed(tmp_path: Path) -> None:
    """In a terminal: Tab completes a line, Ctrl-G writes it to a file."""
    (tmp_path / "script").write_text(scrapy_in_process("completion", "zsh").stdout)
    (tmp_path / "run").write_text(
        "autoload -U compinit; compinit -D -u; source ./script\n"
        "show() { print -r -- $BUFFER >> shown; BUFFER= }; zle -N show; bindkey '^G' show\n"
    )
    zsh, slave = pty.openpty()
    with subprocess.Popen(
        ["zsh", "-f", "-i"], cwd=tmp_path, stdin=slave, stdout=slave, stderr=slave, start_new_session=True
    ) as process:
        os.close(slave)
        os.write(zsh, b"source ./run\n")
        for line in TYPED:
            os.write(zsh, f"{line}\t\a".encode())
        os.write(zsh, b"exit\n")
        with suppress(OSError):  # the terminal is closed when the shell ends
            while os.read(zsh, 1000):
                pass
        process.wait(timeout=60)
    os.close(zsh)
    assert (tmp_path / "shown").read_text("utf-8").splitlines() == [*TYPED.values()]


@pytest.mark.parametrize("words", [["csh"], ["bash", "fish"]])
def test_another_shell_is_rejected(words: list[str]) -> None:
    done = scrapy_in_process("completion", *words)
    assert done.returncode == 1
    assert done.stderr == f"Error: {' '.join(words)!r} is not a known shell: pass bash, zsh or fish\n"


def test_without_a_shell_the_known_ones_are_listed() -> None:
    done = scrapy_in_process("completion")
    assert (done.returncode, done.stderr) == (1, "Error: no shell is given: pass bash, zsh or fish\n")


def test_a_reader_that_ends_early_is_no_error() -> None:
    command = f"{sys.executable} -m scrapy completion fish | head -c 100"
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", command], capture_output=True, text=True, check=False, cwd=PROJECT
    )
    assert (done.returncode, len(done.stdout), done.stderr) == (0, 100, "")

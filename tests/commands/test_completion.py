"""What a shell proposes after Tab."""

from __future__ import annotations

import os
import pty
import re
import shutil
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from pixiv_crawler.api.enums import IllustRankingMode, NovelRankingMode
from tests.in_process import PROJECT, clean_environment, scrapy_in_process

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
        ("pixiv-crawler crawl rankings -a mode=", {*IllustRankingMode, *NovelRankingMode}),
        ("pixiv-crawler crawl rankings -a mode=day,week_o", {"day,week_original"}),
        ("pixiv-crawler crawl search -a x_restrict=", {"0", "1", "2"}),
        ("pixiv-crawler crawl search -s PIXIV_FILE_MOVE=", {"move", "link"}),
        ("pixiv-crawler verify -s PIXIV_WEB=a", {"auto", "always"}),
        ("pixiv-crawler https://www.pixiv.net/users/11 --set PIXIV_SANDBOX=", {"1", "0"}),
        ("pixiv-crawler https://www.pixiv.net/users/11 --v", {"--verbose"}),
        ("pixiv-crawler --", {"--help", "--version", "--config"}),
        ("pixiv-crawler adopt --from gal", {"gallery-dl"}),
        ("pixiv-crawler login --browser ch", {"chromium"}),
        ("pixiv-crawler login --browser=ch", {"chromium"}),
        ("pixiv-crawler tables --format parquet,sq", {"parquet,sqlite"}),
        ("pixiv-crawler verify --read a", {"all"}),
        ("pixiv-crawler completion f", {"fish"}),
        ("pixiv-crawler state ", {"rebuild"}),
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


def test_all_options_of_a_command_are_proposed(script: Path) -> None:
    for command in proposed(script, "pixiv-crawler "):
        described = re.findall(r"(?<=[ ,])--[a-z][a-z-]*", scrapy_in_process(command, "--help").stdout)
        assert {*described} - {"--config"} == {*proposed(script, f"pixiv-crawler {command} --")} - {"--config"}, (
            command
        )


@pytest.fixture
def data(tmp_path: Path) -> Path:
    for name in ("search/nightly", "search/$(touch made)", "users/all", "files/11"):
        (tmp_path / "data" / name).mkdir(parents=True)
    return tmp_path


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("resume sea", ["search/\\$\\(touch\\ made\\)", "search/nightly"]),
        ("retry ", ["search/\\$\\(touch\\ made\\)", "search/nightly", "users/all"]),
        ("retry night", ["nightly"]),
        ("retry -s PIXIV_DATA_DIR=elsewhere ", []),
        ("resume --a", ["--all"]),
    ],
)
def test_the_runs_in_the_data_folder_are_proposed(script: Path, data: Path, typed: str, found: list[str]) -> None:
    command = ["bash", "--norc", "-c", ASK, "bash", str(script), f"pixiv-crawler {typed}"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=data, env=clean_environment())
    assert sorted(filter(None, done.stdout.split("\n"))) == found
    assert [*data.rglob("made")] == []


@pytest.mark.parametrize("how", ["environment", "file"])
def test_the_data_folder_is_the_one_in_effect(script: Path, data: Path, how: str) -> None:
    (data / "data").rename(data / "other")
    env = {"PIXIV_DATA_DIR": "other"} if how == "environment" else {}
    if how == "file":
        (data / "pixiv-crawler.toml").write_text('PIXIV_DATA_DIR = "other"\n')
    command = ["bash", "--norc", "-c", ASK, "bash", str(script), "pixiv-crawler resume u"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=data, env=clean_environment() | env)
    assert done.stdout == "users/all\n"


def test_fish_gets_a_script_too() -> None:
    lines = scrapy_in_process("completion", "fish").stdout.splitlines()
    assert any("seen_subcommand_from adopt' -l from -x -a 'gallery-dl " in line for line in lines)
    assert any(" PIXIV_FILE_MOVE=move PIXIV_FILE_MOVE=link " in line for line in lines)
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
    "pixiv-crawler resume us": "pixiv-crawler resume users/all ",
    "pixiv-crawler retry night": "pixiv-crawler retry nightly ",
    "pixiv-crawler verify --fe": "pixiv-crawler verify --fetch ",
    "pixiv-crawler adopt --from gal": "pixiv-crawler adopt --from gallery-dl ",
    "pixiv-crawler adopt x -s PIXIV_FILE_MOVE=l": "pixiv-crawler adopt x -s PIXIV_FILE_MOVE=link ",
    "pixiv-crawler crawl search -a wor": "pixiv-crawler crawl search -a word=",
    "pixiv-crawler crawl users -a wor": "pixiv-crawler crawl users -a wor",
}


@pytest.mark.skipif(not shutil.which("zsh"), reason="there is no zsh")
def test_zsh_completes_what_is_typed(data: Path) -> None:
    """In a terminal: Tab completes a line, Ctrl-G writes it to a file."""
    (data / "script").write_text(scrapy_in_process("completion", "zsh").stdout)
    (data / "run").write_text(
        "autoload -U compinit; compinit -D -u; source ./script\n"
        "show() { print -r -- $BUFFER >> shown; BUFFER= }; zle -N show; bindkey '^G' show\n"
    )
    zsh, slave = pty.openpty()
    with subprocess.Popen(
        ["zsh", "-f", "-i"],
        cwd=data,
        env=clean_environment(),
        stdin=slave,
        stdout=slave,
        stderr=slave,
        start_new_session=True,
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
    assert (data / "shown").read_text("utf-8").splitlines() == [*TYPED.values()]


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

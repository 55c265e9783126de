"""What all exports have in common: which works, which files, and what a second run does."""

from __future__ import annotations

import gzip
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
from filelock import FileLock

from pixiv_crawler.outputs.export import format_names, load_format
from pixiv_crawler.outputs.export.target import RECORDS_NAME
from tests.crawling import run_until_kill
from tests.in_process import PROJECT, crawl_environment, scrapy_in_process
from tests.outputs.export.collected import Collected, exported, renamed, tags


@pytest.fixture
def data(tmp_path: Path) -> Collected:
    return Collected(tmp_path / "data")


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "target"


def test_a_second_export_writes_only_what_is_new_or_has_changed(data: Collected, target: Path) -> None:
    one, two = data.illust(1, 2), data.illust(2)
    data.write(one, two)
    done = data.export("captions", target)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "2 works: 6 files written, 0 unchanged, no problems\n"
    assert exported(target) == ["1_p0.png", "1_p0.txt", "1_p1.png", "1_p1.txt", "2_p0.png", "2_p0.txt"]
    assert (target / "1_p1.png").read_bytes() == (data.path / "files" / one.files[1].path).read_bytes()
    times = {path: (target / path).stat().st_mtime_ns for path in exported(target)}
    assert data.export("captions", target).stdout == "2 works: 0 files written, 6 unchanged, no problems\n"
    data.write(replace(two, tags=tags("海"), fetched_at="2026-03-01T00:00:00+00:00"), data.illust(3))
    assert data.export("captions", target).stdout == "3 works: 3 files written, 5 unchanged, no problems\n"
    assert (target / "2_p0.txt").read_text("utf-8") == "海"
    unchanged = [path for path in times if (target / path).stat().st_mtime_ns == times[path]]
    assert unchanged == ["1_p0.png", "1_p0.txt", "1_p1.png", "1_p1.txt", "2_p0.png"]


def test_the_newest_line_of_a_work_wins_in_whatever_run_it_is(data: Collected, target: Path) -> None:
    new = replace(data.illust(1), tags=tags("new"), fetched_at="2026-05-01T00:00:00+00:00")
    data.write(new, run="a_spider/1")
    data.write(replace(new, tags=tags("old"), fetched_at="2026-01-01T00:00:00+00:00"), run="b_spider/1")
    (data.path / "b_spider/1/illusts.jsonl.gz").write_bytes(
        gzip.compress((data.path / "b_spider/1/illusts.jsonl").read_bytes())
    )
    (data.path / "b_spider/1/illusts.jsonl").unlink()
    assert data.export("captions", target).returncode == 0
    assert (target / "1_p0.txt").read_text() == "new"


def test_files_come_from_an_older_line_if_the_newest_has_none(data: Collected, target: Path) -> None:
    old = data.illust(1, 2)
    new = replace(old, files=[], caption="", fetched_at="2026-05-01T00:00:00+00:00", tags=tags("new"))
    data.write(old)
    data.write(new, run="rankings/1")
    assert data.export("captions", target).returncode == 0
    assert exported(target) == ["1_p0.png", "1_p0.txt", "1_p1.png", "1_p1.txt"]
    assert (target / "1_p1.txt").read_text() == "new"


def test_only_complete_files_are_exported_and_the_others_are_named(data: Collected, target: Path) -> None:
    works = [data.illust(number, 2) for number in range(1, 6)]
    works[0].files[1] = replace(works[0].files[1], status="failed", sha256=None, size=None, error="404")
    works[1].files[0] = replace(works[1].files[0], status="damaged", error="is incomplete")
    (data.path / "files" / works[2].files[0].path).unlink()
    changed = data.path / "files" / works[3].files[1].path
    content = bytearray(changed.read_bytes())
    content[-1] ^= 1
    changed.write_bytes(content)
    works[4].files = []
    data.write(*works)
    done = data.export("captions", target)
    assert done.returncode == 3
    assert done.stderr.splitlines() == [
        "illust 1 has no complete file of page 1",
        "illust 2 has no complete file of page 0",
        "illust 3 has no complete file of page 0",
        "illust 5 has no complete file",
        "4_p1.png was not written: 11/4_p1.png has another content than when it was stored; run: scrapy verify --read all --fetch",
    ]
    assert done.stdout == "5 works: 9 files written, 0 unchanged, 5 problems\n"
    assert [path for path in exported(target) if path.endswith("png")] == [
        "1_p0.png", "2_p1.png", "3_p1.png", "4_p0.png",
    ]  # fmt: skip


def test_the_filters_are_those_of_spiders(data: Collected, target: Path) -> None:
    works = [
        replace(data.illust(1, total_bookmarks=900, x_restrict=0), tags=tags(("海", "sea"))),
        replace(data.illust(2, total_bookmarks=90, x_restrict=1), tags=tags("海")),
        data.illust(3, illust_ai_type=2, create_date="2020-01-01T00:00:00+09:00"),
        data.illust(4, type="manga"),
    ]
    works[3].user = replace(renamed(works[3].user, "other"), id=29)
    data.write(*works[:2])
    data.write(*works[2:], run="bookmarks/mine")
    for words, ids in {
        "tags=SEA": [1],
        "exclude_tags=海": [3, 4],
        "x_restrict=0": [1, 3, 4],
        "ai=yes": [3],
        "since=2021-01-01": [1, 2, 4],
        "min_bookmarks=100": [1],
        "user_id=https://www.pixiv.net/users/29": [4],
        "type=illust": [1, 2, 3],
        "runs=bookmarks/mine": [3, 4],
        "runs=bookmarks,user_works": [1, 2, 3, 4],
    }.items():
        folder = target / words.replace("/", "_")
        done = data.export("captions", folder, "-a", words)
        assert (done.returncode, done.stderr) == (0, ""), words
        assert {int(name.partition("_")[0]) for name in exported(folder)} == set(ids), words


@pytest.mark.parametrize("format_", format_names())
def test_every_format_has_the_filters_and_a_description(format_: str) -> None:
    module = load_format(format_)
    assert {"tags", "user_id", "x_restrict", "ai", "since", "min_bookmarks", "runs"} <= set(module.Args.model_fields)
    done = scrapy_in_process("export", format_, "-a", "help=1")
    assert done.returncode == 0
    assert done.stdout.startswith(f"{format_}: {module.__doc__.splitlines()[0]}")
    assert "  runs (list: text): Only works of these runs" in done.stdout


@pytest.mark.parametrize("format_", format_names())
def test_every_format_can_be_exported_twice_and_says_what_it_cannot_export(
    data: Collected, target: Path, format_: str
) -> None:
    data.write(data.illust(1, 2), data.ugoira(2), data.illust(3, type="manga"))
    done = data.export(format_, target)
    assert (done.returncode, done.stderr) == (0, "")
    before = {path: (target / path).read_bytes() for path in exported(target)}
    assert before
    done = data.export(format_, target)
    assert "0 files written" in done.stdout
    assert {path: (target / path).read_bytes() for path in exported(target)} == before


def test_a_file_that_another_program_has_changed_is_left_as_it_is(data: Collected, target: Path) -> None:
    one = data.illust(1)
    data.write(one)
    data.export("captions", target)
    (target / "1_p0.txt").write_text("my own caption")
    assert data.export("captions", target).returncode == 0
    data.write(replace(one, tags=tags("海"), fetched_at="2026-03-01T00:00:00+00:00"))
    done = data.export("captions", target)
    assert done.returncode == 3
    assert done.stderr == "1_p0.txt was not updated: another program wrote or changed it; move it to update it\n"
    assert (target / "1_p0.txt").read_text() == "my own caption"
    (target / "1_p0.txt").unlink()
    assert data.export("captions", target).returncode == 0
    assert (target / "1_p0.txt").read_text("utf-8") == "海"


@pytest.mark.parametrize("change", ["truncate", "folder", "dangling", "loop", "parent"])
@pytest.mark.parametrize("is_in_a_newer_line", [False, True])
def test_a_copy_that_is_not_there_as_it_was_written_is_not_unchanged(
    data: Collected, target: Path, change: str, is_in_a_newer_line: bool
) -> None:
    one = data.illust(1)
    data.write(one)
    data.export("imagefolder", target)
    changed = target / "train" / "1_p0.png"
    if change == "truncate":
        os.truncate(changed, 10)
    elif change == "parent":
        shutil.rmtree(changed.parent)
        changed.parent.write_text("mine")
    else:
        changed.unlink()
    if change == "folder":
        changed.mkdir()
    if change in ("dangling", "loop"):
        changed.symlink_to("nowhere" if change == "dangling" else changed)
    if is_in_a_newer_line:
        data.write(replace(one, files=[data.image("11/1_p0.png", 5)], fetched_at="2026-03-01T00:00:00+00:00"))
    before = os.lstat(changed.parent if change == "parent" else changed)
    done = data.export("imagefolder", target)
    assert done.returncode == 3
    sentence = "train/1_p0.png was not updated: another program wrote or changed it; move it to update it\n"
    assert sentence in done.stderr
    assert os.lstat(changed.parent if change == "parent" else changed).st_ino == before.st_ino


def test_a_copy_with_another_time_and_the_same_content_is_unchanged(data: Collected, target: Path) -> None:
    data.write(data.illust(1))
    data.export("captions", target)
    os.utime(target / "1_p0.png", (1, 1))
    done = data.export("captions", target)
    assert (done.returncode, done.stdout) == (0, "1 work: 0 files written, 2 unchanged, no problems\n")


def test_a_page_that_the_artist_replaced_by_another_type_does_not_stay(data: Collected, target: Path) -> None:
    one = data.illust(1)
    data.write(one)
    data.export("captions", target)
    data.write(replace(one, files=[data.image("11/1_p0.jpg", 5)], fetched_at="2026-03-01T00:00:00+00:00"))
    assert data.export("captions", target).returncode == 0
    assert exported(target) == ["1_p0.jpg", "1_p0.txt"]
    assert (target / "1_p0.jpg").read_bytes() == (data.path / "files/11/1_p0.jpg").read_bytes()


def test_with_link_files_need_no_space(data: Collected, target: Path) -> None:
    one = data.illust(1)
    data.write(one)
    assert data.export("captions", target, "--link").returncode == 0
    source = data.path / "files" / one.files[0].path
    assert (target / "1_p0.png").samefile(source)
    data.export("captions", target / "copies")
    assert not (target / "copies" / "1_p0.png").samefile(source)
    assert (target / "copies" / "1_p0.png").stat().st_mtime_ns == source.stat().st_mtime_ns


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["cbr", "x"], "'cbr' is not a format: pass one of "),
        (["captions"], "pass a format (bagit, captions, "),
        (["captions", "x", "y"], "pass a format (bagit, captions, "),
        (["captions", "x", "--lnk"], "'--lnk' is not a valid option; see: scrapy export --help"),
        (["captions", "x", "-a", "tgas=1"], "unknown argument 'tgas': did you mean tags?"),
        (["captions", "x", "-a", "ai=maybe"], "argument ai: 'maybe' is not one of yes, no, unknown"),
        (["captions", "x", "-a", "nothing"], "an argument is passed as -a NAME=VALUE"),
        (["captions", "x", "-a", "runs=search"], "the run 'search' has no lines of works in "),
    ],
)
def test_invalid_use_is_reported_in_one_sentence(
    data: Collected, tmp_path: Path, words: list[str], sentence: str
) -> None:
    data.write(data.illust(1))
    words = [str(tmp_path / word) if word in ("x", "y") else word for word in words]
    done = scrapy_in_process("export", *words, "-s", f"PIXIV_DATA_DIR={data.path}")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"Error: {sentence}")
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "x").exists()


def test_a_folder_without_lines_or_with_other_content_is_rejected(data: Collected, target: Path) -> None:
    done = data.export("captions", target)
    assert (done.returncode, done.stderr[:23]) == (1, "Error: PIXIV_DATA_DIR /")
    data.path.mkdir()
    done = data.export("captions", target)
    assert (done.returncode, done.stderr[:55]) == (1, "Error: there are no lines of works in PIXIV_DATA_DIR /t")
    assert not target.exists()
    data.write(data.illust(1))
    target.mkdir()
    (target / "1_p0.txt").write_text("mine")
    done = data.export("captions", target)
    assert done.returncode == 1
    assert done.stderr == (
        f"Error: {target} is not a folder of scrapy export captions; pass a new or an empty folder\n"
    )
    assert (target / "1_p0.txt").read_text() == "mine"
    assert [path.name for path in target.iterdir()] == ["1_p0.txt"]
    (target / "1_p0.txt").unlink()
    assert data.export("captions", target).returncode == 0
    assert data.export("hydrus", target).returncode == 1
    for inside in (data.path, data.path / "files" / "x"):
        done = data.export("captions", inside)
        assert done.returncode == 1
        assert done.stderr.startswith(f"Error: {inside} is inside of PIXIV_DATA_DIR, ")


def test_a_target_that_cannot_be_written_is_reported_in_one_sentence(data: Collected, tmp_path: Path) -> None:
    data.write(data.illust(1))
    (tmp_path / "file").touch()
    for target in (tmp_path / "file", tmp_path / "file" / "x"):
        done = data.export("captions", target)
        assert done.returncode == 1
        assert (
            done.stderr
            == f"Error: the export could not be written ({target}: Not a directory); fix this, or pass another folder\n"
        )
    assert (tmp_path / "file").read_bytes() == b""


def test_two_exports_into_one_folder_do_not_mix(data: Collected, target: Path) -> None:
    data.write(data.illust(1))
    target.mkdir()
    with FileLock(target / ".lock"):
        done = data.export("captions", target)
    assert done.returncode == 1
    assert done.stderr == f"Error: another scrapy export is writing to {target}; wait until it has finished\n"


def test_lines_that_cannot_be_read_are_counted(data: Collected, target: Path) -> None:
    data.write(
        data.illust(1), end=b'{"kind":"comment","id":3}\n\n{"kind":"illust","id":5,"title":"incomplete"}\n{"torn'
    )
    done = data.export("captions", target)
    assert (done.returncode, done.stderr) == (0, "4 lines skipped: incomplete or from another program\n")
    assert done.stdout == "1 work: 2 files written, 0 unchanged, no problems\n"


@pytest.mark.kill
def test_after_kill_9_all_files_are_complete_and_the_next_run_completes(data: Collected, target: Path) -> None:
    works = [data.illust(number, 15) for number in range(1, 31)]
    data.write(*works)
    sizes = {f"{one.id}_p{page}.png": file.size for one in works for page, file in enumerate(one.files)}
    was_killed = False
    for share in (0.1, 0.6):
        process = subprocess.Popen(_command(data, target), env=crawl_environment(), cwd=PROJECT)
        while process.poll() is None and len(files_of(target)) < share * 900:
            time.sleep(0.001)
        process.send_signal(signal.SIGKILL)
        was_killed |= process.wait() == -signal.SIGKILL
        pages = [name for name in files_of(target) if name.endswith(".png")]
        assert [name for name in pages if (target / name).stat().st_size != sizes[name]] == []
    assert was_killed
    done = data.export("captions", target)
    assert (done.returncode, done.stderr) == (0, "")
    assert len(exported(target)) == 900
    assert {path.name for path in target.iterdir() if path.name.startswith(".")} <= {RECORDS_NAME, ".lock"}


@pytest.mark.kill
@pytest.mark.parametrize("number", [1, 2, 3])
def test_after_kill_9_files_whose_works_have_changed_are_its_own(data: Collected, target: Path, number: int) -> None:
    works = [data.illust(id_) for id_ in range(1, 5)]
    data.write(*works)
    assert number == 1 or data.export("captions", target).returncode == 0
    for month in (3, 4):
        data.write(*(replace(one, tags=tags(f"{month}"), fetched_at=f"2026-0{month}-01") for one in works))
        if month == 3:
            run_until_kill(target, "os.rename", number, *_command(data, target)[3:])
    done = data.export("captions", target)
    assert (done.returncode, done.stderr) == (0, "")
    assert {path.read_text() for path in target.glob("*.txt")} == {"4"}


@pytest.mark.kill
def test_sigterm_ends_it_as_ctrl_c_does(data: Collected, target: Path) -> None:
    data.write(*(data.illust(number) for number in range(1, 5)))
    words = [PROJECT / "tests" / "kill_at_event.py", target, "os.rename", 4, *_command(data, target)[3:]]
    process = subprocess.run(
        [sys.executable, "-P", *map(str, words)],
        cwd=PROJECT,
        env=crawl_environment() | {"PYTHONPATH": str(PROJECT), "KILL_WITH": "SIGTERM"},
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    assert process.returncode == 2
    assert process.stderr == "Stopped; what is there is complete. Run the same command again to continue.\n"
    assert exported(target) == ["1_p0.png", "1_p0.txt"]
    assert not (target / ".part").exists()


def files_of(target: Path) -> list[str]:
    return os.listdir(target) if target.exists() else []  # noqa: PTH208 - called a thousand times a second


def _command(data: Collected, target: Path) -> list[str]:
    return [sys.executable, "-m", "scrapy", "export", "captions", str(target), "-s", f"PIXIV_DATA_DIR={data.path}"]

"""`scrapy rename` gives all files the paths of another template, in steps that can be repeated."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pixiv_crawler.run.output_folder import OutputFolder
from pixiv_crawler.sandbox import Sandbox
from pixiv_crawler.sandbox.world.users import User, WorkSpec
from tests.crawling import Crawler, run_until_kill
from tests.in_process import scrapy_in_process
from tests.runs import Run, run

ARTIST = 50
ART = User(
    ARTIST, "Old", "acc", (WorkSpec(title="A"), WorkSpec("manga", ("png", "jpg"), title="B"), WorkSpec("ugoira"))
)
TEMPLATES = {
    "PIXIV_FILE_PATH": "{user_name}/{illust_id}/{page1}{ext}",
    "PIXIV_NOVEL_PATH": "texts/{title} {novel_id}{ext}",
}


@pytest.fixture
def first(sandbox: Sandbox, crawl: Crawler) -> Run:
    sandbox.world.add(ART)
    done = run(crawl, sandbox, "user_works", "first", user_id=ARTIST, sidecar="xmp", ugoira="zip,webp,frames")
    assert done.status == 0, done.log
    return done


def words(data: Path, *options: str, **settings: str) -> list[str]:
    given = {"PIXIV_DATA_DIR": str(data)} | settings
    return ["rename", *options, *(word for name, value in given.items() for word in ("-s", f"{name}={value}"))]


def rename(data: Path, *options: str, **settings: str) -> subprocess.CompletedProcess[str]:
    return scrapy_in_process(*words(data, *options, **(settings or TEMPLATES)))


def contents(done: Run) -> dict[str, bytes]:
    return {path: file.read_bytes() for path, file in done.files.items()}


def test_a_dry_run_lists_what_the_rename_does(sandbox: Sandbox, crawl: Crawler, first: Run, tmp_path: Path) -> None:
    run(crawl, sandbox, "user_works", "large", user_id=ARTIST, files="large", ugoira="zip")
    novels = run(crawl, sandbox, "works", "novels", novel_id=11260003, novel="txt,epub")
    before = contents(first)
    listed = rename(first.data, "--dry-run")
    assert listed.returncode == 0, listed.stderr
    assert contents(first) == before
    *lines, last = listed.stdout.splitlines()
    assert last == f"{len(lines)} files would be renamed"
    moves = dict(line.split(" -> ") for line in lines)
    renamed = rename(first.data)
    assert (renamed.returncode, renamed.stdout) == (0, f"{len(lines)} files renamed\n"), renamed.stderr
    companions = {f"{old}.xmp": f"{new}.xmp" for old, new in moves.items() if f"{old}.xmp" in before}
    assert contents(first) == {(moves | companions).get(path, path): content for path, content in before.items()}
    of_no_template = {path for path in before if path not in moves | companions}
    assert all(path.startswith(("novel_covers/", "novel_images/")) for path in of_no_template), of_no_template
    single, manga, ugoira = (work.id for work in reversed(sandbox.world.works(ARTIST)))
    assert {f"Old/{single}/1.jpg", f"Old/{manga}/2.jpg", f"large/Old/{manga}/1.jpg", f"Old/{ugoira}/1.webp"} < set(
        moves.values()
    )
    assert moves[f"frames/{ARTIST}/{ugoira}_ugoira0.jpg"] == f"frames/Old/{ugoira}/{ugoira}_ugoira0.jpg"
    (novel,) = novels.lines("novels")
    assert f"texts/{novel['title']} {novel['id']}.epub" in moves.values()
    assert rename(first.data).stdout == "0 files renamed\n"
    assert scrapy_in_process("verify", "--read", "all", "-s", f"PIXIV_DATA_DIR={first.data}").returncode == 0
    shown = scrapy_in_process("gallery", "-s", f"PIXIV_DATA_DIR={first.data}")
    assert (shown.returncode, "without files" in shown.stdout) == (0, False), "lines of earlier runs find their files"
    exported = scrapy_in_process("export", "hydrus", tmp_path / "hydrus", "-s", f"PIXIV_DATA_DIR={first.data}")
    assert exported.returncode == 0, exported.stdout
    again: dict[str, Any] = {"user_id": ARTIST, "ugoira": "zip,webp,frames", "settings": TEMPLATES}
    assert run(crawl, sandbox, "user_works", "again", **again).requested("file") == []


def test_the_folder_of_an_artist_has_the_name_that_was_seen_first(
    sandbox: Sandbox, crawl: Crawler, first: Run
) -> None:
    assert rename(first.data).returncode == 0
    sandbox.world.add(replace(ART, name="New"))
    run(crawl, sandbox, "user_works", "second", user_id=ARTIST)
    assert rename(first.data, PIXIV_FILE_PATH="{user_name}/{illust_id}_p{page}{ext}").returncode == 0
    assert {path.partition("/")[0] for path in first.files if not path.startswith("frames/")} == {"Old"}


def test_files_that_cannot_be_renamed_are_listed(sandbox: Sandbox, first: Run) -> None:
    single = sandbox.world.works(ARTIST)[-1].id
    occupied = first.file(f"Old/{single}/1.jpg")
    occupied.parent.mkdir(parents=True)
    occupied.write_bytes(b"mine")
    listed, done = rename(first.data, "--dry-run"), rename(first.data)
    assert (listed.returncode, listed.stderr) == (done.returncode, done.stderr)
    assert listed.stdout.splitlines()[-1].replace("would be ", "") == done.stdout.strip()
    assert done.returncode == 3
    assert done.stderr == (
        f"{ARTIST}/{single}_p0.jpg could not be moved to Old/{single}/1.jpg (File exists), and is kept where it is\n"
    )
    assert (occupied.read_bytes(), first.file(f"{ARTIST}/{single}_p0.jpg").exists()) == (b"mine", True)


def test_with_link_files_keep_their_former_names(first: Run) -> None:
    before = contents(first)
    linked = rename(first.data, **TEMPLATES, PIXIV_FILE_MOVE="link")
    assert linked.returncode == 0
    after = contents(first)
    assert before.items() < after.items()
    assert len(after) == 2 * len(before)
    assert rename(first.data, "--dry-run", **TEMPLATES).stdout == "0 files would be renamed\n"


def test_the_files_of_a_rebuilt_state_can_be_renamed(first: Run) -> None:
    before = sorted(contents(first).values())
    assert scrapy_in_process("state", "rebuild", "--replace", "-s", f"PIXIV_DATA_DIR={first.data}").returncode == 0
    assert rename(first.data).returncode == 0
    assert sorted(contents(first).values()) == before
    assert {path.partition("/")[0] for path in first.files} == {"Old", "frames"}


@pytest.mark.kill
@pytest.mark.parametrize("number", [1, 2, 4, 9])
def test_after_a_kill_the_same_command_renames_the_rest(first: Run, number: int) -> None:
    before = sorted(contents(first).values())
    run_until_kill(first.data / "files", "os.rename,os.rmdir", number, *words(first.data, **TEMPLATES))
    assert sorted(contents(first).values()) == before
    assert rename(first.data).returncode == 0
    assert sorted(contents(first).values()) == before
    assert {path.partition("/")[0] for path in first.files} == {"Old", "frames"}
    checked = scrapy_in_process("verify", "--read", "all", "-s", f"PIXIV_DATA_DIR={first.data}")
    assert checked.returncode == 0, checked.stdout


@pytest.mark.kill
@pytest.mark.parametrize("goes_on_with", ["the old template", "a third template", "verify"])
def test_after_a_kill_another_command_finds_the_moved_files(
    sandbox: Sandbox, crawl: Crawler, first: Run, goes_on_with: str
) -> None:
    before = sorted(contents(first))
    run_until_kill(first.data / "files", "os.rename", 5, *words(first.data, **TEMPLATES))
    assert sorted(contents(first)) != before
    if goes_on_with == "the old template":
        again = run(crawl, sandbox, "user_works", "again", user_id=ARTIST, sidecar="xmp", ugoira="zip,webp,frames")
        assert (again.status, again.requested("file"), sorted(contents(first))) == (0, [], before), again.log
    elif goes_on_with == "a third template":
        assert rename(first.data, PIXIV_FILE_PATH="third/{illust_id}/{page}{ext}").returncode == 0
        assert {path.partition("/")[0] for path in first.files} == {"third", "frames"}
    checked = scrapy_in_process("verify", "--read", "all", "-s", f"PIXIV_DATA_DIR={first.data}")
    assert checked.returncode == 0, checked.stdout
    done = rename(first.data)
    assert (done.returncode, done.stderr) == (0, "")
    assert {path.partition("/")[0] for path in first.files} == {"Old", "frames"}
    assert len(contents(first)) == len(before)


@pytest.mark.parametrize("how", ["move", "link"])
def test_a_copy_at_the_new_path_counts_as_the_file(sandbox: Sandbox, first: Run, how: str) -> None:
    single = sandbox.world.works(ARTIST)[-1].id
    old, copy = first.file(f"{ARTIST}/{single}_p0.jpg"), first.file(f"Old/{single}/1.jpg")
    copy.parent.mkdir(parents=True)
    copy.write_bytes(content := old.read_bytes())
    done = rename(first.data, **TEMPLATES, PIXIV_FILE_MOVE=how)
    assert (done.returncode, done.stderr) == (0, "")
    assert (copy.read_bytes(), old.exists()) == (content, how == "link")
    assert rename(first.data, "--dry-run", **TEMPLATES).stdout == "0 files would be renamed\n"
    assert scrapy_in_process("verify", "--read", "all", "-s", f"PIXIV_DATA_DIR={first.data}").returncode == 0


@pytest.mark.parametrize(
    ("options", "settings", "words"),
    [
        (["all"], {}, "unknown argument 'all'; see "),
        ([], {"PIXIV_FILE_PATH": "{job}/{name}"}, "the template '{job}/{name}' contains the name of a run"),
        ([], {"PIXIV_FILE_PATH": "{title}{ext}"}, "PIXIV_FILE_PATH '{title}{ext}' lacks {illust_id}"),
        ([], {"PIXIV_FILE_MOVE": "copy"}, "PIXIV_FILE_MOVE 'copy' is not known"),
        ([], {"PIXIV_STATE": "sqlite:///nowhere/state.db"}, "there is no state in nowhere/state.db"),
    ],
)
def test_an_invalid_use_changes_nothing(first: Run, options: list[str], settings: dict[str, str], words: str) -> None:
    before = contents(first)
    done = rename(first.data, *options, **TEMPLATES | settings)
    assert (done.returncode, done.stderr.count("\n")) == (1, 1), done.stderr
    assert done.stderr.startswith(f"Error: {words}")
    assert contents(first) == before


def test_nothing_is_renamed_while_a_run_is_in_progress(first: Run) -> None:
    folder = OutputFolder(first.run_folder)
    try:
        done = rename(first.data)
    finally:
        folder.release()
    assert done.returncode == 1
    assert str(first.run_folder) in done.stderr

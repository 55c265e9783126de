"""Files whose template has changed get their new paths without a download, whatever happens in between."""

from __future__ import annotations

import asyncio
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from pixiv_crawler.files.moving import Move, Mover
from pixiv_crawler.layout.moved_files import moved_paths
from pixiv_crawler.options import FileMove
from pixiv_crawler.run.state import StoredFile, open_state
from pixiv_crawler.sandbox import Sandbox
from pixiv_crawler.sandbox.world.users import User, WorkSpec
from tests.crawling import Crawl, Crawler
from tests.in_process import scrapy_in_process
from tests.runs import Run, by_id, run

ARTIST = 50
OTHER = "{illust_id}/{page1}{ext}"
COMPANIONS: dict[str, Any] = {"user_id": ARTIST, "sidecar": "json,xmp", "thumbnail": 32}


def settings(template: str | None = OTHER, **others: Any) -> dict[str, Any]:
    return {"PIXIV_FILE_PATH": template} | others


@pytest.fixture(autouse=True)
def _artist(sandbox: Sandbox) -> None:
    works = (WorkSpec(), WorkSpec("manga", ("png", "jpg")), WorkSpec("ugoira"))
    sandbox.world.add(User(ARTIST, "Name", "acc", works))


def verified(done: Crawl) -> str:
    return scrapy_in_process("verify", "--read", "all", "-s", f"PIXIV_DATA_DIR={done.data}").stdout


def all_files(done: Crawl) -> dict[str, Path]:
    return {path: file for path, file in done.files.items() if not path.startswith("thumbs/")}


def expected(sandbox: Sandbox) -> list[str]:
    ugoira, manga, single = [work.id for work in sandbox.world.works(ARTIST)]
    return sorted([f"{single}/1.jpg", f"{manga}/1.png", f"{manga}/2.jpg", f"{ugoira}/1.zip", f"{ugoira}/1.webp"])


def test_files_are_moved_with_their_companions(sandbox: Sandbox, crawl: Crawler) -> None:
    args = COMPANIONS | {"ugoira": "zip,webp"}
    first = run(crawl, sandbox, "user_works", "first", **args)
    before = {path: file.read_bytes() for path, file in first.files.items()}
    assert len(before) == 5 * 3 + 4, "each file has two sidecars, each image a thumbnail"
    note = first.file(next(path for path in before if path.endswith(".png.xmp")))
    note.write_bytes(note.read_bytes().replace(b"pixiv_crawler", b"darktable"))
    # Without the arguments, nothing writes the companions again.
    moved = run(crawl, sandbox, "user_works", "moved", user_id=ARTIST, ugoira="zip,webp", settings=settings())
    assert (moved.status, moved.requested("file")) == (0, []), moved.log
    paths = expected(sandbox)
    images = [path for path in paths if not path.endswith(".zip")]
    assert sorted(moved.files) == sorted(
        [*paths, *(f"{path}.{kind}" for path in paths for kind in ("json", "xmp"))]
        + [f"thumbs/32/{path}.webp" for path in images]
    )
    assert [path for path in (moved.data / "files").rglob("*") if path.is_dir() and not any(path.iterdir())] == []
    lines = [file for line in moved.lines("illusts") for file in line["files"]]
    assert sorted((file["path"], file["status"]) for file in lines) == [(path, "kept") for path in paths]
    for file in lines:
        sidecar = json.loads(moved.file(f"{file['path']}.json").read_text("utf-8"))
        assert sidecar["files"][0]["path"] == file["path"]
    assert sum(b"darktable" in file.read_bytes() for file in moved.files.values()) == 1
    assert verified(moved).endswith("5 files checked, 5 of them read: no problems\n")
    # What the lines of the first run say can be looked up.
    now = moved_paths(moved.data)
    for work_id, line in by_id(first.lines("illusts")).items():
        for file in line["files"]:
            assert moved.file(now[file["path"]]).read_bytes() == before[file["path"]], work_id


def test_the_moves_can_be_undone(sandbox: Sandbox, crawl: Crawler) -> None:
    first = run(crawl, sandbox, "user_works", "first", **COMPANIONS)
    before = {path: file.read_bytes() for path, file in first.files.items() if not path.endswith(".json")}
    run(crawl, sandbox, "user_works", "there", **COMPANIONS, settings=settings())
    back = run(crawl, sandbox, "user_works", "back", **COMPANIONS)
    assert {path: file.read_bytes() for path, file in back.files.items() if not path.endswith(".json")} == before
    assert back.requested("file") == []
    assert set(moved_paths(back.data).values()) < before.keys()


def test_with_link_files_have_both_names(sandbox: Sandbox, crawl: Crawler) -> None:
    first = run(crawl, sandbox, "user_works", "first", **COMPANIONS)
    paths = set(first.files)
    linked = run(crawl, sandbox, "user_works", "linked", **COMPANIONS, settings=settings(PIXIV_FILE_MOVE="link"))
    assert (linked.status, linked.requested("file")) == (0, [])
    assert len(linked.files) == 2 * len(paths)
    assert paths < linked.files.keys()
    by_inode: dict[int, list[str]] = {}
    for path, file in all_files(linked).items():
        by_inode.setdefault(file.stat().st_ino, []).append(path)
    assert sorted(len(names) for names in by_inode.values() if not names[0].endswith((".json", ".xmp"))) == [2] * 4
    assert verified(linked).endswith("8 files checked, 8 of them read: no problems\n")
    again = run(crawl, sandbox, "user_works", "again", **COMPANIONS)
    assert (again.requested("file"), len(again.files)) == ([], 2 * len(paths)), "both templates have their files"


def test_an_earlier_upload_moves_along_and_a_new_one_is_downloaded(sandbox: Sandbox, crawl: Crawler) -> None:
    single = sandbox.world.works(ARTIST)[-1].id
    run(crawl, sandbox, "user_works", "first", user_id=ARTIST)
    sandbox.world.replace_files(single)
    replaced = run(crawl, sandbox, "user_works", "replaced", user_id=ARTIST)
    (old,) = [path for path in replaced.files if ".old." in path]
    content = replaced.file(old).read_bytes()
    sandbox.world.replace_files(single)
    moved = run(crawl, sandbox, "user_works", "moved", user_id=ARTIST, settings=settings())
    assert len(moved.requested("file")) == 1
    names = sorted(path for path in moved.files if path.startswith(f"{single}/"))
    assert len(names) == 3, "the new file, the last one, and the one before"
    assert moved.file(f"{single}/1.{old.partition('.')[2]}").read_bytes() == content
    assert verified(moved).endswith(": no problems\n")


def test_a_file_at_the_new_path_is_not_overwritten(sandbox: Sandbox, crawl: Crawler) -> None:
    first = run(crawl, sandbox, "user_works", "first", user_id=ARTIST)
    single = sandbox.world.works(ARTIST)[-1].id
    occupied = first.file(f"{single}/1.jpg")
    occupied.parent.mkdir()
    occupied.write_bytes(b"mine")
    moved = run(crawl, sandbox, "user_works", "moved", user_id=ARTIST, settings=settings())
    assert (moved.status, moved.requested("file"), occupied.read_bytes()) == (0, [], b"mine")
    (file,) = by_id(moved.lines("illusts"))[single]["files"]
    assert (file["path"], file["status"]) == (f"{ARTIST}/{single}_p0.jpg", "kept")
    assert f"{file['path']} could not be moved to {single}/1.jpg (File exists), and is kept where it is" in moved.log


def test_only_one_of_two_files_gets_a_path_and_a_check_says_so(tmp_path: Path) -> None:
    for name in "ab":
        (tmp_path / "files" / name).parent.mkdir(exist_ok=True)
        (tmp_path / "files" / name).write_text(name)

    async def outcomes() -> list[list[str]]:
        state = await open_state(f"sqlite:///{tmp_path}/state.db")
        try:
            mover = Mover(tmp_path / "files", tmp_path, state, FileMove.MOVE, 255)
            moves = [Move(StoredFile(path=name, url="", size_bytes=1, mtime_ns=0, sha256=name, run_id=0), "c", f"{name} x")
                     for name in "ab"]  # fmt: skip
            found = [await mover.check(moves), await mover.move(moves, asyncio.to_thread)]
            assert [(file.path, file.sha256) for file in await state.files("", 9)] == [("c", "a")]
            return [[type(one).__name__ for one in outcomes] for outcomes in found]
        finally:
            await state.close()

    assert asyncio.run(outcomes()) == [["StoredFile", "FileExistsError"]] * 2
    assert {path.name: path.read_text() for path in (tmp_path / "files").iterdir()} == {"b": "b", "c": "a"}


def test_a_file_that_cannot_be_moved_is_kept_where_it_is(sandbox: Sandbox, crawl: Crawler) -> None:
    first = run(crawl, sandbox, "user_works", "first", user_id=ARTIST)
    single = sandbox.world.works(ARTIST)[-1].id
    first.file(str(single)).write_bytes(b"a file in place of the folder")
    moved = run(crawl, sandbox, "user_works", "moved", user_id=ARTIST, settings=settings())
    assert (moved.status, moved.requested("file")) == (0, [])
    assert [file["path"] for file in by_id(moved.lines("illusts"))[single]["files"]] == [f"{ARTIST}/{single}_p0.jpg"]
    first.file(str(single)).unlink()
    again = run(crawl, sandbox, "user_works", "again", user_id=ARTIST, settings=settings())
    assert [file["path"] for file in by_id(again.lines("illusts"))[single]["files"]] == [f"{single}/1.jpg"]


def test_a_lost_file_is_downloaded_to_its_new_path(sandbox: Sandbox, crawl: Crawler) -> None:
    first = run(crawl, sandbox, "user_works", "first", user_id=ARTIST)
    lost, *_ = sorted(first.files.values())
    lost.unlink()
    moved = run(crawl, sandbox, "user_works", "moved", user_id=ARTIST, settings=settings())
    assert (len(moved.requested("file")), len(moved.files)) == (1, 4)


def test_a_rebuilt_state_knows_moved_files(sandbox: Sandbox, crawl: Crawler) -> None:
    run(crawl, sandbox, "user_works", "first", user_id=ARTIST)
    moved = run(crawl, sandbox, "user_works", "moved", user_id=ARTIST, settings=settings())
    shutil.rmtree(moved.run_folder)
    rebuilt = scrapy_in_process("state", "rebuild", "--replace", "-s", f"PIXIV_DATA_DIR={moved.data}")
    assert rebuilt.returncode == 0, rebuilt.stderr
    assert verified(moved).endswith("4 files checked, 4 of them read: no problems\n")


@pytest.mark.kill
@pytest.mark.parametrize("how", ["move", "link"])
@pytest.mark.parametrize("number", [1, 3, 6])
def test_after_a_kill_each_file_has_a_name_and_the_next_run_moves_the_rest(
    sandbox: Sandbox, crawl: Crawler, number: int, how: str
) -> None:
    first: Run = run(crawl, sandbox, "user_works", "first", user_id=ARTIST, sidecar="xmp")
    contents = sorted(file.read_bytes() for file in first.files.values())
    args = {"user_id": ARTIST, "job": "moved", "sidecar": "xmp", "settings": settings(PIXIV_FILE_MOVE=how)}
    before = len(sandbox.requests)
    crawl.killed("os.rename,os.link,os.rmdir", number, **args)
    assert sorted({file.read_bytes() for file in first.files.values()}) == sorted(set(contents)), "nothing is lost"
    done = crawl(**args)
    assert done.status == 0, done.log
    assert [one for one in sandbox.requests[before:] if one.kind == "file"] == []
    factor = 2 if how == "link" else 1
    assert sorted(file.read_bytes() for file in done.files.values()) == sorted(contents * factor)
    assert verified(done) == f"{4 * factor} files checked, {4 * factor} of them read: no problems\n"

"""`scrapy adopt` takes over the files of other programs, so that a crawl downloads none of them again."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from pixiv_crawler.api.image_urls import uploaded_at
from pixiv_crawler.files import adopting
from pixiv_crawler.layout.other_programs import Page, Program, page_of
from pixiv_crawler.sandbox import Sandbox
from pixiv_crawler.sandbox.media.files import find_file
from pixiv_crawler.sandbox.media.image_urls import original_path, zip_path
from pixiv_crawler.sandbox.world.users import User, WorkSpec
from tests.crawling import Crawler, run_until_kill
from tests.in_process import scrapy_in_process
from tests.runs import run
from tests.sandbox.gallery_dl_runner import run_gallery_dl

ARTIST = 50
LONG_AGO = 1_000_000_000


@pytest.mark.parametrize(
    ("program", "stem", "page"),
    [
        (Program.GALLERY_DL, "123_p0", (123, 0)),
        (Program.GALLERY_DL, "007_123_p12", (123, 12)),
        (Program.GALLERY_DL, "123", None),
        (Program.GALLERY_DL, "123_p0_master1200", None),
        (Program.GALLERY_DL, "avatar_2026-01-01", None),
        (Program.PIXIVUTIL2, "123_p1 - 夏の日", (123, 1)),
        (Program.PIXIVUTIL2, "123-0123456789abcdef0123456789abcdef_p1 - A", (123, 1)),
        (Program.PIXIVUTIL2, "123_ugoira1920x1080 - A", (123, 0)),
        (Program.PIXIVUTIL2, "123_ugoira600x600 - A", None),
        (Program.PIXIVUTIL2, "123_p1 - 4_p5", None),
        (Program.PIXIVUTIL2, "123_p1 - 123_p1", (123, 1)),
        (Program.PIXIV_API, "123", (123, 0)),
        (Program.PIXIV_API, "123_p3", (123, 3)),
        (Program.PBD, "123_p0-Title", (123, 0)),
        (Program.PBD, "artist-夏-123_p012", (123, 12)),
        (Program.PBD, "123", (123, 0)),
        (Program.PBD, "Title 123", None),
        (Program.PBD, "a123_p0", None),
        (Program.PBD, "123_p0x", None),
    ],
)
def test_a_name_says_which_page_a_file_is(program: Program, stem: str, page: tuple[int, int] | None) -> None:
    assert page_of(program, stem) == (page and Page(*page))


@pytest.fixture
def folder(sandbox: Sandbox, tmp_path: Path) -> Path:
    works = (WorkSpec(title="A"), WorkSpec("manga", ("png", "jpg", "gif"), title="B"), WorkSpec("ugoira"))
    sandbox.world.add(User(ARTIST, "Name", "acc", works))
    folder = tmp_path / "other"
    folder.mkdir()
    return folder


def fill(sandbox: Sandbox, folder: Path, *names: str) -> dict[str, bytes]:
    """Writes the artist's five files under names such as `{manga}_p1.jpg`; returns their contents."""
    single, manga, ugoira = reversed(sandbox.world.works(ARTIST))
    paths = [
        original_path(single, 0),
        *(original_path(manga, page) for page in range(3)),
        zip_path(ugoira, "1920x1080"),
    ]
    files: dict[str, bytes] = {}
    for name, path in zip(names, paths, strict=True):
        content = find_file(sandbox.world, path)
        assert content
        file = folder / name.format(single=single.id, manga=manga.id, ugoira=ugoira.id)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
        os.utime(file, (LONG_AGO, LONG_AGO))
        files[str(file.relative_to(folder))] = content
    return files


DEFAULT = ("{single}_p0.jpg", "{manga}_p0.png", "{manga}_p1.jpg", "{manga}_p2.gif", "{ugoira}_p0.zip")


def adopt(crawl: Crawler, folder: Path, program: str, *options: str) -> subprocess.CompletedProcess[str]:
    return scrapy_in_process("adopt", folder, "--from", program, *options, "-s", f"PIXIV_DATA_DIR={crawl.data}")


def assert_nothing_is_downloaded(sandbox: Sandbox, crawl: Crawler, job: str = "x") -> None:
    done = run(crawl, sandbox, "user_works", job, user_id=ARTIST)
    assert (done.status, done.requested("file")) == (0, []), done.log
    files = [file for line in done.lines("illusts") for file in line["files"]]
    assert len(files) == 5
    assert {(file["status"], file["path"].partition("/")[0]) for file in files} == {("kept", str(ARTIST))}
    checked = scrapy_in_process("verify", "--read", "all", "-s", f"PIXIV_DATA_DIR={crawl.data}")
    assert checked.stdout == "5 files checked, 5 of them read: no problems\n"


@pytest.mark.e2e
@pytest.mark.filterwarnings("ignore:datetime.datetime.utcnow:DeprecationWarning")
def test_the_folder_and_the_archive_of_gallery_dl_are_adopted(
    sandbox: Sandbox, crawl: Crawler, folder: Path, tmp_path: Path
) -> None:
    archive = tmp_path / "archive.sqlite3"
    url = f"https://www.pixiv.net/users/{ARTIST}/artworks"
    files, _ = run_gallery_dl(sandbox, folder, url, archive=str(archive))
    assert len(files) == 5
    contents = {path: path.read_bytes() for path in files}
    lost = next(path for path in files if path.name.endswith("_p1.jpg"))
    lost.rename(tmp_path / "elsewhere.jpg")
    work_id = lost.name.partition("_")[0]
    adopted = adopt(crawl, folder / "files", "gallery-dl", "--archive", str(archive))
    assert adopted.returncode == 3, adopted.stderr
    assert adopted.stdout.splitlines() == [
        f"page 1 of work {work_id} is in the archive, but has no file",
        "4 adopted, 0 known before, 1 not adopted; 0 other files left alone",
    ]
    (tmp_path / "elsewhere.jpg").rename(lost)
    again = adopt(crawl, folder / "files", "gallery-dl", "--archive", str(archive))
    assert (again.returncode, again.stdout) == (
        0, "1 adopted, 4 known before, 0 not adopted; 0 other files left alone\n",
    )  # fmt: skip
    assert_nothing_is_downloaded(sandbox, crawl)
    assert {path: path.read_bytes() for path in files} == contents, "the other program keeps its files"
    stored = {file.stat().st_ino for file in (crawl.data / "files").rglob("*") if file.is_file()}
    assert stored == {path.stat().st_ino for path in files}, "as hard links"


@pytest.mark.parametrize(
    ("program", "names"),
    [
        ("gallery-dl", DEFAULT),
        ("pixivutil2", ("{single}_p0 - A.jpg", *(f"{{manga}}_p{n} - B.{ext}" for n, ext in enumerate(("png", "jpg", "gif"))),
                        "{ugoira}_ugoira1920x1080 - C.zip")),
        ("pixiv-api", ("{single}.jpg", *(f"{{manga}}/{{manga}}_p{n}.{ext}" for n, ext in enumerate(("png", "jpg", "gif"))),
                       "{ugoira}.zip")),
        ("powerfulpixivdownloader", ("Name/{single}.jpg", *(f"Name/{{manga}}_p{n}-B.{ext}" for n, ext in enumerate(("png", "jpg", "gif"))),
                                     "Name/{ugoira}.zip")),
    ],
)  # fmt: skip
def test_files_with_the_names_of_each_program_are_moved_into_the_store(
    sandbox: Sandbox, crawl: Crawler, folder: Path, program: str, names: tuple[str, ...]
) -> None:
    files = fill(sandbox, folder, *names)
    (folder / "notes.txt").write_text("mine")
    adopted = adopt(crawl, folder, program, "--move")
    assert (adopted.returncode, adopted.stdout) == (
        0, "5 adopted, 0 known before, 0 not adopted; 1 other files left alone\n",
    ), adopted.stderr  # fmt: skip
    assert [path.name for path in folder.rglob("*") if path.is_file()] == ["notes.txt"]
    assert_nothing_is_downloaded(sandbox, crawl)
    stored = [file.read_bytes() for file in (crawl.data / "files").rglob("*") if file.is_file()]
    assert sorted(stored) == sorted(files.values())


def test_the_database_of_pixivutil2_names_files_that_have_other_names(
    sandbox: Sandbox, crawl: Crawler, folder: Path
) -> None:
    names = ["Name/A.jpg", "Name/B/1.png", "Name/B/2.jpg", "Name/B/3.gif", "Name/C.zip"]
    fill(sandbox, folder, *names)
    single, manga, ugoira = (work.id for work in reversed(sandbox.world.works(ARTIST)))
    root = "D:\\Pixiv\\"
    with closing(sqlite3.connect(folder / "db.sqlite")) as database, database:
        database.execute(
            "CREATE TABLE pixiv_master_image (image_id INTEGER PRIMARY KEY, member_id INTEGER, save_name TEXT)"
        )
        database.execute("CREATE TABLE pixiv_manga_image (image_id INTEGER, page INTEGER, save_name TEXT)")
        masters = [(single, ARTIST, f"{root}Name\\A.jpg"), (manga, ARTIST, f"{root}Name\\B\\3.gif"),
                   (ugoira, ARTIST, f"{root}Name\\C.zip"), (4, ARTIST, "N/A"), (5, ARTIST, None)]  # fmt: skip
        database.executemany("INSERT INTO pixiv_master_image VALUES (?, ?, ?)", masters)
        pages = [(manga, page, f"{root}Name\\B\\{page + 1}.{ext}") for page, ext in enumerate(("png", "jpg", "gif"))]
        database.executemany("INSERT INTO pixiv_manga_image VALUES (?, ?, ?)", pages)
    adopted = adopt(crawl, folder, "pixivutil2")
    assert adopted.stdout == "5 adopted, 0 known before, 0 not adopted; 1 other files left alone\n"
    assert_nothing_is_downloaded(sandbox, crawl)


def test_what_is_not_adopted_is_listed_and_left_alone(sandbox: Sandbox, crawl: Crawler, folder: Path) -> None:
    files = fill(sandbox, folder, *DEFAULT)
    cut, other, empty = sorted(files)[:3]
    (folder / cut).write_bytes(files[cut][:-20])
    (folder / "cover.png").write_bytes(files[other])
    (folder / empty).write_bytes(b"")
    before = {path: path.read_bytes() for path in folder.iterdir()}
    adopted = adopt(crawl, folder, "gallery-dl", "--move")
    assert adopted.returncode == 3
    *problems, last = adopted.stdout.splitlines()
    assert last == "3 adopted, 0 known before, 3 not adopted; 0 other files left alone"
    assert problems[1:] == [
        f"{folder / empty} is empty",
        f"{folder / 'cover.png'} has no ID of a work and no page in its name",
    ]
    assert problems[0].startswith(f"{folder / cut} ")
    kept = {folder / name for name in (cut, empty, "cover.png")}
    assert {path: path.read_bytes() for path in folder.iterdir()} == {path: before[path] for path in kept}
    assert len(run(crawl, sandbox, "user_works", "x", user_id=ARTIST).requested("file")) == 2


def test_links_and_folders_that_cannot_be_read_are_listed(
    sandbox: Sandbox, crawl: Crawler, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(sandbox, folder, *DEFAULT)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (folder / "7_p0.jpg").symlink_to(elsewhere / "7_p0.jpg")
    (folder / "artist").symlink_to(elsewhere)
    (folder / "notes.txt").symlink_to(elsewhere / "notes.txt")
    (folder / "secret").mkdir()
    scandir = os.scandir

    def refuse(path: str) -> object:
        if path == str(folder / "secret"):
            raise PermissionError(13, "Permission denied", path)
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)  # root can read every folder
    adopted = adopt(crawl, folder, "gallery-dl")
    assert adopted.returncode == 3
    sentence = "is a symbolic link or not a regular file, and is left alone: adopt the folder of the file itself"
    assert adopted.stdout.splitlines() == [
        f"{folder / '7_p0.jpg'} {sentence}",
        f"{folder / 'artist'} {sentence}",
        f"{folder / 'secret'} cannot be read (Permission denied)",
        "5 adopted, 0 known before, 3 not adopted; 1 other files left alone",
    ]


def test_a_file_of_an_earlier_upload_is_kept_and_the_new_one_downloaded(
    sandbox: Sandbox, crawl: Crawler, folder: Path
) -> None:
    files = fill(sandbox, folder, *DEFAULT)
    single = sandbox.world.works(ARTIST)[-1]
    uploaded = uploaded_at(f"https://i.pximg.net{original_path(single, 0)}")
    assert uploaded
    os.utime(folder / f"{single.id}_p0.jpg", (uploaded.timestamp(), uploaded.timestamp()))  # as these programs do
    adopt(crawl, folder, "gallery-dl")
    sandbox.world.replace_files(single.id)
    done = run(crawl, sandbox, "user_works", "x", user_id=ARTIST)
    assert len(done.requested("file")) == 1
    (old,) = [file for path, file in done.files.items() if ".old" in path]
    assert old.read_bytes() == files[f"{single.id}_p0.jpg"]


def test_on_another_file_system_files_are_copied(
    sandbox: Sandbox, crawl: Crawler, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = fill(sandbox, folder, *DEFAULT)

    def refuse(*_: object) -> None:
        raise OSError(18, "Invalid cross-device link")

    monkeypatch.setattr(adopting.Path, "hardlink_to", refuse)
    assert adopt(crawl, folder, "gallery-dl").returncode == 0
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == files
    monkeypatch.undo()
    assert_nothing_is_downloaded(sandbox, crawl)


def test_adopted_files_that_a_rebuilt_state_does_not_know_are_adopted_again(
    sandbox: Sandbox, crawl: Crawler, folder: Path
) -> None:
    fill(sandbox, folder, *DEFAULT)
    assert adopt(crawl, folder, "gallery-dl", "--move").returncode == 0
    rebuilt = scrapy_in_process("state", "rebuild", "--replace", "-s", f"PIXIV_DATA_DIR={crawl.data}")
    assert rebuilt.returncode == 0, rebuilt.stderr
    again = adopt(crawl, crawl.data / "files" / "adopted", "gallery-dl")
    assert again.stdout == "5 adopted, 0 known before, 0 not adopted; 0 other files left alone\n"
    assert_nothing_is_downloaded(sandbox, crawl)


def test_with_link_adopted_files_do_not_keep_their_temporary_names(
    sandbox: Sandbox, crawl: Crawler, folder: Path
) -> None:
    fill(sandbox, folder, *DEFAULT)
    assert adopt(crawl, folder, "gallery-dl").returncode == 0
    done = run(crawl, sandbox, "user_works", "x", user_id=ARTIST, settings={"PIXIV_FILE_MOVE": "link"})
    assert {path.partition("/")[0] for path in done.files} == {str(ARTIST)}


def test_a_second_copy_of_a_page_is_left_alone(sandbox: Sandbox, crawl: Crawler, folder: Path) -> None:
    fill(sandbox, folder, *DEFAULT)
    shutil.copytree(folder, folder / "again")
    adopted = adopt(crawl, folder, "gallery-dl")
    assert adopted.stdout == "5 adopted, 5 known before, 0 not adopted; 0 other files left alone\n"


@pytest.mark.kill
@pytest.mark.parametrize("option", [[], ["--move"]])
@pytest.mark.parametrize("number", [1, 3])
def test_after_a_kill_the_same_command_adopts_the_rest(
    sandbox: Sandbox, crawl: Crawler, folder: Path, option: list[str], number: int
) -> None:
    files = fill(sandbox, folder, *DEFAULT)
    words = ["adopt", folder, "--from", "gallery-dl", *option, "-s", f"PIXIV_DATA_DIR={crawl.data}"]
    run_until_kill(crawl.data / "files" if option else folder, "os.rename,os.link", number, *words)
    everywhere = [path for root in (folder, crawl.data / "files") for path in root.rglob("*") if path.is_file()]
    assert {path.read_bytes() for path in everywhere} == set(files.values()), "nothing is lost"
    assert adopt(crawl, folder, "gallery-dl", *option).returncode == 0
    assert_nothing_is_downloaded(sandbox, crawl)


# --- Invalid use -------------------------------------------------------------------------------------------------------


@pytest.fixture
def locked(tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "locked.sqlite3"
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        database.execute("CREATE TABLE archive (entry TEXT PRIMARY KEY)")
        database.execute("BEGIN EXCLUSIVE")
        yield path


def damaged(path: Path) -> None:
    path.write_bytes(b"SQLite format 3\0" + b"x" * 5000)


def foreign(path: Path) -> None:
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("CREATE TABLE other (a)")


def nowhere(path: Path) -> None:
    assert not path.exists()


@pytest.mark.parametrize("make", [damaged, foreign, nowhere])
@pytest.mark.parametrize("program", ["gallery-dl", "pixivutil2"])
def test_an_archive_that_cannot_be_read_is_one_sentence(
    sandbox: Sandbox, crawl: Crawler, folder: Path, tmp_path: Path, program: str, make: Callable[[Path], None]
) -> None:
    archive = tmp_path / "archive"
    make(archive)
    assert_refused(
        sandbox, crawl, folder, program, "--archive", str(archive), words=f"the archive {archive} cannot be read ("
    )


def test_an_archive_that_is_locked_is_one_sentence(
    sandbox: Sandbox, crawl: Crawler, folder: Path, locked: Path
) -> None:
    words = f"the archive {locked} cannot be read (database is locked): end the program that uses it"
    assert_refused(sandbox, crawl, folder, "gallery-dl", "--archive", str(locked), words=words)


@pytest.mark.parametrize(
    ("program", "options", "words"),
    [
        ("wget", [], "--from 'wget' is not a program that is known: pass one of gallery-dl, pixivutil2"),
        ("gallery-dl", ["more"], "pass one folder: "),
        ("pixiv-api", ["--archive", "x"], "pixiv-api has no archive that could be read: leave out --archive"),
    ],
)
def test_an_invalid_use_is_one_sentence(
    sandbox: Sandbox, crawl: Crawler, folder: Path, program: str, options: list[str], words: str
) -> None:
    assert_refused(sandbox, crawl, folder, program, *options, words=words)


def test_the_folder_must_exist_and_be_another_one(sandbox: Sandbox, crawl: Crawler, folder: Path) -> None:
    assert "does not exist: pass the one" in adopt(crawl, folder / "no", "gallery-dl").stderr
    assert "contains" in adopt(crawl, crawl.data.parent, "gallery-dl").stderr
    assert not crawl.data.exists()


def assert_refused(sandbox: Sandbox, crawl: Crawler, folder: Path, program: str, *options: str, words: str) -> None:
    files = fill(sandbox, folder, *DEFAULT)
    done = adopt(crawl, folder, program, *options)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1), done.stderr
    assert done.stderr.startswith(f"Error: {words}")
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == files
    assert not crawl.data.exists()

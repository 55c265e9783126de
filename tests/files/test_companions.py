"""Companion files: metadata sidecars and thumbnails."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from PIL import Image

from pixiv_crawler.layout.paths import companion_path, thumbnail_path
from pixiv_crawler.sandbox import Sandbox
from pixiv_crawler.sandbox.world.users import User, WorkSpec
from pixiv_crawler.sandbox.world.vocabulary import HOSTILE_TITLES
from tests.crawling import Crawler
from tests.disk import SmallDisk
from tests.runs import Run, by_id, paths, run

ORDINARY = 1008
ARTIST = 50
CMYK, DEEP, ANIMATED, PNG_AS_JPG, NOVEL = 78530023, 79970023, 76640023, 81240023, 11260003
PIXELS = 64
UNUSUAL_TEXT = "]]>&amp;<b>\x00\x0b\x1b\x85\ufffe😀\u202eخط\u2028e\u0301"
AS_VALID_XML = "]]>&amp;<b>\x85😀\u202eخط\u2028e\u0301"
NAMES = {
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "dc": "http://purl.org/dc/elements/1.1/",
    "xmp": "http://ns.adobe.com/xap/1.0/",
    "photoshop": "http://ns.adobe.com/photoshop/1.0/",
}


@dataclass
class Twice:
    """Works with all companion files, crawled twice; some files were deleted or replaced in between."""

    first: Run
    again: Run
    thumbnail_times: dict[str, int]
    """When each thumbnail was generated in the first run."""
    sidecars: int
    """The number of sidecars of the first run."""


def thumbnail_of(path: str) -> str:
    return thumbnail_path(path, PIXELS)


def thumbnail_times(done: Run) -> dict[str, int]:
    return {path: file.stat().st_ctime_ns for path, file in done.files.items() if path.startswith("thumbs/")}


@pytest.fixture(scope="module")
def twice(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Twice]:
    specs = (
        WorkSpec(
            title=UNUSUAL_TEXT, caption=f"{UNUSUAL_TEXT}<br />次", tags=(UNUSUAL_TEXT, "猫", "R-18"), x_restrict=1
        ),
        WorkSpec(title="残酷", tags=("猫",), x_restrict=2, extensions=("png", "gif")),
        *(WorkSpec(title=title) for title in (*HOSTILE_TITLES, "x" * 300)),
        WorkSpec("ugoira", title="動く"),
    )
    with Sandbox() as sandbox:
        sandbox.world.add(User(ARTIST, UNUSUAL_TEXT, "artist", specs, has_avatar=False))
        works = [work.id for work in sandbox.world.works(ARTIST)]
        crawl = Crawler(sandbox, tmp_path_factory.mktemp("twice"))
        args: dict[str, Any] = {
            "illust_id": ",".join(map(str, [*works, CMYK, DEEP, ANIMATED, PNG_AS_JPG])),
            "novel_id": NOVEL,
            "novel": "txt",
            "ugoira": "zip,webp",
            "sidecar": "json,xmp",
            "thumbnail": PIXELS,
            "settings": {"PIXIV_FILE_PATH": "{user_id}/{title}_{illust_id}_p{page}{ext}"},
        }
        first = run(crawl, sandbox, "works", "first", **args)
        before = thumbnail_times(first)
        sidecars = [file for path, file in first.files.items() if path.endswith((".json", ".xmp"))]
        for file in sidecars:
            file.unlink()
        sandbox.world.replace_files(works[1])
        again = run(crawl, sandbox, "works", "again", **args)
        yield Twice(first, again, before, len(sidecars))


def files_of(done: Run) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    for line in [*done.lines("illusts"), *done.lines("novels")]:
        for file in line["files"]:
            yield line, file


def texts(about: ET.Element, name: str) -> list[str]:
    return [item.text or "" for item in about.iterfind(f"{name}//rdf:li", NAMES)]


def xmp_description(path: Path) -> ET.Element:
    about = ET.parse(path).getroot().find("rdf:RDF/rdf:Description", NAMES)
    assert about is not None
    return about


def work_called(done: Run, title: str) -> dict[str, Any]:
    return next(line for line in done.lines("illusts") if line["title"] == title)


def test_every_file_has_sidecars_whether_it_is_new_or_reused(twice: Twice) -> None:
    done = twice.again
    for each in (twice.first, done):
        assert (each.status, each.report["failures"]) == (0, []), each.log
        assert "Traceback" not in each.log
    files = list(files_of(done))
    assert {file["status"] for _, file in files} == {"downloaded", "kept"}
    assert len(files) == twice.sidecars / 2 == 27
    for line, file in files:
        sidecar = json.loads(done.file(companion_path(file["path"], ".json")).read_bytes())
        assert sidecar == {key: value for key, value in line.items() if key != "file_urls"} | {"files": [file]}
        about = xmp_description(done.file(companion_path(file["path"], ".xmp")))
        page = f"artworks/{line['id']}" if line["kind"] == "illust" else f"novel/show.php?id={line['id']}"
        assert about.findtext("dc:source", namespaces=NAMES) == f"https://www.pixiv.net/{page}"
        assert about.findtext("dc:identifier", namespaces=NAMES) == f"https://www.pixiv.net/{page}"
        assert about.findtext("xmp:CreateDate", namespaces=NAMES) == line["create_date"]
        owner = f"https://www.pixiv.net/users/{line['user']['id']}"
        assert about.findtext("photoshop:Source", namespaces=NAMES) == owner


def test_there_are_no_other_files_and_companions_are_unique(twice: Twice) -> None:
    listed = [file for _, file in files_of(twice.first)]
    files = [file["path"] for file in listed]
    companions = [companion_path(path, suffix) for path in files for suffix in (".json", ".xmp")]
    thumbnails = [thumbnail_of(file["path"]) for file in listed if file["content_type"].startswith("image/")]
    assert len({*files, *companions, *thumbnails}) == len(files) + len(companions) + len(thumbnails)
    old = {path for path in twice.again.files if ".old." in path}
    assert twice.again.files.keys() - old == {*files, *companions, *thumbnails}
    assert len(old) == 1


def test_xmp_contains_title_author_tags_and_rating_without_invalid_characters(twice: Twice) -> None:
    path = work_called(twice.first, UNUSUAL_TEXT)["files"][0]["path"]
    about = xmp_description(twice.again.file(companion_path(path, ".xmp")))
    assert texts(about, "dc:title") == [AS_VALID_XML]
    assert texts(about, "dc:creator") == [AS_VALID_XML]
    subjects = texts(about, "dc:subject")
    assert subjects[0] == AS_VALID_XML
    assert sorted(subjects[1:]) == sorted(["猫", "cat", "R-18"])
    assert texts(about, "dc:description")[0].splitlines()[-1] == "次"
    gory = xmp_description(
        twice.again.file(companion_path(work_called(twice.first, "残酷")["files"][1]["path"], ".xmp"))
    )
    assert texts(gory, "dc:subject")[-1] == "R-18G"


def test_companions_of_files_with_names_of_maximum_length_have_valid_names(twice: Twice) -> None:
    longest = max((file["path"] for _, file in files_of(twice.first)), key=lambda path: len(Path(path).name.encode()))
    assert len(Path(longest).name.encode()) == 255
    names = {companion_path(longest, ".json"), companion_path(longest, ".xmp"), thumbnail_of(longest)}
    assert names <= twice.again.files.keys()
    assert max(len(part.encode()) for name in names for part in name.split("/")) <= 255


def test_each_image_has_a_thumbnail_with_its_aspect_ratio(twice: Twice) -> None:
    for _, file in files_of(twice.again):
        path = thumbnail_of(file["path"])
        if not file["content_type"].startswith("image/"):
            assert path not in twice.again.files
            continue
        with Image.open(twice.again.file(file["path"])) as image, Image.open(twice.again.file(path)) as thumbnail:
            assert thumbnail.format == "WEBP"
            share = min(1, PIXELS / max(image.size))
            assert [abs(side * share - actual) < 1 for side, actual in zip(image.size, thumbnail.size, strict=True)]
            assert max(thumbnail.size) == min(PIXELS, max(image.size))


def test_unusual_images_have_thumbnails(twice: Twice) -> None:
    lines = by_id(twice.first.lines("illusts"))
    modes = {}
    for id_ in (CMYK, DEEP, ANIMATED, PNG_AS_JPG):
        (path,) = paths(lines[id_])
        with Image.open(twice.first.file(path)) as image:
            modes[id_] = (image.format, image.mode)
        assert thumbnail_of(path) in twice.first.files
    assert modes[CMYK] == ("JPEG", "CMYK")
    assert modes[DEEP][1].startswith("I")
    assert modes[PNG_AS_JPG][0] == "PNG"


def test_a_thumbnail_is_regenerated_only_if_its_file_changed(twice: Twice) -> None:
    changed = {path for path, time in thumbnail_times(twice.again).items() if twice.thumbnail_times.get(path) != time}
    new = {thumbnail_of(file["path"]) for _, file in files_of(twice.again) if file["status"] == "downloaded"}
    assert len(new) == 1
    assert changed == new
    assert twice.thumbnail_times.keys() == thumbnail_times(twice.again).keys()


# --- Files that the user changed -------------------------------------------------------------------------------------


def test_an_image_too_large_for_a_thumbnail_has_none_and_the_crawl_continues(sandbox: Sandbox, crawl: Crawler) -> None:
    """The user replaced an original by an image of 100 megapixels."""
    first = run(crawl, sandbox, "user_works", "first", user_id=ORDINARY, max_works=2)
    large, other = [path for line in first.lines("illusts") for path in paths(line)]
    Image.new("1", (10_000, 10_000)).save(first.file(large), "PNG")
    args = {"user_id": ORDINARY, "max_works": 2, "thumbnail": PIXELS, "sidecar": "json"}
    again = run(crawl, sandbox, "user_works", "again", **args)
    assert (again.status, again.report["failures"]) == (0, []), again.log
    assert again.report["files"]["kept"] == 2
    assert thumbnail_of(other) in again.files
    assert thumbnail_of(large) not in again.files
    assert companion_path(large, ".json") in again.files
    assert again.log.count("no thumbnail can be generated from ") == 1
    assert "Traceback" not in again.log


def test_a_thumbnail_is_regenerated_if_the_user_changed_the_file(sandbox: Sandbox, crawl: Crawler) -> None:
    args = {"user_id": ORDINARY, "max_works": 1, "thumbnail": PIXELS}
    first = run(crawl, sandbox, "user_works", "first", **args)
    (path,) = [path for line in first.lines("illusts") for path in paths(line)]
    Image.new("RGB", (500, 100), "red").save(first.file(path), "JPEG")
    again = run(crawl, sandbox, "user_works", "again", **args)
    with Image.open(again.file(thumbnail_of(path))) as thumbnail:
        assert thumbnail.size == (PIXELS, round(PIXELS / 5))
    assert again.file(thumbnail_of(path)).stat().st_mtime_ns == again.file(path).stat().st_mtime_ns


def fill(path: Path) -> None:
    """Writes until the disk is full."""
    with suppress(OSError), path.open("wb", buffering=0) as file:
        while True:
            file.write(bytes(4096))


@pytest.mark.parametrize("companions", [{"sidecar": "xmp"}, {"thumbnail": PIXELS}])
@pytest.mark.promise("disk")
def test_a_disk_too_full_for_companions_ends_the_crawl_which_can_be_resumed(
    sandbox: Sandbox, crawl: Crawler, tmp_path: Path, companions: dict[str, Any]
) -> None:
    crawl.data.mkdir()
    disk = SmallDisk(crawl.data / "files")
    if not disk.mount(2):
        pytest.skip("mounting a tmpfs is not permitted")
    try:
        args = {"user_id": ORDINARY, "max_works": 5}
        run(crawl, sandbox, "user_works", "before", **args)
        filling = disk.folder / "filling"
        fill(filling)
        full = run(crawl, sandbox, "user_works", "x", **args, **companions)
        assert (full.status, full.report["finish_reason"]) == (2, "disk_full"), full.log
        assert (full.report["failures"], full.lines("illusts")) == ([], [])
        assert "Traceback" not in full.log
        filling.unlink()
        done = run(crawl, sandbox, "user_works", "x", **args, **companions)
        assert (done.status, done.report["failures"], len(done.lines("illusts"))) == (0, [], 5), done.log
        suffixes = [".xmp"] if "sidecar" in companions else []
        files = [path for line in done.lines("illusts") for path in paths(line)]
        expected = {companion_path(path, suffix) for path in files for suffix in suffixes} or set(
            map(thumbnail_of, files)
        )
        assert done.files.keys() == {*files, *expected}
    finally:
        disk.unmount()

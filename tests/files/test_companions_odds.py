"""What lies beside files when something is in the way: other listings, other programs, other files, a kill."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from PIL import Image

from pixiv_crawler.files.sidecars import is_of_another_tool, xmp_sidecar
from pixiv_crawler.layout.paths import companion_path, thumbnail_path
from pixiv_crawler.sandbox import Sandbox
from tests.crawling import Crawler
from tests.layout.item_factories import illust, tags
from tests.runs import Run, paths, run
from tests.sample_responses import record
from tests.sandbox.client import Client

ORDINARY = 1008
MANGA_OF_200 = 83770023
PIXELS = 64


def first_paths(done: Run) -> list[str]:
    return [path for line in done.lines("illusts") for path in paths(line)]


def unnamed(done: Run) -> list[str]:
    """Files that were begun and never got their name."""
    return [path for path in done.files if path.endswith(".part")]


def test_a_work_that_comes_from_two_listings_at_once_has_all_beside_its_files(tmp_path: Path) -> None:
    """Both wait for the same files, and so go on at the same moment."""
    with Sandbox() as plain:
        entry = Client(plain).api("/v1/illust/detail", illust_id=MANGA_OF_200).json["illust"]
        seeds = [work.id for work in plain.world.works(ORDINARY)[:2]]
    record(tmp_path / "samples", "illust_related__0", {"illusts": [entry], "next_url": None})
    with Sandbox(samples=tmp_path / "samples") as sandbox:
        crawl = Crawler(sandbox, tmp_path)
        args = {"sidecar": "json,xmp", "thumbnail": 16}
        done = run(crawl, sandbox, "related", "x", illust_id=",".join(map(str, seeds)), **args)
    assert (done.status, done.report["failures"]) == (0, []), done.log
    assert [line["id"] for line in done.lines("illusts")] == [MANGA_OF_200] * 2
    pages = set(first_paths(done))
    assert len(pages) == 200
    for path in pages:
        assert json.loads(done.file(companion_path(path, ".json")).read_bytes())["id"] == MANGA_OF_200
        ET.parse(done.file(companion_path(path, ".xmp")))
    assert unnamed(done) == []


@pytest.mark.parametrize("in_the_way", ["a folder named as a sidecar", "a file named as the folder of small pictures"])
def test_what_cannot_lie_beside_a_file_is_lost_and_the_crawl_goes_on(
    sandbox: Sandbox, crawl: Crawler, in_the_way: str
) -> None:
    first = run(crawl, sandbox, "user_works", "first", user_id=ORDINARY, max_works=2)
    path, other = first_paths(first)
    if "sidecar" in in_the_way:
        args, lost = {"sidecar": "xmp"}, [companion_path(path, ".xmp")]
        first.file(lost[0]).mkdir()
    else:
        args, lost = {"thumbnail": str(PIXELS)}, [thumbnail_path(path, PIXELS), thumbnail_path(other, PIXELS)]
        first.file("thumbs").write_text("mine")
    done = run(crawl, sandbox, "user_works", "x", user_id=ORDINARY, max_works=2, **args)
    assert (done.status, done.report["finish_reason"]) == (3, "finished"), done.log
    assert len(done.lines("illusts")) == 2
    assert [loss["what"] for loss in done.report["failures"]] == ["file"] * len(lost)
    for name in lost:
        assert any(f"the file could not be stored as {name} (" in loss["cause"] for loss in done.report["failures"])
    assert ("sidecar" not in args) or companion_path(other, ".xmp") in done.files
    assert unnamed(done) == []


def test_xmp_that_a_photo_manager_has_changed_is_left_as_it_is_and_our_own_is_kept_up_to_date(
    sandbox: Sandbox, crawl: Crawler
) -> None:
    args = {"user_id": ORDINARY, "max_works": 3, "sidecar": "xmp"}
    first = run(crawl, sandbox, "user_works", "first", **args)
    managed, outdated, same = (first.file(companion_path(path, ".xmp")) for path in first_paths(first))
    ours = outdated.read_bytes()
    rated = managed.read_bytes().replace(b'"pixiv_crawler"', b'"XMP Core 4.4.0-Exiv2"')
    rated = rated.replace(b"<dc:title>", b"<xmp:Rating>5</xmp:Rating><dc:title>")
    managed.write_bytes(rated)
    outdated.write_bytes(ours.replace(b"<dc:title>", b"<dc:title><!-- of last year -->"))
    age = same.stat().st_ino, same.stat().st_ctime_ns
    again = run(crawl, sandbox, "user_works", "again", **args)
    assert (again.status, again.report["failures"]) == (0, []), again.log
    assert managed.read_bytes() == rated
    assert outdated.read_bytes() == ours
    assert (same.stat().st_ino, same.stat().st_ctime_ns) == age


@pytest.mark.parametrize(("head", "is_foreign"), [(b'x:xmptk="Image::ExifTool 12.57"', True), (b"", False)])
def test_who_wrote_xmp_is_told_by_its_head_alone(head: bytes, is_foreign: bool) -> None:
    assert is_of_another_tool(b'<x:xmpmeta xmlns:x="adobe:ns:meta/" %b><rdf:RDF/></x:xmpmeta>' % head) is is_foreign
    assert not is_of_another_tool(xmp_sidecar(illust(title='<x:xmpmeta x:xmptk="another">')))


def test_xmp_has_no_empty_entry_for_what_xml_cannot_hold() -> None:
    work = illust(name="\x00", title="\x01", tags=tags("\x02", "猫"), x_restrict=0)
    root = ET.fromstring(xmp_sidecar(work))
    rdf = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
    assert [item.text for item in root.iter(f"{rdf}li")] == ["猫"]
    assert not any(element.tag.endswith(("}title", "}creator")) for element in root.iter())


@pytest.mark.parametrize("file", [2, 3])
@pytest.mark.kill
def test_a_run_that_was_killed_while_it_wrote_beside_a_file_goes_on_and_leaves_nothing_half(
    sandbox: Sandbox, crawl: Crawler, file: int
) -> None:
    """Each file gets its name by a rename; the image comes first."""
    args = {"user_id": ORDINARY, "max_works": 1, "sidecar": "json", "thumbnail": PIXELS}
    crawl.killed("os.rename", file, **args, job="x")
    assert len(list((crawl.data / "files").rglob("*.part"))) == 1
    done = run(crawl, sandbox, "user_works", "x", **args)
    assert (done.status, done.report["failures"]) == (0, []), done.log
    (path,) = first_paths(done)
    assert done.files.keys() == {path, companion_path(path, ".json"), thumbnail_path(path, PIXELS)}


def test_a_large_jpeg_has_a_small_picture_and_pillow_warns_nobody_of_it(sandbox: Sandbox, crawl: Crawler) -> None:
    """The user has put one of 95 megapixels in the place of an original."""
    args = {"user_id": ORDINARY, "max_works": 1}
    first = run(crawl, sandbox, "user_works", "first", **args)
    (path,) = first_paths(first)
    Image.new("L", (10_000, 9_500)).save(first.file(path), "JPEG")
    done = run(crawl, sandbox, "user_works", "again", **args, thumbnail=PIXELS)
    assert done.status == 0, done.log
    assert thumbnail_path(path, PIXELS) in done.files
    assert "Warning" not in done.log

"""Companion files in conflicts: concurrent listings, other programs, other files, and killed runs."""

from __future__ import annotations

import json
import shutil
import subprocess
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


def temporary_files(done: Run) -> list[str]:
    """Files that were not renamed to their final name."""
    return [path for path in done.files if path.endswith(".part")]


def test_a_work_from_two_concurrent_listings_has_all_companions(tmp_path: Path) -> None:
    """Both wait for the same files, so they continue at the same time."""
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
    assert temporary_files(done) == []


@pytest.mark.parametrize(
    "obstacle", ["a folder with the name of a sidecar", "a file with the name of the thumbnail folder"]
)
def test_a_companion_that_cannot_be_stored_is_a_failure_and_the_crawl_continues(
    sandbox: Sandbox, crawl: Crawler, obstacle: str
) -> None:
    first = run(crawl, sandbox, "user_works", "first", user_id=ORDINARY, max_works=2)
    path, other = first_paths(first)
    if "sidecar" in obstacle:
        args, failed = {"sidecar": "xmp"}, [companion_path(path, ".xmp")]
        first.file(failed[0]).mkdir()
    else:
        args, failed = {"thumbnail": str(PIXELS)}, [thumbnail_path(path, PIXELS), thumbnail_path(other, PIXELS)]
        first.file("thumbs").write_text("mine")
    done = run(crawl, sandbox, "user_works", "x", user_id=ORDINARY, max_works=2, **args)
    assert (done.status, done.report["finish_reason"]) == (3, "finished"), done.log
    assert len(done.lines("illusts")) == 2
    assert [failure["what"] for failure in done.report["failures"]] == ["file"] * len(failed)
    for name in failed:
        assert any(
            f"the file could not be stored as {name} (" in failure["cause"] for failure in done.report["failures"]
        )
    assert ("sidecar" not in args) or companion_path(other, ".xmp") in done.files
    assert temporary_files(done) == []


def test_xmp_of_a_photo_manager_is_not_changed_and_our_own_is_updated(sandbox: Sandbox, crawl: Crawler) -> None:
    args = {"user_id": ORDINARY, "max_works": 3, "sidecar": "xmp"}
    first = run(crawl, sandbox, "user_works", "first", **args)
    managed, outdated, same = (first.file(companion_path(path, ".xmp")) for path in first_paths(first))
    ours = outdated.read_bytes()
    rated = managed.read_bytes().replace(b'"pixiv_crawler"', b'"XMP Core 4.4.0-Exiv2"')
    rated = rated.replace(b"<dc:title>", b"<xmp:Rating>5</xmp:Rating><dc:title>")
    managed.write_bytes(rated)
    outdated.write_bytes(ours.replace(b"<dc:title>", b"<dc:title><!-- of last year -->"))
    before = same.stat().st_ino, same.stat().st_ctime_ns
    again = run(crawl, sandbox, "user_works", "again", **args)
    assert (again.status, again.report["failures"]) == (0, []), again.log
    assert managed.read_bytes() == rated
    assert outdated.read_bytes() == ours
    assert (same.stat().st_ino, same.stat().st_ctime_ns) == before


@pytest.mark.parametrize(("head", "is_foreign"), [(b'x:xmptk="Image::ExifTool 12.57"', True), (b"", False)])
def test_the_writer_of_xmp_is_detected_by_its_header(head: bytes, is_foreign: bool) -> None:
    assert is_of_another_tool(b'<x:xmpmeta xmlns:x="adobe:ns:meta/" %b><rdf:RDF/></x:xmpmeta>' % head) is is_foreign
    assert not is_of_another_tool(xmp_sidecar(illust(title='<x:xmpmeta x:xmptk="another">')))


def test_xmp_omits_entries_that_consist_of_invalid_characters() -> None:
    work = illust(name="\x00", title="\x01", tags=tags("\x02", "猫"), x_restrict=0)
    root = ET.fromstring(xmp_sidecar(work))
    rdf = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
    assert [item.text for item in root.iter(f"{rdf}li")] == ["猫"] * 3
    assert not any(element.tag.endswith(("}title", "}creator")) for element in root.iter())


@pytest.mark.skipif(not shutil.which("exiftool"), reason="exiftool is not installed")
def test_photo_managers_find_each_tag_as_one_tag_without_levels(tmp_path: Path) -> None:
    """Immich reads TagsList, otherwise HierarchicalSubject; in the first, / separates levels, in the second |."""
    path = tmp_path / "1_p0.jpg.xmp"
    path.write_bytes(xmp_sidecar(illust(tags=tags("Fate/Grand Order", "a|b", "猫"), x_restrict=1)))
    command = ["exiftool", "-j", "-validate", "-warning", "-TagsList", "-HierarchicalSubject", "-Subject", str(path)]
    (found,) = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    assert found["TagsList"] == ["Fate／Grand Order", "a|b", "猫", "R-18"]
    assert found["HierarchicalSubject"] == ["Fate/Grand Order", "a｜b", "猫", "R-18"]
    assert found["Subject"] == ["Fate/Grand Order", "a|b", "猫", "R-18"]
    assert (found["Validate"], found.get("Warning")) == ("OK", None)


@pytest.mark.parametrize("file", [2, 3])
@pytest.mark.kill
def test_a_run_killed_while_it_wrote_companions_is_resumed_without_temporary_files(
    sandbox: Sandbox, crawl: Crawler, file: int
) -> None:
    """Each file is renamed to its final name; the image comes first."""
    args = {"user_id": ORDINARY, "max_works": 1, "sidecar": "json", "thumbnail": PIXELS}
    crawl.killed("os.rename", file, **args, job="x")
    assert len(list((crawl.data / "files").rglob("*.part"))) == 1
    done = run(crawl, sandbox, "user_works", "x", **args)
    assert (done.status, done.report["failures"]) == (0, []), done.log
    (path,) = first_paths(done)
    assert done.files.keys() == {path, companion_path(path, ".json"), thumbnail_path(path, PIXELS)}


def test_a_large_jpeg_has_a_thumbnail_without_a_warning_of_pillow(sandbox: Sandbox, crawl: Crawler) -> None:
    """The user replaced an original by an image of 95 megapixels."""
    args = {"user_id": ORDINARY, "max_works": 1}
    first = run(crawl, sandbox, "user_works", "first", **args)
    (path,) = first_paths(first)
    Image.new("L", (10_000, 9_500)).save(first.file(path), "JPEG")
    done = run(crawl, sandbox, "user_works", "again", **args, thumbnail=PIXELS)
    assert done.status == 0, done.log
    assert thumbnail_path(path, PIXELS) in done.files
    assert "Warning" not in done.log

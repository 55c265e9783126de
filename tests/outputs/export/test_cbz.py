"""Comic archives: valid against the schema of ComicInfo 2.1, with their pages unchanged and in order."""

from __future__ import annotations

import hashlib
import os
import zipfile
from dataclasses import replace
from functools import cache
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from lxml import etree
from PIL import Image

from pixiv_crawler.items import Illust, Series
from tests.outputs.export.collected import Collected, exported, renamed, tags

SERIES = Series(id=9, title="旅: part/1")


@cache
def schema() -> etree.XMLSchema | None:
    """The schema; None if it is not there: .ci/run gets it from the package comicbox."""
    path = os.environ.get("COMICINFO_XSD")
    return etree.XMLSchema(file=path) if path else None


@pytest.fixture
def data(tmp_path: Path) -> Collected:
    return Collected(tmp_path / "data")


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "comics"


def info_of(archive: Path) -> ET.Element:
    with zipfile.ZipFile(archive) as opened:
        content = opened.read("ComicInfo.xml")
    if xsd := schema():
        xsd.assertValid(etree.fromstring(content))
    return ET.fromstring(content)


def values(archive: Path) -> dict[str, str]:
    """The elements with a text, in their order."""
    return {one.tag: one.text or "" for one in info_of(archive) if one.tag != "Pages"}


def export(data: Collected, target: Path, *arguments: str) -> list[str]:
    done = data.export("cbz", target, *(word for argument in arguments for word in ("-a", argument)))
    assert (done.returncode, done.stderr) == (0, "")
    return exported(target)


def manga(data: Collected, id_: int, pages: int = 1, **changes: object) -> Illust:
    return data.illust(id_, pages, type="manga", **changes)


@pytest.mark.skipif(schema() is None, reason="the schema of ComicInfo is not there: set COMICINFO_XSD to its path")
def test_the_schema_rejects_elements_in_another_order() -> None:
    xsd = schema()
    assert xsd is not None
    assert xsd.validate(etree.fromstring("<ComicInfo><Title/><Series/></ComicInfo>"))
    assert not xsd.validate(etree.fromstring("<ComicInfo><Series/><Title/></ComicInfo>"))


def test_a_work_is_an_archive_with_its_files_unchanged_and_all_that_readers_want_to_know(
    data: Collected, target: Path
) -> None:
    one = manga(data, 7, 12, illust_book_style=1, x_restrict=1, create_date="2026-01-02T00:30:00+09:00")
    one = replace(one, title="A, B\x01", caption="first<br />second &amp; third", tags=tags(("海, 空", "sea"), "猫"))
    one.user = renamed(one.user, "Me, myself")
    data.write(one)
    assert export(data, target, "language=ja") == ["7 A, B_/7 A, B_.cbz"]
    archive = target / "7 A, B_" / "7 A, B_.cbz"
    assert values(archive) == {
        "Title": "A, B", "Series": "A, B", "Number": "1", "Count": "1", "Summary": "first\nsecond & third",
        "Year": "2026", "Month": "1", "Day": "2", "Writer": "Me， myself", "Penciller": "Me， myself",
        "Publisher": "pixiv", "Tags": "海， 空, sea, 猫", "Web": "https://www.pixiv.net/artworks/7",
        "PageCount": "12", "LanguageISO": "ja", "Manga": "YesAndRightToLeft", "SeriesGroup": "Me， myself",
        "AgeRating": "R18+",
    }  # fmt: skip
    with zipfile.ZipFile(archive) as opened:
        assert opened.testzip() is None
        assert {member.compress_type for member in opened.infolist()} == {zipfile.ZIP_STORED}
        names = [name for name in opened.namelist() if name != "ComicInfo.xml"]
        assert names == sorted(names) == [f"{number:04}.png" for number in range(1, 13)]
        assert [hashlib.sha256(opened.read(name)).hexdigest() for name in names] == [file.sha256 for file in one.files]
    pages = [page.attrib for page in info_of(archive).iter("Page")]
    assert pages[0] == {
        "Image": "0", "Type": "FrontCover", "ImageSize": str(one.files[0].size), "ImageWidth": "60", "ImageHeight": "80",
    }  # fmt: skip
    assert [page["Image"] for page in pages] == [str(number) for number in range(12)]


def test_works_of_a_series_share_its_folder_and_are_numbered_by_date(data: Collected, target: Path) -> None:
    works = [manga(data, id_, series=None, create_date=f"2026-01-{id_:02}T00:00:00+09:00") for id_ in (3, 1, 2)]
    data.write(*(replace(work, series=SERIES) for work in works), manga(data, 4))
    assert export(data, target) == [
        "4 Work 4/4 Work 4.cbz",
        "旅_ part_1 (9)/1 Work 1.cbz",
        "旅_ part_1 (9)/2 Work 2.cbz",
        "旅_ part_1 (9)/3 Work 3.cbz",
    ]
    of_series = [values(target / "旅_ part_1 (9)" / f"{id_} Work {id_}.cbz") for id_ in (1, 2, 3)]
    assert [(one["Series"], one["Number"], one["Title"]) for one in of_series] == [
        (SERIES.title, "1", "Work 1"),
        (SERIES.title, "2", "Work 2"),
        (SERIES.title, "3", "Work 3"),
    ]
    # Pixiv does not say whether a series of illusts is complete.
    assert "Count" not in of_series[0]
    assert "AgeRating" not in of_series[0]
    assert of_series[0]["Manga"] == "Yes"


def test_a_series_can_be_one_archive_with_a_bookmark_for_each_work(data: Collected, target: Path) -> None:
    data.write(*(replace(manga(data, id_, 2, x_restrict=id_ - 1), series=SERIES) for id_ in (1, 2)))
    assert export(data, target, "per=series") == ["旅_ part_1 (9)/旅_ part_1 (9).cbz"]
    archive = target / "旅_ part_1 (9)" / "旅_ part_1 (9).cbz"
    found = values(archive)
    assert (found["Title"], found["Series"], found["PageCount"], found["AgeRating"]) == (
        SERIES.title, SERIES.title, "4", "R18+",
    )  # fmt: skip
    assert found["Web"] == "https://www.pixiv.net/user/11/series/9"
    bookmarks = {page.get("Image"): page.get("Bookmark") for page in info_of(archive).iter("Page")}
    assert bookmarks == {"0": "Work 1", "1": None, "2": "Work 2", "3": None}


FILTERS = ["x_restrict=1", "since=2026-01-02", "runs=bookmarks/mine"]


def write_series(data: Collected) -> None:
    """Three works of a series: the second one is selected by each of the filters, the others by none."""
    for id_, day in (1, 1), (2, 2), (3, 1):
        one = manga(data, id_, x_restrict=int(id_ == 2), create_date=f"2026-01-0{day}T1{id_}:00:00+09:00")
        data.write(replace(one, series=SERIES), run="bookmarks/mine" if id_ == 2 else "user_works/1")


@pytest.mark.parametrize("words", FILTERS)
def test_a_filter_changes_no_number_in_a_series(data: Collected, target: Path, words: str) -> None:
    write_series(data)
    assert export(data, target, words) == ["旅_ part_1 (9)/2 Work 2.cbz"]
    assert values(target / "旅_ part_1 (9)" / "2 Work 2.cbz")["Number"] == "3"
    export(data, target)
    assert values(target / "旅_ part_1 (9)" / "2 Work 2.cbz")["Number"] == "3"
    assert values(target / "旅_ part_1 (9)" / "3 Work 3.cbz")["Number"] == "2"


@pytest.mark.parametrize("words", FILTERS)
def test_a_filter_does_not_shrink_the_archive_of_a_series(data: Collected, target: Path, words: str) -> None:
    write_series(data)
    (path,) = export(data, target, "per=series")
    before = (target / path).read_bytes()
    assert export(data, target, "per=series", words) == [path]
    assert (target / path).read_bytes() == before
    assert values(target / path)["PageCount"] == "3"
    (data.path / "files" / "11" / "1_p0.png").unlink()
    done = data.export("cbz", target, "-a", "per=series", "-a", words)
    assert (done.returncode, done.stderr) == (3, f"{path} was not written: illust 1 has not all files\n")
    assert (target / path).read_bytes() == before


@pytest.mark.parametrize("units", [("work", "series"), ("series", "work")])
def test_works_and_series_are_not_mixed_in_a_folder(data: Collected, target: Path, units: tuple[str, str]) -> None:
    write_series(data)
    before = export(data, target, f"per={units[0]}")
    done = data.export("cbz", target, "-a", f"per={units[1]}")
    assert done.returncode == 1
    names = [f"cbz{' per=series' * (unit == 'series')}" for unit in units]
    assert done.stderr == (
        f"Error: {target} is a folder of scrapy export {names[0]}, not of {names[1]}; pass a new or an empty folder\n"
    )
    assert exported(target) == before


def test_an_animation_is_a_single_page(data: Collected, target: Path) -> None:
    stored = data.ugoira(2)
    webp = replace(data.image("11/2_ugoira.jpg", 5), size_name="webp")
    data.write(data.ugoira(1), replace(stored, files=[*stored.files, webp]))
    assert export(data, target) == ["1 Work 1/1 Work 1.cbz", "2 Work 2/2 Work 2.cbz"]
    with zipfile.ZipFile(target / "1 Work 1" / "1 Work 1.cbz") as opened:
        assert opened.namelist() == ["0001.webp", "ComicInfo.xml"]
        with opened.open("0001.webp") as file, Image.open(file) as image:
            assert (image.format, getattr(image, "n_frames", 0)) == ("WEBP", 2)
    assert values(target / "1 Work 1" / "1 Work 1.cbz")["Manga"] == "No"
    with zipfile.ZipFile(target / "2 Work 2" / "2 Work 2.cbz") as opened:
        assert opened.namelist() == ["0001.jpg", "ComicInfo.xml"]


def test_long_strips_are_marked_as_a_webtoon(data: Collected, target: Path) -> None:
    strip = manga(data, 1, 3, size=(20, 90), illust_book_style=1)
    cover = data.image("11/1_p0.png", 9)
    data.write(replace(strip, files=[cover, *strip.files[1:]]))
    (path,) = export(data, target)
    found = values(target / path)
    assert (found["Genre"], found["Manga"]) == ("Webtoon", "Yes")


def test_a_work_or_series_that_lacks_a_page_is_not_exported(data: Collected, target: Path) -> None:
    lacking = replace(manga(data, 1, 3), series=SERIES)
    (data.path / "files" / lacking.files[1].path).unlink()
    video = data.ugoira(4)
    video.files = [replace(video.files[0], path="11/4.mp4", size_name="mp4")]
    (data.path / "files/11/4_ugoira600x600.zip").rename(data.path / "files/11/4.mp4")
    broken = data.ugoira(5)
    broken.ugoira_metadata = None
    data.write(lacking, replace(manga(data, 2), series=SERIES), manga(data, 3), video, broken)
    done = data.export("cbz", target)
    assert done.returncode == 3
    assert exported(target) == ["3 Work 3/3 Work 3.cbz", "旅_ part_1 (9)/2 Work 2.cbz"]
    assert done.stderr.splitlines()[:2] == [
        "illust 1 has no complete file of page 1",
        "illust 4 is stored neither as an image nor as ZIP: crawl it with ugoira=zip",
    ]
    assert done.stderr.splitlines()[2].startswith("5 Work 5/5 Work 5.cbz was not written: ")
    assert data.export("cbz", target.with_name("series"), "-a", "per=series", "-a", "type=manga").returncode == 3
    assert exported(target.with_name("series")) == ["3 Work 3/3 Work 3.cbz"]


def test_an_archive_follows_a_new_title_and_a_series_and_keeps_its_bytes_otherwise(
    data: Collected, target: Path
) -> None:
    one = manga(data, 1, 2)
    data.write(one)
    export(data, target)
    before = (target / "1 Work 1" / "1 Work 1.cbz").read_bytes()
    data.write(replace(one, total_bookmarks=5, fetched_at="2026-03-01T00:00:00+00:00"))
    export(data, target)
    export(data, target.with_name("fresh"))
    assert (target / "1 Work 1" / "1 Work 1.cbz").read_bytes() == before
    assert (target.with_name("fresh") / "1 Work 1" / "1 Work 1.cbz").read_bytes() == before
    data.write(replace(one, title="New", series=SERIES, fetched_at="2026-04-01T00:00:00+00:00"))
    assert export(data, target) == ["旅_ part_1 (9)/1 New.cbz"]
    assert values(target / "旅_ part_1 (9)" / "1 New.cbz")["Title"] == "New"
    assert not (target / "1 Work 1").exists()

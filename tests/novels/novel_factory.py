"""Creates novels for tests, and extracts what readers see of the files generated from them."""

from __future__ import annotations

import re
import unicodedata
import zipfile
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

from parsel import Selector
from PIL import Image

from pixiv_crawler.items import ImageUrls, Novel, NovelSeries, ProfileImageUrls, Series, Tag, User, WebviewNovel

XHTML = "{http://www.w3.org/1999/xhtml}"
AUTHOR = User(id=11, name="作者", account="sakusha", profile_image_urls=ProfileImageUrls(medium=""))


def novel(text: str | None, *, images: Any = (), illusts: Any = (), **fields: Any) -> Novel:
    """A novel with that text; `images` and `illusts` as the reader page has them."""
    values: dict[str, Any] = {
        "id": 9,
        "title": "手紙 & <b>",
        "caption": "",
        "restrict": 0,
        "x_restrict": 0,
        "image_urls": ImageUrls(square_medium="", medium="", large=""),
        "create_date": "2024-03-01T18:06:14+09:00",
        "tags": [Tag(name="猫"), Tag(name="A & B"), Tag(name="猫")],
        "page_count": 1,
        "text_length": 1,
        "user": AUTHOR,
        "series": Series(id=5, title="連作"),
        "text": text,
        "webview": WebviewNovel(id="9", images=images, illusts=illusts),
    }
    return Novel(**(values | fields))


def series(**fields: Any) -> NovelSeries:
    return NovelSeries(**({"id": 5, "title": "連作", "caption": "夏の話。\n続く。", "user": AUTHOR} | fields))


def picture(path: Path, colour: str = "red") -> Path:
    """Writes an image in the format of the suffix."""
    Image.new("RGB", (30, 20), colour).save(path)
    return path


def visible(text: str) -> str:
    """The visible characters; a lone surrogate becomes U+FFFD."""
    return re.sub("[\ud800-\udfff]", "\ufffd", "".join(char for char in text if _has_ink(char)))


def _has_ink(char: str) -> bool:
    category = unicodedata.category(char)
    return category == "Cs" or category[0] not in "CZ"


def is_within(text: str, longer: str) -> bool:
    """Whether the text is a subsequence of the longer one."""
    rest = iter(longer)
    return all(char in rest for char in text)


def html_text(path: Path) -> str:
    """The text of a novel as shown by an HTML page."""
    return "".join(Selector(path.read_text("utf-8")).xpath("//main//text()").getall())


def documents(path: Path) -> dict[str, ET.Element]:
    """The documents of a book in the order of the archive, parsed as strict XML."""
    with zipfile.ZipFile(path) as archive:
        names = [name for name in archive.namelist() if name.endswith(".xhtml")]
        return {name.removeprefix("EPUB/"): ET.fromstring(archive.read(name)) for name in names}


def epub_text(path: Path) -> str:
    """The text of a novel as shown by an EPUB."""
    bodies = [root.find(f"{XHTML}body") for name, root in documents(path).items() if name.startswith("novel-1-")]
    return "".join("".join(body.itertext()) for body in bodies if body is not None)


def contents(path: Path) -> list[tuple[str, str, list[tuple[str, str]]]]:
    """The table of contents of a book: titles and URLs, each with its children."""
    top = documents(path)["nav.xhtml"].find(f".//{XHTML}nav/{XHTML}ol")
    assert top is not None
    return [(*_entry(item), [_entry(below) for below in item.iterfind(f"{XHTML}ol/{XHTML}li")]) for item in top]


def _entry(item: ET.Element) -> tuple[str, str]:
    anchor = item.find(f"{XHTML}a")
    assert anchor is not None
    return anchor.text or "", anchor.attrib["href"]

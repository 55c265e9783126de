"""ComicInfo.xml, version 2.1: what comic readers know about an archive."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from xml.etree import ElementTree as ET

from pixiv_crawler.api.image_urls import illust_page_url
from pixiv_crawler.items import Illust
from pixiv_crawler.novels.markup import clean
from pixiv_crawler.novels.metadata import plain_caption

WEBTOON = "Webtoon"
"""The genre by which readers choose their view for long strips."""
# In Mihon, a page is a long strip if it is three times as high as wide.
_STRIP = 3
_AGE_RATINGS = {1: "R18+", 2: "X18+"}


@dataclass(frozen=True, slots=True)
class PageInfo:
    """A page of an archive; the measures of an animation are not known."""

    size: int
    """In bytes."""
    width: int | None = None
    height: int | None = None
    bookmark: str = ""
    """The title of the chapter that begins with it."""


def comic_info(
    works: Sequence[Illust], pages: Sequence[PageInfo], *, number: int, is_series_book: bool, language: str | None
) -> bytes:
    """The description of an archive with one work of a series or none, or with all works of a series."""
    first, newest = works[0], works[-1]
    series = first.series
    day = newest.create_date[:10].split("-")
    year, month, day_of_month = day if len(day) == 3 else ("", "", "")
    strips = [page for page in pages if page.width and page.height and page.height >= _STRIP * page.width]
    is_webtoon = len(strips) * 2 > len(pages)
    values = {  # the schema prescribes the order
        "Title": series.title if series and is_series_book else first.title,
        "Series": series.title if series else first.title,
        "Number": str(number),
        # Readers take it as "complete", which Pixiv does not say of a series.
        "Count": "" if series else "1",
        "Summary": plain_caption(first.caption),
        "Year": year,
        "Month": month.lstrip("0"),
        "Day": day_of_month.lstrip("0"),
        "Writer": _listed([first.user.name]),
        "Penciller": _listed([first.user.name]),
        "Publisher": "pixiv",
        "Genre": WEBTOON if is_webtoon else "",
        "Tags": _listed(
            name for work in works for tag in work.tags for name in (tag.name, tag.translated_name) if name
        ),
        "Web": _url(first, is_series_book=is_series_book),
        "PageCount": str(len(pages)),
        "LanguageISO": language or "",
        "Manga": _manga(first, is_webtoon=is_webtoon),
        "SeriesGroup": _listed([first.user.name]),
        "AgeRating": _AGE_RATINGS.get(max(work.x_restrict for work in works), ""),
    }
    root = ET.Element("ComicInfo")
    for name, value in values.items():
        if text := clean(value).strip():
            ET.SubElement(root, name).text = text
    if pages:
        _add_pages(root, pages)
    ET.indent(root)
    content: bytes = ET.tostring(root, "utf-8", xml_declaration=True)
    return content


def _url(work: Illust, *, is_series_book: bool) -> str:
    if work.series and is_series_book:
        return f"https://www.pixiv.net/user/{work.user.id}/series/{work.series.id}"
    return illust_page_url(work.id)


def _manga(work: Illust, *, is_webtoon: bool) -> str:
    if work.illust_book_style == 1 and not is_webtoon:
        return "YesAndRightToLeft"
    return "Yes" if work.type == "manga" else "No"


def _listed(names: Iterable[str]) -> str:
    """Names separated by commas, so they contain none themselves."""
    return ", ".join(dict.fromkeys(" ".join(name.replace(",", "，").split()) for name in names))


def _add_pages(root: ET.Element, pages: Sequence[PageInfo]) -> None:
    parent = ET.SubElement(root, "Pages")
    for index, page in enumerate(pages):
        attributes = {
            "Image": str(index),
            "Type": "FrontCover" if index == 0 else "",
            "Bookmark": clean(page.bookmark),
            "ImageSize": str(page.size),
            "ImageWidth": str(page.width or ""),
            "ImageHeight": str(page.height or ""),
        }
        ET.SubElement(parent, "Page", {name: value for name, value in attributes.items() if value})

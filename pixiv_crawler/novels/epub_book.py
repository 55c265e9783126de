"""A novel, or a series of novels, as an EPUB 3 book, written with ebooklib.

The same input gives the same bytes: every time in the file is that of the novel, and file names are numbered.
"""

import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from html import escape
from itertools import count
from pathlib import Path
from typing import Any

from ebooklib import epub

from pixiv_crawler.items import Novel, NovelSeries
from pixiv_crawler.novels.embedded import image_kind
from pixiv_crawler.novels.markup import parse, plain
from pixiv_crawler.novels.metadata import About, about_novel, about_series
from pixiv_crawler.novels.sections import PageStart, sections
from pixiv_crawler.novels.xhtml import STYLE, Writer, heading

# The time of a novel without a valid one: the earliest that a ZIP supports.
_NO_TIME = datetime(1980, 1, 1, tzinfo=UTC)
_XHTML = "application/xhtml+xml"
_STYLE_NAME = "style.css"


def write_epub(novel: Novel, images: Mapping[str, Path], cover: Path | None, target: Path) -> None:
    """Writes the book of one novel; only one image at a time is in memory.

    Raises:
        OSError: an image could not be read, or the file could not be written.
    """
    about = about_novel(novel)
    book = _Book(about, images, cover)
    entry, parts = book.add_novel(novel, about)
    book.write([entry, *parts], target)


def write_series_epub(
    series: NovelSeries, novels: Sequence[Novel], images: Mapping[str, Path], covers: Mapping[int, Path], target: Path
) -> None:
    """Writes the book of a series: its novels in order, each with its cover and its chapters in the table of contents.

    `covers` are those of the novels by ID; the first one that exists is that of the book. A novel without text has only a heading. All texts are in memory at once, but only one image at a time.

    Raises:
        OSError: an image could not be read, or the file could not be written.
    """
    about = about_series(series, map(about_novel, novels))
    book = _Book(about, images, next((covers[novel.id] for novel in novels if novel.id in covers), None))
    contents = [book.add_page("series", about.title, about.language, heading(about))]
    for novel in novels:
        entry, parts = book.add_novel(novel, about_novel(novel), covers.get(novel.id))
        contents.append((entry, parts) if parts else entry)
    book.write(contents, target)


class _Book:
    """Builds a book."""

    def __init__(self, about: About, images: Mapping[str, Path], cover: Path | None) -> None:
        self._about = about
        self._images = images
        self._names: dict[Path, str | None] = {}
        self._numbers = count(1)
        self._novels = 0
        # ebooklib has no types.
        self._book: Any = epub.EpubBook()
        self._describe()
        self._add(epub.EpubItem("style", _STYLE_NAME, "text/css", STYLE.encode()))
        if cover:
            self._add_cover(cover)

    def add_page(self, name: str, title: str, language: str | None, pieces: Iterable[str]) -> Any:
        """Appends a page to the book and returns its entry for the table of contents."""
        content = "".join([*_head(title, language), *pieces, "</body>\n</html>\n"])
        self._book.spine.append(self._add(epub.EpubItem(name, f"{name}.xhtml", _XHTML, content.encode())))
        return epub.Link(f"{name}.xhtml", title, f"entry-{name}")

    def add_novel(self, novel: Novel, about: About, cover: Path | None = None) -> tuple[Any, list[Any]]:
        """Appends a novel, with its cover above its heading, and returns the entries of heading and titled sections."""
        self._novels += 1
        prefix = f"novel-{self._novels}"
        source = self._stored_name(cover) if cover else None
        entry = self.add_page(prefix, about.title, about.language, [*_figure(source), *heading(about)])
        parts = [] if novel.text is None else sections(parse(novel.text))
        pages = {
            block.number: f"{prefix}-{part.anchor}.xhtml#page-{block.number}"
            for part in parts
            for block in part.blocks
            if isinstance(block, PageStart)
        }
        writer = Writer(novel, pages.get, self._image_source)
        entries = []
        for part in parts:
            name, title = f"{prefix}-{part.anchor}", part.title or about.title
            added = self.add_page(name, title, about.language, writer.section(part))
            entries += [added] if part.title else []
        return entry, entries

    def write(self, contents: list[Any], target: Path) -> None:
        self._book.toc = contents
        self._add(epub.EpubNcx())
        self._add(epub.EpubNav(title=self._about.title))
        modified = (self._about.published or _NO_TIME).astimezone(UTC)
        # Omits the list of pages of a printed edition, for which all pages would be parsed again.
        writer: Any = epub.EpubWriter(str(target), self._book, {"mtime": modified, "epub3_pages": False})
        with _Archive(target, "w") as archive:
            # Like `EpubWriter.write`, which however gives each entry the current time.
            writer.out = archive
            archive.writestr("mimetype", "application/epub+zip")
            writer._write_container()
            writer._write_opf()
            writer._write_items()

    def _describe(self) -> None:
        about, book = self._about, self._book
        book.set_identifier(about.url)
        book.set_title(about.title)
        book.set_language(about.language or "und")
        book.add_author(about.author.name)
        for tag in about.tags:
            book.add_metadata("DC", "subject", tag)
        if about.published:
            book.add_metadata("DC", "date", about.published.isoformat())
        if description := "\n".join(plain(line.inlines) for line in about.caption).strip():
            book.add_metadata("DC", "description", description)
        if about.series:
            self._describe_series(about.series.name, about.series_position)

    def _describe_series(self, name: str, position: int | None) -> None:
        """Adds the series in the form of EPUB 3, and in that of calibre, which e-readers and Kavita read, too."""
        add = self._book.add_metadata
        add(None, "meta", name, {"property": "belongs-to-collection", "id": "series-of"})
        add(None, "meta", "series", {"property": "collection-type", "refines": "#series-of"})
        add(None, "meta", "", {"name": "calibre:series", "content": name})
        if position is not None:
            add(None, "meta", str(position), {"property": "group-position", "refines": "#series-of"})
            add(None, "meta", "", {"name": "calibre:series_index", "content": str(position)})

    def _add_cover(self, path: Path) -> None:
        if kind := image_kind(path):
            name = f"images/cover{kind.ext}"
            cover: Any = epub.EpubCover("cover-image", name)
            cover.media_type = kind.content_type
            self._add_file(cover, path)
            # For EPUB 2 readers.
            self._book.add_metadata(None, "meta", "", {"name": "cover", "content": "cover-image"})
            self.add_page("cover", "Cover", None, _figure(name))
            self._names[path] = name

    def _image_source(self, key: str) -> list[str] | None:
        """The name of an image within the book; None if there is no image."""
        path = self._images.get(key)
        name = self._stored_name(path) if path else None
        return [name] if name else None

    def _stored_name(self, path: Path) -> str | None:
        """The name of an image file within the book, to which it is added once; None if it is not an image."""
        if path not in self._names:
            self._names[path] = self._add_image(path)
        return self._names[path]

    def _add_image(self, path: Path) -> str | None:
        kind = image_kind(path)
        if kind is None:
            return None
        number = next(self._numbers)
        name = f"images/{number}{kind.ext}"
        self._add_file(epub.EpubItem(f"image-{number}", name, kind.content_type), path)
        return name

    def _add_file(self, item: Any, path: Path) -> None:
        # Read when it is written, so that only one image at a time is in memory.
        item.get_content = path.read_bytes
        self._add(item)

    def _add(self, item: Any) -> Any:
        return self._book.add_item(item)


def _figure(image: str | None) -> list[str]:
    """An image that has no text; nothing if there is none."""
    return [f'<figure><img src="{image}" alt=""/></figure>\n'] if image else []


def _head(title: str, language: str | None) -> Iterator[str]:
    """The beginning of a page."""
    lang = f' lang="{language}" xml:lang="{language}"' if language else ""
    yield '<?xml version="1.0" encoding="utf-8"?>\n<!DOCTYPE html>\n'
    yield f'<html xmlns="http://www.w3.org/1999/xhtml"{lang}>\n<head>\n<title>{escape(title)}</title>\n'
    yield f'<link rel="stylesheet" type="text/css" href="{_STYLE_NAME}"/>\n</head>\n<body>\n'


class _Archive(zipfile.ZipFile):
    """A ZIP whose entries all have the same time."""

    def writestr(self, name: Any, data: Any, *args: Any) -> None:
        entry = zipfile.ZipInfo(name, _NO_TIME.timetuple()[:6])
        # Images are already compressed; the media type is the first entry and must not be compressed.
        is_packed = name == "mimetype" or "/images/" in name
        super().writestr(entry, data, zipfile.ZIP_STORED if is_packed else zipfile.ZIP_DEFLATED)

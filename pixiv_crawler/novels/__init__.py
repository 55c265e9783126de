"""Novels as files: plain text, HTML and EPUB.

Independent of crawls and of the network: a novel includes its text and its reader page, and images are files, by the
key that `embedded_images` assigns. An image without a file becomes a link to its page on Pixiv. The text is preserved,
but never interpreted: no markup of the author's is output, and no URL other than http and https.
"""

from collections.abc import Iterable, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path

from pixiv_crawler.exceptions import ArgumentError
from pixiv_crawler.items import Novel, NovelSeries
from pixiv_crawler.options import NovelFormat


def check_formats(formats: Iterable[NovelFormat]) -> None:
    """Checks that novels can be written in all these formats.

    Raises:
        ArgumentError: the extra `epub` is not installed.
    """
    if NovelFormat.EPUB in formats and find_spec("ebooklib") is None:
        raise ArgumentError("epub requires the extra epub; run: pip install 'pixiv_crawler[epub]'")


def write_novel(
    novel: Novel, as_format: NovelFormat, images: Mapping[str, Path], cover: Path | None, target: Path
) -> None:
    """Writes a novel with a text to the file `target`; files that are not images are treated as missing.

    Raises:
        OSError: an image could not be read, or the file could not be written.
        ValueError: the novel has no text.
    """
    if novel.text is None:
        raise ValueError(f"novel {novel.id} has no text to write")
    match as_format:
        case NovelFormat.TXT:
            from pixiv_crawler.novels.plain_text import write_text

            write_text(novel, target)
        case NovelFormat.HTML:
            from pixiv_crawler.novels.html_page import write_html

            write_html(novel, images, cover, target)
        case NovelFormat.EPUB:
            from pixiv_crawler.novels.epub_book import write_epub

            write_epub(novel, images, cover, target)


def write_series(
    series: NovelSeries, novels: Sequence[Novel], images: Mapping[str, Path], covers: Mapping[int, Path], target: Path
) -> None:
    """Writes the novels of a series, in order, as one EPUB with their covers, by ID; a novel without text has only a heading.

    Raises:
        OSError: an image could not be read, or the file could not be written.
    """
    from pixiv_crawler.novels.epub_book import write_series_epub

    write_series_epub(series, novels, images, covers, target)

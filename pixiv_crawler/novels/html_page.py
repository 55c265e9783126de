"""A novel as one HTML file that contains its images and makes no network requests."""

import base64
import hashlib
from collections.abc import Iterable, Iterator, Mapping
from html import escape
from pathlib import Path

from pixiv_crawler.items import Novel
from pixiv_crawler.novels.embedded import image_kind
from pixiv_crawler.novels.markup import parse
from pixiv_crawler.novels.metadata import about_novel
from pixiv_crawler.novels.sections import Section, sections
from pixiv_crawler.novels.xhtml import STYLE, Writer, heading

# The cover leaves room for the title below it.
_STYLE = f":root {{ color-scheme: light dark; }}\n{STYLE}.cover img {{ max-height: 60vh; }}\n"
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_POLICY = f"default-src 'none'; img-src data:; style-src 'sha256-{_STYLE_HASH}'; base-uri 'none'; form-action 'none'"
# A multiple of three, so that the encoded chunks can be concatenated.
_CHUNK_BYTES = 3 * 64 * 1024


def write_html(novel: Novel, images: Mapping[str, Path], cover: Path | None, target: Path) -> None:
    """Writes the file; images are read in chunks.

    Raises:
        OSError: an image could not be read, or the file could not be written.
    """
    with target.open("w", encoding="utf-8", newline="\n") as file:
        file.writelines(_page(novel, images, cover))


def _page(novel: Novel, images: Mapping[str, Path], cover: Path | None) -> Iterator[str]:
    about, pages = about_novel(novel), parse(novel.text or "")
    parts, count = sections(pages), len(pages)
    lang = f' lang="{about.language}"' if about.language else ""
    yield f'<!DOCTYPE html>\n<html{lang}>\n<head>\n<meta charset="utf-8"/>\n'
    yield f'<meta http-equiv="Content-Security-Policy" content="{escape(_POLICY, quote=False)}"/>\n'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1"/>\n'
    yield f"<title>{escape(about.title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n"
    if source := cover and _data_url(cover):
        yield from ('<figure class="cover"><img src="', *source, '" alt=""/></figure>\n')
    yield from heading(about)
    yield from _contents(parts)
    writer = Writer(
        novel,
        page_href=lambda page: f"#page-{page}" if 1 <= page <= count else None,
        image_source=lambda key: _data_url(images[key]) if key in images else None,
    )
    yield "<main>\n"
    for part in parts:
        yield from writer.section(part)
    yield "</main>\n</body>\n</html>\n"


def _contents(parts: Iterable[Section]) -> Iterator[str]:
    entries = [f'<li><a href="#{part.anchor}">{escape(part.title)}</a></li>\n' for part in parts if part.title]
    if len(entries) > 1:
        yield from ("<nav>\n<ol>\n", *entries, "</ol>\n</nav>\n")


def _data_url(path: Path) -> Iterator[str] | None:
    """The image as a data URL, in chunks; None if it is not an image."""
    kind = image_kind(path)
    return _encoded(path, kind.content_type) if kind else None


def _encoded(path: Path, media_type: str) -> Iterator[str]:
    yield f"data:{media_type};base64,"
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            yield base64.b64encode(chunk).decode("ascii")

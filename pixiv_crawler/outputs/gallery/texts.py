"""Converts captions to plain text, and novels to the lines that the page displays."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from pixiv_crawler.api.image_urls import illust_page_url
from pixiv_crawler.novels.markup import (
    Block,
    Chapter,
    Inline,
    Jump,
    Link,
    Paragraph,
    Picture,
    Ruby,
    Text,
    parse,
    plain,
)
from pixiv_crawler.novels.metadata import caption_lines

_MARKUP = re.compile(r"[<&\r\n\0]")


def plain_text(html: str) -> str:
    """The text of a caption with its line breaks; the URL of a link follows its text."""
    if not _MARKUP.search(html):
        return html.strip()
    return "\n".join("".join(map(_plain, line.inlines)) for line in caption_lines(html)).strip()


def _plain(inline: Inline) -> str:
    text = plain((inline,))
    return f"{text} ({inline.url})" if isinstance(inline, Link) and text not in inline.url else text


def novel_pages(text: str, images: Mapping[str, str]) -> list[list[Any]]:
    """The pages of a novel, each a list of lines; `images` contains the paths of the embedded images by key.

    A line is a text, a list of texts, readings `{text, reading}` and links `{text, url}`, `{chapter: LINE}` or
    `{image: PATH}`.
    """
    return [[_line(block, images) for block in page.blocks] for page in parse(text)]


def _line(block: Block, images: Mapping[str, str]) -> Any:
    match block:
        case Paragraph(inlines):
            return _parts(inlines)
        case Chapter(title):
            return {"chapter": _parts(title)}
        case Picture(key):
            return {"image": images[key]} if key in images else _placeholder(key)


def _placeholder(key: str) -> Any:
    """Replaces a missing image: its key, with a link to the work that contains the image."""
    kind, _, name = key.partition(":")
    page = illust_page_url(name.partition("-")[0])
    return [{"text": f"[{key}]", "url": page}] if kind == "pixivimage" else f"[{key}]"


def _parts(inlines: Iterable[Inline]) -> Any:
    """The parts of a line; a single text, as in most lines, is not wrapped in a list."""
    match [_part(inline) for inline in inlines]:
        case []:
            return ""
        case [str(text)]:
            return text
        case parts:
            return parts


def _part(inline: Inline) -> Any:
    match inline:
        case Text(text):
            return text
        case Ruby(base, reading):
            return {"text": base, "reading": reading}
        case Link(label, url):
            return {"text": plain(label), "url": url}
        case Jump(page):
            return f"→ {page}"

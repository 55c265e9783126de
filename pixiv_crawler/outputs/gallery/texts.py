"""What authors wrote: captions as plain text, novels line by line, as the page puts them together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pixiv_crawler.novels import caption_lines
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


def plain_text(html: str) -> str:
    """The text of a caption; line breaks stay, and the address of a link follows its text."""
    return "\n".join("".join(map(_plain, line.inlines)) for line in caption_lines(html)).strip()


def _plain(inline: Inline) -> str:
    shown = plain((inline,))
    return f"{shown} ({inline.url})" if isinstance(inline, Link) and shown not in inline.url else shown


def novel_pages(text: str, images: Mapping[str, str]) -> list[list[Any]]:
    """The pages of a novel as its author divided it, each a list of lines; `images` gives the paths of what it shows.

    A line is a text, or a list of texts, of readings `{text, reading}` and of links `{text, url}`; `{chapter: LINE}` and
    `{image: PATH}` stand alone.
    """
    return [[_line(block, images) for block in page.blocks] for page in parse(text)]


def _line(block: Block, images: Mapping[str, str]) -> Any:
    match block:
        case Paragraph(inlines):
            return _pieces(inlines)
        case Chapter(title):
            return {"chapter": _pieces(title)}
        case Picture(key):
            return {"image": images[key]} if key in images else _mark(key)


def _mark(key: str) -> Any:
    """What stands for an image that is not there: its mark, which leads to the work that the image is from."""
    kind, _, name = key.partition(":")
    page = f"https://www.pixiv.net/artworks/{name.partition('-')[0]}"
    return [{"text": f"[{key}]", "url": page}] if kind == "pixivimage" else f"[{key}]"


def _pieces(inlines: Iterable[Inline]) -> Any:
    """One text alone stands for itself, as most lines are."""
    match [_piece(inline) for inline in inlines]:
        case []:
            return ""
        case [str(text)]:
            return text
        case pieces:
            return pieces


def _piece(inline: Inline) -> Any:
    match inline:
        case Text(text):
            return text
        case Ruby(base, reading):
            return {"text": base, "reading": reading}
        case Link(label, url):
            return {"text": plain(label), "url": url}
        case Jump(page):
            return f"→ {page}"

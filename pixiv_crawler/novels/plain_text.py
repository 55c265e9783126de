"""A novel as plain text in UTF-8, for any editor and for readers that support the markup of Aozora Bunko.

A ruby is `｜BASE《READING》`, a chapter title follows `■`, a page begins with a rule that contains its number, an image
is the URL of its page or file, and a link is followed by its URL.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

from pixiv_crawler.items import Novel
from pixiv_crawler.novels.embedded import embedded_image
from pixiv_crawler.novels.markup import Block, Chapter, Inline, Jump, Link, Paragraph, Picture, Ruby, Text, parse
from pixiv_crawler.novels.metadata import About, Named, about_novel
from pixiv_crawler.novels.xhtml import shown_time

_RULE = "─" * 10


def write_text(novel: Novel, target: Path) -> None:
    """Writes the file.

    Raises:
        OSError: the file could not be written.
    """
    with target.open("w", encoding="utf-8", newline="\n") as file:
        file.writelines(f"{line}\n" for line in [*_heading(about_novel(novel)), "", _RULE * 4, ""])
        for page in parse(novel.text or ""):
            if page.number > 1:
                file.write(f"\n{_RULE} {page.number} {_RULE}\n\n")
            file.writelines(f"{_block(novel, block)}\n" for block in page.blocks)


def _heading(about: About) -> Iterator[str]:
    yield about.title
    yield f"Author: {_named(about.author)}"
    if about.series:
        yield f"Series: {_named(about.series)}"
    if about.published:
        yield f"Published: {shown_time(about)}"
    if about.tags:
        yield f"Tags: {', '.join(about.tags)}"
    yield about.url
    if about.caption:
        yield ""
        yield from (_inlines(line.inlines) for line in about.caption)


def _block(novel: Novel, block: Block) -> str:
    match block:
        case Paragraph(inlines):
            return _inlines(inlines)
        case Chapter(title):
            return f"\n■ {_inlines(title)}\n"
        case Picture(key):
            image = embedded_image(novel, key)
            url = image.page_url or image.url
            return f"[{image.title or 'image'}: {url}]" if url else f"[{key}]"


def _inlines(inlines: Iterable[Inline]) -> str:
    return "".join(map(_inline, inlines))


def _inline(inline: Inline) -> str:
    match inline:
        case Text(text):
            return text
        case Ruby(base, reading):
            return f"｜{base}《{reading}》"
        case Link(label, url):
            shown = _inlines(label)
            return shown if shown == url else f"{shown} ({url})"
        case Jump(page):
            return f"[→ {page}]"


def _named(named: Named) -> str:
    return f"{named.name} ({named.url})"

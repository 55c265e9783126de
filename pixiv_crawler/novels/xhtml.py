"""Headings and texts as elements that are valid in both HTML and XHTML: quoted attributes, closed elements."""

import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from html import escape

from pixiv_crawler.items import Novel
from pixiv_crawler.novels.embedded import EmbeddedImage, embedded_image
from pixiv_crawler.novels.markup import Chapter, Inline, Jump, Link, Paragraph, Picture, Ruby, Text, plain
from pixiv_crawler.novels.metadata import About, Named
from pixiv_crawler.novels.sections import PageStart, Section

STYLE = """\
body { margin: 0 auto; max-width: 40em; padding: 1em; line-height: 1.8; }
h1, h2 { line-height: 1.4; }
h1, h2, p, li { overflow-wrap: anywhere; }
p { margin: 0; white-space: pre-wrap; }
h2 { margin: 2em 0 1em; }
header, nav { margin-bottom: 2em; }
header > p, header > ul { margin: 0.3em 0; }
header > div { margin-top: 1.5em; }
ul.tags { list-style: none; padding: 0; }
ul.tags li { display: inline-block; margin-right: 1em; }
hr { margin: 3em auto; width: 30%; }
figure { margin: 1em 0; text-align: center; }
img { height: auto; max-width: 100%; }
"""


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes the text of one novel."""

    novel: Novel
    page_href: Callable[[int], str | None]
    """The relative URL of a page; None for a page that does not exist."""
    image_source: Callable[[str], Iterable[str] | None]
    """The URL of the image with that key, in chunks; None if there is no image."""

    def section(self, section: Section) -> Iterator[str]:
        """The section, in chunks."""
        yield f'<section id="{section.anchor}">\n'
        is_first = True
        for block in section.blocks:
            yield from self._page_start(block, is_first) if isinstance(block, PageStart) else self._block(block)
            is_first = is_first and isinstance(block, PageStart)
        yield "</section>\n"

    def _page_start(self, start: PageStart, is_first: bool) -> Iterator[str]:
        """A rule, except at the start of a section, which is a break already."""
        yield f'<div id="page-{start.number}"></div>\n' if is_first else f'<hr id="page-{start.number}"/>\n'

    def _block(self, block: Paragraph | Chapter | Picture) -> Iterator[str]:
        match block:
            case Paragraph(inlines):
                yield f"<p{_direction(inlines)}>{self._inlines(inlines) or '<br/>'}</p>\n"
            case Chapter(title):
                yield f"<h2{_direction(title)}>{self._inlines(title)}</h2>\n"
            case Picture(key):
                yield from self._picture(embedded_image(self.novel, key))

    def _picture(self, image: EmbeddedImage) -> Iterator[str]:
        """A missing image becomes a link, or its tag if it has no URL."""
        address = image.page_url or image.url
        source = self.image_source(image.key)
        if source is None:
            label = escape(f"[{image.title or image.key}]")
            yield f"<p>{link(label, address) if address else label}</p>\n"
            return
        yield '<figure><img src="'
        yield from source
        yield f'" alt="{escape(image.title or image.key)}"/>'
        if image.page_url:
            yield f"<figcaption>{link(escape(image.title or image.page_url), image.page_url)}</figcaption>"
        yield "</figure>\n"

    def _inlines(self, inlines: Iterable[Inline]) -> str:
        return "".join(inline_element(inline, self.page_href) for inline in inlines)


def inline_element(inline: Inline, page_href: Callable[[int], str | None] = lambda page: None) -> str:
    match inline:
        case Text(text):
            return escape(text)
        case Ruby(base, reading):
            return f"<ruby>{escape(base)}<rp>《</rp><rt>{escape(reading)}</rt><rp>》</rp></ruby>"
        case Link(label, url):
            return link("".join(map(inline_element, label)), url)
        case Jump(page):
            href = page_href(page)
            return f'<a href="{href}">→ Page {page}</a>' if href else f"[jump:{page}]"


def _direction(inlines: tuple[Inline, ...]) -> str:
    """The `dir` attribute of a line that begins with a right-to-left letter; empty for others.

    EPUB does not allow the direction in styles.
    """
    kinds = map(unicodedata.bidirectional, plain(inlines))
    first = next((kind for kind in kinds if kind in ("L", "R", "AL")), "L")
    return "" if first == "L" else ' dir="rtl"'


def heading(about: About) -> Iterator[str]:
    """The heading of a file."""
    yield f"<header>\n<h1{_direction((Text(about.title),))}>{escape(about.title)}</h1>\n"
    yield f"<p>{_named(about.author)}</p>\n"
    if about.series:
        yield f"<p>{_named(about.series)}</p>\n"
    if about.published:
        iso, shown = about.published.isoformat(), shown_time(about)
        yield f'<p><time datetime="{escape(iso)}">{escape(shown)}</time></p>\n'
    yield f"<p>{link(escape(about.url), about.url)}</p>\n"
    if about.tags:
        yield f'<ul class="tags">{"".join(f"<li>{escape(tag)}</li>" for tag in about.tags)}</ul>\n'
    if about.caption:
        lines = (
            f"<p{_direction(line.inlines)}>{''.join(map(inline_element, line.inlines)) or '<br/>'}</p>\n"
            for line in about.caption
        )
        yield from ("<div>\n", *lines, "</div>\n")
    yield "</header>\n"


def shown_time(about: About) -> str:
    """The publication time, to the minute; empty if unknown."""
    return about.published.isoformat(" ", "minutes") if about.published else ""


def link(label: str, url: str) -> str:
    """A link that sends no referrer; the label is markup."""
    return f'<a href="{escape(url)}" rel="noreferrer">{label}</a>'


def _named(named: Named) -> str:
    return link(escape(named.name), named.url)

"""A novel in the parts that a table of contents lists: its chapters, or its pages when it has none."""

from __future__ import annotations

from dataclasses import dataclass, field

from pixiv_crawler.novels.markup import Block, Chapter, Page, Paragraph, Picture, plain


@dataclass(frozen=True, slots=True)
class PageStart:
    """Where a page begins, in the middle of a part or at its head."""

    number: int


@dataclass(slots=True)
class Section:
    """One part."""

    anchor: str
    """Its name within the novel, as part of an address."""
    title: str
    """Its name in a table of contents; empty for what stands before the first chapter, and for an only page."""
    blocks: list[Block | PageStart] = field(default_factory=list)


def sections(pages: list[Page]) -> list[Section]:
    """The parts of a novel in their order; each page starts in one of them."""
    if not any(isinstance(block, Chapter) for page in pages for block in page.blocks):
        return [_page_section(page, len(pages)) for page in pages]
    parts = [Section("opening", "")]
    for page in pages:
        parts[-1].blocks.append(PageStart(page.number))
        for block in page.blocks:
            if isinstance(block, Chapter):
                # A page that begins with a chapter belongs to it.
                starts = _trailing_starts(parts[-1])
                parts.append(Section(f"chapter-{block.number}", " ".join(plain(block.title).split()), [*starts]))
            parts[-1].blocks.append(block)
    return parts if _is_shown(parts[0]) else parts[1:]


def _page_section(page: Page, pages: int) -> Section:
    title = f"Page {page.number}" if pages > 1 else ""
    return Section(f"part-{page.number}", title, [PageStart(page.number), *page.blocks])


def _trailing_starts(section: Section) -> list[PageStart]:
    """Takes off the end of a part the starts of pages behind which nothing is shown."""
    starts = []
    while section.blocks and not _shows(section.blocks[-1]):
        if isinstance(block := section.blocks.pop(), PageStart):
            starts.append(block)
    return starts[::-1]


def _is_shown(section: Section) -> bool:
    return any(_shows(block) for block in section.blocks)


def _shows(block: Block | PageStart) -> bool:
    match block:
        case Paragraph(inlines):
            return bool(plain(inlines).strip())
        case PageStart():
            return False
        case Chapter() | Picture():
            return True

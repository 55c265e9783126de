"""Divides a novel into the sections of its table of contents: its chapters, or its pages if it has none."""

from dataclasses import dataclass, field

from pixiv_crawler.novels.markup import Block, Chapter, Page, Paragraph, Picture, plain


@dataclass(frozen=True, slots=True)
class PageStart:
    """The beginning of a page, within a section or at its start."""

    number: int


@dataclass(slots=True)
class Section:
    """A section of a novel."""

    anchor: str
    """Its identifier within the novel, used in URLs."""
    title: str
    """Its title in the table of contents; empty for text before the first chapter, and for a single page."""
    blocks: list[Block | PageStart] = field(default_factory=list)


def sections(pages: list[Page]) -> list[Section]:
    """The sections of a novel, in order; each page starts in one of them."""
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
    """Removes from the end of a section the starts of pages without visible content, and returns them."""
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

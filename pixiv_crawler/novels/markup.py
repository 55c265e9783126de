"""The text of a novel, with Pixiv's markup, as a tree: pages contain blocks, blocks contain inlines.

Parsing takes time linear in the length of the text, whatever it contains: the search for the end of a tag stops where
the next tag could begin. A tag that is malformed, empty or unknown, or whose URL is invalid, stays in the text as it
was written.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class Text:
    """Plain characters."""

    text: str


@dataclass(frozen=True, slots=True)
class Ruby:
    """`[[rb:BASE > READING]]`: text with its reading."""

    base: str
    reading: str


@dataclass(frozen=True, slots=True)
class Link:
    """`[[jumpuri:LABEL > URL]]`: always an http or https URL."""

    label: tuple[Text | Ruby, ...]
    url: str


@dataclass(frozen=True, slots=True)
class Jump:
    """`[jump:N]`: a link to a page, which may not exist."""

    page: int
    """From 1."""


Inline = Text | Ruby | Link | Jump


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A line of text; an empty line has no inlines."""

    inlines: tuple[Inline, ...]


@dataclass(frozen=True, slots=True)
class Chapter:
    """`[chapter:TITLE]`: the heading of a chapter."""

    title: tuple[Text | Ruby, ...]
    number: int
    """Number of the chapter within the novel, starting at 1."""


@dataclass(frozen=True, slots=True)
class Picture:
    """`[uploadedimage:ID]`, or `[pixivimage:ID-N]` for page N of a work."""

    key: str
    """The tag without its brackets."""


Block = Paragraph | Chapter | Picture


@dataclass(slots=True)
class Page:
    """The text between two `[newpage]`."""

    number: int
    """From 1."""
    blocks: list[Block] = field(default_factory=list)


# A single bracket is allowed within a tag; two brackets begin another tag or end this one.
_PLAIN = r"(?:[^\[\]>\r\n]++|\[(?!\[)|\](?!\]))*+"
_RUBY = rf"\[\[rb:{_PLAIN}>(?:[^\[\]\r\n]++|\[(?!\[)|\](?!\]))*+\]\]"
_TITLE = rf"(?:[^\[\]\r\n]++|{_RUBY}|\[(?!chapter:))*+"
_LABEL = rf"(?:[^\[\]>\r\n]++|{_RUBY}|\[(?!\[)|\](?!\]))*+"
_SIGN = r"(?:[0-9A-Za-z._~!$&'()*+,;=:@/?-]|%[0-9A-Fa-f]{2})"
# The characters that Pixiv accepts.
_URL = rf"https?://[0-9A-Za-z](?:[0-9A-Za-z._-]*[0-9A-Za-z])?(?::[0-9]{{1,5}})?(?:[/?]{_SIGN}*+)?(?:#{_SIGN}*+)?"

_MARK = re.compile(
    rf"(?P<newline>\r\n|[\r\n])|(?P<newpage>\[newpage\])|(?P<chapter>\[chapter:{_TITLE}\])"
    r"|(?P<picture>\[(?:uploadedimage:[0-9]{1,20}|pixivimage:[0-9]{1,20}(?:-[0-9]{1,9})?)\])"
    rf"|(?P<jump>\[jump:[0-9]{{1,9}}\])|(?P<ruby>{_RUBY})|(?P<link>\[\[jumpuri:{_LABEL}>\s*+{_URL}\s*+\]\])"
)
_RUBY_MARK = re.compile(_RUBY)
_WHOLE_URL = re.compile(_URL)
# The prefix of a label of a host name with non-ASCII characters.
_PACKED = "xn--"
_MOST_LABEL, _MOST_HOST = 63, 253

_HALF = re.compile("[\ud800-\udfff]")
_CONTROL = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe\uffff]")


def clean(text: str) -> str:
    """The text without control characters, and with U+FFFD in place of lone surrogates."""
    return _CONTROL.sub("", _HALF.sub("\ufffd", text))


def is_url(address: object) -> bool:
    """Whether a text is a URL that may become a link."""
    if not isinstance(address, str) or not _WHOLE_URL.fullmatch(address):
        return False
    try:
        parts = urlsplit(address)
        return parts.port != 0 and _is_host(parts.hostname or "")
    except ValueError:
        return False


def _is_host(host: str) -> bool:
    """Whether EPUB readers accept it as a host name.

    Raises:
        ValueError: a label with the Punycode prefix is not valid Punycode.
    """
    return len(host) <= _MOST_HOST and all(map(_is_label, host.split(".")))


def _is_label(label: str) -> bool:
    if not 0 < len(label) <= _MOST_LABEL:
        return False
    if not label.startswith(_PACKED):
        return True
    letters = label.removeprefix(_PACKED).encode().decode("punycode")
    return letters.isprintable() and not letters.isascii() and unicodedata.is_normalized("NFC", letters)


def parse(text: str) -> list[Page]:
    """The pages of a text; at least one, possibly empty."""
    text = clean(text)
    reader, at = _Reader(), 0
    for mark in _MARK.finditer(text):
        reader.write(text[at : mark.start()])
        reader.take(mark.lastgroup or "", mark[0])
        at = mark.end()
    reader.write(text[at:])
    reader.end_line()
    return reader.pages


def plain(inlines: tuple[Inline, ...]) -> str:
    """The inlines as one line without readings and URLs, for a table of contents."""
    return "".join(_plain(inline) for inline in inlines)


def _plain(inline: Inline) -> str:
    match inline:
        case Text(text):
            return text
        case Ruby(base):
            return base
        case Link(label):
            return plain(label)
        case Jump(page):
            return str(page)


class _Reader:
    """Builds the tree, tag by tag."""

    def __init__(self) -> None:
        self.pages = [Page(1)]
        self._line: list[Inline] = []
        self._chapters = 0
        # A line that consists of a block has no paragraph.
        self._is_after_block = False

    def write(self, text: str) -> None:
        if text:
            self._line.append(Text(text))

    def take(self, name: str, mark: str) -> None:
        match name:
            case "newline":
                if self._line or not self._is_after_block:
                    self._add(Paragraph(tuple(self._line)))
                self._line.clear()
                self._is_after_block = False
            case "newpage":
                self.end_line()
                self.pages.append(Page(len(self.pages) + 1))
                self._is_after_block = True
            case "chapter" if title := mark[len("[chapter:") : -1].strip():
                self._chapters += 1
                self._add_block(Chapter(tuple(_rubies(title)), self._chapters))
            case "picture":
                self._add_block(Picture(mark[1:-1]))
            case _:
                self._line.append(_inline(name, mark))

    def end_line(self) -> None:
        if self._line:
            self._add(Paragraph(tuple(self._line)))
            self._line.clear()

    def _add(self, block: Block) -> None:
        self.pages[-1].blocks.append(block)

    def _add_block(self, block: Block) -> None:
        self.end_line()
        self._add(block)
        self._is_after_block = True


def _inline(name: str, mark: str) -> Inline:
    """The inline of a tag within a line; plain text if the tag is invalid."""
    match name:
        case "jump":
            return Jump(int(mark[len("[jump:") : -1]))
        case "ruby":
            return _ruby(mark)
        case "link":
            label, _, url = mark[len("[[jumpuri:") : -2].rpartition(">")
            if label.strip() and is_url(url.strip()):
                return Link(tuple(_rubies(label.strip())), url.strip())
    return Text(mark)


def _ruby(mark: str) -> Text | Ruby:
    base, _, reading = mark[len("[[rb:") : -2].partition(">")
    base, reading = base.strip(), reading.strip()
    return Ruby(base, reading) if base and reading else Text(mark)


def _rubies(text: str) -> Iterator[Text | Ruby]:
    at = 0
    for mark in _RUBY_MARK.finditer(text):
        if mark.start() > at:
            yield Text(text[at : mark.start()])
        yield _ruby(mark[0])
        at = mark.end()
    if at < len(text):
        yield Text(text[at:])

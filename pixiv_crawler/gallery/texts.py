"""What authors wrote, as plain text: captions without their HTML, novels without their marks."""

from __future__ import annotations

import re
from html.parser import HTMLParser

_BLOCKS = frozenset({"p", "div", "li"})

# Marks of a novel and what stands in their place. Longer ones are first, for a mark may hold another.
_MARKS = [
    (re.compile(r"\[\[rb:([^\[\]>]*?)\s*(?:>|&gt;)\s*([^\[\]]*?)\]\]"), r"\1(\2)"),
    (re.compile(r"\[\[jumpuri:([^\[\]>]*?)\s*(?:>|&gt;)\s*([^\[\]]*?)\]\]"), r"\1 (\2)"),
    (re.compile(r"\[chapter:((?:[^\[\]]|\[\[[^\]]*\]\])*)\]"), r"\n\1\n"),
    (re.compile(r"\[(?:pixivimage|uploadedimage|jump):[^\[\]]*\]"), ""),
]
_NEW_PAGE = re.compile(r"\s*\[newpage\]\s*")


def plain_text(html: str) -> str:
    """The text of a caption; line breaks stay, and the address of a link follows its text."""
    if not re.search("[<&]", html):
        return html.strip()
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return "".join(reader.pieces).strip()


def novel_pages(text: str) -> list[str]:
    """The pages of a novel as its author divided it, without Pixiv's marks; readings follow in brackets."""
    for mark, instead in _MARKS:
        text = mark.sub(instead, text)
    return [page.strip("\n") for page in _NEW_PAGE.split(text)]


class _Reader(HTMLParser):
    """Collects text; whatever is no text is left out."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self._address = ""
        self._link_from = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "br" or tag in _BLOCKS:
            self.pieces.append("\n")
        elif tag == "a":
            self._address, self._link_from = dict(attrs).get("href") or "", len(self.pieces)

    def handle_endtag(self, tag: str) -> None:
        shown = "".join(self.pieces[self._link_from :])
        if tag == "a" and self._address and shown not in self._address:
            self.pieces.append(f" ({self._address})")
        if tag == "a":
            self._address = ""

    def handle_data(self, data: str) -> None:
        self.pieces.append(data)

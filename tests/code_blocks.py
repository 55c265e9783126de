"""The fenced code blocks of documents, so that tests can run exactly what they show."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

_FENCED = re.compile(r"^```(\w+)(?: (\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, the word after that, and its content."""

    language: str
    mark: str
    """Which test runs it, or which file it is; it is not rendered."""
    text: str
    before: str
    """The line of text above it."""


def blocks(path: Path) -> list[Block]:
    """The fenced blocks of a document, in order."""
    text = path.read_text("utf-8")
    return [
        Block(found[1], found[2] or "", found[3], text[: found.start()].rstrip().rpartition("\n")[2])
        for found in _FENCED.finditer(text)
    ]

"""Lists of IDs and URLs in a text file (`@FILE`) or on standard input (`-`)."""

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TextIO

from pixiv_crawler.exceptions import ArgumentError, os_problem
from pixiv_crawler.layout.regular_files import read_regular

STANDARD_INPUT = "-"
_MARK = "@"
# The fragment of a URL begins with #, too.
_COMMENT = re.compile(r"(?:^|\s)#.*")


@dataclass(frozen=True, slots=True)
class ListLine:
    """A line of a list, without its comment."""

    text: str
    place: str
    """Where it is, for messages: the list and the number of the line."""

    def located(self, problem: object) -> str:
        """A sentence about a problem of this line, with its place."""
        return f"{self.place}: {problem}"


def is_list(word: str) -> bool:
    """Whether a word stands for a list, and is not an ID or a URL itself."""
    return word == STANDARD_INPUT or word.startswith(_MARK)


def read_lines(word: str) -> Iterator[ListLine]:
    """The lines of the list that a word stands for, without those that are blank or a comment.

    Raises:
        ArgumentError: the list cannot be read.
    """
    name = "standard input" if word == STANDARD_INPUT else word.removeprefix(_MARK)
    content = _read_standard_input() if word == STANDARD_INPUT else _read(name)
    try:
        lines = re.split("\r\n|\r|\n", content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        number = content.count(b"\n", 0, error.start) + 1
        raise ArgumentError(f"{name}, line {number} is not valid text: save the list in UTF-8") from None
    for number, line in enumerate(lines, 1):
        if text := _COMMENT.sub("", line).strip():
            yield ListLine(text, f"{name}, line {number}")


def _read(name: str) -> bytes:
    try:
        return read_regular(Path(name).expanduser())
    except OSError as error:
        raise ArgumentError(
            f"the list {name!r} cannot be read ({error.strerror}): pass @ and the path of a text file"
        ) from error
    except (ValueError, RuntimeError) as error:  # such as a null character, or the home folder of an unknown user
        raise ArgumentError(
            f"the list {name!r} cannot be read ({error}): pass @ and the path of a text file"
        ) from error


def _read_standard_input() -> bytes:
    if sys.stdin is None or sys.stdin.closed or sys.stdin.isatty():
        raise ArgumentError("- reads the list from standard input: pipe the list into this command, or pass @FILE")
    try:
        return _read_once(sys.stdin)
    except OSError as error:  # such as a descriptor that is only open for writing
        raise ArgumentError(
            f"standard input cannot be read ({os_problem(error)}): pipe the list into this command, or pass @FILE"
        ) from error


@lru_cache(maxsize=1)
def _read_once(stream: TextIO) -> bytes:
    """All of a stream, which can be read only once, while the arguments of a crawl are parsed more than once."""
    return stream.buffer.read()

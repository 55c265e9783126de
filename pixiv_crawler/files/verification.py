"""Decides from the transfers of a file whether it is valid, was damaged in transit, or is damaged at Pixiv."""

import codecs
from dataclasses import dataclass
from pathlib import Path

from pixiv_crawler.layout.regular_files import regular_only
from pixiv_crawler.media import problem_of

_HEAD_BYTES = 512


@dataclass(frozen=True, slots=True)
class Download:
    """A completed download that is not in the store yet."""

    path: Path
    sha256: str
    size: int
    is_resumed: bool
    """Whether it consists of several responses."""
    has_length: bool = False
    """Whether the image host stated this size."""
    last_modified: str | None = None
    """The Last-Modified of the response; None if there was none."""
    problem: str | None = None
    """What is wrong with the file as Pixiv has it, in one sentence; None if it is valid."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one transfer says about a file."""

    problem: str | None
    """What is wrong with it, as a predicate; None if it is valid."""
    is_final: bool
    """Whether it is valid, or another transfer would contain the same."""


class Verification:
    """Verifies the transfers of one file.

    Two complete transfers with the same bytes are the file, however invalid it is: damage in transit differs each
    time. That does not apply to a response without a length, whose end may be missing, or to a page, a text or
    nothing in place of an image. Other bytes of an unknown kind may be an image of a format that is new to us.
    """

    def __init__(self, pixels: tuple[int, int] | None = None) -> None:
        """`pixels`: the width and height that the image must have; None if they are unknown."""
        self._pixels = pixels
        self._invalid: set[str] = set()
        """The hashes of the invalid transfers."""

    def verdict(self, download: Download) -> Verdict:
        """Reads a file.

        Raises:
            OSError: the file cannot be read.
        """
        problem = problem_of(download.path, self._pixels)
        if problem and _is_text(download.path):
            return Verdict(problem, is_final=False)
        is_again = download.sha256 in self._invalid
        self._invalid.add(download.sha256)
        return Verdict(problem, problem is None or (is_again and download.has_length))


def _is_text(path: Path) -> bool:
    """Whether a file is empty or begins like a text, in UTF-8 or ASCII; formats of images have other bytes at their start."""
    with open(path, "rb", opener=regular_only) as file:
        head = file.read(_HEAD_BYTES)
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return False
    return b"\0" not in head

"""The lines of files that crawls wrote, one by one and in little memory, whatever else the files hold."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

# The longest novels of Pixiv's have 300,000 characters; what is longer is no line of ours.
MOST_LINE_BYTES = 32 * 1024 * 1024
# Folders of the data folder that hold no runs, though a user's file names may look like it.
NO_SPIDERS = frozenset({"files", "gallery", "tables"})


def raw_lines(file: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """Each line with the place in the file where it begins; one that is too long to be ours comes as nothing."""
    offset = 0
    while raw := file.readline(MOST_LINE_BYTES):
        is_whole = len(raw) < MOST_LINE_BYTES or raw.endswith(b"\n")
        yield offset, raw if is_whole else b""
        while not is_whole:
            rest = file.readline(MOST_LINE_BYTES)
            is_whole = not rest or rest.endswith(b"\n")
        offset = file.tell()

"""Reads the JSON Lines files of runs line by line, in little memory."""

import gzip
import io
import logging
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, TypeVar, cast

import msgspec

from pixiv_crawler.items.codec import decode_item
from pixiv_crawler.layout.regular_files import regular_only

T = TypeVar("T")

logger = logging.getLogger(__name__)

# Pixiv's longest novels have 300,000 characters; no crawl writes longer lines.
MAX_LINE_BYTES = 32 * 1024 * 1024
# Folders in the data folder that contain no runs, although the names of files in them may look like it.
NOT_SPIDERS = frozenset({"files", "gallery", "tables"})

_GZIP = b"\x1f\x8b"
_CHUNK_BYTES = 256 * 1024

BROKEN_ARCHIVE = (EOFError, zlib.error, gzip.BadGzipFile)
"""Exceptions raised while reading an incomplete or damaged gzip file."""
UNDECODABLE = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
"""Exceptions raised by msgspec for a line that is not valid JSON or does not match its type."""


@contextmanager
def open_lines(path: Path) -> Iterator[io.BufferedReader]:
    """Opens a file for reading and decompresses gzip, which is detected by the content, not by the name."""
    with open(path, "rb", opener=regular_only) as file:
        if file.peek(2)[:2] != _GZIP:
            yield file
            return
        with gzip.open(file) as decompressed:
            yield cast("io.BufferedReader", decompressed)


def is_compressed(path: Path) -> bool:
    """Whether a file is compressed with gzip, by its content."""
    with open(path, "rb", opener=regular_only) as file:
        return file.read(2) == _GZIP


def decompress(path: Path, target: Path) -> bool:
    """Writes what can be read of a compressed file, as seeking in it is slow; returns whether it is complete."""
    with open_lines(path) as compressed, target.open("wb") as file:
        try:
            # `read` would discard the data that precedes the damage.
            while chunk := compressed.read1(_CHUNK_BYTES):
                file.write(chunk)
        except BROKEN_ARCHIVE:
            return False
    return True


def raw_lines(file: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """Each line with its offset; an empty value stands for a line longer than `MAX_LINE_BYTES`."""
    offset = 0
    while raw := file.readline(MAX_LINE_BYTES):
        is_complete = len(raw) < MAX_LINE_BYTES or raw.endswith(b"\n")
        yield offset, raw if is_complete else b""
        while not is_complete:
            rest = file.readline(MAX_LINE_BYTES)
            is_complete = not rest or rest.endswith(b"\n")
        offset = file.tell()


def read_items(path: Path, kind: type[T]) -> Iterator[T]:
    """The items of one kind in a file; skips foreign lines, and incomplete ones to which another run is writing."""
    try:
        with open_lines(path) as file:
            for _, raw in raw_lines(file):
                try:
                    item = decode_item(raw)
                except (*UNDECODABLE, AttributeError) as error:  # AttributeError: JSON, but not an object
                    logger.warning("%s: skipping a line that cannot be read (%s)", path, error)
                    continue
                if isinstance(item, kind):
                    yield item
    except FileNotFoundError:
        return
    except (OSError, *BROKEN_ARCHIVE) as error:
        logger.warning("%s cannot be read to its end (%s)", path, error)

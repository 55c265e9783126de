"""Tells a whole image or archive from one that broke on its way; reads little of a whole one, decodes only the odd.

It finds what was cut off, at any byte, and what is no image at all, such as an error page; not a byte that changed in the
middle, for which all would have to be decoded, and even then a JPEG may show nothing.
"""

from __future__ import annotations

import struct
import threading
import warnings
import zipfile
import zlib
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO

from PIL import Image, ImageSequence

_HEAD_BYTES = 12
# Cameras and editors append little; an ordinary end lies well within.
_TAIL_BYTES = 64 * 1024
# What some servers and disks fill up a file with.
_PADDING = b"\0 \t\r\n"

_JPEG_END = b"\xff\xd9"
_JPEG_SCAN = b"\xda"
# Markers without a length: a stuffed 0xFF, TEM, RST0 to RST7, SOI.
_JPEG_BARE = frozenset({0x00, 0x01, *range(0xD0, 0xD9)})
_PNG_END = b"\0\0\0\0IEND\xaeB`\x82"
_GIF_IMAGE, _GIF_EXTENSION, _GIF_TRAILER = b",!;"
_ZIP_END = b"PK\5\6"

# What Pillow and zipfile raise for files that are no such thing.
_UNREADABLE = (
    OSError, SyntaxError, EOFError, ValueError, LookupError, TypeError, AttributeError, AssertionError, ArithmeticError,
    RuntimeError, MemoryError, struct.error, zlib.error, zipfile.BadZipFile,
)  # fmt: skip
# One decoder at a time: pictures are large, and the filters of `warnings` belong to all threads.
_decoding = threading.Lock()


class MediaKind(StrEnum):
    """What Pixiv's files are: images, and the ZIP of an animation's frames."""

    JPEG = "JPEG"
    PNG = "PNG"
    GIF = "GIF"
    WEBP = "WEBP"
    ZIP = "ZIP"


def kind_of(head: bytes) -> MediaKind | None:
    """What a file is by its first 12 bytes; None when it is none of these."""
    if head.startswith(b"\xff\xd8\xff"):
        return MediaKind.JPEG
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return MediaKind.PNG
    if head.startswith((b"GIF87a", b"GIF89a")):
        return MediaKind.GIF
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return MediaKind.WEBP
    return MediaKind.ZIP if head.startswith((b"PK\3\4", _ZIP_END)) else None


def problem_of(path: Path) -> str | None:
    """What is wrong with a file, to follow "it" in a sentence; None when it is whole.

    Raises:
        OSError: the file is not there or cannot be read.
    """
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
        if not head:
            return "is empty"
        kind = kind_of(head)
        return _CHECKS[kind](file) if kind else "is no image"


def _jpeg_problem(file: BinaryIO) -> str | None:
    if not _skip_to_scan(file):
        return "ends early: no image data (JPEG)"
    return _end_problem(file, _JPEG_END, "ends early: no end-of-image marker (JPEG)")


def _skip_to_scan(file: BinaryIO) -> bool:
    """Move behind the headers, whose thumbnails have end markers of their own; False when no scan follows them."""
    file.seek(2)
    while byte := file.read(1):
        if byte != b"\xff":
            continue
        while (marker := file.read(1)) == b"\xff":
            pass
        if marker == _JPEG_SCAN:
            return True
        if marker and marker[0] not in _JPEG_BARE:
            length = int.from_bytes(file.read(2))
            file.seek(max(length - 2, 0), 1)
    return False


def _png_problem(file: BinaryIO) -> str | None:
    return _end_problem(file, _PNG_END, "ends early: no IEND chunk (PNG)")


def _end_problem(file: BinaryIO, end: bytes, problem: str) -> str | None:
    """Whether the data from here on end with that marker, or have it and can be decoded in spite of what follows it."""
    start = file.tell()
    file.seek(max(start, file.seek(0, 2) - _TAIL_BYTES))
    if file.read().rstrip(_PADDING).endswith(end):
        return None
    file.seek(start)
    return _decoding_problem(file) if end in file.read() else problem


def _gif_problem(file: BinaryIO) -> str | None:
    """Whether the blocks lead to the trailer; its byte alone, at the end of a file, may be a pixel's."""
    file.seek(0)
    data = file.read()
    try:
        at = 13 + _color_table_bytes(data[10])
        while (block := data[at]) != _GIF_TRAILER:
            at = _behind_block(data, at, block)
    except IndexError:
        return "ends early: no trailer (GIF)"
    return None


def _behind_block(data: bytes, at: int, block: int) -> int:
    if block == _GIF_IMAGE:
        at += 11 + _color_table_bytes(data[at + 9])
    elif block == _GIF_EXTENSION:
        at += 2
    else:
        return at + 1  # stray bytes between blocks, which browsers skip too
    while size := data[at]:
        at += 1 + size
    return at + 1


def _color_table_bytes(flags: int) -> int:
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0


def _webp_problem(file: BinaryIO) -> str | None:
    file.seek(4)
    end = 8 + int.from_bytes(file.read(4), "little")
    size = file.seek(0, 2)
    if size < end:
        return f"ends early: {size} of {end} bytes (WEBP)"
    return None if size <= end + end % 2 else _decoding_problem(file)


def _zip_problem(file: BinaryIO) -> str | None:
    """Whether the table of contents is there and sound; the members are not read."""
    try:
        with zipfile.ZipFile(file) as archive:
            members = archive.infolist()
            comment_bytes = len(archive.comment)
    except _UNREADABLE:
        return "ends early: no table of contents (ZIP)"
    if not members:
        return "holds no file (ZIP)"
    if len({member.filename for member in members}) < len(members):
        return "holds two files of one name (ZIP)"
    if min(member.header_offset for member in members) or comment_bytes < _declared_comment_bytes(file):
        # The table of contents found is that of a ZIP inside, or its last bytes are missing.
        return "ends early: no table of contents of its own (ZIP)"
    return None


def _declared_comment_bytes(file: BinaryIO) -> int:
    file.seek(max(0, file.seek(0, 2) - _TAIL_BYTES - 22))
    tail = file.read()
    at = tail.rfind(_ZIP_END)
    return int.from_bytes(tail[at + 20 : at + 22], "little")


def _decoding_problem(file: BinaryIO) -> str | None:
    """What Pillow finds when it decodes every picture of the file.

    One too large for Pillow (`Image.MAX_IMAGE_PIXELS`, a "decompression bomb") counts as whole: its end has been found,
    and Pixiv has pictures of that size.
    """
    with _decoding, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        try:
            file.seek(0)
            with Image.open(file) as image:
                for frame in ImageSequence.Iterator(image):
                    frame.load()
        except (Image.DecompressionBombWarning, Image.DecompressionBombError):
            return None
        except _UNREADABLE as error:
            return f"cannot be decoded: {error}"
    return None


_CHECKS: dict[MediaKind, Callable[[BinaryIO], str | None]] = {
    MediaKind.JPEG: _jpeg_problem,
    MediaKind.PNG: _png_problem,
    MediaKind.GIF: _gif_problem,
    MediaKind.WEBP: _webp_problem,
    MediaKind.ZIP: _zip_problem,
}

"""Verifies that the blocks of a GIF lead to its trailer; the last byte alone may be part of the pixel data."""

import re
from typing import BinaryIO

from pixiv_crawler.media.decoding import decoding_problem, is_decodable

_CHUNK_BYTES = 64 * 1024
_IMAGE, _EXTENSION, _TRAILER = b",", b"!", b";"
_BLOCK = re.compile(b"[,!;]")


def gif_problem(file: BinaryIO) -> str | None:
    """What is wrong with a GIF; None if it is complete, even with appended data."""
    file.seek(6)
    screen = file.read(7)
    if len(screen) == 7:
        width, height = int.from_bytes(screen[:2], "little"), int.from_bytes(screen[2:4], "little")
        file.seek(_color_table_bytes(screen[4]), 1)
    pictures = 0
    while (block := _next_block(file)) and block != _TRAILER:
        if block == _IMAGE:
            pictures += 1
            left, top, across, down = _place(place := file.read(9))
            width, height = max(width, left + across), max(height, top + down)
            file.seek(_color_table_bytes(place[8] if len(place) == 9 else 0) + 1, 1)
        else:
            file.seek(1, 1)
        _skip_data(file)
    if not block:
        return "is truncated: no trailer (GIF)"
    # An image has one byte per pixel; a frame of an animation is composed in RGBA from the previous one.
    if not is_decodable(width * height, width * height * (2 if pictures == 1 else 12)):
        return None
    return decoding_problem(file, "GIF")


def _next_block(file: BinaryIO) -> bytes:
    """The type of the next block; stray bytes before it are skipped, as browsers do. Empty if there is none."""
    while chunk := file.read(1) if (at := file.tell()) else b"":
        if not _BLOCK.match(chunk):
            chunk += file.read(_CHUNK_BYTES)
        if found := _BLOCK.search(chunk):
            file.seek(at + found.end())
            return found[0]
    return b""


def _place(place: bytes) -> tuple[int, ...]:
    return tuple(int.from_bytes(place[at : at + 2], "little") for at in (0, 2, 4, 6))


def _skip_data(file: BinaryIO) -> None:
    """Skips the data of a block, which consist of sub-blocks of up to 255 bytes."""
    while size := file.read(1):
        if size == b"\0":
            return
        file.seek(size[0], 1)


def _color_table_bytes(flags: int) -> int:
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0

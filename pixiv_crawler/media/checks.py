"""The check of each type of file; this module has those of GIF and WebP."""

import re
from collections.abc import Callable
from typing import BinaryIO

from pixiv_crawler.media import MediaKind
from pixiv_crawler.media.archive import zip_problem
from pixiv_crawler.media.decoding import decoding_problem, is_decodable
from pixiv_crawler.media.jpeg import jpeg_problem
from pixiv_crawler.media.png import png_problem

_CHUNK_BYTES = 64 * 1024
_IMAGE, _EXTENSION, _TRAILER = b",", b"!", b";"
_BLOCK = re.compile(b"[,!;]")
_HEAD_BYTES = 30


def gif_problem(file: BinaryIO) -> str | None:
    """What is wrong with a GIF; None if it is complete, even with appended data.

    Its blocks must lead to its trailer; the last byte alone may be part of the pixel data.
    """
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


def webp_problem(file: BinaryIO) -> str | None:
    """What is wrong with a WebP; None if it has its declared length, even with appended data, and can be decoded."""
    file.seek(0)
    head = file.read(_HEAD_BYTES)
    end = 8 + int.from_bytes(head[4:8], "little")
    size = file.seek(0, 2)
    if size < end:
        return f"is truncated: {size} of {end} bytes (WEBP)"
    pixels = _pixels(head)
    # Pillow reads the entire file and holds three RGBA images.
    return decoding_problem(file, "WEBP") if is_decodable(pixels, size + 12 * pixels) else None


def _pixels(head: bytes) -> int:
    """Pixels of the canvas, according to the first chunk."""
    match head[12:16]:
        case b"VP8X":
            return (1 + int.from_bytes(head[24:27], "little")) * (1 + int.from_bytes(head[27:30], "little"))
        case b"VP8L":
            bits = int.from_bytes(head[21:25], "little")
            return (1 + (bits & 0x3FFF)) * (1 + (bits >> 14 & 0x3FFF))
        case _:
            size = int.from_bytes(head[26:28], "little"), int.from_bytes(head[28:30], "little")
            return (size[0] & 0x3FFF) * (size[1] & 0x3FFF)


CHECKS: dict[MediaKind, Callable[[BinaryIO], str | None]] = {
    MediaKind.JPEG: jpeg_problem,
    MediaKind.PNG: png_problem,
    MediaKind.GIF: gif_problem,
    MediaKind.WEBP: webp_problem,
    MediaKind.ZIP: zip_problem,
}
"""What is wrong with an open file of the type, as a predicate; None if it is valid."""

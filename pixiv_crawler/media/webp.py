"""WEBP: whether it is as long as it says, and whether Pillow can decode it."""

from __future__ import annotations

from typing import BinaryIO

from pixiv_crawler.media.decoding import decoding_problem, is_decodable

_HEAD_BYTES = 30


def webp_problem(file: BinaryIO) -> str | None:
    """What is wrong with a WEBP; None when it is whole, whatever was appended to it."""
    file.seek(0)
    head = file.read(_HEAD_BYTES)
    end = 8 + int.from_bytes(head[4:8], "little")
    size = file.seek(0, 2)
    if size < end:
        return f"ends early: {size} of {end} bytes (WEBP)"
    pixels = _pixels(head)
    # Pillow reads the whole file, and holds three pictures in colours.
    return decoding_problem(file, "WEBP") if is_decodable(pixels, size + 12 * pixels) else None


def _pixels(head: bytes) -> int:
    """Of the canvas, as the first chunk tells."""
    match head[12:16]:
        case b"VP8X":
            return (1 + int.from_bytes(head[24:27], "little")) * (1 + int.from_bytes(head[27:30], "little"))
        case b"VP8L":
            bits = int.from_bytes(head[21:25], "little")
            return (1 + (bits & 0x3FFF)) * (1 + (bits >> 14 & 0x3FFF))
        case _:
            size = int.from_bytes(head[26:28], "little"), int.from_bytes(head[28:30], "little")
            return (size[0] & 0x3FFF) * (size[1] & 0x3FFF)

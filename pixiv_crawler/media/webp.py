"""Verifies a WebP: its declared length, and that Pillow can decode it."""

from typing import BinaryIO

from pixiv_crawler.media.decoding import decoding_problem, is_decodable

_HEAD_BYTES = 30


def webp_problem(file: BinaryIO) -> str | None:
    """What is wrong with a WebP; None if it is complete, even with appended data."""
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

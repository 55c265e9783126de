"""Decodes pictures by Pillow, as far as memory allows."""

from __future__ import annotations

import struct
import threading
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

# Named, or Pillow would load all its formats to find one of them.
from PIL import GifImagePlugin, Image, ImageSequence, JpegImagePlugin, MpoImagePlugin, WebPImagePlugin  # noqa: F401

MOST_BYTES = 32 * 1024 * 1024
"""Memory that one decoder may take. A picture that would need more is not decoded: its structure has been checked."""
# Of all pictures of an animation together; its first ones stand for the rest.
_MOST_PIXELS = 200_000_000

UNREADABLE = (
    OSError, SyntaxError, EOFError, ValueError, LookupError, TypeError, AttributeError, AssertionError, ArithmeticError,
    RuntimeError, MemoryError, struct.error, zlib.error, Image.DecompressionBombError,
)  # fmt: skip
"""What Pillow raises for files that are no such thing."""

# One decoder at a time: pictures are large, and the filters of `warnings` belong to all threads.
_decoding = threading.Lock()


def is_decodable(pixels: int, needed_bytes: float) -> bool:
    """Whether a picture is small enough to be decoded."""
    return pixels <= (Image.MAX_IMAGE_PIXELS or pixels) and needed_bytes <= MOST_BYTES


def decoding_problem(file: BinaryIO, kind: str) -> str | None:
    """What Pillow finds when it decodes the pictures of a file."""
    pixels = 0
    try:
        with _opened(file, kind) as image:
            for frame in ImageSequence.Iterator(image):
                pixels += frame.width * frame.height
                if pixels > _MOST_PIXELS:
                    break
                frame.load()
    except UNREADABLE as error:
        return f"cannot be decoded: {error}"
    return None


def decode_reduced(file: BinaryIO) -> Image.Image:
    """The picture of a JPEG at an eighth of its size: a pixel stands for a block of 8 x 8.

    Raises:
        One of `UNREADABLE`: it cannot be decoded.
    """
    with _opened(file, "JPEG") as image:
        image.draft(None, (max(1, image.width // 8), max(1, image.height // 8)))
        return image.copy()


@contextmanager
def decoding_lock() -> Iterator[None]:
    """While the block lasts, no other thread decodes, and Pillow's warnings are nobody's matter."""
    with _decoding, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of odd metadata, and of large pictures
        yield


@contextmanager
def _opened(file: BinaryIO, kind: str) -> Iterator[Image.Image]:
    with decoding_lock():
        file.seek(0)
        with Image.open(file, formats=[kind]) as image:
            yield image


def eight_bits(image: Image.Image) -> Image.Image:
    """A picture of 16 bits of grey with 8; Pillow's own conversion makes white of all but the darkest."""
    picture = image.convert("I").point([value >> 8 for value in range(1 << 16)], "L")
    picture.info = {}  # a transparent colour would be one of 16 bits
    return picture

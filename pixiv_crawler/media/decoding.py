"""Decodes images with Pillow, within a memory limit."""

import struct
import threading
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

# Imported explicitly; otherwise Pillow would load all its formats.
from PIL import GifImagePlugin, Image, ImageSequence, JpegImagePlugin, MpoImagePlugin, PngImagePlugin, WebPImagePlugin  # noqa: F401

BACKGROUND = "white"
MOST_BYTES = 32 * 1024 * 1024
"""The memory limit of a decoder. An image that would need more is not decoded; only its structure is verified."""
# Maximum total of pixels in the frames of an animation that are decoded; these represent the remaining frames.
_MOST_PIXELS = 200_000_000
_FORMATS = ["JPEG", "PNG", "GIF", "WEBP"]

UNREADABLE = (
    OSError, SyntaxError, EOFError, ValueError, LookupError, TypeError, AttributeError, AssertionError, ArithmeticError,
    RuntimeError, MemoryError, struct.error, zlib.error, Image.DecompressionBombError,
)  # fmt: skip
"""What Pillow raises for invalid files."""

# One decoder at a time: images are large, and the filters of `warnings` are shared by all threads.
_decoding = threading.Lock()


def is_decodable(pixels: int, needed_bytes: float) -> bool:
    """Whether an image is small enough to be decoded."""
    return pixels <= (Image.MAX_IMAGE_PIXELS or pixels) and needed_bytes <= MOST_BYTES


def decoding_problem(file: BinaryIO, kind: str) -> str | None:
    """The error that Pillow reports when it decodes the images of a file; None if there is none."""
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
    """The image of a JPEG at an eighth of its size: each pixel represents a block of 8 x 8.

    Raises:
        One of `UNREADABLE`: it cannot be decoded.
    """
    with _opened(file, "JPEG") as image:
        image.draft(None, (max(1, image.width // 8), max(1, image.height // 8)))
        return image.copy()


def image_size(path: Path) -> tuple[int, int] | None:
    """The width and height of an image in pixels, from its header; None if it cannot be read."""
    try:
        with decoding_lock(), Image.open(path, formats=_FORMATS) as image:
            return image.size
    except UNREADABLE:
        return None


def size_problem(file: BinaryIO, kind: str, expected: tuple[int, int]) -> str | None:
    """Whether an image has another width and height; a rotated one has not."""
    try:
        with _opened(file, kind) as image:
            size = image.size
    except UNREADABLE:
        return None  # its structure has been verified; such as an image too large to be opened
    if sorted(size) == sorted(expected):
        return None
    return f"has {size[0]}x{size[1]} pixels, but the work has {expected[0]}x{expected[1]}"


@contextmanager
def decoding_lock() -> Iterator[None]:
    """Within the block, no other thread decodes, and Pillow's warnings are ignored."""
    with _decoding, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about unusual metadata and large images
        yield


@contextmanager
def _opened(file: BinaryIO, kind: str) -> Iterator[Image.Image]:
    with decoding_lock():
        file.seek(0)
        with Image.open(file, formats=[kind]) as image:
            yield image


def opaque(image: Image.Image) -> Image.Image:
    """A copy in RGB, white where it is transparent, without the metadata of the file."""
    if image.mode.startswith("I"):
        image = eight_bits(image)
    if image.has_transparency_data:
        layer = image.convert("RGBA")
        picture = Image.new("RGB", image.size, BACKGROUND)
        picture.paste(layer, mask=layer)
        return picture
    picture = image.convert("RGB")
    picture.info = {}
    return picture


def eight_bits(image: Image.Image) -> Image.Image:
    """Converts a 16-bit greyscale image to 8 bits; Pillow's own conversion turns all but the darkest pixels white."""
    picture = image.convert("I").point([value >> 8 for value in range(1 << 16)], "L")
    picture.info = {}  # a transparent colour would still have 16 bits
    return picture

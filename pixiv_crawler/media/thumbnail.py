"""Generates thumbnails with Pillow: upright, opaque, with 8 bits per channel."""

import hashlib
import io
import os
from pathlib import Path
from typing import BinaryIO

# Imported explicitly; otherwise Pillow would load all its formats.
from PIL import GifImagePlugin, Image, ImageOps, JpegImagePlugin, MpoImagePlugin, PngImagePlugin, WebPImagePlugin  # noqa: F401

from pixiv_crawler.exceptions import PixivCrawlerError
from pixiv_crawler.layout.atomic_write import write_atomically
from pixiv_crawler.media.decoding import UNREADABLE, eight_bits, opaque

_FORMATS = ["JPEG", "PNG", "GIF", "WEBP"]
_SAVED_AS = {".webp": "WEBP", ".jpg": "JPEG", ".jpeg": "JPEG"}
_QUALITY = 80
# WebP effort, 0 to 6: Pillow's default of 4 takes more than twice the time and saves only 5 % of the bytes.
_METHOD = 2
_ORIENTATION = 0x0112


class ThumbnailError(PixivCrawlerError):
    """A file from which no thumbnail can be generated: Pillow cannot read it, or it is too large for memory."""


def make_thumbnail(source: Path | BinaryIO, target: Path, longest_side: int) -> None:
    """Writes the result of `thumbnail_of` atomically to `target`, whose suffix is .webp or .jpg.

    Raises:
        ThumbnailError: no thumbnail can be generated from the source.
        OSError: the target cannot be written; its folder exists.
    """
    content = thumbnail_of(source, longest_side, target.suffix)
    # Short, regardless of the target's name.
    part = target.with_name(f".{hashlib.sha256(target.name.encode()).hexdigest()[:16]}.{os.getpid()}.part")
    write_atomically(target, content, temporary=part)


def thumbnail_of(source: Path | BinaryIO, longest_side: int, suffix: str = ".webp") -> bytes:
    """A thumbnail of `source`, at most `longest_side` pixels wide and high, and never larger than the source.

    An animation is represented by its first frame; transparency becomes white. A JPEG is decoded at a fraction of its
    size; others take the memory of all their pixels, at most `Image.MAX_IMAGE_PIXELS`. The caller handles Pillow's
    warnings. `suffix` is .webp or .jpg.

    Raises:
        ThumbnailError: no thumbnail can be generated from the source.
    """
    try:
        picture = _small(source, longest_side)
    except (*UNREADABLE, Warning) as error:
        name = source if isinstance(source, Path) else "it"
        raise ThumbnailError(
            f"no thumbnail can be generated from {name} ({error}): download the file again"
        ) from error
    content = io.BytesIO()
    picture.save(content, _SAVED_AS[suffix], quality=_QUALITY, method=_METHOD)
    return content.getvalue()


def _small(source: Path | BinaryIO, longest_side: int) -> Image.Image:
    with Image.open(source, formats=_FORMATS) as image:
        # Twice the target size, so that the final resampling is of good quality.
        image.draft(None, (2 * longest_side, 2 * longest_side))
        if image.width * image.height > (Image.MAX_IMAGE_PIXELS or image.width * image.height):
            raise ValueError(f"{image.width} x {image.height} pixels exceed the memory limit")
        image.load()
        # Read before any other step, because a converted image loses the orientation in its metadata.
        turn = image.getexif().get(_ORIENTATION, 1)
        small = _resizable(image)
        small.thumbnail((longest_side, longest_side), Image.Resampling.LANCZOS, reducing_gap=2)
        small.getexif()[_ORIENTATION] = turn
        return opaque(ImageOps.exif_transpose(small))


def _resizable(image: Image.Image) -> Image.Image:
    """The image in a mode whose pixels can be averaged."""
    if image.mode.startswith("I"):
        return eight_bits(image)
    if image.mode in ("P", "PA") or "transparency" in image.info:
        return image.convert("RGBA" if image.has_transparency_data else "RGB")
    return image.convert("L") if image.mode == "1" else image

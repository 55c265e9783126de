"""The files of the simulated Pixiv: small images in a colour of their own with their name drawn in, and zips of them.

Everything here is a pure function of its arguments: the same file has the same bytes in every run.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from io import BytesIO
from random import Random
from zipfile import ZIP_STORED, ZipFile, ZipInfo
from zlib import crc32

from PIL import Image, ImageDraw, ImageFont

Size = tuple[int, int]

CONTENT_TYPES = {"jpg": "image/jpeg", "png": "image/png", "gif": "image/gif", "zip": "application/zip"}
_FORMATS = {"jpg": "JPEG", "png": "PNG", "gif": "GIF"}
_FONT = ImageFont.load_default_imagefont()
# A JPEG comment segment: two bytes of marker, two of length (which counts itself), at most 65,533 of text.
_SEGMENT_HEAD = 4
_SEGMENT_MAX = 65_537
_NOISE = Random("noise").randbytes(_SEGMENT_MAX)


@lru_cache(maxsize=8192)
def image(label: str, size: Size, extension: str) -> bytes:
    """An image whose colour follows from its label; the label is drawn in, one word per line."""
    drawn = crc32(label.encode())
    colour = (drawn >> 16 & 255, drawn >> 8 & 255, drawn & 255)
    picture = Image.new("RGB", size, colour)
    ink = "black" if sum(colour) > 380 else "white"
    ImageDraw.Draw(picture).text((3, 3), label.replace(" ", "\n"), fill=ink, font=_FONT)
    file = BytesIO()
    picture.save(file, _FORMATS[extension])
    return file.getvalue()


def padded(jpeg: bytes, total_bytes: int) -> bytes:
    """The same picture in a JPEG of about `total_bytes`: comments full of noise follow its first segment."""
    first = 4 + int.from_bytes(jpeg[4:6], "big")
    return b"".join((jpeg[:first], *_comments(total_bytes - len(jpeg)), jpeg[first:]))


def _comments(missing: int) -> Iterator[bytes]:
    while missing > _SEGMENT_HEAD:
        segment = min(missing, _SEGMENT_MAX)
        yield b"\xff\xfe" + (segment - 2).to_bytes(2, "big") + _NOISE[: segment - _SEGMENT_HEAD]
        missing -= segment


@lru_cache(maxsize=64)
def frames_zip(label: str, names: tuple[str, ...], size: Size) -> bytes:
    """The frames of a ugoira; stored, as Pixiv does it, since JPEG does not shrink."""
    file = BytesIO()
    with ZipFile(file, "w", ZIP_STORED) as archive:
        for number, name in enumerate(names):
            # A ZipInfo of its own has a fixed date; writestr with a name would take the present one.
            archive.writestr(ZipInfo(name), image(f"{label} {number}", size, "jpg"))
    return file.getvalue()

"""The files of the simulated Pixiv: small images of one colour with a label, and zips of them.

All functions are pure: the same file has the same bytes in every run.
"""

from collections.abc import Iterator
from functools import lru_cache
from io import BytesIO
from random import Random
from zipfile import ZIP_STORED, ZipFile, ZipInfo
from zlib import crc32

from PIL import Image, ImageDraw, ImageFont

Size = tuple[int, int]
Colour = tuple[int, int, int]

CONTENT_TYPES = {
    "jpg": "image/jpeg",
    "png": "image/png",
    "gif": "image/gif",
    "webp": "image/webp",
    "zip": "application/zip",
}
FORMATS = {"jpg": "JPEG", "png": "PNG", "gif": "GIF", "webp": "WEBP"}
_FONT = ImageFont.load_default_imagefont()
# Four levels of each colour component are so far apart that neither JPEG nor GIF can blur them.
_FRAME_LEVEL = 85
# A JPEG comment segment: two bytes of marker, two of length (which includes itself), at most 65,533 of text.
_SEGMENT_HEAD = 4
_SEGMENT_MAX = 65_537
_NOISE = Random("noise").randbytes(_SEGMENT_MAX)


def picture(label: str, size: Size) -> Image.Image:
    """An image whose colour is derived from its label; the label is drawn on it, one word per line."""
    checksum = crc32(label.encode())
    colour = (checksum >> 16 & 255, checksum >> 8 & 255, checksum & 255)
    painted = Image.new("RGB", size, colour)
    ink = "black" if sum(colour) > 380 else "white"
    ImageDraw.Draw(painted).text((3, 3), label.replace(" ", "\n"), fill=ink, font=_FONT)
    return painted


def frame_picture(label: str, number: int, size: Size) -> Image.Image:
    """A frame of an animation: the upper half has the `frame_colour` of its number, the lower half shows the label."""
    width, height = size
    upper = max(1, height // 2)
    painted = Image.new("RGB", size, frame_colour(number))
    painted.paste(picture(f"{label} {number}", (width, max(1, height - upper))), (0, upper))
    return painted


def frame_colour(number: int) -> Colour:
    """The colour that identifies a frame of an animation and its position; frame 65 has the colour of the first."""
    return number // 16 % 4 * _FRAME_LEVEL, number // 4 % 4 * _FRAME_LEVEL, number % 4 * _FRAME_LEVEL


@lru_cache(maxsize=8192)
def image(label: str, size: Size, extension: str) -> bytes:
    """The `picture`, encoded as a file."""
    return _encoded(picture(label, size), FORMATS[extension])


@lru_cache(maxsize=8192)
def frame(label: str, number: int, size: Size, extension: str) -> bytes:
    """The `frame_picture`, encoded as a file."""
    return _encoded(frame_picture(label, number, size), FORMATS[extension])


def padded(jpeg: bytes, total_bytes: int) -> bytes:
    """The same image as a JPEG of about `total_bytes`: comments of random bytes follow the first segment."""
    first = 4 + int.from_bytes(jpeg[4:6], "big")
    return b"".join((jpeg[:first], *_comments(total_bytes - len(jpeg)), jpeg[first:]))


@lru_cache(maxsize=64)
def frames_zip(label: str, names: tuple[str, ...], size: Size) -> bytes:
    """The frames of a ugoira; stored uncompressed, as Pixiv does, because JPEG does not compress further."""
    file = BytesIO()
    with ZipFile(file, "w", ZIP_STORED) as archive:
        for number, name in enumerate(names):
            # A ZipInfo has a fixed date; writestr with a name would use the current one.
            archive.writestr(ZipInfo(name), frame(label, number, size, "jpg"))
    return file.getvalue()


def _encoded(painted: Image.Image, format_name: str) -> bytes:
    file = BytesIO()
    painted.save(file, format_name)
    return file.getvalue()


def _comments(missing: int) -> Iterator[bytes]:
    while missing > _SEGMENT_HEAD:
        segment = min(missing, _SEGMENT_MAX)
        yield b"\xff\xfe" + (segment - 2).to_bytes(2, "big") + _NOISE[: segment - _SEGMENT_HEAD]
        missing -= segment

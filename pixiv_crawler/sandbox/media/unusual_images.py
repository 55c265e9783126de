"""Originals that are unlike most images, or that Pixiv itself has damaged."""

from collections.abc import Callable, Mapping
from functools import lru_cache
from io import BytesIO

from PIL import Image

from .images import Size, frame_picture, image, picture

_FRAMES, _FRAME_MILLISECONDS = 4, 100


@lru_cache(maxsize=64)
def animated_gif(label: str, size: Size) -> bytes:
    """Four frames of 100 ms each, looping forever."""
    first, *others = (frame_picture(label, number, size) for number in range(_FRAMES))
    file = BytesIO()
    first.save(file, "GIF", save_all=True, append_images=others, duration=_FRAME_MILLISECONDS, loop=0)
    return file.getvalue()


@lru_cache(maxsize=64)
def cmyk_jpeg(label: str, size: Size) -> bytes:
    """A JPEG with the four colour components of print."""
    file = BytesIO()
    picture(label, size).convert("CMYK").save(file, "JPEG")
    return file.getvalue()


@lru_cache(maxsize=64)
def deep_png(label: str, size: Size) -> bytes:
    """A 16-bit greyscale image: the lower half is a gradient from black to white, the upper half shows the label."""
    width, height = size
    row = b"".join((column * 65_535 // max(1, width - 1)).to_bytes(2, "little") for column in range(width))
    painted = Image.frombytes("I;16", size, row * height)
    painted.paste(picture(label, (width, max(1, height // 2))).convert("L").convert("I;16"), (0, 0))
    file = BytesIO()
    painted.save(file, "PNG")
    return file.getvalue()


def png(label: str, size: Size) -> bytes:
    return image(label, size, "png")


def png_without_end(label: str, size: Size) -> bytes:
    """Its last chunk is missing; all pixels are there."""
    return png(label, size)[:-12]


def png_with_bad_checksum(label: str, size: Size) -> bytes:
    """The checksum of its last chunk, which contains nothing, is wrong."""
    return png(label, size)[:-4] + b"\0\0\0\0"


def one_pixel(label: str, _size: Size) -> bytes:
    """A valid image, which is not the one that the work has."""
    return png(label, (1, 1))


# By `WorkSpec.content`.
MAKERS: Mapping[str, Callable[[str, Size], bytes]] = {
    "animated": animated_gif,
    "cmyk": cmyk_jpeg,
    "deep": deep_png,
    "png": png,
    "without_end": png_without_end,
    "bad_checksum": png_with_bad_checksum,
    "one_pixel": one_pixel,
}

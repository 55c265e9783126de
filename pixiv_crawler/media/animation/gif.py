"""Animated GIF: 256 colours for each change, delays in hundredths of a second.

Pillow encodes each change; its own writer for animations keeps every frame in memory.
"""

import math
import struct
from collections.abc import Sequence
from pathlib import Path

from PIL import Image
from PIL.GifImagePlugin import getdata

from pixiv_crawler.media.animation.frames import FrameSequence

_COLORS = 256
# The number of pixels that determine the palette of an image; using all takes several times as long.
_SAMPLED_PIXELS = 250_000
# Each frame stays on the canvas; the next one is drawn over it.
_STAYS = 1
_MS_PER_HUNDREDTH = 10
# Browsers show a shorter frame for ten times as long.
_SHORTEST = 2
_FOREVER = b"!\xff\x0bNETSCAPE2.0\x03\x01\0\0\0"


def write_gif(path: Path, frames: FrameSequence) -> None:
    """Writes frames as a GIF.

    Raises:
        AnimationError: no frame can be used.
    """
    numbers, delays = zip(*timing(frames.delays), strict=True)
    with path.open("wb") as file:
        file.write(b"GIF89a" + struct.pack("<HHBBB", *frames.size, 0x70, 0, 0) + _FOREVER)
        for ((left, top, *_), change), delay in zip(frames.changes(numbers), delays, strict=True):
            milliseconds = delay * _MS_PER_HUNDREDTH
            file.writelines(
                getdata(
                    _reduced(change), (left, top), duration=milliseconds, disposal=_STAYS, include_color_table=True
                )
            )
        file.write(b";")


def timing(delays: Sequence[int]) -> list[tuple[int, int]]:
    """The numbers of the frames that are shown, and their hundredths of a second; `delays` are in milliseconds.

    Each frame ends where its milliseconds end, rounded down, so that rounding errors do not accumulate. A frame is
    shown for at least two hundredths: a shorter one takes them from the next, and a frame of which nothing remains is
    omitted. The total is exact to a hundredth, and at least two hundredths.
    """
    shown: list[tuple[int, int]] = []
    wanted = now = 0
    for number, delay in enumerate(delays):
        wanted += delay
        if (left := wanted // _MS_PER_HUNDREDTH - now) > 0 or not shown:
            shown.append((number, max(left, _SHORTEST)))
            now += shown[-1][1]
    return shown


def _reduced(picture: Image.Image) -> Image.Image:
    """An image reduced to its best palette, with dithering."""
    step = max(1.0, math.sqrt(picture.width * picture.height / _SAMPLED_PIXELS))
    size = max(1, int(picture.width / step)), max(1, int(picture.height / step))
    sample = picture.resize(size, Image.Resampling.NEAREST).quantize(_COLORS, Image.Quantize.MEDIANCUT)
    return picture.quantize(palette=sample, dither=Image.Dither.FLOYDSTEINBERG)

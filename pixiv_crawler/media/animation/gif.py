"""Animated GIF: 256 colours for each change, delays in hundredths of a second.

Pillow encodes each change; its writer of whole animations keeps every frame in memory.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Sequence
from pathlib import Path

from PIL import Image
from PIL.GifImagePlugin import getdata

from pixiv_crawler.media.animation.film import Film

_COLORS = 256
# So many pixels tell the colours of a picture; looking at all takes several times as long.
_SAMPLED_PIXELS = 250_000
# The change stays.
_STAYS = 1
_MS_PER_HUNDREDTH = 10
# Browsers show a frame of less for ten times as long.
_SHORTEST = 2
_FOREVER = b"!\xff\x0bNETSCAPE2.0\x03\x01\0\0\0"


def write_gif(path: Path, film: Film) -> None:
    """Writes a film as GIF.

    Raises:
        AnimationError: a frame cannot be decoded.
    """
    numbers, delays = zip(*timing(film.delays), strict=True)
    with path.open("wb") as file:
        file.write(b"GIF89a" + struct.pack("<HHBBB", *film.size, 0x70, 0, 0) + _FOREVER)
        for ((left, top, *_), change), delay in zip(film.changes(numbers), delays, strict=True):
            milliseconds = delay * _MS_PER_HUNDREDTH
            file.writelines(
                getdata(
                    _reduced(change), (left, top), duration=milliseconds, disposal=_STAYS, include_color_table=True
                )
            )
        file.write(b";")


def timing(delays: Sequence[int]) -> list[tuple[int, int]]:
    """Which frames are shown, and for how many hundredths of a second; delays are in milliseconds.

    Each frame ends where its milliseconds end, rounded down, so that the rounding never adds up. None is shown for
    less than two hundredths: one that was not given so long takes them from the next, and one of which nothing is left
    so is left out. The total is right to a hundredth, or two hundredths when it is less.
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
    """A picture in the colours that suit it best, dithered."""
    step = max(1.0, math.sqrt(picture.width * picture.height / _SAMPLED_PIXELS))
    size = max(1, int(picture.width / step)), max(1, int(picture.height / step))
    sample = picture.resize(size, Image.Resampling.NEAREST).quantize(_COLORS, Image.Quantize.MEDIANCUT)
    return picture.quantize(palette=sample, dither=Image.Dither.FLOYDSTEINBERG)

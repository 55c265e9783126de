"""The frames of an animation, as all its formats are made of them: checked before, and read one at a time."""

from __future__ import annotations

import io
import warnings
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from typing import IO, BinaryIO

# Named, or Pillow would load all its formats to find one of them.
from PIL import GifImagePlugin, Image, ImageChops, ImageOps, JpegImagePlugin, PngImagePlugin, WebPImagePlugin  # noqa: F401

from pixiv_crawler.exceptions import FileError
from pixiv_crawler.items import Frame
from pixiv_crawler.media.archive import zip_problem
from pixiv_crawler.media.decoding import MOST_BYTES, UNREADABLE, eight_bits
from pixiv_crawler.media.jpeg import jpeg_problem

Box = tuple[int, int, int, int]
"""Left, top, right and bottom of a part of a picture; the last two are outside."""

UNUSABLE = (*UNREADABLE, zipfile.BadZipFile)
"""What comes of files that are no frames, and of pictures that a format cannot hold.

An `OSError` with a number is the disk's.
"""

# Delays have 16 bits in an animated PNG; no frame stands for a minute.
_LONGEST_MS = 65_535
# As many as a ZIP may have members; a name can come more than once.
_MOST_FRAMES = 10_000
# Pixiv's frames have 2 megapixels at most. A picture in memory takes 4 bytes a pixel.
_MOST_PIXELS = 16_000_000
# Of all frames together: 2,400 of 1920x1080, which take minutes of work.
_MOST_PIXELS_IN_ALL = 5_000_000_000

_KINDS = ("JPEG", "PNG", "GIF", "WEBP")
_PAPER = "white"


class AnimationError(FileError):
    """An animation that cannot be made; its ZIP is as it was."""


class Film:
    """Frames of an animation that are shown for a time, all of one size and in opaque colours."""

    def __init__(self, file: BinaryIO, frames: Sequence[Frame]) -> None:
        """Reads a ZIP, which stays open.

        Raises:
            AnimationError: the ZIP, the metadata or the head of a frame is broken, or too much is asked for.
        """
        self._frames = _checked(frames)
        if problem := zip_problem(file):
            raise AnimationError(f"the animation's ZIP {problem}")
        self._archive = zipfile.ZipFile(file)
        sizes = {name: self._size_of(name) for name in dict.fromkeys(frame.file for frame in self._frames)}
        self.size = sizes[self._frames[0].file]
        """Width and height of the first frame, into which all others are fitted."""
        pixels = sum(sizes[frame.file][0] * sizes[frame.file][1] for frame in self._frames)
        if pixels > _MOST_PIXELS_IN_ALL:
            raise AnimationError(f"the animation has {pixels} pixels in all, of at most {_MOST_PIXELS_IN_ALL}")

    @property
    def delays(self) -> list[int]:
        """For how many milliseconds each frame is shown."""
        return [frame.delay for frame in self._frames]

    def pictures(self, numbers: Iterable[int] | None = None) -> Iterator[Image.Image]:
        """The frames of these numbers, else all.

        Raises:
            AnimationError: one cannot be decoded.
        """
        for number in range(len(self._frames)) if numbers is None else numbers:
            picture = self._read(self._frames[number].file)
            yield picture if picture.size == self.size else ImageOps.pad(picture, self.size, color=_PAPER)

    def changes(self, numbers: Iterable[int] | None = None, *, grid: int = 1) -> Iterator[tuple[Box, Image.Image]]:
        """What each frame changes of the one before, and where: all of the first, at least a corner of the others.

        Left and top are multiples of `grid`.

        Raises:
            AnimationError: one cannot be decoded.
        """
        shown: Image.Image | None = None
        for picture in self.pictures(numbers):
            box: Box = (0, 0, *self.size)
            if shown:
                box = ImageChops.difference(shown, picture).getbbox() or (0, 0, 1, 1)
                box = (box[0] - box[0] % grid, box[1] - box[1] % grid, *box[2:])
            yield box, picture.crop(box)
            shown = picture

    def _size_of(self, name: str) -> tuple[int, int]:
        try:
            member = self._archive.getinfo(name)
        except KeyError:
            raise AnimationError(f"the animation's ZIP lacks a frame that the metadata name: {name[:100]!r}") from None
        if member.file_size > MOST_BYTES:
            raise AnimationError(
                f"frame {name} of the animation has {member.file_size} bytes, of at most {MOST_BYTES}"
            )
        try:
            with self._archive.open(member) as content, _opened(content) as image:
                width, height = image.size
        except UNUSABLE as error:
            raise AnimationError(f"frame {name} of the animation cannot be decoded: {error}") from error
        if width * height > _MOST_PIXELS:
            raise AnimationError(
                f"frame {name} of the animation has {width}x{height} pixels, of at most {_MOST_PIXELS}"
            )
        return width, height

    def _read(self, name: str) -> Image.Image:
        try:
            content = io.BytesIO(self._archive.read(name))
            with _opened(content) as image:
                # Pillow pads a truncated JPEG without an error.
                if image.format == "JPEG" and (problem := jpeg_problem(content)):
                    raise AnimationError(f"frame {name} of the animation {problem}")
                return _opaque(image)
        except UNUSABLE as error:
            raise AnimationError(f"frame {name} of the animation cannot be decoded: {error}") from error


def _checked(frames: Sequence[Frame]) -> list[Frame]:
    for frame in frames:
        if not 0 <= frame.delay <= _LONGEST_MS:
            raise AnimationError(
                f"the animation has a frame of {frame.delay} ms, of at least 0 and at most {_LONGEST_MS}"
            )
    shown = [frame for frame in frames if frame.delay]
    if not shown:
        raise AnimationError(f"the animation has no frame that is shown for any time, of {len(frames)}")
    if len(shown) > _MOST_FRAMES:
        raise AnimationError(f"the animation has {len(shown)} frames, of at most {_MOST_FRAMES}")
    return shown


def _opened(file: IO[bytes]) -> Image.Image:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of odd metadata, which are no matter of ours, and of sizes, which we look at
        return Image.open(file, formats=_KINDS)


def _opaque(image: Image.Image) -> Image.Image:
    """A picture without what comes with it in its file: a profile would be written with every frame."""
    if image.mode.startswith("I"):
        image = eight_bits(image)
    if image.has_transparency_data:
        layer = image.convert("RGBA")
        picture = Image.new("RGB", image.size, _PAPER)
        picture.paste(layer, mask=layer)
        return picture
    picture = image.convert("RGB")
    picture.info = {}
    return picture

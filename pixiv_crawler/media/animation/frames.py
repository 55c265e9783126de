"""The frames of an animation: checked in advance, and read one at a time."""

import io
import warnings
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from typing import IO, BinaryIO

# Imported by name: otherwise Pillow would load all its formats.
from PIL import GifImagePlugin, Image, ImageChops, ImageOps, JpegImagePlugin, PngImagePlugin, WebPImagePlugin  # noqa: F401

from pixiv_crawler.items import Frame
from pixiv_crawler.media.animation import AnimationError
from pixiv_crawler.media.archive import directory_problem, member_problem
from pixiv_crawler.media.decoding import BACKGROUND, MOST_BYTES, UNREADABLE, opaque
from pixiv_crawler.media.jpeg import jpeg_problem

Box = tuple[int, int, int, int]
"""Left, top, right and bottom of a part of an image; right and bottom are exclusive."""

UNUSABLE = (*UNREADABLE, zipfile.BadZipFile)
"""The errors raised for files that are not frames, and for images that a format cannot contain.

An `OSError` with a number comes from the disk.
"""

# An animated PNG stores delays in 16 bits; no frame is shown for a minute.
_LONGEST_MS = 65_535
# The limit of members in a ZIP; a member can be used for several frames.
_MOST_FRAMES = 10_000
# Pixiv's frames have at most 2 megapixels. In memory, a pixel takes 4 bytes.
_MOST_PIXELS = 16_000_000
# All frames together: 2,400 frames of 1920x1080, which take minutes to encode.
_MOST_PIXELS_IN_ALL = 5_000_000_000

_KINDS = ("JPEG", "PNG", "GIF", "WEBP")


class FrameSequence:
    """The frames of an animation that are shown for some time, all in one size and in opaque colours.

    In place of a frame that cannot be used, the previous one is shown; at the beginning, the next one.
    """

    def __init__(self, file: BinaryIO, frames: Sequence[Frame]) -> None:
        """Opens a ZIP file, which stays open.

        Raises:
            AnimationError: the ZIP or the metadata is invalid, no frame can be used, or a limit is exceeded.
        """
        self._frames = _checked(frames)
        if problem := directory_problem(file):
            raise AnimationError(f"the animation's ZIP {problem}")
        self._archive = zipfile.ZipFile(file)
        self._problems: dict[str, str] = {}
        """Why frames cannot be used, by name."""
        names = dict.fromkeys(frame.file for frame in self._frames)
        sizes = {name: size for name in names if (size := self._size_of(name))}
        if not sizes:
            raise self._no_frame()
        self.size = next(iter(sizes.values()))
        """Width and height of the first frame, into which the others are fitted."""
        areas = {name: width * height for name, (width, height) in sizes.items()}
        pixels = sum(areas.get(frame.file, 0) for frame in self._frames)
        if pixels > _MOST_PIXELS_IN_ALL:
            raise AnimationError(f"the animation has {pixels} pixels in total, more than {_MOST_PIXELS_IN_ALL}")

    @property
    def delays(self) -> list[int]:
        """The number of milliseconds for which each frame is shown."""
        return [frame.delay for frame in self._frames]

    @property
    def problem(self) -> str | None:
        """Which frames that were read could not be used, in one sentence; None if all could."""
        count = sum(frame.file in self._problems for frame in self._frames)
        if not count:
            return None
        first = next(iter(self._problems.values()))
        return f"{count} of {len(self._frames)} frames cannot be used, so the frame before is shown longer: {first}"

    def pictures(self, numbers: Iterable[int] | None = None) -> Iterator[Image.Image]:
        """The frames with these numbers, or all of them.

        Raises:
            AnimationError: no frame can be used.
        """
        shown: Image.Image | None = None
        for number in range(len(self._frames)) if numbers is None else numbers:
            shown = self._picture(number, shown)
            yield shown

    def _picture(self, number: int, previous: Image.Image | None) -> Image.Image:
        for frame in self._frames[number : number + 1 if previous else None]:
            if frame.file not in self._problems:
                try:
                    picture = self._read(frame.file)
                except AnimationError as error:
                    self._problems[frame.file] = str(error)
                else:
                    is_fitting = picture.size == self.size
                    return picture if is_fitting else ImageOps.pad(picture, self.size, color=BACKGROUND)
        if previous is None:
            raise self._no_frame()
        return previous

    def _no_frame(self) -> AnimationError:
        return AnimationError(f"no frame of the animation can be used: {next(iter(self._problems.values()))}")

    def changes(self, numbers: Iterable[int] | None = None, *, grid: int = 1) -> Iterator[tuple[Box, Image.Image]]:
        """The part of each frame that differs from the previous one, and its box; the first frame is complete.

        For equal frames, the part is a single pixel. Left and top are multiples of `grid`.

        Raises:
            AnimationError: no frame can be used.
        """
        shown: Image.Image | None = None
        for picture in self.pictures(numbers):
            box: Box = (0, 0, *self.size)
            if shown:
                box = ImageChops.difference(shown, picture).getbbox() or (0, 0, 1, 1)
                box = (box[0] - box[0] % grid, box[1] - box[1] % grid, *box[2:])
            yield box, picture.crop(box)
            shown = picture

    def _size_of(self, name: str) -> tuple[int, int] | None:
        """Width and height of a frame; None if it cannot be used."""
        try:
            return self._checked_size(name)
        except AnimationError as error:
            self._problems[name] = str(error)
            return None

    def _checked_size(self, name: str) -> tuple[int, int]:
        try:
            member = self._archive.getinfo(name)
        except KeyError:
            raise AnimationError(
                f"the animation's ZIP lacks a frame that the metadata contains: {name[:100]!r}"
            ) from None
        if member.file_size > MOST_BYTES:
            raise AnimationError(f"frame {name} of the animation has {member.file_size} bytes, more than {MOST_BYTES}")
        if problem := member_problem(self._archive, member):
            raise AnimationError(f"frame {name} of the animation {problem}")
        try:
            with self._archive.open(member) as content, _opened(content) as image:
                width, height = image.size
        except UNUSABLE as error:
            raise AnimationError(f"frame {name} of the animation cannot be decoded: {error}") from error
        if width * height > _MOST_PIXELS:
            raise AnimationError(
                f"frame {name} of the animation has {width}x{height} pixels, more than {_MOST_PIXELS}"
            )
        return width, height

    def _read(self, name: str) -> Image.Image:
        try:
            content = io.BytesIO(self._archive.read(name))
            with _opened(content) as image:
                # Pillow pads a truncated JPEG without an error.
                if image.format == "JPEG" and (problem := jpeg_problem(content)):
                    raise AnimationError(f"frame {name} of the animation {problem}")
                return opaque(image)
        except UNUSABLE as error:
            raise AnimationError(f"frame {name} of the animation cannot be decoded: {error}") from error


def _checked(frames: Sequence[Frame]) -> list[Frame]:
    for frame in frames:
        if not 0 <= frame.delay <= _LONGEST_MS:
            raise AnimationError(
                f"the animation has a frame of {frame.delay} ms, which is not between 0 and {_LONGEST_MS}"
            )
    shown = [frame for frame in frames if frame.delay]
    if not shown:
        raise AnimationError(f"none of the {len(frames)} frames of the animation has a delay")
    if len(shown) > _MOST_FRAMES:
        raise AnimationError(f"the animation has {len(shown)} frames, more than {_MOST_FRAMES}")
    return shown


def _opened(file: IO[bytes]) -> Image.Image:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about metadata, which is not used, and about sizes, which are checked
        return Image.open(file, formats=_KINDS)

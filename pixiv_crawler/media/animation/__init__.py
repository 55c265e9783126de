"""Makes an animation of a ZIP of frames: `webp`, `apng`, `gif`, and with the extra `video` `mp4` and `webm`.

Order and delays of the frames are the metadata's, their pictures the ZIP's. webp, apng, mp4 and webm show each frame
for exactly its milliseconds, gif for hundredths of a second; the pictures repeat for ever where the format can say so.
Two frames are in memory at a time, however many there are; with a video, also the dozen that its encoder looks ahead.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Sequence
from pathlib import Path

from pixiv_crawler.items import Frame
from pixiv_crawler.media.animation.apng import write_apng
from pixiv_crawler.media.animation.film import UNUSABLE, AnimationError, Film
from pixiv_crawler.media.animation.gif import write_gif
from pixiv_crawler.media.animation.video import check_video, write_mp4, write_webm
from pixiv_crawler.media.animation.webp import write_webp

__all__ = ["ANIMATIONS", "VIDEOS", "AnimationError", "check_format", "make_animation", "part_of"]

ANIMATIONS: dict[str, Callable[[Path, Film], None]] = {
    "webp": write_webp,
    "apng": write_apng,
    "gif": write_gif,
    "mp4": write_mp4,
    "webm": write_webm,
}
"""What writes each format that is made of the ZIP."""

VIDEOS = frozenset({"mp4", "webm"})
"""Those that need the extra `video`."""


def check_format(kind: str) -> None:
    """Returns when animations can be had in a format, `zip` and `frames` among them.

    Raises:
        ArgumentError: the extra `video` is not installed, or has no encoder for it.
    """
    if kind in VIDEOS:
        check_video(kind)


def make_animation(zip_path: Path, frames: Sequence[Frame], kind: str, target: Path) -> None:
    """Makes an animation in one of the formats `ANIMATIONS`; the target appears whole, or not at all.

    Frames of 0 ms are left out, as nobody would see them. Frames of another size than the first are fitted into it.

    Raises:
        AnimationError: it cannot be made of these frames.
        OSError: the ZIP is not there, or the disk failed.
    """
    part = part_of(target)
    try:
        with zip_path.open("rb") as file:
            ANIMATIONS[kind](part, Film(file, frames))
        _bring_to_disk(part)
        part.replace(target)
    except UNUSABLE as error:
        if isinstance(error, OSError) and error.errno:
            raise
        raise AnimationError(f"the animation could not be made as {kind}: {error or type(error).__name__}") from error
    finally:
        part.unlink(missing_ok=True)


def part_of(target: Path) -> Path:
    """Under which name an animation is made; one that a killed process left is written anew."""
    return target.with_name(f".{hashlib.sha256(target.name.encode()).hexdigest()[:16]}.making")


def _bring_to_disk(path: Path) -> None:
    with path.open("rb+") as file:
        os.fsync(file.fileno())

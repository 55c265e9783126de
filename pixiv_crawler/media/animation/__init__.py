"""Generates an animation from a ZIP of frames: `webp`, `apng`, `gif`, and with the extra `video` also `mp4` and `webm`.

The metadata determines the order and the delays of the frames, the ZIP contains their images. webp, apng, mp4 and webm
keep delays exact to the millisecond, gif rounds them to hundredths of a second; the animation loops if the format
supports it.
Memory holds two frames at a time, however many there are; a video encoder buffers about a dozen more.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path

from pixiv_crawler.items import Frame
from pixiv_crawler.layout.atomic_write import replace_durably, sync_to_disk
from pixiv_crawler.media.animation.apng import write_apng
from pixiv_crawler.media.animation.frames import UNUSABLE, AnimationError, FrameSequence
from pixiv_crawler.media.animation.gif import write_gif
from pixiv_crawler.media.animation.video import check_video, write_mp4, write_webm
from pixiv_crawler.media.animation.webp import write_webp

__all__ = ["ANIMATIONS", "VIDEOS", "AnimationError", "check_format", "generate_animation", "temporary_path"]

ANIMATIONS: dict[str, Callable[[Path, FrameSequence], None]] = {
    "webp": write_webp,
    "apng": write_apng,
    "gif": write_gif,
    "mp4": write_mp4,
    "webm": write_webm,
}
"""The writer of each format that is generated from the ZIP."""

VIDEOS = frozenset({"mp4", "webm"})
"""The formats that need the extra `video`."""


def check_format(kind: str) -> None:
    """Checks that animations can be stored in a format, including `zip` and `frames`.

    Raises:
        ArgumentError: the extra `video` is not installed, or has no encoder for it.
    """
    if kind in VIDEOS:
        check_video(kind)


def generate_animation(zip_path: Path, frames: Sequence[Frame], kind: str, target: Path) -> str | None:
    """Generates an animation in one of the formats `ANIMATIONS`; the target is complete, or does not exist.

    Frames of 0 ms are omitted, because nobody would see them. Frames that differ in size from the first are fitted into it.
    Returns which frames show the previous one because they cannot be used, in one sentence; None if there are none.

    Raises:
        AnimationError: it cannot be generated from these frames.
        OSError: the ZIP does not exist, or the disk failed.
    """
    part = temporary_path(target)
    try:
        with zip_path.open("rb") as file:
            sequence = FrameSequence(file, frames)
            ANIMATIONS[kind](part, sequence)
        sync_to_disk(part)
        replace_durably(part, target)
        return sequence.problem
    except UNUSABLE as error:
        if isinstance(error, OSError) and error.errno:
            raise
        raise AnimationError(
            f"the animation could not be generated as {kind}: {error or type(error).__name__}"
        ) from error
    finally:
        part.unlink(missing_ok=True)


def temporary_path(target: Path) -> Path:
    """The path of an animation that is being generated; the file that a killed process left there is overwritten."""
    return target.with_name(f".{hashlib.sha256(target.name.encode()).hexdigest()[:16]}.making")

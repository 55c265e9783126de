"""Generates an animation in each of the formats."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from pixiv_crawler.items import Frame
from pixiv_crawler.layout.atomic_write import replace_durably, sync_to_disk
from pixiv_crawler.media.animation import AnimationError, temporary_path
from pixiv_crawler.media.animation.apng import write_apng
from pixiv_crawler.media.animation.frames import UNUSABLE, FrameSequence
from pixiv_crawler.media.animation.gif import write_gif
from pixiv_crawler.media.animation.video import write_video
from pixiv_crawler.media.animation.webp import write_webp

ANIMATIONS: dict[str, Callable[[Path, FrameSequence], None]] = {
    "webp": write_webp,
    "apng": write_apng,
    "gif": write_gif,
    "mp4": partial(write_video, "mp4"),
    "webm": partial(write_video, "webm"),
}
"""The writer of each format that is generated from the ZIP."""


def generate_animation(zip_path: Path, frames: Sequence[Frame], kind: str, target: Path) -> str | None:
    """Generates an animation in one of the formats `ANIMATIONS`; the target is complete, or does not exist.

    Frames of 0 ms are omitted, because nobody would see them. Frames that differ in size from the first are fitted
    into it. Returns which frames show the previous one because they cannot be used, in one sentence; None if there are
    none.

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

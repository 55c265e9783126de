"""Generates an animation from a ZIP of frames: `webp`, `apng`, `gif`, and with the extra `video` also `mp4` and `webm`.

The metadata determines the order and the delays of the frames, the ZIP contains their images. webp, apng, mp4 and webm
keep delays exact to the millisecond, gif rounds them to hundredths of a second; the animation loops if the format
supports it.
Memory holds two frames at a time, however many there are; a video encoder buffers about a dozen more.
"""

import hashlib
from pathlib import Path

from pixiv_crawler.exceptions import FileError

VIDEOS = frozenset({"mp4", "webm"})
"""The formats that need the extra `video`."""


class AnimationError(FileError):
    """An animation that cannot be generated; its ZIP is unchanged."""


def check_format(kind: str) -> None:
    """Checks that animations can be stored in a format, including `zip` and `frames`.

    Raises:
        ArgumentError: the extra `video` is not installed, or has no encoder for it.
    """
    if kind in VIDEOS:
        from pixiv_crawler.media.animation.video import (
            check_video,  # imports Pillow, which a crawl itself may not need
        )

        check_video(kind)


def temporary_path(target: Path) -> Path:
    """The path of an animation that is being generated; the file that a killed process left there is overwritten."""
    return target.with_name(f".{hashlib.sha256(target.name.encode()).hexdigest()[:16]}.making")

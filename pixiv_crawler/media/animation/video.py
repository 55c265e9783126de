"""MP4 (H.264) and WebM (VP9) with exact delays, encoded by PyAV, which is imported only if a video is requested."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from PIL import Image

from pixiv_crawler.exceptions import ArgumentError
from pixiv_crawler.media.animation import AnimationError
from pixiv_crawler.media.animation.frames import FrameSequence

if TYPE_CHECKING:
    from av import VideoFrame
    from av.container import OutputContainer
    from av.video.stream import VideoStream

_ENCODERS: Mapping[str, Literal["libx264", "libvpx-vp9"]] = {"mp4": "libx264", "webm": "libvpx-vp9"}
_OPTIONS: Mapping[str, dict[str, str]] = {
    # Looks ahead a few frames instead of forty, to save memory.
    "mp4": {"preset": "fast", "crf": "18", "rc-lookahead": "10"},
    "webm": {"deadline": "good", "cpu-used": "4", "crf": "24", "b": "0", "row-mt": "1", "lag-in-frames": "10"},
}
_CONTAINER_OPTIONS = {"mp4": {"movflags": "+faststart"}, "webm": {}}
_MS = Fraction(1, 1000)
# Each thread holds frames of its own: otherwise memory would grow with the number of cores.
_THREADS = 2
# The numbers that the standards define: BT.709 colours, levels from 16 to 235.
_BT709, _LIMITED = 1, 1


def check_video(kind: str) -> None:
    """Checks that a video can be encoded.

    Raises:
        ArgumentError: PyAV is not installed, or was built without the encoder.
    """
    try:
        from av import Codec
        from av.codec.codec import UnknownCodecError
    except ImportError as error:
        raise ArgumentError(
            f"animations as {kind} need PyAV, which cannot be imported ({error}): "
            "install the extra with pip install 'pixiv_crawler[video]'"
        ) from error
    try:
        Codec(_ENCODERS[kind], "w")
    except UnknownCodecError as error:
        raise ArgumentError(
            f"animations as {kind} need the encoder {_ENCODERS[kind]}, which this PyAV lacks: "
            "install the PyAV of the Python Package Index with pip install --force-reinstall --only-binary av av"
        ) from error


def write_video(kind: str, path: Path, frames: FrameSequence) -> None:
    """Writes frames as an `mp4`, which can be played before it is loaded completely, or as a `webm`.

    Raises:
        AnimationError: no frame can be used, or the video cannot be encoded.
    """
    try:
        check_video(kind)
    except ArgumentError as error:
        raise AnimationError(str(error)) from error
    import av

    try:
        with av.open(str(path.absolute()), "w", format=kind, options=_CONTAINER_OPTIONS[kind]) as container:
            _encode(container, _stream(container, frames, kind), frames)
    except av.FFmpegError as error:
        if isinstance(error, OSError):
            raise
        raise AnimationError(f"the animation could not be generated as {kind}: {error}") from error


def _stream(container: OutputContainer, frames: FrameSequence, kind: str) -> VideoStream:
    delays = frames.delays
    rate = Fraction(1000 * len(delays), sum(delays)).limit_denominator(1000)
    stream = container.add_stream(_ENCODERS[kind], rate=rate, options=_OPTIONS[kind])
    stream.width, stream.height = _even(frames.size)
    stream.pix_fmt = "yuv420p"
    stream.time_base = stream.codec_context.time_base = _MS
    stream.thread_count = _THREADS
    # A frame that is stored before one that is shown earlier would get the delay of another frame.
    stream.max_b_frames = 0
    stream.colorspace = stream.color_primaries = stream.color_trc = _BT709
    stream.color_range = _LIMITED
    return stream


def _encode(container: OutputContainer, stream: VideoStream, frames: FrameSequence) -> None:
    delays: dict[int, int] = {}
    """The delay of each frame by its start."""
    begin = 0
    for picture, delay in zip(frames.pictures(), frames.delays, strict=True):
        frame = _frame(picture)
        frame.pts, frame.time_base = begin, _MS
        delays[begin] = delay
        begin += delay
        _mux(container, stream, frame, delays)
    _mux(container, stream, None, delays)


def _mux(container: OutputContainer, stream: VideoStream, frame: VideoFrame | None, delays: Mapping[int, int]) -> None:
    """Writes the packets that the encoder completes after a frame; None flushes the encoder."""
    for packet in stream.encode(frame):
        # The encoders do not set it, and without it the last frame would have no end.
        assert packet.pts is not None
        packet.duration = delays[packet.pts]
        container.mux(packet)


def _frame(picture: Image.Image) -> VideoFrame:
    from av import VideoFrame

    if picture.size != (size := _even(picture.size)):
        picture = _grown(picture, size)
    frame = VideoFrame.from_bytes(picture.tobytes("raw", "RGBX"), *picture.size)
    return frame.reformat(format="yuv420p", dst_colorspace="ITU709", dst_color_range="MPEG")


def _grown(picture: Image.Image, size: tuple[int, int]) -> Image.Image:
    """An image whose last column and row are repeated to reach a size."""
    grown = Image.new("RGB", size)
    right, down = size[0] - picture.width, size[1] - picture.height
    # The image pasted with an offset of one pixel provides the edge of the image pasted after it.
    for place in ((right, down), (right, 0), (0, down), (0, 0)):
        grown.paste(picture, place)
    return grown


def _even(size: tuple[int, int]) -> tuple[int, int]:
    """The size rounded up to even numbers: a colour covers two by two pixels."""
    return size[0] + size[0] % 2, size[1] + size[1] % 2

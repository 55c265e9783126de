"""MP4 (H.264) and WEBM (VP9) by PyAV, with the exact delays; PyAV is loaded only when a video is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from PIL import Image

from pixiv_crawler.exceptions import ArgumentError
from pixiv_crawler.media.animation.film import AnimationError, Film

if TYPE_CHECKING:
    from av import VideoFrame
    from av.container import OutputContainer
    from av.video.stream import VideoStream

_ENCODERS: Mapping[str, Literal["libx264", "libvpx-vp9"]] = {"mp4": "libx264", "webm": "libvpx-vp9"}
_OPTIONS: Mapping[str, dict[str, str]] = {
    # Looks a few frames ahead, not forty, for the sake of memory.
    "mp4": {"preset": "fast", "crf": "18", "rc-lookahead": "10"},
    "webm": {"deadline": "good", "cpu-used": "4", "crf": "24", "b": "0", "row-mt": "1", "lag-in-frames": "10"},
}
_MP4_OPTIONS = {"movflags": "+faststart"}
_MS = Fraction(1, 1000)
# Each holds frames of its own, so that memory would follow the number of cores.
_THREADS = 2
# Numbers of the standards: colours by BT.709, levels from 16 to 235.
_BT709, _LIMITED = 1, 1


def check_video(kind: str) -> None:
    """Returns when a video can be made.

    Raises:
        ArgumentError: PyAV is not installed, or was built without the encoder.
    """
    try:
        from av import Codec
        from av.codec.codec import UnknownCodecError
    except ImportError as error:
        raise ArgumentError(
            f"animations as {kind} need PyAV, which cannot be loaded ({error}); "
            "install the extra: pip install 'pixiv_crawler[video]'"
        ) from error
    try:
        Codec(_ENCODERS[kind], "w")
    except UnknownCodecError as error:
        raise ArgumentError(
            f"animations as {kind} need the encoder {_ENCODERS[kind]}, which this PyAV lacks; "
            "install PyAV as the Python Package Index has it: pip install --force-reinstall --only-binary av av"
        ) from error


def write_mp4(path: Path, film: Film) -> None:
    """Writes a film as MP4 that plays before it is there in full.

    Raises:
        AnimationError: a frame cannot be decoded, or the video not be encoded.
    """
    _write(path, film, "mp4", _MP4_OPTIONS)


def write_webm(path: Path, film: Film) -> None:
    """Writes a film as WEBM.

    Raises:
        AnimationError: a frame cannot be decoded, or the video not be encoded.
    """
    _write(path, film, "webm", {})


def _write(path: Path, film: Film, kind: str, options: dict[str, str]) -> None:
    try:
        check_video(kind)
    except ArgumentError as error:
        raise AnimationError(str(error)) from error
    import av

    try:
        with av.open(str(path.absolute()), "w", format=kind, options=options) as container:
            _encode(container, _stream(container, film, kind), film)
    except av.FFmpegError as error:
        if isinstance(error, OSError):
            raise
        raise AnimationError(f"the animation could not be made as {kind}: {error}") from error


def _stream(container: OutputContainer, film: Film, kind: str) -> VideoStream:
    delays = film.delays
    rate = Fraction(1000 * len(delays), sum(delays)).limit_denominator(1000)
    stream = container.add_stream(_ENCODERS[kind], rate=rate, options=_OPTIONS[kind])
    stream.width, stream.height = _even(film.size)
    stream.pix_fmt = "yuv420p"
    stream.time_base = stream.codec_context.time_base = _MS
    stream.thread_count = _THREADS
    # A frame that is stored before one that is shown earlier would have the delay of another.
    stream.max_b_frames = 0
    stream.colorspace = stream.color_primaries = stream.color_trc = _BT709
    stream.color_range = _LIMITED
    return stream


def _encode(container: OutputContainer, stream: VideoStream, film: Film) -> None:
    delays: dict[int, int] = {}
    """Of the frames by their beginnings."""
    begin = 0
    for picture, delay in zip(film.pictures(), film.delays, strict=True):
        frame = _frame(picture)
        frame.pts, frame.time_base = begin, _MS
        delays[begin] = delay
        begin += delay
        _mux(container, stream, frame, delays)
    _mux(container, stream, None, delays)


def _mux(container: OutputContainer, stream: VideoStream, frame: VideoFrame | None, delays: Mapping[int, int]) -> None:
    """Writes what a frame sets free; None sets free what is left."""
    for packet in stream.encode(frame):
        # The encoders do not tell it, and without it the last frame would have no end.
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
    """A picture with its last column and row once more, where the size wants it."""
    grown = Image.new("RGB", size)
    right, down = size[0] - picture.width, size[1] - picture.height
    # Moved by one pixel, the picture leaves its edge behind the edge of the next.
    for place in ((right, down), (right, 0), (0, down), (0, 0)):
        grown.paste(picture, place)
    return grown


def _even(size: tuple[int, int]) -> tuple[int, int]:
    """A colour stands for two by two pixels."""
    return size[0] + size[0] % 2, size[1] + size[1] % 2

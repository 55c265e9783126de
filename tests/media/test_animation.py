"""Animations generated from a ZIP of frames; each is decoded and compared frame by frame."""

from __future__ import annotations

import io
import subprocess
import sys
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import av
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageChops, ImageOps, ImageSequence, ImageStat

from pixiv_crawler.items import Frame
from pixiv_crawler.media import problem_of
from pixiv_crawler.media.animation import VIDEOS, check_format
from pixiv_crawler.media.animation.formats import ANIMATIONS, generate_animation
from pixiv_crawler.media.animation.gif import timing
from pixiv_crawler.options import UgoiraFormat
from tests.crawling import PROJECT

DELAYS = (40, 33, 17, 120, 26, 250, 1000)
IMAGE_FORMATS = sorted(ANIMATIONS.keys() - VIDEOS)
# Mean difference of a channel from the original frame; different frames differ by more.
TOLERANCE = {"webp": 3.0, "apng": 0.0, "gif": 5.0, "mp4": 5.0, "webm": 5.0}


def drawing(number: int, size: tuple[int, int] = (96, 64)) -> Image.Image:
    """A frame that differs in some places from those of other numbers."""
    light = Image.linear_gradient("L").resize(size)
    picture = Image.merge("RGB", (light, light.transpose(Image.Transpose.ROTATE_180), Image.new("L", size, 90)))
    left = number * size[0] // 8
    picture.paste(((37 * number) % 256, 255 - 30 * (number % 8), 40), (left, 8, left + size[0] // 4, size[1] - 8))
    return picture


def encoded(picture: Image.Image, kind: str = "JPEG") -> bytes:
    with io.BytesIO() as file:
        picture.save(file, kind, **({"quality": 95, "subsampling": 0} if kind == "JPEG" else {}))
        return file.getvalue()


def zip_of(folder: Path, contents: Iterable[bytes]) -> Path:
    path = folder / "frames.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for number, content in enumerate(contents):
            archive.writestr(f"{number:06}.jpg", content)
    return path


def frames_of(delays: Sequence[int], files: Sequence[int] | None = None) -> list[Frame]:
    return [
        Frame(file=f"{number:06}.jpg", delay=delay)
        for number, delay in zip(files or range(len(delays)), delays, strict=True)
    ]


@dataclass
class Decoded:
    """A decoded animation."""

    pictures: list[Image.Image]
    starts: list[int]
    """In milliseconds."""
    total: int
    """In milliseconds."""


def decode(path: Path) -> Decoded:
    return decode_video(path) if path.suffix[1:] in VIDEOS else decode_image(path)


def decode_image(path: Path) -> Decoded:
    with Image.open(path) as image:
        pictures, starts, total = [], [], 0
        for frame in ImageSequence.Iterator(image):
            frame.load()
            pictures.append(frame.convert("RGB"))
            starts.append(total)
            total += round(frame.info["duration"])
        assert len(pictures) == image.n_frames
        return Decoded(pictures, starts, total)


def decode_video(path: Path) -> Decoded:
    with av.open(str(path)) as container:
        frames = list(container.decode(video=0))
        assert container.duration is not None
        return Decoded(
            [frame.to_image(src_colorspace="ITU709") for frame in frames],
            [round(frame.pts * frame.time_base * 1000) for frame in frames],
            container.duration // 1000,
        )


def difference(one: Image.Image, other: Image.Image) -> float:
    return float(max(ImageStat.Stat(ImageChops.difference(one, other)).mean))


def start_times(delays: Sequence[int]) -> list[int]:
    return [sum(delays[:number]) for number in range(len(delays))]


def generate(folder: Path, kind: str, contents: Iterable[bytes], frames: Sequence[Frame]) -> Decoded:
    target = folder / f"animation.{kind}"
    generate_animation(zip_of(folder, contents), frames, kind, target)
    assert sorted(path.name for path in folder.iterdir()) == sorted(["frames.zip", target.name])
    return decode(target)


@pytest.mark.parametrize("kind", ANIMATIONS)
def test_every_frame_has_its_image_and_its_delay(kind: str, tmp_path: Path) -> None:
    contents = [encoded(drawing(number)) for number in range(len(DELAYS))]
    result = generate(tmp_path, kind, contents, frames_of(DELAYS))
    sources = [Image.open(io.BytesIO(content)) for content in contents]
    for number, picture in enumerate(result.pictures):
        nearest = min(range(len(sources)), key=lambda other: difference(picture, sources[other]))
        assert nearest == number
        assert difference(picture, sources[number]) <= TOLERANCE[kind]
    assert len(result.pictures) == len(DELAYS)
    if kind == "gif":
        assert all(
            0 <= expected - start < 10 for start, expected in zip(result.starts, start_times(DELAYS), strict=True)
        )
        assert 0 <= sum(DELAYS) - result.total < 10
    else:
        assert result.starts == start_times(DELAYS)
        assert result.total == sum(DELAYS)


@pytest.mark.parametrize("kind", ANIMATIONS)
def test_frames_are_ordered_and_repeated_as_in_the_metadata(kind: str, tmp_path: Path) -> None:
    files = (2, 0, 0, 3, 2)
    result = generate(tmp_path, kind, [encoded(drawing(number)) for number in range(5)], frames_of([50] * 5, files))
    shown = [min(range(5), key=lambda other: difference(picture, drawing(other))) for picture in result.pictures]
    assert shown == list(files)
    assert result.total == 250


@pytest.mark.parametrize("kind", ANIMATIONS)
def test_a_single_frame_gives_a_valid_file_with_its_delay(kind: str, tmp_path: Path) -> None:
    result = generate(tmp_path, kind, [encoded(drawing(1))], frames_of([700]))
    assert difference(result.pictures[0], drawing(1)) < 5
    assert (len(result.pictures), result.total) == (1, 700)


@pytest.mark.parametrize("kind", ANIMATIONS)
def test_the_shortest_and_longest_delays_are_preserved(kind: str, tmp_path: Path) -> None:
    delays = [65_535, 20, 65_535, 1, 30]
    result = generate(tmp_path, kind, [encoded(drawing(number)) for number in range(5)], frames_of(delays))
    if kind == "gif":
        assert abs(sum(delays) - result.total) <= 10
    else:
        assert (result.starts, result.total) == (start_times(delays), sum(delays))


@pytest.mark.parametrize("kind", ANIMATIONS)
def test_a_frame_with_delay_zero_is_skipped(kind: str, tmp_path: Path) -> None:
    result = generate(tmp_path, kind, [encoded(drawing(number)) for number in range(3)], frames_of([100, 0, 60]))
    assert (result.starts, result.total) == ([0, 100], 160)
    assert difference(result.pictures[1], drawing(2)) < difference(result.pictures[1], drawing(1))


@pytest.mark.parametrize("kind", ANIMATIONS)
@pytest.mark.parametrize("size", [(1, 1), (33, 17), (97, 64)], ids=lambda size: "x".join(map(str, size)))
def test_odd_sizes_are_preserved_or_padded_with_the_edge_color(
    kind: str, size: tuple[int, int], tmp_path: Path
) -> None:
    contents = [encoded(Image.new("RGB", size, color), "PNG") for color in ("#c04020", "#2040c0")]
    result = generate(tmp_path, kind, contents, frames_of([100, 100]))
    padded = (size[0] + size[0] % 2, size[1] + size[1] % 2) if kind in VIDEOS else size
    for picture, color in zip(result.pictures, ((0xC0, 0x40, 0x20), (0x20, 0x40, 0xC0)), strict=True):
        assert picture.size == padded
        extrema = ImageChops.difference(picture, Image.new("RGB", padded, color)).getextrema()
        assert max(most for _, most in extrema) <= 8


@pytest.mark.parametrize("kind", ANIMATIONS)
def test_frames_of_other_modes_and_sizes_are_converted_to_those_of_the_first(kind: str, tmp_path: Path) -> None:
    clear = drawing(3).convert("RGBA")
    clear.paste((0, 0, 0, 0), (0, 0, 96, 32))
    white = drawing(3)
    white.paste("white", (0, 0, 96, 32))
    deep = Image.frombytes("I;16", (96, 64), (b"\xff\x40" * 48 + b"\0\xc0" * 48) * 64)
    deep_in_8_bits = Image.new("RGB", (96, 64), "#404040")
    deep_in_8_bits.paste("#c0c0c0", (48, 0, 96, 64))
    sources = {
        encoded(drawing(0)): drawing(0),
        encoded(drawing(1).convert("CMYK")): drawing(1),
        encoded(drawing(2).convert("L")): drawing(2).convert("L").convert("RGB"),
        encoded(clear, "PNG"): white,
        encoded(drawing(4), "GIF"): drawing(4),
        encoded(drawing(5, (48, 64))): ImageOps.pad(drawing(5, (48, 64)), (96, 64), color="white"),
        encoded(drawing(6).quantize(8), "PNG"): drawing(6),
        encoded(deep, "PNG"): deep_in_8_bits,
    }
    result = generate(tmp_path, kind, sources, frames_of([100] * len(sources)))
    assert [picture.size for picture in result.pictures] == [(96, 64)] * len(sources)
    for picture, source in zip(result.pictures, sources.values(), strict=True):
        assert difference(picture, source) < 15


@pytest.mark.parametrize("kind", IMAGE_FORMATS)
def test_image_formats_loop_forever_and_are_valid(kind: str, tmp_path: Path) -> None:
    generate(tmp_path, kind, [encoded(drawing(number)) for number in range(3)], frames_of([50] * 3))
    path = tmp_path / f"animation.{kind}"
    assert problem_of(path) is None
    with Image.open(path) as image:
        assert image.info["loop"] == 0


@pytest.mark.parametrize("kind", sorted(VIDEOS))
def test_videos_declare_their_color_space(kind: str, tmp_path: Path) -> None:
    generate(tmp_path, kind, [encoded(drawing(number)) for number in range(3)], frames_of([50] * 3))
    with av.open(str(tmp_path / f"animation.{kind}")) as container:
        stream = container.streams.video[0]
        context = stream.codec_context
        assert context.name == {"mp4": "h264", "webm": "vp9"}[kind].replace("vp9", context.name)
        assert context.pix_fmt == "yuv420p"
        assert (context.colorspace, context.color_primaries, context.color_trc, context.color_range) == (1, 1, 1, 1)


def test_the_index_of_an_mp4_precedes_its_data(tmp_path: Path) -> None:
    generate(tmp_path, "mp4", [encoded(drawing(number)) for number in range(3)], frames_of([50] * 3))
    content = (tmp_path / "animation.mp4").read_bytes()
    assert 0 < content.index(b"moov") < content.index(b"mdat")


def test_an_unchanged_region_is_stored_once(tmp_path: Path) -> None:
    background = Image.effect_noise((200, 200), 90).convert("RGB")
    pictures = []
    for number in range(10):
        picture = background.copy()
        picture.paste("red", (20 * number, 20, 20 * number + 16, 36))
        pictures.append(encoded(picture, "PNG"))
    generate(tmp_path, "apng", pictures, frames_of([50] * 10))
    assert (tmp_path / "animation.apng").stat().st_size < 2 * len(pictures[0])


@pytest.mark.parametrize("kind", IMAGE_FORMATS)
def test_a_changed_region_is_shown_at_its_position(kind: str, tmp_path: Path) -> None:
    pictures = [Image.new("RGB", (64, 48)) for _ in range(3)]
    pictures[1].paste("white", (13, 7, 24, 18))
    pictures[2].paste("white", (30, 22, 63, 47))
    result = generate(tmp_path, kind, [encoded(picture, "PNG") for picture in pictures], frames_of([50] * 3))
    for picture, source in zip(result.pictures, pictures, strict=True):
        off = ImageChops.difference(picture, source).convert("L").point(lambda level: 255 * (level > 100))
        assert off.getbbox() is None


@given(st.lists(st.integers(1, 400), min_size=1, max_size=80))
def test_gif_timing_never_drifts_and_has_no_delay_below_20_ms(delays: list[int]) -> None:
    shown = timing(delays)
    numbers = [number for number, _ in shown]
    assert numbers == sorted(set(numbers))
    assert min(hundredths for _, hundredths in shown) >= 2
    if sum(delays) >= 20:
        assert abs(10 * sum(hundredths for _, hundredths in shown) - sum(delays)) <= 10
    if min(delays) >= 20:
        assert numbers == list(range(len(delays)))


def test_gif_timing_drops_frames_at_60_frames_per_second_instead_of_slowing_down() -> None:
    shown = timing([16] * 60)
    assert sum(hundredths for _, hundredths in shown) == 96
    assert len(shown) == 48


MEASURE = """
import sys
from pathlib import Path
from pixiv_crawler.items import Frame
from pixiv_crawler.media.animation.formats import generate_animation

def peak_kb():
    return next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmHWM"))

folder, kind = Path(sys.argv[1]), sys.argv[2]
frames = [Frame(file=f"{number:06}.jpg", delay=40) for number in range(50)]
generate_animation(folder / "frames.zip", frames[:20], kind, folder / "short")
before = peak_kb()
generate_animation(folder / "frames.zip", frames, kind, folder / "long")
print(peak_kb() - before)
"""


@cache
def large_frames() -> list[bytes]:
    return [encoded(drawing(number, (960, 540))) for number in range(50)]


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads /proc, which only Linux has")
@pytest.mark.parametrize("kind", ANIMATIONS)
@pytest.mark.e2e
def test_memory_does_not_grow_with_the_number_of_frames(kind: str, tmp_path: Path) -> None:
    zip_of(tmp_path, large_frames())
    words = [sys.executable, "-c", MEASURE, str(tmp_path), kind]
    padded = int(subprocess.run(words, cwd=PROJECT, check=True, capture_output=True, text=True).stdout)
    # 30 more frames take 23 MB in the video encoders and 60 MB in Pillow.
    assert padded < 12_000


def test_every_format_of_the_argument_is_supported() -> None:
    assert {str(kind) for kind in UgoiraFormat} == ANIMATIONS.keys() | {"zip", "frames"}
    for kind in UgoiraFormat:
        check_format(kind)

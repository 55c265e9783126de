"""Invalid animations raise an error of one sentence and leave only the ZIP."""

from __future__ import annotations

import io
import os
import struct
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image

from pixiv_crawler.exceptions import ArgumentError, FileError
from pixiv_crawler.items import Frame
from pixiv_crawler.media.animation import AnimationError, check_format, temporary_path
from pixiv_crawler.media.animation.formats import ANIMATIONS, generate_animation
from tests.crawling import PROJECT
from tests.media.test_animation import drawing, encoded, frames_of, zip_of

JPEG = encoded(drawing(0))


def png_of(width: int, height: int) -> bytes:
    """A small file whose header declares a large image."""

    def chunk(name: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


def with_file(second: bytes) -> Callable[[Path], Path]:
    return lambda folder: zip_of(folder, [JPEG, second])


def encrypted(folder: Path) -> Path:
    path = zip_of(folder, [JPEG, JPEG])
    content = bytearray(path.read_bytes())
    for name, flags in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        at = -1
        while (at := content.find(name, at + 1)) >= 0:
            content[at + flags] |= 1
    path.write_bytes(content)
    return path


def changed_zip(change: Callable[[bytes], bytes]) -> Callable[[Path], Path]:
    def make_zip(folder: Path) -> Path:
        path = zip_of(folder, [JPEG, JPEG])
        path.write_bytes(change(path.read_bytes()))
        return path

    return make_zip


def bomb(folder: Path) -> Path:
    path = folder / "frames.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("000000.jpg", JPEG)
        archive.writestr("000001.jpg", bytes(33 << 20))
    return path


TWO = frames_of([50, 50])
VALID = with_file(JPEG)

INVALID: dict[str, tuple[Callable[[Path], Path], list[Frame], str]] = {
    "no frames": (VALID, [], "none of the 0 frames of the animation has a delay"),
    "no delay": (VALID, frames_of([0, 0]), "none of the 2 frames of the animation has a delay"),
    "negative delay": (VALID, frames_of([50, -1]), "a frame of -1 ms, which is not between 0 and 65535"),
    "huge delay": (VALID, frames_of([50, 65_536]), "a frame of 65536 ms"),
    "too many frames": (VALID, TWO * 5001, "10002 frames, more than 10000"),
    "too many pixels": (with_file(png_of(4000, 4000)), frames_of([9] * 400, [1] * 400), "pixels in total, more than"),
    "encrypted": (encrypted, TWO, "no frame of the animation can be used: frame 000000.jpg .* cannot be unpacked: .*encrypted"),
    "not a ZIP": (changed_zip(lambda _: b"<html>"), TWO, "ZIP is truncated: no central directory"),
    "empty ZIP": (changed_zip(lambda _: b"PK\5\6" + bytes(18)), TWO, "ZIP contains no files"),
    "truncated ZIP": (changed_zip(lambda content: content[: len(content) // 2]), TWO, "ZIP is truncated"),
    "broken ZIP": (changed_zip(lambda content: content.replace(JPEG[-80:], bytes(80))), TWO, "no frame of the animation can be used: frame 000000.jpg .* cannot be unpacked: Bad CRC"),
    "no usable frame": (lambda folder: zip_of(folder, [b"<html>", JPEG[:300]]), TWO, "no frame of the animation can be used: frame 000000.jpg"),
}  # fmt: skip

DAMAGED: dict[str, tuple[Callable[[Path], Path], list[Frame], str]] = {
    "frame missing": (VALID, frames_of([50] * 3), "lacks a frame that the metadata contains: '000002.jpg'"),
    "large frame": (with_file(png_of(5000, 4000)), TWO, "000001.jpg of the animation has 5000x4000 pixels, more than"),
    "huge frame": (with_file(png_of(30_000, 30_000)), TWO, "000001.jpg of the animation cannot be decoded: Image size"),
    "large file of a frame": (bomb, TWO, "000001.jpg of the animation has 34603008 bytes"),
    "truncated JPEG": (with_file(JPEG[: len(JPEG) // 2]), TWO, "000001.jpg of the animation is truncated"),
    "truncated JPEG with an end marker": (with_file(JPEG[: len(JPEG) // 2] + b"\xff\xd9"), TWO, "000001.jpg of the animation is truncated"),
    "empty frame": (with_file(b""), TWO, "000001.jpg of the animation cannot be decoded"),
    "HTML instead of a frame": (with_file(b"<html>"), TWO, "000001.jpg of the animation cannot be decoded"),
    "truncated PNG": (with_file(encoded(drawing(1), "PNG")[:150]), TWO, "000001.jpg of the animation cannot be decoded"),
    "wrong checksum": (changed_zip(lambda content: content.replace(JPEG[-80:], bytes(80), 1)), TWO, "000000.jpg of the animation cannot be unpacked: Bad CRC"),
    "first frame": (lambda folder: zip_of(folder, [b"<html>", JPEG]), TWO, "000000.jpg of the animation cannot be decoded"),
}  # fmt: skip


@pytest.mark.parametrize("kind", ANIMATIONS)
@pytest.mark.parametrize("fault", INVALID)
def test_an_invalid_animation_raises_one_sentence_and_does_not_change_the_zip(
    fault: str, kind: str, tmp_path: Path
) -> None:
    make_zip, frames, reason = INVALID[fault]
    path = make_zip(tmp_path)
    before = path.read_bytes()
    with pytest.raises(AnimationError, match=reason) as caught:
        generate_animation(path, frames, kind, tmp_path / "target")
    assert isinstance(caught.value, FileError)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 300
    assert [entry.name for entry in tmp_path.iterdir()] == ["frames.zip"]
    assert path.read_bytes() == before


@pytest.mark.parametrize("kind", ANIMATIONS)
@pytest.mark.parametrize("fault", DAMAGED)
@pytest.mark.e2e
def test_the_other_frame_is_shown_in_place_of_one_that_cannot_be_used(fault: str, kind: str, tmp_path: Path) -> None:
    make_zip, frames, reason = DAMAGED[fault]
    path = make_zip(tmp_path)
    problem = generate_animation(path, frames, kind, tmp_path / "target")
    assert problem is not None
    assert problem.startswith(f"1 of {len(frames)} frames cannot be used, so the frame before is shown longer: ")
    assert reason in problem
    assert "\n" not in problem
    if kind == "apng":
        with Image.open(tmp_path / "target") as image, Image.open(io.BytesIO(JPEG)) as source:
            delays, pictures = zip(
                *((frame.info["duration"], frame.convert("RGB")) for frame in iterated(image)), strict=True
            )
            assert list(delays) == [frame.delay for frame in frames]
            assert {picture.tobytes() for picture in pictures} == {source.tobytes()}


def iterated(image: Image.Image) -> Iterator[Image.Image]:
    for number in range(getattr(image, "n_frames", 1)):
        image.seek(number)
        yield image


def test_the_frame_before_is_shown_and_only_for_the_frames_that_are_damaged(tmp_path: Path) -> None:
    """The first two frames and the last are damaged; the third and the fifth are shown in place of them."""
    images = [encoded(drawing(number), "PNG") for number in range(6)]
    path = zip_of(tmp_path, [b"", images[1][:200], images[2], images[3], images[4], b"<html>"])
    problem = generate_animation(path, frames_of([10, 20, 30, 40, 50, 60]), "apng", tmp_path / "target")
    assert problem is not None
    assert problem.startswith("3 of 6 frames cannot be used")
    with Image.open(tmp_path / "target") as image:
        shown = [(frame.info["duration"], frame.convert("RGB").tobytes()) for frame in iterated(image)]
    expected = [(10, 2), (20, 2), (30, 2), (40, 3), (50, 4), (60, 4)]
    assert shown == [(delay, drawing(number).convert("RGB").tobytes()) for delay, number in expected]


def test_members_that_are_not_frames_are_ignored(tmp_path: Path) -> None:
    generate_animation(zip_of(tmp_path, [JPEG, b"<html>"]), frames_of([50]), "apng", tmp_path / "target")
    with Image.open(tmp_path / "target") as image, Image.open(io.BytesIO(JPEG)) as source:
        assert image.convert("RGB").tobytes() == source.tobytes()


def test_a_frame_beyond_the_limits_of_a_format_is_an_error(tmp_path: Path) -> None:
    path = zip_of(tmp_path, [encoded(Image.new("RGB", (16_384, 2)), "PNG")])
    with pytest.raises(AnimationError, match=r"could not be generated as webp: .*16383"):
        generate_animation(path, frames_of([50]), "webp", tmp_path / "target")
    assert [entry.name for entry in tmp_path.iterdir()] == ["frames.zip"]


def test_an_existing_target_is_replaced_only_by_a_complete_file(tmp_path: Path) -> None:
    target = tmp_path / "target"
    target.write_bytes(b"old")
    temporary_path(target).write_bytes(b"left by a killed process" * 10_000)
    with pytest.raises(AnimationError):
        generate_animation(zip_of(tmp_path, [b""]), TWO, "gif", target)
    assert target.read_bytes() == b"old"
    generate_animation(zip_of(tmp_path, [JPEG, JPEG]), TWO, "gif", target)
    assert target.read_bytes().startswith(b"GIF89a")
    assert b"killed" not in target.read_bytes()
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["frames.zip", "target"]


@pytest.mark.parametrize("kind", ANIMATIONS)
def test_a_missing_zip_raises_an_os_error(kind: str, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        generate_animation(tmp_path / "frames.zip", TWO, kind, tmp_path / "target")


@pytest.mark.parametrize("kind", ANIMATIONS)
def test_a_missing_folder_raises_an_os_error(kind: str, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        generate_animation(zip_of(tmp_path, [JPEG, JPEG]), TWO, kind, tmp_path / "missing" / "target")


FULL_DISK = """
import errno, resource, sys
from pathlib import Path
from pixiv_crawler.items import Frame
from pixiv_crawler.media.animation.formats import ANIMATIONS, generate_animation

resource.setrlimit(resource.RLIMIT_FSIZE, (500, 500))
folder = Path(sys.argv[1])
frames = [Frame(file=f"{number:06}.jpg", delay=40) for number in range(4)]
for kind in ANIMATIONS:
    try:
        generate_animation(folder / "frames.zip", frames, kind, folder / "target")
    except OSError as error:
        print(kind, errno.errorcode[error.errno])
"""


@pytest.mark.skipif(os.name == "nt", reason="Windows has no limit of the file size")
@pytest.mark.e2e
def test_a_full_disk_raises_an_os_error_and_leaves_no_partial_file(tmp_path: Path) -> None:
    zip_of(tmp_path, [encoded(drawing(number)) for number in range(4)])
    words = [sys.executable, "-c", FULL_DISK, str(tmp_path)]
    output = subprocess.run(words, cwd=PROJECT, check=True, capture_output=True, text=True).stdout
    assert output.splitlines() == [f"{kind} EFBIG" for kind in ANIMATIONS]
    assert [entry.name for entry in tmp_path.iterdir()] == ["frames.zip"]


def test_a_video_without_pyav_is_rejected_before_the_crawl(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "av", None)
    for kind in ("mp4", "webm"):
        with pytest.raises(ArgumentError, match=rf"{kind} need PyAV.*pip install 'pixiv_crawler\[video\]'"):
            check_format(kind)
        with pytest.raises(AnimationError, match="install the extra"):
            generate_animation(zip_of(tmp_path, [JPEG, JPEG]), TWO, kind, tmp_path / "target")
    for kind in ("zip", "frames", "webp", "apng", "gif"):
        check_format(kind)


def test_image_formats_do_not_import_pyav() -> None:
    program = "import sys, pixiv_crawler.media.animation.worker; print('av' in sys.modules)"
    words = [sys.executable, "-c", program]
    assert subprocess.run(words, cwd=PROJECT, check=True, capture_output=True, text=True).stdout == "False\n"

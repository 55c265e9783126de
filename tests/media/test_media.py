from __future__ import annotations

import io
import random
import re
import struct
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from pixiv_crawler.media import MediaKind, kind_of, problem_of
from tests.crawling import PROJECT


def noise(mode: str = "RGB", size: tuple[int, int] = (24, 16), seed: int = 1) -> Image.Image:
    pixel_bytes = {"L": 1, "RGB": 3, "CMYK": 4, "I;16": 2}[mode]
    return Image.frombytes(mode, size, random.Random(seed).randbytes(size[0] * size[1] * pixel_bytes))


def saved(image: Image.Image, kind: str, **options: Any) -> bytes:
    with io.BytesIO() as file:
        image.save(file, kind, **options)
        return file.getvalue()


def jpeg_with_thumbnail() -> bytes:
    """A JPEG whose EXIF block contains a complete JPEG, including its end marker."""
    thumbnail = saved(noise(size=(8, 8)), "JPEG")
    exif = b"Exif\0\0" + b"\xff\xd9" + thumbnail
    return saved(noise(), "JPEG", exif=exif, comment=b"\xff\xd9")


def animation(kind: str, **options: Any) -> bytes:
    frames = [noise(seed=seed) for seed in range(3)]
    return saved(frames[0], kind, save_all=True, append_images=frames[1:], duration=50, **options)


def zipped(names: list[str], *, content: bytes | None = None, comment: bytes = b"", compression: int = 0) -> bytes:
    with io.BytesIO() as file:
        with zipfile.ZipFile(file, "w", compression) as archive:
            for number, name in enumerate(names):
                archive.writestr(name, content or saved(noise(size=(8, 8), seed=number), "JPEG"))
            archive.comment = comment
        return file.getvalue()


VALID: dict[str, tuple[MediaKind, Callable[[], bytes]]] = {
    "baseline JPEG": (MediaKind.JPEG, lambda: saved(noise(), "JPEG")),
    "progressive JPEG": (MediaKind.JPEG, lambda: saved(noise(), "JPEG", progressive=True)),
    "JPEG with a thumbnail": (MediaKind.JPEG, jpeg_with_thumbnail),
    "JPEG with restarts": (MediaKind.JPEG, lambda: saved(noise(), "JPEG", restart_marker_blocks=1)),
    "CMYK JPEG": (MediaKind.JPEG, lambda: saved(noise("CMYK"), "JPEG")),
    "grey JPEG": (MediaKind.JPEG, lambda: saved(noise("L"), "JPEG", quality=5)),
    "JPEG with a profile": (MediaKind.JPEG, lambda: saved(noise(), "JPEG", icc_profile=b"\xff\xd9" * 300)),
    "PNG": (MediaKind.PNG, lambda: saved(noise(), "PNG")),
    "16-bit PNG": (MediaKind.PNG, lambda: saved(noise("I;16"), "PNG")),
    "animated PNG": (MediaKind.PNG, lambda: animation("PNG")),
    "GIF": (MediaKind.GIF, lambda: saved(noise("L"), "GIF")),
    "GIF with semicolons in a comment": (MediaKind.GIF, lambda: saved(noise("L"), "GIF", comment=b";" * 300)),
    "animated GIF": (MediaKind.GIF, lambda: animation("GIF", loop=0)),
    "WEBP": (MediaKind.WEBP, lambda: saved(noise(), "WEBP")),
    "lossless WEBP": (MediaKind.WEBP, lambda: saved(noise(), "WEBP", lossless=True)),
    "animated WEBP": (MediaKind.WEBP, lambda: animation("WEBP")),
    "ZIP": (MediaKind.ZIP, lambda: zipped(["000000.jpg", "000001.jpg"])),
    "deflated ZIP": (MediaKind.ZIP, lambda: zipped(["000000.jpg"], compression=zipfile.ZIP_DEFLATED)),
    "ZIP with a comment": (MediaKind.ZIP, lambda: zipped(["000000.jpg"], comment=b"frames" * 9)),
    "ZIP in a ZIP": (MediaKind.ZIP, lambda: zipped(["a.zip", "b"], content=zipped(["c"], content=b"c"))),
}


@pytest.fixture(params=VALID)
def valid_content(request: pytest.FixtureRequest) -> bytes:
    """The content of each valid file."""
    return VALID[request.param][1]()


def problem_with(content: bytes, folder: Path) -> str | None:
    path = folder / "file"
    path.write_bytes(content)
    return problem_of(path)


@pytest.mark.parametrize("name", VALID)
def test_a_valid_file_has_no_problem_and_a_known_kind(name: str, tmp_path: Path) -> None:
    kind, make = VALID[name]
    content = make()
    assert problem_with(content, tmp_path) is None
    assert kind_of(content[:12]) is kind


@pytest.mark.e2e
def test_a_file_truncated_anywhere_has_a_problem(valid_content: bytes, tmp_path: Path) -> None:
    unnoticed = [
        length for length in range(len(valid_content)) if problem_with(valid_content[:length], tmp_path) is None
    ]
    assert unnoticed == []


@pytest.mark.parametrize("name", [name for name, (kind, _) in VALID.items() if kind in {"JPEG", "PNG", "GIF"}])
def test_a_file_truncated_anywhere_and_padded_with_zeros_has_a_problem(name: str, tmp_path: Path) -> None:
    content = VALID[name][1]()
    unnoticed = [
        length
        for length in range(0, len(content), 7)
        if problem_with(content[:length] + bytes(len(content) - length), tmp_path) is None
    ]
    assert unnoticed == []


@pytest.mark.parametrize("name", [name for name, (kind, _) in VALID.items() if kind is not MediaKind.ZIP])
@pytest.mark.parametrize(
    "appended",
    [b"\0", b"\0" * 5000 + b"\r\n", b"junk", b"<html></html>" * 9, b"x" * 200_000],
    ids=["zero", "filling", "junk", "page", "long"],
)
def test_data_after_a_valid_image_is_ignored(name: str, appended: bytes, tmp_path: Path) -> None:
    assert problem_with(VALID[name][1]() + appended, tmp_path) is None


@pytest.mark.parametrize("name", ["baseline JPEG", "PNG"])
def test_data_after_the_end_marker_does_not_hide_an_invalid_image(name: str, tmp_path: Path) -> None:
    content = VALID[name][1]()
    at = content.index(b"\xff\xda") if name == "baseline JPEG" else content.index(b"IDAT")
    broken = content[:20] + b"\0" * (at - 20) + content[at:] + b"junk"
    assert problem_with(broken, tmp_path) in {
        "is truncated: no image data (JPEG)",
        "cannot be decoded: no header (PNG)",
    }


def test_a_file_truncated_within_its_second_image_has_a_problem(tmp_path: Path) -> None:
    images = saved(noise(), "MPO", save_all=True, append_images=[noise(seed=2)])
    assert problem_with(images, tmp_path) is None
    assert problem_with(images[:-200], tmp_path)


@pytest.mark.parametrize("name", ["baseline JPEG", "progressive JPEG", "GIF", "animated GIF", "WEBP", "animated WEBP"])
def test_an_image_too_large_to_decode_is_valid_if_it_has_its_end_marker(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> None:
        pytest.fail("the image must not be decoded")

    content = VALID[name][1]()
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 24 * 16 - 1)
    monkeypatch.setattr(Image, "open", fail)
    assert problem_with(content, tmp_path) is None
    assert problem_with(content[:-1], tmp_path)


# Small valid files that take fifty megabytes or more when they are decoded.
BOMBS: dict[str, Callable[[], bytes]] = {
    "PNG": lambda: saved(Image.new("L", (30_000, 1_700)), "PNG"),
    "JPEG": lambda: saved(Image.new("L", (30_000, 1_700)), "JPEG"),
    "progressive JPEG": lambda: saved(Image.new("L", (5_000, 5_000)), "JPEG", progressive=True),
    "GIF": lambda: saved(Image.new("L", (30_000, 1_700)), "GIF"),
    "WEBP": lambda: saved(Image.new("RGB", (16_000, 1_100)), "WEBP", lossless=True, quality=0, method=0),
    "ZIP": lambda: zipped(["a"], content=bytes(50_000_000), compression=zipfile.ZIP_DEFLATED),
}
_MEASURE = """
import sys
from pathlib import Path
from pixiv_crawler.media import problem_of

def peak():
    return next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmHWM"))

small, *bombs = map(Path, sys.argv[1:])
assert problem_of(small) is None  # imports everything first
for bomb in bombs:
    Path("/proc/self/clear_refs").write_text("5")  # the peak so far no longer counts
    before = peak()
    assert problem_of(bomb) is None
    print(bomb.name, peak() - before, sep=": ")
"""


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="only Linux resets the peak of a process")
@pytest.mark.e2e
def test_verifying_a_decompression_bomb_takes_little_memory(tmp_path: Path) -> None:
    paths = [tmp_path / "small", *(tmp_path / name for name in BOMBS)]
    for path, content in zip(paths, [saved(noise(), "WEBP"), *(create() for create in BOMBS.values())], strict=True):
        path.write_bytes(content)
        assert len(content) < 10_000_000
    command = [sys.executable, "-c", _MEASURE, *map(str, paths)]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=True)
    peaks = dict(line.split(": ") for line in done.stdout.splitlines())
    assert peaks.keys() == BOMBS.keys()
    assert [f"{name}: {peak} KiB" for name, peak in peaks.items() if int(peak) > 8 * 1024] == []


@pytest.mark.e2e
def test_any_changed_byte_of_a_png_is_detected(tmp_path: Path) -> None:
    content = saved(noise(), "PNG")
    unnoticed = [at for at in range(len(content)) if problem_with(flipped(content, at), tmp_path) is None]
    assert unnoticed == []


def flipped(content: bytes, at: int) -> bytes:
    return content[:at] + bytes([content[at] ^ 0x10]) + content[at + 1 :]


@pytest.mark.parametrize("name", ["ZIP", "deflated ZIP"])
def test_a_changed_byte_of_a_zip_member_is_detected(name: str, tmp_path: Path) -> None:
    content = VALID[name][1]()
    start = content.index(b".jpg") + 4
    member = range(start, start + 300)
    assert [at for at in member if problem_with(flipped(content, at), tmp_path) is None] == []


@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
@pytest.mark.parametrize("share", [0.1, 0.5, 0.97])
def test_a_truncated_jpeg_with_an_end_marker_is_detected(mode: str, share: float, tmp_path: Path) -> None:
    content = saved(noise(mode, size=(160, 160)), "JPEG")
    start = content.index(b"\xff\xda") + 20
    cut = start + int((len(content) - start) * share)
    assert problem_with(content[:cut] + b"\xff\xd9", tmp_path) == (
        "is truncated: the data do not reach the last pixel (JPEG)"
    )


def test_a_progressive_jpeg_with_missing_scans_is_detected(tmp_path: Path) -> None:
    content = saved(noise(size=(200, 200)), "JPEG", progressive=True)
    scans = [at for at in range(len(content)) if content[at : at + 2] == b"\xff\xda"]
    assert len(scans) > 5
    for at in scans[1:]:
        assert problem_with(content[:at] + b"\xff\xd9", tmp_path) == "is truncated: scans are missing (JPEG)"


def test_a_grey_jpeg_does_not_count_as_truncated(tmp_path: Path) -> None:
    for image in (Image.new("L", (64, 64), 128), Image.new("RGB", (64, 64), (128, 128, 128))):
        for quality in (30, 75, 95):
            assert problem_with(saved(image, "JPEG", quality=quality), tmp_path) is None


@pytest.mark.parametrize("keep", [0, 1, 2])
def test_a_png_with_missing_pixels_but_valid_checksums_is_detected(keep: int, tmp_path: Path) -> None:
    content = saved(noise(size=(300, 300)), "PNG", compress_level=1)
    chunks = list(re.finditer(rb"IDAT", content))
    assert len(chunks) > keep
    content = content[: chunks[keep].start() - 4] + content[-12:]
    assert problem_with(content, tmp_path) == "is truncated: pixels are missing (PNG)"


@pytest.mark.parametrize("options", [{"mode": "1"}, {"mode": "P"}, {"mode": "LA"}, {"mode": "RGBA"}])
def test_a_png_of_any_color_type_is_valid(options: dict[str, str], tmp_path: Path) -> None:
    for size in ((1, 1), (7, 3), (33, 17)):
        assert problem_with(saved(noise(size=size).convert(options["mode"]), "PNG"), tmp_path) is None


def test_an_interlaced_png_is_valid_unless_pixels_are_missing(tmp_path: Path) -> None:
    """Pillow reads such images but cannot write them."""
    for width, height in ((1, 1), (2, 5), (9, 9), (33, 17)):
        rows = b"".join(
            b"\0" + bytes(-(-(width - x) // across) * 3)
            for x, y, across, down in _PASSES
            for _ in range(-(-(height - y) // down))
            if width > x
        )
        header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 1)
        content = png(header, zlib.compress(rows))
        with Image.open(io.BytesIO(content)) as image:
            image.load()
        assert problem_with(content, tmp_path) is None
        assert (
            problem_with(png(header, zlib.compress(rows[:-1])), tmp_path) == "is truncated: pixels are missing (PNG)"
        )


_PASSES = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))


def png(header: bytes, pixels: bytes) -> bytes:
    chunks = ((b"IHDR", header), (b"IDAT", pixels), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in chunks
    )


@pytest.mark.parametrize(
    "name", ["../000000.jpg", "/etc/passwd", "a/../../b", "C:evil", "a\\b", "a/", "con\x01trol", "a//b", "."]
)
def test_a_zip_with_an_unsafe_name_has_a_problem(name: str, tmp_path: Path) -> None:
    problem = problem_with(zipped(["000000.jpg", name], content=b"" if name.endswith("/") else None), tmp_path)
    assert problem is not None
    assert "unsafe name" in problem


def test_a_zip_that_is_too_large_when_unpacked_is_not_unpacked(tmp_path: Path) -> None:
    content = zipped(["a.jpg"])
    at = content.index(b"PK\1\2") + 24
    assert problem_with(content[:at] + b"\xff\xff\xff\x7f" + content[at + 4 :], tmp_path) == (
        "unpacks to more than 1073741824 bytes (ZIP)"
    )


@pytest.mark.e2e
def test_a_zip_with_too_many_files_is_rejected_before_its_directory_is_read(tmp_path: Path) -> None:
    assert problem_with(zipped([f"{number}" for number in range(10_001)], content=b"x"), tmp_path) == (
        "contains too many files (ZIP)"
    )
    content = zipped(["a.jpg"])
    assert problem_with(content[:-10] + (1 << 30).to_bytes(4, "little") + content[-6:], tmp_path) == (
        "contains too many files (ZIP)"
    )


def test_a_zip_with_an_unsupported_compression_method_is_rejected(tmp_path: Path) -> None:
    assert problem_with(zipped(["a.jpg"], compression=zipfile.ZIP_LZMA), tmp_path) == (
        "contains a file that has the unsupported compression method 14 (ZIP)"
    )


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "is empty"),
        (b"\n", "is not an image"),
        (b"<!DOCTYPE html><title>403 Forbidden</title>", "is not an image"),
        (b'{"error":{"message":"Rate Limit"}}', "is not an image"),
        (b"\0" * 4096, "is not an image"),
        (b"BM" + b"\0" * 64, "is not an image"),
        (b"RIFF\x24\0\0\0WAVEfmt ", "is not an image"),
        (b"\xff\xd8\xff\xd9", "is truncated: no image data (JPEG)"),
        (b"\xff\xd8\xff\xe0\0\0\xff\xda\0\0", "is truncated: no end-of-image marker (JPEG)"),
        (b"\x89PNG\r\n\x1a\n", "is truncated: no IEND chunk (PNG)"),
        (b"GIF89a", "is truncated: no trailer (GIF)"),
        (b"RIFF\x24\0\0\0WEBPVP8 ", "is truncated: 16 of 44 bytes (WEBP)"),
        (b"PK\3\4", "is truncated: no central directory (ZIP)"),
        (zipped([]), "contains no files (ZIP)"),
    ],
)
def test_an_invalid_file_has_a_short_description_of_its_problem(content: bytes, problem: str, tmp_path: Path) -> None:
    assert problem_with(content, tmp_path) == problem


@pytest.mark.filterwarnings("ignore:Duplicate name:UserWarning")
def test_a_zip_with_duplicate_names_has_a_problem(tmp_path: Path) -> None:
    assert problem_with(zipped(["a.jpg", "a.jpg"]), tmp_path) == "contains two files with the same name (ZIP)"


def test_a_gif_with_stray_bytes_between_its_blocks_is_valid(tmp_path: Path) -> None:
    content = saved(noise("L"), "GIF")
    assert problem_with(content[:-1] + b"\0\0" + content[-1:], tmp_path) is None


def test_a_missing_file_raises_file_not_found(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        problem_of(tmp_path / "nothing.jpg")


# Every example overwrites the same file, so they may share a folder.
ONE_FILE_REWRITTEN = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
HEADS = [b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF89a", b"RIFF\4\0\0\0WEBP", b"PK\3\4", b"PK\5\6"]


@given(
    head=st.sampled_from(HEADS),
    body=st.binary(max_size=200),
    end=st.sampled_from([b"", b"\xff\xda\xff\xd9x", b"PK\5\6" + bytes(18)]),
)
@ONE_FILE_REWRITTEN
def test_any_bytes_are_valid_or_have_a_problem_and_never_raise(
    head: bytes, body: bytes, end: bytes, tmp_path: Path
) -> None:
    problem = problem_with(head + body + end, tmp_path)
    assert problem is None or problem


@given(data=st.data())
@ONE_FILE_REWRITTEN
@pytest.mark.e2e
def test_a_corrupt_file_with_data_appended_never_raises_or_warns(data: st.DataObject, tmp_path: Path) -> None:
    content = bytearray(VALID[data.draw(st.sampled_from(sorted(VALID)))][1]())
    for _ in range(data.draw(st.integers(1, 8))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    problem = problem_with(bytes(content) + b"junk", tmp_path)
    assert problem is None or problem


@given(data=st.data())
@ONE_FILE_REWRITTEN
@pytest.mark.e2e
def test_a_file_with_parts_replaced_removed_or_inserted_never_raises_or_warns(
    data: st.DataObject, tmp_path: Path
) -> None:
    content = VALID[data.draw(st.sampled_from(sorted(VALID)))][1]()
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(content)))
        removed = data.draw(st.integers(0, 20))
        content = content[:at] + data.draw(st.binary(max_size=20)) + content[at + removed :]
    problem = problem_with(content, tmp_path)
    assert problem is None or problem

from __future__ import annotations

import io
import random
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from pixiv_crawler.media import MediaKind, kind_of, problem_of


def noise(mode: str = "RGB", size: tuple[int, int] = (24, 16), seed: int = 1) -> Image.Image:
    pixel_bytes = {"L": 1, "RGB": 3, "CMYK": 4, "I;16": 2}[mode]
    return Image.frombytes(mode, size, random.Random(seed).randbytes(size[0] * size[1] * pixel_bytes))


def saved(image: Image.Image, kind: str, **options: Any) -> bytes:
    with io.BytesIO() as file:
        image.save(file, kind, **options)
        return file.getvalue()


def jpeg_with_thumbnail() -> bytes:
    """A JPEG whose EXIF block holds a whole JPEG, end marker and all."""
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


WHOLE: dict[str, tuple[MediaKind, Callable[[], bytes]]] = {
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
    "GIF of semicolons": (MediaKind.GIF, lambda: saved(noise("L"), "GIF", comment=b";" * 300)),
    "animated GIF": (MediaKind.GIF, lambda: animation("GIF", loop=0)),
    "WEBP": (MediaKind.WEBP, lambda: saved(noise(), "WEBP")),
    "lossless WEBP": (MediaKind.WEBP, lambda: saved(noise(), "WEBP", lossless=True)),
    "animated WEBP": (MediaKind.WEBP, lambda: animation("WEBP")),
    "ZIP": (MediaKind.ZIP, lambda: zipped(["000000.jpg", "000001.jpg"])),
    "deflated ZIP": (MediaKind.ZIP, lambda: zipped(["000000.jpg"], compression=zipfile.ZIP_DEFLATED)),
    "ZIP with a comment": (MediaKind.ZIP, lambda: zipped(["000000.jpg"], comment=b"frames" * 9)),
    "ZIP in a ZIP": (MediaKind.ZIP, lambda: zipped(["a.zip", "b"], content=zipped(["c"], content=b"c"))),
}


@pytest.fixture(params=WHOLE)
def whole(request: pytest.FixtureRequest) -> bytes:
    """The content of a whole file of each sort."""
    return WHOLE[request.param][1]()


def problem_with(content: bytes, folder: Path) -> str | None:
    path = folder / "file"
    path.write_bytes(content)
    return problem_of(path)


@pytest.mark.parametrize("sort", WHOLE)
def test_a_whole_file_has_no_problem_and_its_kind_is_known(sort: str, tmp_path: Path) -> None:
    kind, make = WHOLE[sort]
    content = make()
    assert problem_with(content, tmp_path) is None
    assert kind_of(content[:12]) is kind


def test_a_file_cut_anywhere_has_a_problem(whole: bytes, tmp_path: Path) -> None:
    unnoticed = [length for length in range(len(whole)) if problem_with(whole[:length], tmp_path) is None]
    assert unnoticed == []


@pytest.mark.parametrize("sort", [sort for sort, (kind, _) in WHOLE.items() if kind in {"JPEG", "PNG", "GIF"}])
def test_a_file_cut_anywhere_and_filled_up_with_zeros_has_a_problem(sort: str, tmp_path: Path) -> None:
    content = WHOLE[sort][1]()
    unnoticed = [
        length
        for length in range(0, len(content), 7)
        if problem_with(content[:length] + bytes(len(content) - length), tmp_path) is None
    ]
    assert unnoticed == []


@pytest.mark.parametrize("sort", [sort for sort, (kind, _) in WHOLE.items() if kind is not MediaKind.ZIP])
@pytest.mark.parametrize(
    "appended",
    [b"\0", b"\0" * 5000 + b"\r\n", b"junk", b"<html></html>" * 9, b"x" * 200_000],
    ids=["zero", "filling", "junk", "page", "long"],
)
def test_what_is_appended_to_a_whole_image_is_no_problem(sort: str, appended: bytes, tmp_path: Path) -> None:
    assert problem_with(WHOLE[sort][1]() + appended, tmp_path) is None


@pytest.mark.parametrize("sort", ["baseline JPEG", "PNG"])
def test_what_follows_the_end_marker_does_not_hide_a_picture_that_is_none(sort: str, tmp_path: Path) -> None:
    content = WHOLE[sort][1]()
    at = content.index(b"\xff\xda") if sort == "baseline JPEG" else content.index(b"IDAT")
    broken = content[:20] + b"\0" * (at - 20) + content[at:] + b"junk"
    problem = problem_with(broken, tmp_path)
    assert problem is not None
    assert problem.startswith("cannot be decoded: ")


def test_a_picture_cut_within_the_second_one_of_its_file_has_a_problem(tmp_path: Path) -> None:
    pictures = saved(noise(), "MPO", save_all=True, append_images=[noise(seed=2)])
    assert problem_with(pictures, tmp_path) is None
    assert problem_with(pictures[:-200], tmp_path)


def test_a_picture_too_large_to_decode_is_whole_when_it_has_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for limit in (24 * 16 - 1, 24 * 16 // 3):
        monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", limit)
        content = saved(noise(), "PNG")
        assert problem_with(content + b"junk", tmp_path) is None
        assert problem_with(content[:-1], tmp_path)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "is empty"),
        (b"\n", "is no image"),
        (b"<!DOCTYPE html><title>403 Forbidden</title>", "is no image"),
        (b'{"error":{"message":"Rate Limit"}}', "is no image"),
        (b"\0" * 4096, "is no image"),
        (b"BM" + b"\0" * 64, "is no image"),
        (b"RIFF\x24\0\0\0WAVEfmt ", "is no image"),
        (b"\xff\xd8\xff\xd9", "ends early: no image data (JPEG)"),
        (b"\xff\xd8\xff\xe0\0\0\xff\xda\0\0", "ends early: no end-of-image marker (JPEG)"),
        (b"\x89PNG\r\n\x1a\n", "ends early: no IEND chunk (PNG)"),
        (b"GIF89a", "ends early: no trailer (GIF)"),
        (b"RIFF\x24\0\0\0WEBPVP8 ", "ends early: 16 of 44 bytes (WEBP)"),
        (b"PK\3\4", "ends early: no table of contents (ZIP)"),
        (zipped([]), "holds no file (ZIP)"),
    ],
)
def test_a_file_that_is_no_whole_image_is_told_so_in_a_few_words(content: bytes, problem: str, tmp_path: Path) -> None:
    assert problem_with(content, tmp_path) == problem


@pytest.mark.filterwarnings("ignore:Duplicate name:UserWarning")
def test_a_zip_with_two_files_of_one_name_has_a_problem(tmp_path: Path) -> None:
    assert problem_with(zipped(["a.jpg", "a.jpg"]), tmp_path) == "holds two files of one name (ZIP)"


def test_a_gif_with_stray_bytes_between_its_blocks_is_whole(tmp_path: Path) -> None:
    content = saved(noise("L"), "GIF")
    assert problem_with(content[:-1] + b"\0\0" + content[-1:], tmp_path) is None


def test_a_file_that_is_not_there_is_an_error_of_its_own(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        problem_of(tmp_path / "nothing.jpg")


# Every example writes the same file anew, so they may share a folder.
ONE_FILE_REWRITTEN = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
HEADS = [b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF89a", b"RIFF\4\0\0\0WEBP", b"PK\3\4", b"PK\5\6"]


@given(
    head=st.sampled_from(HEADS),
    body=st.binary(max_size=200),
    end=st.sampled_from([b"", b"\xff\xda\xff\xd9x", b"PK\5\6" + bytes(18)]),
)
@ONE_FILE_REWRITTEN
def test_any_bytes_are_whole_or_have_a_problem_and_never_raise(
    head: bytes, body: bytes, end: bytes, tmp_path: Path
) -> None:
    problem = problem_with(head + body + end, tmp_path)
    assert problem is None or problem


@given(data=st.data())
@ONE_FILE_REWRITTEN
def test_a_damaged_file_with_something_appended_never_raises_or_warns(data: st.DataObject, tmp_path: Path) -> None:
    content = bytearray(WHOLE[data.draw(st.sampled_from(sorted(WHOLE)))][1]())
    for _ in range(data.draw(st.integers(1, 8))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    problem = problem_with(bytes(content) + b"junk", tmp_path)
    assert problem is None or problem

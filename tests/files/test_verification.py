"""Whether several transfers of a file are the file, or were damaged on the way."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path

import pytest
from PIL import Image

from pixiv_crawler.files.verification import Download, Verdict, Verification


def png(size: tuple[int, int] = (12, 8)) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", size, "teal").save(file, "PNG")
    return file.getvalue()


VALID = png()
CUT = VALID[:-12]
CUT_PROBLEM = "is truncated: no IEND chunk (PNG)"


class Transfers:
    def __init__(self, folder: Path, pixels: tuple[int, int] | None = None) -> None:
        self._path = folder / "file"
        self._verification = Verification(pixels)

    def verdict(self, content: bytes, *, has_length: bool = True) -> Verdict:
        self._path.write_bytes(content)
        sha256 = hashlib.sha256(content).hexdigest()
        download = Download(self._path, sha256, len(content), is_resumed=False, has_length=has_length)
        return self._verification.verdict(download)


def test_a_valid_transfer_is_the_file(tmp_path: Path) -> None:
    assert Transfers(tmp_path).verdict(VALID) == Verdict(None, is_final=True)


def test_the_second_of_two_equal_transfers_is_the_file(tmp_path: Path) -> None:
    transfers = Transfers(tmp_path)
    assert transfers.verdict(CUT) == Verdict(CUT_PROBLEM, is_final=False)
    assert transfers.verdict(CUT) == Verdict(CUT_PROBLEM, is_final=True)


def test_transfers_that_differ_were_damaged_on_the_way(tmp_path: Path) -> None:
    transfers = Transfers(tmp_path)
    verdicts = [transfers.verdict(VALID[:length]) for length in (40, 50, 60, 40)]
    assert [verdict.is_final for verdict in verdicts] == [False, False, False, True]


def test_a_valid_transfer_after_an_invalid_one_is_the_file(tmp_path: Path) -> None:
    transfers = Transfers(tmp_path)
    transfers.verdict(CUT)
    assert transfers.verdict(VALID) == Verdict(None, is_final=True)


def test_a_transfer_without_a_length_is_never_the_file_however_often_it_comes(tmp_path: Path) -> None:
    transfers = Transfers(tmp_path)
    verdicts = [transfers.verdict(CUT, has_length=False) for _ in range(5)]
    assert not any(verdict.is_final for verdict in verdicts)


@pytest.mark.parametrize(
    "contents",
    [
        (b"", b""),
        (b"<!DOCTYPE html>1", b"<!DOCTYPE html>2"),
        (b'{"error": {}}',) * 2,
        ("読めません".encode() * 99,) * 2,
    ],
    ids=["nothing", "pages", "errors", "texts"],
)
def test_what_is_no_media_is_never_the_file(contents: tuple[bytes, bytes], tmp_path: Path) -> None:
    transfers = Transfers(tmp_path)
    verdicts = [transfers.verdict(content) for content in contents]
    assert not any(verdict.is_final for verdict in verdicts)
    assert transfers.verdict(VALID) == Verdict(None, is_final=True)


def test_an_image_of_a_type_that_is_new_to_us_is_the_file(tmp_path: Path) -> None:
    transfers = Transfers(tmp_path)
    avif = b"\0\0\0 ftypavif" + bytes(40)
    verdicts = [transfers.verdict(avif) for _ in range(2)]
    assert verdicts[-1] == Verdict("is not an image", is_final=True)


@pytest.mark.parametrize(("size", "is_valid"), [((12, 8), True), ((8, 12), True), ((1, 1), False), ((6, 4), False)])
def test_an_image_must_have_the_width_and_height_of_the_work(
    size: tuple[int, int], is_valid: bool, tmp_path: Path
) -> None:
    """A photo may be stored rotated."""
    problem = None if is_valid else f"has {size[0]}x{size[1]} pixels, but the work has 12x8"
    assert Transfers(tmp_path, (12, 8)).verdict(png(size)).problem == problem

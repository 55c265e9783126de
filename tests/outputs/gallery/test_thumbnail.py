"""Thumbnails of every kind of image that artists upload."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from pixiv_crawler.media.thumbnail import ThumbnailError, make_thumbnail

RED, BLUE, WHITE, GREY = (255, 0, 0), (0, 0, 255), (255, 255, 255), (156, 156, 156)


def thumbnail(content: bytes, folder: Path, *, side: int = 100, suffix: str = ".webp") -> Image.Image:
    source, target = folder / "source", folder / f"thumbnail{suffix}"
    source.write_bytes(content)
    make_thumbnail(source, target, side)
    assert {path.name for path in folder.iterdir()} == {"source", target.name}, "no temporary file remains"
    with Image.open(target) as image:
        image.load()
        return image


def saved(image: Image.Image, kind: str, **options: Any) -> bytes:
    content = io.BytesIO()
    image.save(content, kind, **options)
    return content.getvalue()


def is_like(pixel: Any, color: tuple[int, int, int]) -> bool:
    return all(abs(actual - expected) < 12 for actual, expected in zip(pixel, color, strict=True))


def paletted(*, transparent: bool) -> bytes:
    image = Image.new("P", (300, 200), 1)
    image.putpalette([0, 0, 0, *RED])
    return saved(image, "PNG", **({"transparency": 1} if transparent else {}))


def two_halves() -> Image.Image:
    """Blue on the left, red on the right."""
    image = Image.new("RGB", (400, 200), RED)
    image.paste(BLUE, (0, 0, 200, 200))
    return image


def rotated_exif() -> dict[str, Any]:
    """EXIF data which says that the image has to be rotated clockwise."""
    exif = Image.Exif()
    exif[0x0112] = 6
    return {"exif": exif.tobytes()}


@pytest.mark.parametrize(
    ("content", "color"),
    [
        pytest.param(saved(Image.new("CMYK", (300, 200), (0, 255, 255, 0)), "JPEG"), RED, id="CMYK JPEG"),
        pytest.param(saved(Image.new("L", (300, 200), 156), "JPEG"), GREY, id="grey JPEG"),
        pytest.param(saved(Image.new("RGB", (300, 200), RED), "JPEG", progressive=True), RED, id="progressive JPEG"),
        pytest.param(saved(Image.new("I;16", (300, 200), 40_000), "PNG"), GREY, id="16 bits of grey"),
        pytest.param(saved(Image.new("1", (300, 200), 1), "PNG"), WHITE, id="black and white"),
        pytest.param(paletted(transparent=False), RED, id="palette"),
        pytest.param(paletted(transparent=True), WHITE, id="palette with transparency"),
        pytest.param(saved(Image.new("RGBA", (300, 200), (0, 0, 0, 0)), "PNG"), WHITE, id="transparent"),
        pytest.param(saved(Image.new("LA", (300, 200), (0, 99)), "PNG"), GREY, id="half transparent grey"),
        pytest.param(saved(Image.new("RGBA", (300, 200), RED), "WEBP"), RED, id="WEBP"),
    ],
)
def test_a_thumbnail_of_any_color_mode_keeps_colors_and_aspect_ratio(
    content: bytes, color: tuple[int, int, int], tmp_path: Path
) -> None:
    image = thumbnail(content, tmp_path)
    assert (image.format, image.mode, image.size) == ("WEBP", "RGB", (100, 67))
    assert is_like(image.getpixel((50, 30)), color)


def test_the_thumbnail_of_an_animation_is_its_first_frame(tmp_path: Path) -> None:
    frames = [Image.new("RGB", (300, 200), color) for color in (RED, BLUE)]
    for kind in ("GIF", "WEBP"):
        image = thumbnail(saved(frames[0], kind, save_all=True, append_images=frames[1:]), tmp_path)
        assert getattr(image, "n_frames", 1) == 1
        assert is_like(image.getpixel((50, 30)), RED)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_thumbnail_is_rotated_according_to_exif(kind: str, tmp_path: Path) -> None:
    image = thumbnail(saved(two_halves(), kind, **rotated_exif()), tmp_path)
    assert image.size == (50, 100)
    assert is_like(image.getpixel((25, 10)), BLUE)
    assert is_like(image.getpixel((25, 90)), RED)


def test_small_images_are_not_enlarged_and_thin_ones_are_at_least_one_pixel_wide(tmp_path: Path) -> None:
    assert thumbnail(saved(Image.new("RGB", (30, 20)), "PNG"), tmp_path).size == (30, 20)
    assert thumbnail(saved(Image.new("RGB", (1, 6000)), "PNG"), tmp_path).size == (1, 100)


def test_the_suffix_of_the_target_determines_its_format(tmp_path: Path) -> None:
    assert thumbnail(saved(two_halves(), "PNG"), tmp_path, suffix=".jpg").format == "JPEG"


def test_an_open_file_can_be_the_source(tmp_path: Path) -> None:
    make_thumbnail(io.BytesIO(saved(two_halves(), "PNG")), tmp_path / "thumbnail.webp", 64)
    with Image.open(tmp_path / "thumbnail.webp") as image:
        assert image.size == (64, 32)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"not an image",
        saved(two_halves(), "JPEG")[:900],
        saved(two_halves(), "PNG")[:-40],
        b"GIF89a" + b"\xff" * 50,
    ],
)
def test_an_invalid_image_raises_one_sentence_and_leaves_no_file(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "source").write_bytes(content)
    with pytest.raises(
        ThumbnailError, match=r"no thumbnail can be generated from .*source .*: download the file again"
    ):
        make_thumbnail(tmp_path / "source", tmp_path / "thumbnail.webp", 100)
    assert [path.name for path in tmp_path.iterdir()] == ["source"]


def test_an_image_with_too_many_pixels_is_rejected_before_it_is_decoded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 50_000)
    source = tmp_path / "source"
    source.write_bytes(saved(two_halves(), "PNG"))
    with pytest.raises(ThumbnailError):
        make_thumbnail(source, tmp_path / "thumbnail.webp", 20)


def test_an_error_of_writing_the_target_is_raised_to_the_caller(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        make_thumbnail(io.BytesIO(saved(two_halves(), "PNG")), tmp_path / "nowhere" / "thumbnail.webp", 20)

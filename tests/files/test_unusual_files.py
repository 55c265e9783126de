"""Crawls of works with unusual files, such as animated GIFs and wrong extensions."""

from __future__ import annotations

import io
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageSequence

from pixiv_crawler.sandbox import Fault, Sandbox
from pixiv_crawler.sandbox.media.files import find_file
from tests.crawling import Crawler
from tests.stored_files import file_requests

# See `sandbox/world/fixtures/unusual_files.py`.
ODD = 1030
ONE_FRAME, ANIMATED, CMYK, DEEP, PNG_AS_JPG, MIXED, MANY = (
    72140023,
    76640023,
    78530023,
    79970023,
    81240023,
    82760023,
    83770023,
)
WEBP_AS_JPG = 87390023
SMALL_SIZES = ("large", "square_medium")


class Stored:
    """The result of a crawl, compared with the simulated Pixiv."""

    def __init__(self, sandbox: Sandbox, crawl: Crawler, **args: Any) -> None:
        shutil.rmtree(crawl.data / "works", ignore_errors=True)
        before = len(sandbox.requests)
        done = crawl("works", **args)
        self.status, self.log, self.failures = done.status, done.log, done.report["failures"]
        self.requested = file_requests(sandbox, before)
        self.lines = {line["id"]: line for line in done.lines("illusts")}
        self.stored = done.files
        self._sandbox = sandbox

    def files(self, work: int) -> list[dict[str, Any]]:
        return self.lines[work]["files"]

    def file(self, work: int) -> dict[str, Any]:
        (file,) = self.files(work)
        return file

    def content(self, file: dict[str, Any]) -> bytes:
        """The content on disk, which must be that of the image host."""
        content = self.stored[file["path"]].read_bytes()
        assert content == find_file(self._sandbox.world, re.sub(r"https://[^/]+", "", file["url"]))
        assert len(content) == file["size"]
        return content

    def image(self, file: dict[str, Any]) -> Image.Image:
        return Image.open(io.BytesIO(self.content(file)))


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def runs(sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> tuple[Stored, Stored]:
    """Two runs of all unusual works."""
    crawl = Crawler(sandbox, tmp_path_factory.mktemp("odd"))
    works = [ONE_FRAME, ANIMATED, CMYK, DEEP, PNG_AS_JPG, MIXED, MANY]
    args = {"illust_id": ",".join(map(str, works)), "ugoira": "zip,frames,webp,apng,gif"}
    return Stored(sandbox, crawl, **args, job="first"), Stored(sandbox, crawl, **args, job="second")


def test_unusual_files_are_stored_without_failures_and_not_requested_twice(runs: tuple[Stored, Stored]) -> None:
    first, second = runs
    assert (first.status, first.failures, len(first.lines)) == (0, [], 7), first.log
    assert (second.status, second.requested, second.stored) == (0, [], first.stored)
    for work, line in first.lines.items():
        assert second.files(work) == [file | {"status": "kept"} for file in line["files"]]


def test_an_animated_gif_is_stored_with_all_its_frames(runs: tuple[Stored, Stored]) -> None:
    file = runs[0].file(ANIMATED)
    image = runs[0].image(file)
    assert (file["path"], file["content_type"]) == (f"{ODD}/{ANIMATED}_p0.gif", "image/gif")
    assert [frame.info["duration"] for frame in ImageSequence.Iterator(image)] == [100] * 4


def test_a_cmyk_jpeg_is_stored_unchanged(runs: tuple[Stored, Stored]) -> None:
    file = runs[0].file(CMYK)
    assert (file["path"], file["content_type"]) == (f"{ODD}/{CMYK}_p0.jpg", "image/jpeg")
    assert runs[0].image(file).mode == "CMYK"


def test_a_16_bit_png_is_stored_unchanged(runs: tuple[Stored, Stored]) -> None:
    file = runs[0].file(DEEP)
    assert (file["path"], file["content_type"]) == (f"{ODD}/{DEEP}_p0.png", "image/png")
    assert runs[0].image(file).mode.startswith("I;16")


def test_pages_of_different_types_have_their_own_extensions(runs: tuple[Stored, Stored]) -> None:
    files = runs[0].files(MIXED)
    assert [(file["path"], file["content_type"]) for file in files] == [
        (f"{ODD}/{MIXED}_p0.jpg", "image/jpeg"),
        (f"{ODD}/{MIXED}_p1.png", "image/png"),
        (f"{ODD}/{MIXED}_p2.gif", "image/gif"),
    ]
    assert [runs[0].image(file).format for file in files] == ["JPEG", "PNG", "GIF"]


def test_the_200_pages_of_a_manga_are_in_order(runs: tuple[Stored, Stored]) -> None:
    files = runs[0].files(MANY)
    assert [file["path"] for file in files] == [f"{ODD}/{MANY}_p{page}.jpg" for page in range(200)]
    assert [file["url"] for file in files] == runs[0].lines[MANY]["file_urls"]
    assert len({runs[0].content(file) for file in files}) == 200


def test_an_animation_with_one_frame_has_one_frame_in_every_format(runs: tuple[Stored, Stored]) -> None:
    archive, frame, *generated = runs[0].files(ONE_FRAME)
    assert [archive["content_type"], frame["content_type"]] == ["application/zip", "image/png"]
    assert [file["content_type"] for file in generated] == ["image/webp", "image/apng", "image/gif"]
    for file in generated:
        with Image.open(runs[0].stored[file["path"]]) as image:
            assert image.size == (120, 80)
            image.load()
            assert getattr(image, "n_frames", 1) == 1


def test_a_png_with_a_jpg_url_is_stored_as_png(runs: tuple[Stored, Stored]) -> None:
    for run in runs:
        file = run.file(PNG_AS_JPG)
        assert file["url"].endswith(f"{PNG_AS_JPG}_p0.jpg")
        assert (file["path"], file["content_type"]) == (f"{ODD}/{PNG_AS_JPG}_p0.png", "image/png")
        assert run.image(file).format == "PNG"
        assert f"{ODD}/{PNG_AS_JPG}_p0.jpg" not in run.stored


@pytest.mark.parametrize("size", SMALL_SIZES)
def test_a_webp_with_a_jpg_url_is_stored_as_webp_and_reused(sandbox: Sandbox, tmp_path: Path, size: str) -> None:
    crawl = Crawler(sandbox, tmp_path)
    args = {"illust_id": WEBP_AS_JPG, "files": size}
    first, second = (Stored(sandbox, crawl, **args, job=job) for job in ("first", "second"))
    files = first.files(WEBP_AS_JPG)
    assert (first.status, second.status, len(first.requested), second.requested) == (0, 0, 3, [])
    assert [file["path"] for file in files] == [f"{size}/{ODD}/{WEBP_AS_JPG}_p{page}.webp" for page in range(3)]
    for file in files:
        assert (file["url"][-4:], file["content_type"], file["size_name"]) == (".jpg", "image/webp", size)
        assert first.image(file).format == "WEBP"
    assert second.files(WEBP_AS_JPG) == [file | {"status": "kept"} for file in files]


def test_a_corrupt_image_is_a_failure_and_never_stored(sandbox: Sandbox, tmp_path: Path) -> None:
    """A truncated file, an HTML page and an empty file."""
    crawl = Crawler(sandbox, tmp_path)
    for work, kind in ((CMYK, "truncated"), (DEEP, "html_file"), (ANIMATED, "empty_file")):
        sandbox.add_fault(Fault(kind, where=f"/{work}_p0", times=None))
    args = {"illust_id": f"{CMYK},{DEEP},{ANIMATED},{PNG_AS_JPG}", "settings": {"RETRY_TIMES": 0}}
    try:
        done = Stored(sandbox, crawl, **args, job="first")
    finally:
        sandbox.clear_faults()
    assert (done.status, list(done.stored)) == (3, [f"{ODD}/{PNG_AS_JPG}_p0.png"])
    causes = {failure["id"]: failure["cause"] for failure in done.failures}
    assert "is truncated" in causes.pop(CMYK)
    assert "is not an image" in causes.pop(DEEP)
    assert "is empty" in causes.pop(ANIMATED)
    assert causes == {}
    assert {done.file(work)["status"] for work in (CMYK, DEEP, ANIMATED)} == {"failed"}
    assert {done.file(work)["content_type"] for work in (CMYK, DEEP, ANIMATED)} == {None}
    done = Stored(sandbox, crawl, **args, job="second")
    assert (done.status, len(done.requested), len(done.stored)) == (0, 3, 4)

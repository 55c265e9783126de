"""The user with unusual files, which test programs that convert images and create books."""

from __future__ import annotations

import re
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit
from zipfile import ZipFile

import pytest
from PIL import Image

from pixiv_crawler.sandbox import World
from pixiv_crawler.sandbox.media.images import frame_colour
from pixiv_crawler.sandbox.world.fixtures import unusual_files

from .client import Client, Reply, urls_in
from .test_novel_routes import novel_in

ODD = 1030
ILLUSTRATED, INTERRUPTED = 900014, 900015
UGOIRA = {"コマの大きさが半端": 12, "一コマだけ": 1, "間隔がまちまち": 7, "大きなZIPがない": 8}


def work(client: Client, title: str) -> dict[str, Any]:
    return next(work for work in client.works(ODD) if work["title"] == title)


def metadata(client: Client, title: str) -> dict[str, Any]:
    return client.api("/v1/ugoira/metadata", illust_id=work(client, title)["id"]).json["ugoira_metadata"]


def opened(file: bytes) -> Image.Image:
    image = Image.open(BytesIO(file))
    image.load()
    return image


def original(client: Client, title: str) -> tuple[Reply, Image.Image]:
    reply = client.file(work(client, title)["meta_single_page"]["original_image_url"])
    return reply, opened(reply.body)


def seen_number(image: Image.Image, count: int) -> int:
    """The number of a frame, derived from its colour."""
    pixel = image.convert("RGB").getpixel((image.width // 2, image.height // 4))
    assert isinstance(pixel, tuple)
    return min(range(count), key=lambda n: sum(abs(a - b) for a, b in zip(pixel, frame_colour(n), strict=True)))


def frames(client: Client, url: str) -> list[Image.Image]:
    with ZipFile(BytesIO(client.file(url).body)) as archive:
        return [opened(archive.read(name)) for name in archive.namelist()]


def test_the_docstring_lists_every_work_and_novel_with_its_id() -> None:
    world = World()
    described = re.findall(r"^  (\d+) (.*?): ", unusual_files.__doc__ or "", re.MULTILINE)
    there = [(str(work.id), work.title) for work in world.works(ODD)]
    there += [(str(novel.id), novel.title) for novel in world.novels_of(ODD)]
    assert sorted(described) == sorted(there)


def test_the_colours_of_64_frames_are_far_apart() -> None:
    colours = [frame_colour(number) for number in range(64)]
    assert len(set(colours)) == 64
    assert {level for colour in colours for level in colour} == {0, 85, 170, 255}


@pytest.mark.parametrize(("title", "count"), UGOIRA.items())
def test_every_frame_has_the_colour_of_its_number_in_the_zip_and_as_an_original(
    client: Client, title: str, count: int
) -> None:
    known = metadata(client, title)
    first = work(client, title)["meta_single_page"]["original_image_url"]
    assert "_ugoira0." in first
    originals = [opened(client.file(first.replace("_ugoira0.", f"_ugoira{number}.")).body) for number in range(count)]
    zipped = frames(client, known["zip_urls"]["medium"])
    assert len(known["frames"]) == count
    assert [seen_number(image, count) for image in originals] == list(range(count))
    assert [seen_number(image, count) for image in zipped] == list(range(count))
    assert {image.format for image in zipped} == {"JPEG"}


@pytest.mark.parametrize("title", [title for title in UGOIRA if title != "大きなZIPがない"])
def test_the_large_zip_has_frames_of_full_size(client: Client, title: str) -> None:
    small = metadata(client, title)["zip_urls"]["medium"]
    large = frames(client, small.replace("600x600", "1920x1080"))
    shown = work(client, title)
    assert {image.size for image in large} == {(shown["width"], shown["height"])}
    assert large[0].width > frames(client, small)[0].width


def test_one_ugoira_has_the_small_zip_only(client: Client) -> None:
    small = metadata(client, "大きなZIPがない")["zip_urls"]["medium"]
    assert client.file(small).status == 200
    assert client.file(small.replace("600x600", "1920x1080")).status == 404


def test_ugoira_have_unusual_sizes_delays_and_types(client: Client) -> None:
    first = work(client, "コマの大きさが半端")
    assert (first["width"], first["height"]) == (601, 401)
    delays = [frame["delay"] for frame in metadata(client, "間隔がまちまち")["frames"]]
    assert (min(delays), max(delays)) == (5, 2000)
    endings = {work(client, title)["meta_single_page"]["original_image_url"].rpartition(".")[2] for title in UGOIRA}
    assert endings == {"jpg", "png", "gif"}


def test_one_original_is_an_animated_gif(client: Client) -> None:
    _, image = original(client, "動くGIF")
    assert (image.format, getattr(image, "n_frames", 1), image.info["duration"]) == ("GIF", 4, 100)


def test_one_original_is_a_cmyk_jpeg(client: Client) -> None:
    _, image = original(client, "印刷用のCMYK")
    assert (image.format, image.mode) == ("JPEG", "CMYK")


def test_one_original_has_16_bits(client: Client) -> None:
    reply, image = original(client, "16ビットのPNG")
    bit_depth = reply.body[24]
    assert (image.format, bit_depth) == ("PNG", 16)
    assert image.getextrema() == (0, 65_535)


def test_one_original_has_another_type_than_its_url(client: Client) -> None:
    reply, image = original(client, "JPGという名のPNG")
    assert work(client, "JPGという名のPNG")["meta_single_page"]["original_image_url"].endswith("_p0.jpg")
    assert (image.format, reply.headers["content-type"]) == ("PNG", "image/jpeg")


def test_pages_of_one_work_have_different_types(client: Client) -> None:
    pages = work(client, "種類の違うページ")["meta_pages"]
    files = [client.file(page["image_urls"]["original"]) for page in pages]
    assert [opened(file.body).format for file in files] == ["JPEG", "PNG", "GIF"]


@pytest.mark.e2e
def test_one_manga_has_200_small_pages(client: Client) -> None:
    pages = work(client, "二百枚")["meta_pages"]
    assert len(pages) == 200
    files = {client.file(page["image_urls"]["original"]).body for page in pages}
    assert len(files) == 200
    assert all(len(file) < 2_000 for file in files)


@pytest.mark.parametrize(("title", "pages"), [("WEBPの縮小版", 1), ("WEBPの縮小版（3枚）", 3)])
def test_some_jpg_urls_return_webp(client: Client, title: str, pages: int) -> None:
    shown = work(client, title)
    urls = [page["image_urls"] for page in shown["meta_pages"]] or [shown["image_urls"]]
    assert len(urls) == pages
    for named in urls:
        for key, wanted in (("large", "webp"), ("square_medium", "webp"), ("medium", "jpeg")):
            reply = client.file(named[key])
            assert urlsplit(named[key]).path.endswith(".jpg")
            assert (opened(reply.body).format, reply.headers["content-type"]) == (wanted.upper(), f"image/{wanted}")


def pages_of(client: Client, series_id: int) -> list[dict[str, Any]]:
    listed = client.api("/v2/novel/series", series_id=series_id).json["novels"]
    return [novel_in(client.api("/webview/v2/novel", id=novel["id"])) for novel in listed]


def test_the_texts_of_a_series_contain_all_kinds_of_markup(client: Client) -> None:
    texts = "".join(page["text"] for page in pages_of(client, ILLUSTRATED))
    marks = ("[newpage]", "[chapter:", "[uploadedimage:", "[jump:3]", "[[rb:", "[[jumpuri:")
    assert all(mark in texts for mark in marks)
    assert re.search(r"\[pixivimage:\d+\]", texts)
    assert re.search(r"\[pixivimage:\d+-2\]", texts)


def test_every_image_in_the_texts_of_the_series_exists(client: Client) -> None:
    pages = pages_of(client, ILLUSTRATED)
    assert len(pages) == 4
    for page in pages:
        shown = set(re.findall(r"\[(?:pixiv|uploaded)image:(.*?)\]", page["text"]))
        assert shown == {*page["illusts"], *page["images"]}
        for url in urls_in(page):
            assert opened(client.file(url).body).width > 0
    assert sum(len(page["images"]) for page in pages) == 3


def test_uploaded_images_have_the_sizes_of_their_variants(client: Client) -> None:
    images = [image for page in pages_of(client, ILLUSTRATED) for image in dict(page["images"]).values()]
    for image in images:
        sizes = {name: opened(client.file(url).body).size for name, url in image["urls"].items()}
        width, height = sizes["original"]
        assert sizes["128x128"] == (128, 128)
        assert sizes["240mw"][0] <= min(240, width)
        assert sizes["480mw"][0] <= min(480, width)
        assert max(sizes["1200x1200"]) == min(1200, max(width, height))


def test_a_text_can_name_images_that_do_not_exist(client: Client) -> None:
    novel = next(novel for novel in client.sandbox.world.novels_of(ODD) if novel.title == "消えた挿絵")
    page = novel_in(client.api("/webview/v2/novel", id=novel.id))
    named = re.findall(r"\[pixivimage:(.*?)\]", page["text"])
    assert len(named) == 3
    assert list(page["illusts"]) == [str(work(client, "動くGIF")["id"])]
    assert "[uploadedimage:99999999]" in page["text"]
    assert page["images"] == []


def test_the_middle_of_a_series_can_be_withheld(client: Client) -> None:
    listed = client.api("/v2/novel/series", series_id=INTERRUPTED).json["novels"]
    assert [novel["visible"] for novel in listed] == [True, False, True]
    statuses = [client.api("/webview/v2/novel", id=novel["id"]).status for novel in listed]
    assert statuses == [200, 403, 200]
    first = novel_in(client.api("/webview/v2/novel", id=listed[0]["id"]))
    assert first["seriesNavigation"]["nextNovel"]["viewable"] is False

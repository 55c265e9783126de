from __future__ import annotations

from typing import Any

import pytest

from pixiv_crawler.novels.embedded import EmbeddedImage, embedded_images
from tests.novels.novel_factory import novel

HOST = "https://i.pximg.net"


def uploaded(*sizes: str) -> dict[str, Any]:
    return {"12": {"novelImageId": "12", "sl": "2", "urls": {size: f"{HOST}/{size}.jpg" for size in sizes}}}


def work(*, visible: bool = True, **images: str | None) -> dict[str, Any]:
    return {"visible": visible, "illust": {"title": " 風景\0 ", "images": images}, "id": "34", "page": 1}


def url_of(text: str, **reader_page: Any) -> str | None:
    (image,) = embedded_images(novel(text, **reader_page))
    return image.url


@pytest.mark.parametrize(
    ("sizes", "best"),
    [
        (("240mw", "480mw", "1200x1200", "128x128", "original"), "original"),
        (("240mw", "480mw", "1200x1200", "128x128"), "1200x1200"),
        (("small", "128x128"), "128x128"),
        (("small",), "small"),
    ],
)
def test_an_uploaded_image_is_used_in_its_largest_size(sizes: tuple[str, ...], best: str) -> None:
    assert url_of("[uploadedimage:12]", images=uploaded(*sizes)) == f"{HOST}/{best}.jpg"


@pytest.mark.parametrize(
    "images",
    [[], None, {}, {"12": None}, {"12": []}, {"12": {"urls": []}}, {"12": {"urls": {"original": "file:///x"}}}],
)
def test_an_image_that_is_missing_from_the_reader_page_has_no_url(images: Any) -> None:
    assert url_of("[uploadedimage:12]", images=images) is None
    assert url_of("[pixivimage:12]", illusts=images) is None


def test_the_image_of_a_work_has_its_largest_url_and_the_page_of_the_work() -> None:
    illusts = {"34": work(small=None, medium=f"{HOST}/m.jpg", original=None), "34-2": work(original=f"{HOST}/o.png")}
    assert embedded_images(novel("[pixivimage:34-2][pixivimage:34]", illusts=illusts)) == [
        EmbeddedImage(key="pixivimage:34-2", url=f"{HOST}/o.png", page_url="https://www.pixiv.net/artworks/34#2", title="風景"),
        EmbeddedImage(key="pixivimage:34", url=f"{HOST}/m.jpg", page_url="https://www.pixiv.net/artworks/34", title="風景"),
    ]  # fmt: skip


def test_the_first_page_of_a_work_is_found_with_and_without_its_number() -> None:
    url = f"{HOST}/m.jpg"
    assert url_of("[pixivimage:34-1]", illusts={"34": work(medium=url)}) == url
    assert url_of("[pixivimage:34]", illusts={"34-1": work(medium=url)}) == url
    assert url_of("[pixivimage:34-2]", illusts={"34": work(medium=url)}) is None


def test_a_limited_work_has_no_image_url_but_its_page() -> None:
    (image,) = embedded_images(
        novel("[pixivimage:34]", illusts={"34": work(visible=False, medium=f"{HOST}/limit.png")})
    )
    assert (image.url, image.page_url) == (None, "https://www.pixiv.net/artworks/34")


def test_each_image_is_listed_once_in_the_order_of_the_text() -> None:
    text = "[pixivimage:1]\n[newpage][uploadedimage:2]\n[pixivimage:1][uploadedimage:3]"
    keys = [image.key for image in embedded_images(novel(text, webview=None))]
    assert keys == ["pixivimage:1", "uploadedimage:2", "uploadedimage:3"]
    assert embedded_images(novel(None)) == []

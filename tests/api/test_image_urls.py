from __future__ import annotations

import pytest

from pixiv_crawler.api.image_urls import is_on_image_host, upload_key

DAY = "2026/07/01/20/05/05"


@pytest.mark.parametrize(
    "urls",
    [
        [
            f"https://i.pximg.net/img-original/img/{DAY}/123_p0.png",
            f"http://mirror.example/img-original/img/{DAY}/123_p0.png",
            f"https://i.pximg.net/img-master/img/{DAY}/123_p0_master1200.jpg",
            f"https://i.pximg.net/c/600x1200_90/img-master/img/{DAY}/123_p0_master1200.jpg",
            f"https://i.pximg.net/c/600x1200_90_webp/img-master/img/{DAY}/123_p0_master1200.jpg",
            f"https://i.pximg.net/c/360x360_70/img-master/img/{DAY}/123_p0_square1200.jpg",
        ],
        [
            f"https://i.pximg.net/img-zip-ugoira/img/{DAY}/123_ugoira600x600.zip",
            f"https://i.pximg.net/img-zip-ugoira/img/{DAY}/123_ugoira1920x1080.zip",
        ],
        ["https://a.example/x.jpg?v=1", "http://b.example/x.jpg?v=1"],
    ],
)
def test_all_hosts_and_sizes_of_an_upload_share_one_key(urls: list[str]) -> None:
    assert len(set(map(upload_key, urls))) == 1


def test_another_page_work_or_upload_has_another_key() -> None:
    urls = [
        f"https://i.pximg.net/img-original/img/{DAY}/123_p0.png",
        f"https://i.pximg.net/img-original/img/{DAY}/123_p1.png",
        f"https://i.pximg.net/img-original/img/{DAY}/124_p0.png",
        f"https://i.pximg.net/img-original/img/{DAY}/123-0a1b2c_p0.png",
        "https://i.pximg.net/img-original/img/2026/07/01/20/05/06/123_p0.png",
        "https://a.example/x.jpg?v=1",
        "https://a.example/x.jpg?v=2",
    ]
    assert len(set(map(upload_key, urls))) == len(urls)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://i.pximg.net/a.jpg", True),
        ("https://I-CF.pximg.net/a.jpg", True),
        ("https://elsewhere.example/a.jpg", False),
        ("https://i.pximg.net.elsewhere.example/a.jpg", False),
        ("https://elsewhere.example\\@i.pximg.net/a.jpg", False),
        ("https://user:password@i.pximg.net/a.jpg", False),
        ("https://i.pximg.net:81/a.jpg", False),
        ("file://i.pximg.net/a.jpg", False),
        ("https://[i.pximg.net/a.jpg", False),
    ],
)
def test_an_image_host_is_recognized_by_its_whole_network_location(url: str, expected: bool) -> None:
    assert is_on_image_host(url) is expected

"""Availability of works, and the URLs of their files."""

from __future__ import annotations

from typing import Any

import pytest

from pixiv_crawler.api.availability import unavailable
from pixiv_crawler.api.enums import UnavailableReason
from pixiv_crawler.api.image_urls import file_urls
from pixiv_crawler.options import FileSize
from tests.entries import IMAGES, illust, manga, urls, work

# --- Unavailable works ----------------------------------------------------------------------------------------------


def placeholder(image: str, **changes: Any) -> dict[str, Any]:
    entry = illust(title="", image_urls=dict.fromkeys(urls(0), image), meta_single_page={"original_image_url": image})
    return entry | {"visible": False} | changes


@pytest.mark.parametrize("host", ["https://s.pximg.net", "http://127.0.0.1:8080", "https://mirror.example/proxy", ""])
@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("sanity_level", UnavailableReason.SANITY_LEVEL),
        ("unviewable", UnavailableReason.SANITY_LEVEL),
        ("mypixiv", UnavailableReason.MYPIXIV),
        ("unknown", UnavailableReason.UNKNOWN),
        ("r18", UnavailableReason.R18_HIDDEN),
        ("r18g", UnavailableReason.R18_HIDDEN),
        ("brand_new", UnavailableReason.UNKNOWN),
    ],
)
def test_a_placeholder_image_reveals_the_reason_regardless_of_its_host(
    name: str, reason: UnavailableReason, host: str
) -> None:
    image = f"{host}/common/images/limit_{name}_360.png"
    expected = reason, {"visible": False, "user_id": 11, "image": image}
    assert unavailable(placeholder(image)) == expected
    assert unavailable(placeholder(image, meta_single_page={})) == expected
    # Each of the signs is sufficient.
    shown = unavailable(placeholder(image, visible=True))
    assert shown is not None
    assert shown[0] is reason


def test_a_work_without_a_user_is_deleted_and_an_invisible_one_is_unavailable_for_an_unknown_reason() -> None:
    gone = illust()
    gone["user"]["id"] = 0
    assert unavailable(gone) == (
        UnavailableReason.DELETED,
        {"visible": True, "user_id": 0, "image": f"{IMAGES}/77_p0.png"},
    )
    invisible = unavailable(illust(visible=False))
    assert invisible is not None
    assert invisible[0] is UnavailableReason.UNKNOWN


def test_the_image_takes_precedence_over_user_0() -> None:
    image = "https://s.pximg.net/common/images/limit_mypixiv_360.png"
    user = illust()["user"] | {"id": 0}
    result = unavailable(placeholder(image, user=user))
    assert result is not None
    assert result[0] is UnavailableReason.MYPIXIV


@pytest.mark.parametrize(
    "entry",
    [
        illust(),
        manga(),
        illust(title="limit_unknown", caption="/common/images/limit_unknown_360.png"),
        illust(is_muted=True),
        illust(visible=None),
        {},
        {"user": None, "image_urls": [], "meta_single_page": "x"},
    ],
)
def test_a_work_without_any_sign_is_available(entry: dict[str, Any]) -> None:
    assert unavailable(entry) is None


# --- Files -------------------------------------------------------------------------------------------------------------

SIZES = [FileSize.LARGE, FileSize.MEDIUM, FileSize.SQUARE_MEDIUM]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("pages", [1, 3])
def test_each_size_has_a_url_for_each_page_in_order(size: FileSize, pages: int) -> None:
    entry = illust() if pages == 1 else manga(pages)
    assert file_urls(work(entry), size) == [f"https://i.pximg.net/{size}/77_p{page}.jpg" for page in range(pages)]


def test_works_of_one_several_and_200_pages_have_originals() -> None:
    assert file_urls(work(illust()), FileSize.ORIGINAL) == [f"{IMAGES}/77_p0.png"]
    for pages in (3, 200):
        named = file_urls(work(manga(pages)), FileSize.ORIGINAL)
        assert named == [f"{IMAGES}/77_p{page}.png" for page in range(pages)]


def test_a_page_without_an_original_is_left_out() -> None:
    entry = manga()
    del entry["meta_pages"][1]["image_urls"]["original"]
    assert file_urls(work(entry), FileSize.ORIGINAL) == [f"{IMAGES}/77_p{page}.png" for page in (0, 2)]


@pytest.mark.parametrize(
    "url", ["", "rubbish", "//i.pximg.net/77_p0.png", "ftp://i.pximg.net/77_p0.png", "http://[::1/"]
)
def test_an_invalid_url_is_not_a_file(url: str) -> None:
    assert file_urls(work(illust(meta_single_page={"original_image_url": url})), FileSize.ORIGINAL) == []


def test_a_url_under_another_name_is_not_an_original() -> None:
    meta = illust()["meta_single_page"] | {"brand_new": "https://i.pximg.net/other.png"}
    assert file_urls(work(illust(meta_single_page=meta)), FileSize.ORIGINAL) == [f"{IMAGES}/77_p0.png"]


def test_a_work_without_an_original_url_has_none() -> None:
    assert file_urls(work(illust(meta_single_page={})), FileSize.ORIGINAL) == []


@pytest.mark.parametrize("entry", [illust(), manga()])
def test_no_url_is_returned_if_no_files_are_requested(entry: dict[str, Any]) -> None:
    assert file_urls(work(entry), FileSize.NONE) == []

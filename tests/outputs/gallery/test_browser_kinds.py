"""Kinds of works in a real browser: novels with markup and images, and animations as videos."""

from __future__ import annotations

from pathlib import Path

import pytest

from pixiv_crawler.items import Frame
from pixiv_crawler.media.animation.formats import generate_animation
from pixiv_crawler.outputs.gallery import make_gallery
from tests.outputs.gallery.browser import Browser
from tests.outputs.gallery.data_folder import DataFolder, frames, illust, novel, picture, ugoira_zip

TEXT = """[chapter:[[rb:序 > じょ]]章]
　[[rb:猫 > ねこ]]は[[jumpuri:店 > https://example.com/?a=1&b=2]]にいる。

[uploadedimage:8]
[pixivimage:3-2]
[[jumpuri:x > javascript:document.title='hit']]"""


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("kinds")
    (folder / "frames.zip").write_bytes(ugoira_zip(3))
    metadata = [Frame(file=f"{index:06}.jpg", delay=400) for index in range(3)]
    generate_animation(folder / "frames.zip", metadata, "webm", folder / "animation.webm")
    data = DataFolder(folder / "data")
    ugoira = {"type": "ugoira", "page_count": 1, "ugoira_metadata": frames(400, 400, 400)}
    content = {1: (folder / "animation.webm").read_bytes(), 2: (folder / "animation.webm").read_bytes(), 3: b"broken"}
    for number, video_bytes in content.items():
        video = data.file(f"7/{number} #1_p0.webm", video_bytes) | {"size_name": "webm"}
        data.write(illust(number, [video], x_restrict=int(number == 2), **ugoira))
    data.write(novel(4, TEXT, files=[data.file("novel_images/4_uploadedimage_8.png", picture(8))]), name="novels")
    return make_gallery(data.path, data.path / "gallery").index


def test_a_novel_has_chapters_furigana_links_and_images(browser: Browser, page: Path) -> None:
    browser.open(page, "#work=n4")
    browser.wait("document.querySelector('.novel-text img')?.naturalWidth === 240")
    assert browser.texts(".novel-text h4") == ["序(じょ)章"]
    assert browser.texts(".novel-text rt") == ["じょ", "ねこ"]
    hrefs = browser.js("[...document.querySelectorAll('.novel-text a')].map(a => a.href)")
    assert hrefs == ["https://example.com/?a=1&b=2", "https://www.pixiv.net/artworks/3"]
    lines = browser.texts(".novel-text p")
    assert lines == [
        "　猫(ねこ)は店にいる。",
        "\u00a0",
        "[pixivimage:3-2]",
        "[[jumpuri:x > javascript:document.title='hit']]",
    ]
    assert browser.console_messages() == []


def test_a_video_is_its_own_thumbnail_and_plays_and_a_broken_one_has_a_placeholder(
    browser: Browser, page: Path
) -> None:
    browser.open(page)
    browser.wait("document.querySelector('.tile[data-key=i1] video')?.videoWidth === 120")
    browser.wait("document.querySelector('.tile[data-key=i3] .placeholder')")
    assert browser.js("document.querySelector('.tile[data-key=i1] video').paused")
    assert "blur" in browser.js("getComputedStyle(document.querySelector('.tile[data-key=i2] video')).filter")
    browser.click(".tile[data-key=i1] .open")
    browser.wait("document.querySelector('.box video')?.currentTime > 0")
    browser.open(page, "#work=i3")
    browser.wait("document.querySelector('.box .placeholder')")
    assert browser.texts(".facts dd a")[0] == "3 #1_p0.webm"

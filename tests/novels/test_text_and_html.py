from __future__ import annotations

import base64
import hashlib
from pathlib import Path

import pytest
from parsel import Selector

from pixiv_crawler.novels import write_novel
from pixiv_crawler.options import NovelFormat
from tests.novels.novel_factory import novel, picture

TEXT = """これはまだ序文です。[[rb:灯台 > とうだい]]の[[jumpuri:[[rb:部屋 > へや]]>https://a.example/?a=1&b=2]]
[chapter:[[rb:灯 > あかり]]の夜 <1>]
[uploadedimage:1]
[pixivimage:34-2][newpage]
[chapter:手紙]
[jump:1][jump:3]
<script>alert("&amp;")</script>"""
ILLUSTS = {"34-2": {"visible": True, "illust": {"title": '"風景"', "images": {"medium": "https://i.pximg.net/m.jpg"}}}}
IMAGES = {"1": {"urls": {"original": "https://i.pximg.net/o.png"}}}


def text_of(tmp_path: Path, text: str = TEXT) -> str:
    write_novel(
        novel(text, caption="一<br>二", images=IMAGES, illusts=ILLUSTS), NovelFormat.TXT, {}, None, tmp_path / "n"
    )
    return (tmp_path / "n").read_bytes().decode()


def page_of(tmp_path: Path, images: dict[str, Path], cover: Path | None = None, text: str = TEXT) -> Selector:
    write_novel(novel(text, images=IMAGES, illusts=ILLUSTS), NovelFormat.HTML, images, cover, tmp_path / "n.html")
    return Selector((tmp_path / "n.html").read_text("utf-8"))


def data_url(path: Path, media_type: str) -> str:
    return f"data:{media_type};base64,{base64.b64encode(path.read_bytes()).decode()}"


def test_plain_text_in_full(tmp_path: Path) -> None:
    assert (
        text_of(tmp_path)
        == """\
手紙 & <b>
Author: 作者 (https://www.pixiv.net/users/11)
Series: 連作 (https://www.pixiv.net/novel/series/5)
Published: 2024-03-01 18:06+09:00
Tags: 猫, A & B
https://www.pixiv.net/novel/show.php?id=9

一
二

────────────────────────────────────────

これはまだ序文です。｜灯台《とうだい》の｜部屋《へや》 (https://a.example/?a=1&b=2)

■ ｜灯《あかり》の夜 <1>

[image: https://i.pximg.net/o.png]
["風景": https://www.pixiv.net/artworks/34#2]

────────── 2 ──────────


■ 手紙

[→ 1][→ 3]
<script>alert("&amp;")</script>
"""
    )


def test_a_page_has_chapters_ruby_links_and_jumps(tmp_path: Path) -> None:
    page = page_of(tmp_path, {})
    anchors = {f"#{name}" for name in page.xpath("//@id").getall()}
    assert page.xpath("//nav//a/text()").getall() == ["灯の夜 <1>", "手紙"]
    assert (
        set(page.xpath("//a/@href[starts-with(., '#')]").getall())
        == {"#chapter-1", "#chapter-2", "#page-1"}
        <= anchors
    )
    assert page.xpath("//h2//text()").getall() == ["灯", "《", "あかり", "》", "の夜 <1>", "手紙"]
    assert page.xpath("//a[ruby]/@href").get() == "https://a.example/?a=1&b=2"
    assert page.xpath("//main//p/text()").getall()[-2:] == ["[jump:3]", '<script>alert("&amp;")</script>']
    assert page.xpath("/html/@lang").get() == "ja"
    assert page.xpath("//h1/text()").get() == page.xpath("//title/text()").get() == "手紙 & <b>"


def test_the_navigation_without_chapters_lists_pages_unless_there_is_only_one(tmp_path: Path) -> None:
    assert page_of(tmp_path, {}, text="a[newpage]b").xpath("//nav//a/text()").getall() == ["Page 1", "Page 2"]
    assert not page_of(tmp_path, {}, text="a").xpath("//nav")
    assert page_of(tmp_path, {}, text="a").xpath("/html/@lang").get() is None


def test_only_lines_in_hebrew_and_arabic_are_right_to_left(tmp_path: Path) -> None:
    text = "猫 שלום\n「שלום」 cat\n123\n[chapter:[[rb:مرحبا > m]] 猫]\ncat שלום"
    page = page_of(tmp_path, {}, text=text)
    shown = page.xpath("//main//p | //main//h2")
    assert [line.attrib.get("dir") for line in shown] == [None, "rtl", None, "rtl", None]


def test_images_are_embedded_in_the_page(tmp_path: Path) -> None:
    images = {"uploadedimage:1": picture(tmp_path / "a.png"), "pixivimage:34-2": picture(tmp_path / "b.webp")}
    cover = tmp_path / "cover"
    cover.write_bytes(b"\xff\xd8\xff" + bytes(range(256)) * 3000)
    page = page_of(tmp_path, images, cover)
    assert page.xpath("//img/@src").getall() == [
        data_url(cover, "image/jpeg"),
        data_url(tmp_path / "a.png", "image/png"),
        data_url(tmp_path / "b.webp", "image/webp"),
    ]
    assert page.xpath("//img/@alt").getall() == ["", "uploadedimage:1", '"風景"']
    assert page.xpath("//figcaption/a/@href").getall() == ["https://www.pixiv.net/artworks/34#2"]


def test_a_missing_image_becomes_a_link_or_without_a_url_its_markup(tmp_path: Path) -> None:
    (tmp_path / "page.jpg").write_text("<html>403 Forbidden</html>")
    images = {"uploadedimage:1": tmp_path / "page.jpg", "pixivimage:34-2": tmp_path / "nowhere.jpg"}
    page = page_of(
        tmp_path, images, tmp_path / "nowhere.png", text="[uploadedimage:1][pixivimage:34-2][uploadedimage:5]"
    )
    assert not page.xpath("//img")
    assert page.xpath("//main//a/@href").getall() == [
        "https://i.pximg.net/o.png",
        "https://www.pixiv.net/artworks/34#2",
    ]
    assert page.xpath("//main//p//text()").getall() == ["[uploadedimage:1]", '["風景"]', "[uploadedimage:5]"]


def test_a_page_runs_no_scripts_and_sends_no_requests(tmp_path: Path) -> None:
    page = page_of(tmp_path, {"uploadedimage:1": picture(tmp_path / "a.gif")})
    policy = page.xpath("//meta[@http-equiv='Content-Security-Policy']/@content").get("")
    style = page.xpath("//style/text()").get("")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert policy.split("; ")[:3] == ["default-src 'none'", "img-src data:", f"style-src 'sha256-{digest}'"]
    assert not page.xpath("//script | //link | //iframe | //object | //*[@style] | //@*[starts-with(name(), 'on')]")
    assert all(source.startswith("data:") for source in page.xpath("//@src").getall())
    assert "http" not in style


@pytest.mark.parametrize("as_format", NovelFormat)
def test_a_novel_without_a_text_writes_no_file(tmp_path: Path, as_format: NovelFormat) -> None:
    with pytest.raises(ValueError, match="novel 9 has no text"):
        write_novel(novel(None), as_format, {}, None, tmp_path / "n")
    assert list(tmp_path.iterdir()) == []

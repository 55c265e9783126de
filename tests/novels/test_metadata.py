from __future__ import annotations

import pytest

from pixiv_crawler.items import Tag, WebviewNovel
from pixiv_crawler.novels.markup import Link, Paragraph, Text
from pixiv_crawler.novels.metadata import about_novel, about_series, detect_language
from tests.novels.novel_factory import AUTHOR, novel, series


def caption(markup: str) -> tuple[Paragraph, ...]:
    return about_novel(novel("", caption=markup)).caption


def test_a_caption_in_html_becomes_lines_of_text() -> None:
    lines = caption("一<br />二<BR>\r\n<strong>三</strong> &amp; &lt;3 <3 &#8;<script>四</script>")
    assert lines == (Paragraph((Text("一"),)), Paragraph((Text("二"),)), Paragraph((Text("三 & <3 <3 四"),)))


@pytest.mark.parametrize(
    ("href", "url"),
    [
        ("https://a.example/x?y=1&amp;z=2", "https://a.example/x?y=1&z=2"),
        ("pixiv://illusts/12", "https://www.pixiv.net/artworks/12"),
        ("pixiv://novels/12", "https://www.pixiv.net/novel/show.php?id=12"),
        ("pixiv://users/12", "https://www.pixiv.net/users/12"),
        ("/jump.php?https%3A%2F%2Fa.example%2F", "https://a.example/"),
        ("https://www.pixiv.net/jump.php?url=https%3A%2F%2Fa.example%2F", "https://a.example/"),
    ],
)
def test_the_links_of_a_caption_become_web_urls(href: str, url: str) -> None:
    expected = (Paragraph((Text("前"), Link((Text("こちら"),), url), Text("後"))),)
    assert caption(f'前<a href="{href}" target="_blank">こちら</a>後') == expected
    assert caption(f"前<a target='_blank' href='{href}'><b>こちら</b></a>後") == expected


@pytest.mark.parametrize("href", ["javascript:alert(1)", "pixiv://account/login?code=1", "/jump.php?javascript:1", ""])
def test_an_unsupported_link_is_replaced_by_its_text(href: str) -> None:
    assert caption(f'<a href="{href}">こちら</a>') == (Paragraph((Text("こちら"),)),)


@pytest.mark.parametrize("number", ["1114112", "99999999999", "00099999999999", "9" * 5000])
def test_a_reference_to_no_character_is_replaced(number: str) -> None:
    assert caption(f"a&#{number};b&#0000012356;") == (Paragraph((Text("a\ufffdbい"),)),)
    assert caption(f'<a href="https://example.com/&#{number};">x</a>')


def test_a_caption_that_the_listing_omits_is_taken_from_the_reader_page() -> None:
    about = about_novel(novel("", webview=WebviewNovel(id="9", caption="説明")))
    assert about.caption == (Paragraph((Text("説明"),)),)


def test_a_novel_without_title_or_author_gets_placeholders() -> None:
    nobody = AUTHOR.__class__(id=0, name=" ", account="", profile_image_urls=AUTHOR.profile_image_urls)
    about = about_novel(novel("", title="\0\n", user=nobody, tags=[Tag(name=" "), Tag(name="一\n二")]))
    assert (about.title, about.author.name, about.tags) == ("Novel 9", "User 0", ("一 二",))


@pytest.mark.parametrize("date", ["", "yesterday", "2024-03-01T18:06:14", "0001-01-01T00:00:00+09:00"])
def test_an_invalid_date_is_omitted(date: str) -> None:
    assert about_novel(novel("", create_date=date)).published is None


def test_a_series_has_the_tags_of_all_novels_and_the_date_of_the_newest() -> None:
    first = novel("これは日本語です。", tags=[Tag(name="猫")], create_date="2024-03-01T01:00:00+09:00")
    second = novel("text", tags=[Tag(name="旅"), Tag(name="猫")], create_date="2024-02-29T17:00:00+00:00")
    about = about_series(series(), [about_novel(first), about_novel(second), about_novel(novel("", create_date=""))])
    assert about.tags == ("猫", "旅", "A & B")
    assert about.published is not None
    assert about.published.isoformat() == "2024-02-29T17:00:00+00:00"
    assert about.language == "ja"
    assert about.caption == (Paragraph((Text("夏の話。"),)), Paragraph((Text("続く。"),)))


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("灯台の灯りが、今夜はいつもより遅く点いた。", "ja"),
        ("[[jumpuri:作者の部屋 > https://example.com/a/long/address]]へ", "ja"),
        ("今天晚上，灯塔的灯光比平时亮得更晚。他说了一句「の」。", None),
        ("The lighthouse was late tonight, said ネコ.", None),
        ("오늘 밤은 등대가 늦게 켜졌다.", None),
        ("……！？", None),
    ],
)
def test_only_japanese_is_detected_by_its_characters(text: str, language: str | None) -> None:
    assert detect_language(text) == language

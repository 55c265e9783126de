from __future__ import annotations

import time

import pytest

from pixiv_crawler.novels.markup import (
    Block,
    Chapter,
    Inline,
    Jump,
    Link,
    Paragraph,
    Picture,
    Ruby,
    Text,
    is_url,
    parse,
    plain,
)


def line(*inlines: Inline) -> Paragraph:
    return Paragraph(inlines)


def blocks(text: str) -> list[list[Block]]:
    return [page.blocks for page in parse(text)]


@pytest.mark.parametrize(
    ("text", "inlines"),
    [
        ("[[rb:灯台 > とうだい]]", (Ruby("灯台", "とうだい"),)),
        ("あ[[rb:硝子>がらす]]い", (Text("あ"), Ruby("硝子", "がらす"), Text("い"))),
        ("[[rb:a [1] > b > c]]]", (Ruby("a [1]", "b > c"), Text("]"))),
        ("[jump:12]", (Jump(12),)),
        ("[[jumpuri:部屋 > https://a.example/x?y=1&z=%E3#top ]]", (Link((Text("部屋"),), "https://a.example/x?y=1&z=%E3#top"),)),
        ("[[jumpuri:[公式] > http://a.example]]", (Link((Text("[公式]"),), "http://a.example"),)),
        ("[[jumpuri:[[rb:部屋 > へや]]へ>http://a.example:8080/]]", (Link((Ruby("部屋", "へや"), Text("へ")), "http://a.example:8080/"),)),
    ],
)  # fmt: skip
def test_markup_within_a_line(text: str, inlines: tuple[Inline, ...]) -> None:
    assert blocks(text) == [[Paragraph(inlines)]]


@pytest.mark.parametrize(
    "text",
    [
        "[[rb:>]]", "[[rb: > ]]", "[[rb:灯台]]", "[[rb:灯台 > とうだい]", "[[rb:灯台 > ]]", "[[ruby:a > b]]",
        "[chapter:]", "[chapter: ]", "[chapter:灯り", "[Newpage]", "[new page]", "[emoji:star]", "[]", "[[", "]]",
        "[jump:]", "[jump:一]", "[jump:-1]", "[jump:1234567890]", "[pixivimage:]", "[pixivimage:x]", "[uploadedimage:1-2]",
        "[[jumpuri:>]]", "[[jumpuri: > https://a.example]]", "[[jumpuri:a > https://]]", "[[jumpuri:a > https://a b/]]",
        "[[jumpuri:a > javascript:alert(1)]]", "[[jumpuri:a > data:text/html,x]]", "[[jumpuri:a > //a.example]]",
        "[[jumpuri:a > https://a.example:99999/]]", "[[jumpuri:a > https://u@a.example/]]", '[[jumpuri:a > https://a.example/"x]]',
        "[[jumpuri:a > https://a.example/%zz]]", "<b>太字</b> &amp; &lt;",
    ],
)  # fmt: skip
def test_invalid_markup_is_text(text: str) -> None:
    (page,) = parse(text)
    (paragraph,) = page.blocks
    assert isinstance(paragraph, Paragraph)
    assert {type(inline) for inline in paragraph.inlines} == {Text}
    assert plain(paragraph.inlines) == text


def test_lines_may_end_with_lf_crlf_or_cr_and_empty_ones_are_kept() -> None:
    one, two, empty = line(Text("一")), line(Text("二")), line()
    assert blocks("一\n二") == blocks("一\r\n二\r\n") == blocks("一\r二") == [[one, two]]
    assert blocks("\n一\n\n\n二\n\n") == [[empty, one, empty, empty, two, empty]]
    assert blocks("") == [[]]


def test_a_page_break_may_be_within_a_line() -> None:
    one, two, three = (line(Text(text)) for text in "一二三")
    assert blocks("一\n[newpage]\n二[newpage]三") == [[one], [two], [three]]
    assert blocks("[newpage][newpage]") == [[], [], []]
    assert [page.number for page in parse("[newpage]")] == [1, 2]


def test_chapters_are_numbered_across_pages_and_may_contain_ruby_and_brackets() -> None:
    text = "序[chapter:[[rb:灯 > あかり]]の夜]一\n[newpage]\n[chapter: <終> [2 ]\n二"
    first = Chapter((Ruby("灯", "あかり"), Text("の夜")), 1)
    assert blocks(text) == [
        [line(Text("序")), first, line(Text("一"))],
        [Chapter((Text("<終> [2"),), 2), line(Text("二"))],
    ]


def test_an_unclosed_chapter_does_not_extend_to_the_next_line_or_chapter() -> None:
    assert blocks("[chapter:一\n二]") == [[line(Text("[chapter:一")), line(Text("二]"))]]
    assert blocks("[chapter:[chapter:一]") == [[line(Text("[chapter:")), Chapter((Text("一"),), 1)]]
    assert blocks("[chapter:[[rb:一 > 二]] 三") == [[line(Text("[chapter:"), Ruby("一", "二"), Text(" 三"))]]


def test_an_image_is_a_separate_block() -> None:
    assert blocks("絵[uploadedimage:12]の\n[pixivimage:34]\n[pixivimage:34-2]\n\n後") == [[
        line(Text("絵")), Picture("uploadedimage:12"), line(Text("の")),
        Picture("pixivimage:34"), Picture("pixivimage:34-2"), line(), line(Text("後")),
    ]]  # fmt: skip


def test_control_characters_are_removed_and_lone_surrogates_replaced() -> None:
    assert blocks("a\0b\x1b[31mc\ud83dd\ufffee\tf") == [[line(Text("ab[31mc\ufffdde\tf"))]]


@pytest.mark.parametrize(
    "value",
    ["", None, 5, "ftp://a.example", "https://a.example\n", "HTTPS//x", "https://-a/", "https://a..example/",
     "http://xn--.com/", "https://a.xn--a.jp", "http://XN--zzzzzz99999999.com/",
     "http://xn--u-ccb.com/", f"http://{'a' * 64}.com/", f"http://{'a.' * 126}com/"],
)  # fmt: skip
def test_an_invalid_url_is_rejected(value: object) -> None:
    assert not is_url(value)


@pytest.mark.parametrize(
    "host", ["xn--wgv71a119e.jp", "xn--fa-hia.de", "a_b.example", "192.0.2.1", "1.example", f"{'a' * 63}.com"]
)
def test_a_url_with_a_valid_host_is_accepted(host: str) -> None:
    assert is_url(f"https://{host}/")


HOSTILE = [
    "[chapter:", "[chapter:a[[rb:b>c]]", "[[rb:", "[[rb:x>", "[", "[[", "[[[", "[[jumpuri:", "[[jumpuri:[[rb:a>b]]",
    "[[jumpuri:a>https://a.b/", "[[jumpuri:a>https://a", "[[jumpuri:a> ", "]", "[[rb:[", "[[rb:[chapter:",
    "[chapter:[[rb:a]", "[[rb:a]", "a-", "[jump:1", "%4", "[chapter:[", "[[rb:a>b]",
]  # fmt: skip


@pytest.mark.parametrize("beginning", ["", "[chapter:", "[[jumpuri:", "[[rb:", "[[jumpuri:a>https://a"])
@pytest.mark.e2e
def test_parsing_takes_linear_time(beginning: str) -> None:
    """Quadratic time would take hours; the limit is far above what a slow machine needs."""
    started = time.process_time()
    for unit in HOSTILE:
        assert parse(beginning + unit * (100_000 // len(unit)))
    assert time.process_time() - started < 60

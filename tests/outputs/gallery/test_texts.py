"""Untrusted texts: embedding them in scripts, and converting HTML and novel markup."""

from __future__ import annotations

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pixiv_crawler.outputs.gallery.page import script_value
from pixiv_crawler.outputs.gallery.texts import novel_pages, plain_text

HOSTILE = st.text() | st.lists(
    st.sampled_from(["</script", "<!--", "]]>", "\u2028", "\u2029", '"', "\\", "\0", "猫"])
).map("".join)


@given(HOSTILE)
def test_a_text_cannot_end_the_script_and_is_preserved(text: str) -> None:
    content = script_value([text])
    assert json.loads(content) == [text]
    assert not {"<", "\u2028", "\u2029"} & set(content.decode())


@given(HOSTILE)
def test_any_caption_and_any_novel_can_be_converted(text: str) -> None:
    assert "\0" not in plain_text(text)
    assert len(novel_pages(text, {})) == 1


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("plain\ntext", "plain\ntext"),
        ("a<br />b<br>c", "a\nb\nc"),
        ("<strong>A</strong> &amp; B &lt;3 &#39;", "A & B <3 '"),
        ('see <a href="https://example.com/?a=1&amp;b=2">here</a>!', "see here (https://example.com/?a=1&b=2)!"),
        ('<a href="https://example.com/">https://example.com/</a>', "https://example.com/"),
        ("<script>alert(1)</script>", "alert(1)"),
        ("2 < 3 and <", "2 < 3 and <"),
        (
            '<a href="javascript:alert(1)">x</a><a href="pixiv://illusts/3">y</a>',
            "xy (https://www.pixiv.net/artworks/3)",
        ),
    ],
)
def test_a_caption_becomes_plain_text(html: str, text: str) -> None:
    assert plain_text(html) == text


def test_a_novel_keeps_its_pages_and_its_markup_is_converted() -> None:
    text = (
        "[chapter:[[rb:序 > じょ]]章]\na[pixivimage:123-2]b\n\n[newpage]\n[[jumpuri:site > https://example.com]] [jump:1]\n"
        "[[jumpuri:x > javascript:alert(1)]][uploadedimage:9][pixivimage:7-2]"
    )
    assert novel_pages(text, {"pixivimage:123-2": "novel_images/1.png"}) == [
        [{"chapter": [{"text": "序", "reading": "じょ"}, "章"]}, "a", {"image": "novel_images/1.png"}, "b", ""],
        [[{"text": "site", "url": "https://example.com"}, " ", "→ 1"], "[[jumpuri:x > javascript:alert(1)]]", "[uploadedimage:9]",
         [{"text": "[pixivimage:7-2]", "url": "https://www.pixiv.net/artworks/7"}]],
    ]  # fmt: skip


@pytest.mark.parametrize("beginning", ["[[rb:", "[[jumpuri:", "[chapter:", "a"])
@pytest.mark.parametrize("unit", [" ", "\n", "[[rb:", "a>"])
@pytest.mark.e2e
def test_converting_a_novel_takes_linear_time(beginning: str, unit: str) -> None:
    """Quadratic time would take minutes; the limit is far above what a slow machine needs."""
    started = time.process_time()
    assert novel_pages(beginning + unit * 300_000, {})
    assert time.process_time() - started < 30
    assert plain_text("<a " * 30_000)
    assert time.process_time() - started < 30

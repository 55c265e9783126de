"""Texts of strangers: into scripts without a way out of them, and out of HTML and marks."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pixiv_crawler.gallery.page import script_value
from pixiv_crawler.gallery.texts import novel_pages, plain_text

HOSTILE = st.text() | st.lists(
    st.sampled_from(["</script", "<!--", "]]>", "\u2028", "\u2029", '"', "\\", "\0", "猫"])
).map("".join)


@given(HOSTILE)
def test_no_text_leads_out_of_a_script_and_each_comes_back_as_it_was(text: str) -> None:
    content = script_value([text])
    assert json.loads(content) == [text]
    assert not {"<", "\u2028", "\u2029"} & set(content.decode())


@given(HOSTILE)
def test_no_caption_and_no_novel_breaks_the_readers(text: str) -> None:
    assert "\0" not in plain_text(text).replace("\0", "")
    assert len(novel_pages(text)) == 1


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
    ],
)
def test_a_caption_becomes_plain_text(html: str, text: str) -> None:
    assert plain_text(html) == text


def test_a_novel_loses_its_marks_and_keeps_its_pages() -> None:
    text = "[chapter:[[rb:序 > じょ]]章]a[pixivimage:123-2]b\n[newpage]\n[[jumpuri:site > https://example.com]][jump:2] [uploadedimage:9]"
    assert novel_pages(text) == ["序(じょ)章\nab", "site (https://example.com) "]

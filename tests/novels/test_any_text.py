"""Every format preserves any text, and an EPUB is always valid XML."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pixiv_crawler.items import Tag
from pixiv_crawler.novels import write_novel
from pixiv_crawler.options import NovelFormat
from tests.novels.novel_factory import documents, epub_text, html_text, is_within, novel, visible

ANY_CHARACTER = st.characters(exclude_categories=())
ANY_TEXT = st.text(ANY_CHARACTER)
MARKUP = [
    "[newpage]", "[chapter:", "]", "[[rb:", ">", "]]", "[[jumpuri:", "https://a.example/", "[jump:1]", "[jump:9]", "[", "[[",
    "[uploadedimage:1]", "[pixivimage:2-3]", "[chapter:章]", "[[rb:灯>ひ]]", "[[jumpuri:家 > https://a.example/]]", "\n",
    "\r\n", "<b>", "</p>", "&amp;", "]]>", "<!--", "javascript:", '"', "'", "\0", "\ud800", "\ufffe", "\u2028", "\x85",
]  # fmt: skip
TEXT_WITH_MARKUP = st.lists(ANY_TEXT | st.sampled_from(MARKUP)).map("".join)


def write_all_formats(folder: str, text: str, **fields: str) -> dict[NovelFormat, Path]:
    paths = {as_format: Path(folder, f"novel.{as_format}") for as_format in NovelFormat}
    for as_format, path in paths.items():
        write_novel(novel(text, **fields), as_format, {}, None, path)
    return paths


def shown_texts(paths: dict[NovelFormat, Path]) -> dict[NovelFormat, str]:
    text = paths[NovelFormat.TXT].read_bytes().decode().partition("─" * 40)[2]
    return {
        NovelFormat.TXT: text,
        NovelFormat.HTML: html_text(paths[NovelFormat.HTML]),
        NovelFormat.EPUB: epub_text(paths[NovelFormat.EPUB]),
    }


@settings(max_examples=60)
@given(st.text(st.characters(exclude_categories=(), exclude_characters="[")))
@pytest.mark.e2e
def test_a_text_without_markup_is_shown_unchanged(text: str) -> None:
    with TemporaryDirectory() as folder:
        for as_format, found in shown_texts(write_all_formats(folder, text)).items():
            assert visible(found) == visible(text), as_format


@settings(max_examples=100)
@given(TEXT_WITH_MARKUP)
@pytest.mark.e2e
def test_every_character_of_a_text_with_markup_is_shown(text: str) -> None:
    """Markup is ASCII, so all other characters must be shown."""
    written_by_author = "".join(char for char in visible(text) if not char.isascii())
    with TemporaryDirectory() as folder:
        for as_format, found in shown_texts(write_all_formats(folder, text)).items():
            assert is_within(written_by_author, visible(found)), as_format


@settings(max_examples=60)
@given(ANY_TEXT, TEXT_WITH_MARKUP, ANY_TEXT)
@pytest.mark.e2e
def test_the_metadata_of_a_novel_may_contain_any_text(title: str, caption: str, tag: str) -> None:
    with TemporaryDirectory() as folder:
        target = Path(folder, "novel.epub")
        write_novel(novel("", title=title, caption=caption, tags=[Tag(name=tag)]), NovelFormat.EPUB, {}, None, target)
        assert visible(title) in visible("".join(documents(target)["novel-1.xhtml"].itertext()))

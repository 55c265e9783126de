"""Parsing of a novel's reader page."""

from __future__ import annotations

import json
import re

import msgspec
import pytest

from pixiv_crawler.api.parsing import parse_webview_novel
from pixiv_crawler.exceptions import ParseError
from tests.entries import WEBVIEW, page


@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize("is_ascii", [True, False])
@pytest.mark.parametrize(
    "text", ["", "[newpage][[rb:雨 > あめ]]", "novel: {", '"},\nisOwnWork: false', "</script><b>", "\\ud83d 😀 \u2028"]
)
def test_any_text_of_a_novel_is_parsed_unchanged(text: str, is_ascii: bool, indent: int | None) -> None:
    found, webview = parse_webview_novel(
        page(json.dumps(WEBVIEW | {"text": text}, ensure_ascii=is_ascii, indent=indent)), 55
    )
    assert found == text
    assert (webview.id, webview.title, webview.illusts, webview.aiType) == ("55", "夜の駅", [], 1)
    assert webview.seriesId is None


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "the reader page contains no novel"),
        (b"<!DOCTYPE html><title>Just a moment...</title>", "the reader page contains no novel"),
        (b"novel: null", "the reader page contains no novel"),
        (page("[]"), "the reader page contains no novel"),
        (page('{"id": "55", "text": "cut'), "the reader page contains no novel"),
        (page("{" * 100_000), "the reader page contains no novel"),
        (page('{"a":' * 100_000), "the reader page contains no novel"),
        (page('{"id": "55"}'), "without text"),
        (page('{"id": "55", "text": null}'), "without text"),
        (page('{"id": "55", "text": ["x"]}'), "without text"),
        (page('{"text": "x"}'), "missing required field `id`"),
        (page('{"id": 55, "text": "x"}'), "at `$.id`"),
        (page('{"id": "55", "text": "x", "tags": [5]}'), r"at `$.tags[0]`"),
    ],
)  # fmt: skip
def test_a_page_without_a_novel_is_a_parse_error(content: bytes, sentence: str) -> None:
    with pytest.raises(ParseError, match=re.escape(sentence)):
        parse_webview_novel(content, 55)


@pytest.mark.parametrize("field", ["text", "title", "caption"])
def test_a_novel_with_a_lone_surrogate_can_be_written(field: str) -> None:
    found = parse_webview_novel(page(json.dumps(WEBVIEW | {field: "cut \ud83d"})), 55)
    assert b"cut \xef\xbf\xbd" in msgspec.json.encode(found)


@pytest.mark.parametrize(
    "title", ["novel: {}", "novel: {", 'novel: {"id": "1", "text": "another\'s"}', 'novel: {"text": ""}']
)
def test_a_title_that_looks_like_a_novel_is_not_mistaken_for_it(title: str) -> None:
    content = f"<title>{title}</title>".encode() + page(json.dumps(WEBVIEW | {"text": "the text"}))
    assert parse_webview_novel(content, 55)[0] == "the text"


def test_the_only_novel_of_a_page_is_used_regardless_of_its_id() -> None:
    assert parse_webview_novel(page(json.dumps(WEBVIEW | {"text": "the text"})), 56)[0] == "the text"

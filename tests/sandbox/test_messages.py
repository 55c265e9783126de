from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pixiv_crawler.sandbox.messages import Request, to_json

TEXTS = st.dictionaries(st.text(), st.text())


@given(TEXTS)
@pytest.mark.e2e
def test_json_keeps_every_text(value: dict[str, str]) -> None:
    assert json.loads(to_json(value)) == value


@given(TEXTS)
@pytest.mark.e2e
def test_json_is_escaped_as_php_does_it(value: dict[str, str]) -> None:
    body = to_json(value).replace(rb"\\", b"")
    assert body.isascii()
    assert rb"\"" not in body
    assert body.count(b"/") == body.count(rb"\/")


@pytest.mark.parametrize(
    ("headers", "language"),
    [
        ({}, "ja"),
        ({"accept-language": "ja"}, "ja"),
        ({"accept-language": "ja-JP,en;q=0.5"}, "ja"),
        ({"accept-language": "en"}, "en"),
        ({"accept-language": "zh-CN,zh;q=0.9"}, "zh-cn"),
        ({"accept-language": "zh-tw"}, "zh-tw"),
        ({"accept-language": "ko"}, "ko"),
        ({"accept-language": "fr"}, "en"),
    ],
)
def test_the_default_language_is_japanese(headers: dict[str, str], language: str) -> None:
    assert Request("GET", "/", {}, headers, "", 0).language == language

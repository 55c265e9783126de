"""How names are compared."""

from __future__ import annotations

import pytest

from pixiv_crawler.items.comparing import comparable


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("  Ｎight\u3000Sky\n", "night sky"),
        ("ﾈｺ", "ネコ"),
        ("a\ufeffb\u00a0c\x1cd\x85e", "a b c d e"),
        ("ΟΔΟΣ", "οδος"),
        ("", ""),
    ],
)
def test_names_are_compared_without_case_width_and_spaces(text: str, expected: str) -> None:
    assert comparable(text) == expected

"""The columns of the gallery's page."""

from __future__ import annotations

from array import array
from base64 import b64decode
from pathlib import Path

import msgspec
import pytest

from pixiv_crawler.outputs.gallery.columns import Columns
from pixiv_crawler.outputs.gallery.records import Line
from pixiv_crawler.outputs.gallery.works import shown_work
from tests.outputs.gallery.data_folder import illust


@pytest.mark.parametrize(
    "titles",
    [
        ("", "1", "2", "10", "a", "a 2", "A 10", "b"),
        ("1", "²", "Ⅷ 7", "Ⅷ 10", "٣", "१२"),
        ("1" * 4999, "1" * 5000, "x"),
        ("0009", "010", "٣"),
    ],
)
def test_titles_are_sorted_with_numbers_by_their_value(titles: tuple[str, ...]) -> None:
    columns = Columns()
    for number, title in enumerate(titles):
        line = msgspec.convert(illust(number, title=title, user={"id": number, "name": title}), Line)
        columns.add(shown_work(line, [], Path()))
    content = columns.content({})
    for name in ("titleRank", "authorRank"):
        code, values = content[name]
        assert array(code, b64decode(values)).tolist() == [*range(len(titles))]

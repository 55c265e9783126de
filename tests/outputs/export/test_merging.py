"""Lines of earlier exports are merged with new ones."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

import msgspec

from pixiv_crawler.outputs.export.merging import merged


class Key(msgspec.Struct, order=True):
    id: int


def lines(name: str, ids: Iterator[int] | list[int]) -> Iterator[bytes]:
    return (b'{"id":%d,"of":"%s"}' % (id_, name.encode()) for id_ in ids)


def test_new_lines_replace_those_with_the_same_key() -> None:
    found = [line for _, line in merged(lines("new", [2, 4]), lines("old", [1, 2, 3]), Key)]
    assert found == [*lines("old", [1]), *lines("new", [2]), *lines("old", [3]), *lines("new", [4])]


def test_only_the_next_lines_are_in_memory() -> None:
    found = merged(lines("new", count(1)), lines("old", count()), Key)
    assert [next(found)[0].id for _ in range(3)] == [0, 1, 2]

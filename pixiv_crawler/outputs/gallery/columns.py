"""What the page needs of all works to filter and sort them: one array per property, work by work, oldest first."""

from __future__ import annotations

import re
import sys
from array import array
from base64 import b64encode
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta, timezone
from typing import Any

from pixiv_crawler.items.comparing import comparable
from pixiv_crawler.outputs.gallery.lines import unix_time
from pixiv_crawler.outputs.gallery.works import Work

_JST = timezone(timedelta(hours=9))
_DIGITS = re.compile(r"([0-9]+)")
_TYPECODES = {
    "id": "d", "author": "I", "type": "B", "rating": "B", "ai": "B", "bookmarks": "i", "views": "i", "comments": "i",
    "pages": "I", "ratio": "f", "day": "I", "fetched": "d", "series": "I", "tagEnd": "I", "tags": "I",
}  # fmt: skip
_UNKNOWN = -1
_TYPES = ("illust", "manga", "ugoira", "novel")
_MOST = 2**31 - 1


class Columns:
    """Filled with `add`; `content` is what the page reads."""

    def __init__(self) -> None:
        self._columns: dict[str, array[Any]] = {name: array(code) for name, code in _TYPECODES.items()}
        self._types = list(_TYPES)
        self._titles: list[str] = []
        self._authors: dict[int, str] = {}
        self._numbers: dict[int, int] = {}
        self._tags: dict[str, list[str]] = {}
        self._tag_numbers: dict[str, int] = {}
        self._series: dict[tuple[str, int], tuple[str, str]] = {}
        self._series_numbers: dict[tuple[str, int], int] = {}

    def __len__(self) -> int:
        return len(self._titles)

    @property
    def authors(self) -> Iterable[int]:
        """The IDs of all authors."""
        return self._authors

    def add(self, work: Work) -> None:
        line = work.line
        if work.type not in self._types:
            self._types.append(work.type)
        for tag in line.tags:
            names = self._tags.setdefault(tag.name, [tag.name])
            if tag.translated_name and len(names) == 1:
                names.append(tag.translated_name)
            self._columns["tags"].append(self._tag_numbers.setdefault(tag.name, len(self._tag_numbers)))
        # Names of authors change; the newest works come last.
        self._authors[line.user.id] = line.user.name
        self._titles.append(line.title)
        values = {
            "id": line.id,
            "author": self._numbers.setdefault(line.user.id, len(self._numbers)),
            "type": self._types.index(work.type),
            "rating": max(0, min(line.x_restrict, 255)),
            "ai": max(0, min(work.ai, 255)),
            "bookmarks": _number(line.total_bookmarks),
            "views": _number(line.total_view),
            "comments": _number(line.total_comments),
            "pages": max(0, min(line.page_count, _MOST)),
            "ratio": work.ratio,
            "day": _day(line.create_date),
            "fetched": unix_time(line.fetched_at),
            "series": self._series_number(work),
            "tagEnd": len(self._columns["tags"]),
        }
        for name, value in values.items():
            self._columns[name].append(value)

    def content(self, profiles: dict[int, str]) -> dict[str, Any]:
        """Arrays as Base64 of little-endian values; `profiles` are the names of the scripts of profiles by author."""
        return {
            "columns": {name: _encoded(column) for name, column in self._columns.items()},
            "types": self._types,
            # The comparable form has no line breaks, which separate titles.
            "titles": "\n".join(map(comparable, self._titles)),
            "titleRank": _encoded(_ranks(self._titles)),
            "authors": [[id_, name, profiles.get(id_, "")] for id_, name in self._authors.items()],
            "authorRank": _encoded(_ranks(list(self._authors.values()))),
            "tags": list(self._tags.values()),
            "series": [list(entry) for entry in self._series.values()],
        }

    def _series_number(self, work: Work) -> int:
        """From 1; 0: the work belongs to no series."""
        series = work.line.series
        if series is None or not series.id:
            return 0
        key = work.key[0], series.id
        if key not in self._series:
            self._series[key] = (f"{key[0]}{series.id}", series.title)
            self._series_numbers[key] = len(self._series)
        return self._series_numbers[key]


def _number(value: int | None) -> int:
    return _UNKNOWN if value is None else max(0, min(value, _MOST))


def _day(text: str) -> int:
    """The day in Japan, such as 20260102; 0 if it is unknown."""
    try:
        return int(datetime.fromisoformat(text).astimezone(_JST).strftime("%Y%m%d"))
    except (ValueError, OverflowError):
        return 0


def _ranks(texts: Sequence[str]) -> array[int]:
    """The place of each text in their order, in which numbers are compared by their value."""
    keys = [_order(text) for text in texts]
    ranks = array("I", bytes(4 * len(texts)))
    for place, number in enumerate(sorted(range(len(texts)), key=keys.__getitem__)):
        ranks[number] = place
    return ranks


def _order(text: str) -> list[Any]:
    """Texts and numbers in turn; a number is its length and its digits, because Python converts only short ones."""
    parts: list[Any] = _DIGITS.split(comparable(text))
    parts[1::2] = [(len(digits), digits) for digits in (part.lstrip("0") for part in parts[1::2])]
    return parts


def _encoded(column: array[Any]) -> list[str]:
    """The type code and the values."""
    if sys.byteorder == "big":
        column.byteswap()
    return [column.typecode, b64encode(column.tobytes()).decode()]

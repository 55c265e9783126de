from __future__ import annotations

import json
from typing import Any

import pytest

from pixiv_crawler.api import reconciliation

ALL = ["illust", "manga"]


def shown(illust: int = 0, manga: int = 0, ugoira: int = 0, novel: int = 0, unknown: int = 0) -> dict[str, Any]:
    """So many works of each type."""
    counts = {"illust": illust, "manga": manga, "ugoira": ugoira, "novel": novel, "unknown": unknown}
    types = [type_ for type_, count in counts.items() for _ in range(count)]
    return reconciliation.with_works({}, zip(types, range(len(types)), strict=True))


def test_a_profile_tells_three_counts() -> None:
    profile = {"total_illusts": 5, "total_manga": 0, "total_novels": 7, "total_illust_series": 3}
    assert reconciliation.totals(profile) == {"illust": 5, "manga": 0, "novel": 7}


@pytest.mark.parametrize("count", [None, "5", True, -1, 10**30, 5.0])
def test_a_count_that_is_none_is_not_told(count: Any) -> None:
    assert reconciliation.totals({"total_illusts": count}) == {}


@pytest.mark.parametrize("profile", [{}, [], None, "no JSON"])
def test_what_is_no_profile_tells_nothing(profile: Any) -> None:
    assert reconciliation.totals(profile) == {}


@pytest.mark.parametrize(
    ("types", "names"),
    [
        (["illust"], ["illust"]),
        (["ugoira"], ["illust"]),
        (["manga", "ugoira"], ["illust", "manga"]),
        (["manga"], ["manga"]),
        (["novel"], ["novel"]),
        ([], []),
    ],
)
def test_animations_count_with_illusts(types: list[str], names: list[str]) -> None:
    assert reconciliation.counts_of(types) == names


def test_a_work_that_comes_again_counts_once_even_as_another_type() -> None:
    first = reconciliation.with_works({}, [("illust", 1), ("manga", 2), ("illust", 1)])
    then = reconciliation.with_works(first, [("unknown", 2), ("illust", 1), ("ugoira", 3)])
    assert first == {"illust": [1], "manga": [2]}, "what was shown before is left as it is"
    assert then == {"illust": [1], "manga": [2], "ugoira": [3]}


def test_works_without_an_id_count_each() -> None:
    assert reconciliation.number(reconciliation.with_works({}, [("unknown", None), ("unknown", None)]), "unknown") == 2


def test_what_was_shown_rides_as_json() -> None:
    known = reconciliation.with_works({}, [("illust", 1), ("unknown", None)])
    assert json.loads(json.dumps(known)) == known


@pytest.mark.parametrize(
    ("told", "seen", "names", "count"),
    [
        ({"illust": 6, "manga": 4}, shown(illust=6, manga=4), ALL, 0),
        ({"illust": 6, "manga": 4}, shown(illust=7, manga=5), ALL, 0),  # published meanwhile
        ({"illust": 6, "manga": 4}, shown(illust=5, manga=4), ALL, 1),
        ({"illust": 6, "manga": 4}, shown(illust=7, manga=3), ALL, 0),  # a matter of words
        ({"illust": 6, "manga": 4}, shown(illust=4, ugoira=2, manga=4), ALL, 0),
        (
            {"illust": 6, "manga": 4},
            shown(illust=5, manga=3, unknown=2),
            ALL,
            0,
        ),  # withheld ones may be of either type
        ({"illust": 6, "manga": 4}, shown(illust=5, manga=3, unknown=1), ALL, 1),
        ({"illust": 6, "manga": 4}, shown(illust=6), ["illust"], 0),  # manga were not asked for
        ({"illust": 6}, shown(illust=5), ALL, 1),
        ({}, shown(), ALL, 0),
        ({"novel": 3}, shown(novel=1), ["novel"], 2),
    ],
)
def test_what_is_missing_at_least(told: dict[str, int], seen: dict[str, Any], names: list[str], count: int) -> None:
    assert reconciliation.missing(told, seen, names) == count


@pytest.mark.parametrize(
    ("told", "is_whole"),
    [({"illust": 1, "manga": 1}, True), ({"illust": 2, "manga": 1}, False), ({"illust": 1}, False), ({}, False)],
)
def test_only_known_counts_that_were_shown_make_a_whole(told: dict[str, int], is_whole: bool) -> None:
    assert reconciliation.is_whole(told, shown(illust=1, manga=1), ALL) == is_whole


@pytest.mark.parametrize(
    ("told", "seen", "sentence"),
    [
        (
            {"illust": 6500, "manga": 0},
            shown(illust=5000, ugoira=30),
            "Pixiv counts 6500 illusts of this user and showed 5030",
        ),
        (
            {"illust": 9, "manga": 4},
            shown(illust=8, manga=1, unknown=1),
            "Pixiv counts 9 illusts and 4 manga of this user and showed 8 and 1, and 1 withheld",
        ),
    ],
)
def test_a_comparison_tells_the_counts_that_fall_short(
    told: dict[str, int], seen: dict[str, Any], sentence: str
) -> None:
    assert reconciliation.comparison(told, seen, ALL) == sentence

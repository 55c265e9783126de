from __future__ import annotations

import json
from typing import Any

import pytest

from pixiv_crawler.api import reconciliation

ALL = ["illust", "manga"]


def listed_works(illust: int = 0, manga: int = 0, ugoira: int = 0, novel: int = 0, unknown: int = 0) -> dict[str, Any]:
    """The given number of works of each type."""
    counts = {"illust": illust, "manga": manga, "ugoira": ugoira, "novel": novel, "unknown": unknown}
    types = [type_ for type_, count in counts.items() for _ in range(count)]
    return reconciliation.with_works({}, zip(types, range(len(types)), strict=True))


def test_a_profile_has_three_counts() -> None:
    profile = {"total_illusts": 5, "total_manga": 0, "total_novels": 7, "total_illust_series": 3}
    assert reconciliation.totals(profile) == {"illust": 5, "manga": 0, "novel": 7}


@pytest.mark.parametrize("count", [None, "5", True, -1, 10**30, 5.0])
def test_an_invalid_count_is_omitted(count: Any) -> None:
    assert reconciliation.totals({"total_illusts": count}) == {}


@pytest.mark.parametrize("profile", [{}, [], None, "no JSON"])
def test_an_invalid_profile_has_no_counts(profile: Any) -> None:
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
def test_animations_are_counted_as_illusts(types: list[str], names: list[str]) -> None:
    assert reconciliation.counts_of(types) == names


def test_a_work_that_is_listed_again_counts_once_even_as_another_type() -> None:
    first = reconciliation.with_works({}, [("illust", 1), ("manga", 2), ("illust", 1)])
    then = reconciliation.with_works(first, [("unknown", 2), ("illust", 1), ("ugoira", 3)])
    assert first == {"illust": [1], "manga": [2]}, "the argument is not modified"
    assert then == {"illust": [1], "manga": [2], "ugoira": [3]}


def test_each_work_without_an_id_counts() -> None:
    assert reconciliation.number(reconciliation.with_works({}, [("unknown", None), ("unknown", None)]), "unknown") == 2


def test_the_listed_works_are_plain_json() -> None:
    known = reconciliation.with_works({}, [("illust", 1), ("unknown", None)])
    assert json.loads(json.dumps(known)) == known


@pytest.mark.parametrize(
    ("totals", "listed", "names", "count"),
    [
        ({"illust": 6, "manga": 4}, listed_works(illust=6, manga=4), ALL, 0),
        ({"illust": 6, "manga": 4}, listed_works(illust=7, manga=5), ALL, 0),  # published during the crawl
        ({"illust": 6, "manga": 4}, listed_works(illust=5, manga=4), ALL, 1),
        ({"illust": 6, "manga": 4}, listed_works(illust=7, manga=3), ALL, 0),  # different classification
        ({"illust": 6, "manga": 4}, listed_works(illust=4, ugoira=2, manga=4), ALL, 0),
        (
            {"illust": 6, "manga": 4},
            listed_works(illust=5, manga=3, unknown=2),
            ALL,
            0,
        ),  # unavailable works may be of either type
        ({"illust": 6, "manga": 4}, listed_works(illust=5, manga=3, unknown=1), ALL, 1),
        ({"illust": 6, "manga": 4}, listed_works(illust=6), ["illust"], 0),  # manga were not requested
        ({"illust": 6}, listed_works(illust=5), ALL, 1),
        ({}, listed_works(), ALL, 0),
        ({"novel": 3}, listed_works(novel=1), ["novel"], 2),
    ],
)
def test_the_minimum_number_of_missing_works_is_computed(
    totals: dict[str, int], listed: dict[str, Any], names: list[str], count: int
) -> None:
    assert reconciliation.missing(totals, listed, names) == count


@pytest.mark.parametrize(
    ("totals", "is_complete"),
    [({"illust": 1, "manga": 1}, True), ({"illust": 2, "manga": 1}, False), ({"illust": 1}, False), ({}, False)],
)
def test_a_user_is_complete_only_if_all_counts_are_known_and_reached(
    totals: dict[str, int], is_complete: bool
) -> None:
    assert reconciliation.is_complete(totals, listed_works(illust=1, manga=1), ALL) == is_complete


@pytest.mark.parametrize(
    ("totals", "listed", "sentence"),
    [
        (
            {"illust": 6500, "manga": 0},
            listed_works(illust=5000, ugoira=30),
            "the profile counts 6500 illusts, but Pixiv listed 5030",
        ),
        (
            {"illust": 9, "manga": 4},
            listed_works(illust=8, manga=1, unknown=1),
            "the profile counts 9 illusts and 4 manga, but Pixiv listed 8 and 1, and 1 withheld or of an unknown type",
        ),
    ],
)
def test_a_comparison_names_the_counts_that_were_not_reached(
    totals: dict[str, int], listed: dict[str, Any], sentence: str
) -> None:
    assert reconciliation.comparison(totals, listed, ALL) == sentence

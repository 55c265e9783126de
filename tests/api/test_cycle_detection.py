"""Cycles of listings are detected, whatever their length, without false positives."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pixiv_crawler.api.cycle_detection import cycle_state, is_cycle


def pages_until_found(pages: Iterable[list[Any]]) -> int | None:
    """The number of pages until a cycle was detected; None if there was none."""
    state: dict[str, Any] = {}
    for number, entries in enumerate(pages, 1):
        state = json.loads(json.dumps(cycle_state(state, entries)))
        if is_cycle(state):
            return number
    return None


def page(number: int) -> list[Any]:
    return [{"id": 100 * number + index, "total_view": 5} for index in range(1, 4)]


@given(before=st.integers(0, 40), length=st.integers(1, 40))
@pytest.mark.e2e
def test_a_cycle_of_any_length_is_detected_soon_after_any_prefix(before: int, length: int) -> None:
    cycle = itertools.cycle([page(number) for number in range(before, before + length)])
    found = pages_until_found(itertools.islice(itertools.chain(map(page, range(before)), cycle), 2000))
    assert found is not None
    assert before + length < found <= 8 * (before + length) + 8


@given(st.integers(0, 500), st.sets(st.integers(0, 499), max_size=50))
@pytest.mark.e2e
def test_pages_repeated_once_are_not_a_cycle(count: int, twice: set[int]) -> None:
    numbers = [again for number in range(count) for again in [number] * (2 if number in twice else 1)]
    assert pages_until_found(map(page, numbers)) is None


def test_the_same_works_with_other_counts_are_the_same_page() -> None:
    assert pages_until_found([{"id": 1, "total_view": views}] for views in range(10)) == 3


def test_entries_without_an_id_are_compared_by_content() -> None:
    assert pages_until_found([{"name": name, "count": 1}] for name in "abcdefgh") is None
    assert pages_until_found([{"name": "a", "count": 1}] for _ in range(8)) == 3
    assert pages_until_found([None, "\ud800", 5] for _ in range(8)) == 3


def test_a_cycle_of_empty_pages_is_detected_after_more_pages_than_an_offset_listing_has() -> None:
    def empty(count: int) -> Iterator[list[Any]]:
        return itertools.repeat([], count)

    assert pages_until_found(empty(180)) is None
    assert pages_until_found(empty(1000)) == 200
    assert pages_until_found(itertools.chain(empty(180), [page(1)], empty(180), [page(2)])) is None

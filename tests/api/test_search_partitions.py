from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pixiv_crawler.api.search_partitions import (
    FIRST_DAY,
    MAX_OFFSET,
    SPLIT_FILTERS,
    SearchPartition,
    Status,
    after_cap,
)

TODAY = "2026-01-31"
OTHER = {"date_desc": "date_asc", "date_asc": "date_desc"}


def at(day: str, clock: str = "12:00:00") -> str:
    return f"{day}T{clock}+09:00"


def after(
    done: SearchPartition, first: str, last: str, *, fixed: set[str] | None = None, today: str = TODAY
) -> tuple[Status, list[SearchPartition]]:
    return after_cap(done, first, last, fixed=fixed or set(), today=today)


def span(sort: str, start: str | None, end: str | None, **more: Any) -> SearchPartition:
    return SearchPartition(sort=sort, start_date=start, end_date=end, **more)


# --- Tables ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sort", "requested", "first", "last", "rest"),
    [
        ("date_desc", (None, None), "2026-01-30", "2026-01-28", (FIRST_DAY, "2026-01-28")),
        ("date_desc", ("2025-12-01", "2026-01-31"), "2026-01-31", "2026-01-28", ("2025-12-01", "2026-01-28")),
        ("date_desc", ("2026-01-28", "2026-01-31"), "2026-01-29", "2026-01-28", ("2026-01-28", "2026-01-28")),
        ("date_asc", (None, None), "2007-09-10", "2009-02-03", ("2009-02-03", TODAY)),
        ("date_asc", ("2025-12-01", "2026-01-15"), "2025-12-01", "2025-12-09", ("2025-12-09", "2026-01-15")),
        ("date_asc", (FIRST_DAY, TODAY), "2025-12-31", "2026-01-01", ("2026-01-01", TODAY)),
    ],
)
def test_the_rest_of_a_capped_search_starts_at_the_day_that_was_reached(
    sort: str, requested: tuple[str | None, str | None], first: str, last: str, rest: tuple[str, str]
) -> None:
    assert after(span(sort, *requested), at(first), at(last)) == ("continued", [span(sort, *rest)])


@pytest.mark.parametrize(
    ("sort", "requested", "day", "remaining"),
    [
        ("date_desc", (None, None), "2026-01-28", (FIRST_DAY, "2026-01-27")),
        ("date_desc", ("2025-12-01", "2026-01-31"), "2026-01-01", ("2025-12-01", "2025-12-31")),
        ("date_desc", ("2026-01-28", "2026-01-31"), "2026-01-28", None),
        ("date_desc", (None, None), FIRST_DAY, None),
        ("date_asc", (None, None), "2024-02-28", ("2024-02-29", TODAY)),
        ("date_asc", ("2025-12-01", "2026-01-15"), "2025-12-31", ("2026-01-01", "2026-01-15")),
        ("date_asc", ("2025-12-01", "2026-01-15"), "2026-01-15", None),
        ("date_asc", (None, None), TODAY, None),
    ],
)
def test_a_day_above_the_cap_is_read_in_the_opposite_order_before_the_remaining_days(
    sort: str, requested: tuple[str | None, str | None], day: str, remaining: tuple[str, str] | None
) -> None:
    last = at(day, "03:00:00")
    status, found = after(span(sort, *requested), at(day, "20:00:00"), last)
    expected = [span(OTHER[sort], day, day, opposite_reached=last)]
    assert status == "continued"
    assert found == expected + ([span(sort, *remaining)] if remaining else [])


@pytest.mark.parametrize(
    ("sort", "opposite_reached", "last", "is_overlapping"),
    [
        ("date_asc", "12:00:00", "12:00:01", True),
        ("date_asc", "12:00:00", "12:00:00", False),
        ("date_asc", "12:00:00", "11:59:59", False),
        ("date_desc", "12:00:00", "11:59:59", True),
        ("date_desc", "12:00:00", "12:00:00", False),
        ("date_desc", "12:00:00", "12:00:01", False),
    ],
)
def test_two_passes_of_a_day_overlap_only_if_one_went_past_the_other(
    sort: str, opposite_reached: str, last: str, is_overlapping: bool
) -> None:
    day = "2026-01-05"
    status, found = after(
        span(sort, day, day, opposite_reached=at(day, opposite_reached)), at(day, "00:00:00"), at(day, last)
    )
    assert (status, bool(found)) == (("complete", False) if is_overlapping else ("split", True))


NOT_OVERLAPPING = span("date_asc", "2026-01-05", "2026-01-05", opposite_reached=at("2026-01-05", "23:00:00"))


@pytest.mark.parametrize(
    ("filters", "fixed", "name"),
    [
        ({}, set(), "content_type"),
        ({}, {"content_type"}, "search_ai_type"),
        ({}, {"duration"}, "content_type"),
        ({"content_type": "manga"}, set(), "search_ai_type"),
        ({"content_type": "manga", "search_ai_type": "1"}, set(), "ratio_pattern"),
        ({"content_type": "manga"}, {"search_ai_type"}, "ratio_pattern"),
        ({}, {"content_type", "ratio_pattern"}, "search_ai_type"),
    ],
)
def test_a_day_with_too_many_works_is_split_by_the_first_unused_filter(
    filters: dict[str, str], fixed: set[str], name: str
) -> None:
    done = replace(NOT_OVERLAPPING, filters=filters)
    parts = [
        SearchPartition(
            sort="date_desc", start_date="2026-01-05", end_date="2026-01-05", filters=filters | {name: value}
        )
        for value in dict(SPLIT_FILTERS)[name]
    ]
    assert after(done, at("2026-01-05"), at("2026-01-05"), fixed=fixed) == ("split", parts)


@pytest.mark.parametrize(
    ("filters", "fixed"),
    [
        ({name: values[0] for name, values in SPLIT_FILTERS}, set()),
        ({}, {name for name, _ in SPLIT_FILTERS}),
        ({"search_ai_type": "2"}, {"content_type", "ratio_pattern"}),
    ],
)
def test_a_day_that_no_filter_makes_small_enough_is_incomplete(filters: dict[str, str], fixed: set[str]) -> None:
    done = replace(NOT_OVERLAPPING, filters=filters)
    assert after(done, at("2026-01-05"), at("2026-01-05"), fixed=fixed) == ("incomplete", [])


@pytest.mark.parametrize("sort", ["popular_desc", "popular_male_desc", "popular_female_desc"])
@pytest.mark.parametrize("last", ["2026-01-05", "2020-01-01"])
def test_a_search_by_popularity_is_incomplete_at_the_cap(sort: str, last: str) -> None:
    assert after(span(sort, None, None), at("2026-01-05"), at(last)) == ("incomplete", [])


def test_a_following_partition_keeps_its_filters() -> None:
    filters = {"content_type": "manga"}
    for first in ("2026-01-05", "2026-01-04"):
        _, found = after(span("date_desc", None, None, filters=filters), at(first), at("2026-01-04"))
        assert [part.filters for part in found] == [filters] * len(found)


def test_a_partition_has_parameters_and_is_plain_json() -> None:
    part = span(
        "date_asc", "2026-01-05", "2026-01-06", filters={"search_ai_type": "1"}, opposite_reached=at("2026-01-05")
    )
    assert part.params == {"sort": "date_asc", "start_date": "2026-01-05", "end_date": "2026-01-06", "search_ai_type": "1"}  # fmt: skip
    assert SearchPartition(**json.loads(json.dumps(part.to_dict()))) == part
    assert span("date_desc", None, None).params == {"sort": "date_desc", "start_date": None, "end_date": None}


# --- A simulated search: a missing work is never left unreported ----------------------------------------------------

PAGE = 3
# Both cases of a real search: its last listing ends exactly at the maximum offset, or beyond it.
CAPS = st.sampled_from([3, 4, 6, 8])
DAYS = [date(2025, 12, 29) + timedelta(days=number) for number in range(5)]
FIRST, LAST = DAYS[0].isoformat(), DAYS[-1].isoformat()


@dataclass(frozen=True, slots=True)
class Work:
    id: int
    create_date: str
    content_type: str
    search_ai_type: str
    ratio_pattern: str

    def fits(self, params: dict[str, str | None]) -> bool:
        start, end = params.get("start_date") or FIRST_DAY, params.get("end_date") or "9999-12-31"
        return start <= self.create_date[:10] <= end and all(
            params.get(name) in (None, getattr(self, name)) for name, _ in SPLIT_FILTERS
        )


@dataclass
class Search:
    """A search endpoint with a configurable cap, and a client that requests it like the spider `search`."""

    works: list[Work]
    cap: int
    ties: int = 1
    """The order of works with equal times: by ID, by descending ID, or depending on the sort order."""

    def __post_init__(self) -> None:
        self.calls = 0
        self.log: list[tuple[SearchPartition, Status]] = []

    def listing(self, params: dict[str, str | None], offset: int) -> tuple[list[Work], int | None]:
        assert offset <= self.cap, "rejected with 400"
        self.calls += 1
        is_desc = params["sort"] != "date_asc"
        by_tie = -1 if (self.ties == 2 and is_desc) or self.ties == 0 else 1
        found = sorted((work for work in self.works if work.fits(params)), key=lambda work: by_tie * work.id)
        found.sort(key=lambda work: work.create_date, reverse=is_desc)
        following = offset + PAGE if len(found) > offset + PAGE else None
        return found[offset : offset + PAGE], following

    def read(self, part: SearchPartition, fixed: dict[str, str]) -> tuple[list[Work], bool]:
        """The works of a partition as the spider reads it, and whether it reached the cap."""
        shown: list[Work] = []
        offset = 0
        while True:
            entries, following = self.listing(fixed | part.params, offset)
            shown += entries
            if following is None or following > self.cap:
                return shown, following is not None or (bool(entries) and offset >= self.cap)
            offset = following

    def crawl(
        self, first: SearchPartition, fixed: dict[str, str], *, today: str = LAST, no_type_filters: bool = False
    ) -> set[int]:
        found: set[int] = set()
        waiting = [first]
        names = set(fixed) | ({"content_type", "ratio_pattern"} if no_type_filters else set())
        while waiting:
            part = waiting.pop(0)
            assert self.calls < 20_000, "the search does not end"
            shown, is_capped = self.read(part, fixed)
            found |= {work.id for work in shown}
            status: Status = "complete"
            parts: list[SearchPartition] = []
            if is_capped:
                status, parts = after_cap(part, shown[0].create_date, shown[-1].create_date, fixed=names, today=today)
            self.log.append((part, status))
            waiting = parts + waiting
        return found

    def is_complete(self) -> bool:
        return all(status != "incomplete" for _, status in self.log)


# Few days and seconds, so that many works share them.
WORKS = st.lists(
    st.tuples(
        st.sampled_from(DAYS) | st.just(DAYS[2]),
        st.integers(0, 6),
        *(st.sampled_from(values) for _, values in SPLIT_FILTERS),
    ),
    max_size=60,
).map(
    lambda drawn: [
        Work(number, f"{day}T{second * 4 % 24:02}:00:00+09:00", *attributes)
        for number, (day, second, *attributes) in enumerate(drawn)
    ]
)
SPANS = st.sampled_from([(None, None), (FIRST, LAST), (FIRST_DAY, LAST), ("2025-12-30", "2026-01-01"),
                         ("2025-12-31", "2025-12-31"), ("2025-12-31", LAST), (FIRST, "2025-12-31")])  # fmt: skip
FIXED = st.sampled_from([{}, {"content_type": "manga"}, {"search_ai_type": "1"}, {"ratio_pattern": "square"},
                         {"content_type": "illust", "search_ai_type": "2"}])  # fmt: skip
# A single second with more works than any filter can separate: they cannot all be listed.
SAME_SECOND = [Work(number, at("2025-12-31"), "illust", "1", "square") for number in range(40)]
# One day full of works, all at different seconds: both passes overlap.
FULL_DAY = [Work(number, at("2025-12-31", f"00:00:{number:02}"), "illust", "1", "square") for number in range(10)]


@settings(max_examples=300)
@given(WORKS, CAPS, st.sampled_from(["date_desc", "date_asc"]), SPANS, FIXED, st.booleans(), st.integers(0, 2))
@example(SAME_SECOND, 6, "date_desc", (None, None), {}, False, 1)
@example(SAME_SECOND, 6, "date_asc", (FIRST, LAST), {}, True, 2)
@example(FULL_DAY, 6, "date_desc", (None, None), {}, False, 0)
@example(FULL_DAY, 6, "date_asc", ("2025-12-31", "2025-12-31"), {}, False, 0)
@pytest.mark.e2e
def test_a_search_ends_and_finds_all_works_or_reports_that_it_is_incomplete(
    works: list[Work],
    cap: int,
    sort: str,
    days: tuple[str | None, str | None],
    fixed: dict[str, str],
    is_novel: bool,
    ties: int,
) -> None:
    search = Search(works, cap, ties=ties)
    first = span(sort, *days)
    found = search.crawl(first, fixed, no_type_filters=is_novel)
    expected = {work.id for work in works if work.fits(fixed | first.params)}
    assert found <= expected
    assert found == expected or not search.is_complete()
    for part, status in search.log:
        assert status in ("complete", "continued", "split", "incomplete")
        assert (part.start_date is None) == (part.end_date is None), "Pixiv requires both or neither"
        assert part.start_date is None or part.start_date <= (part.end_date or "")


@settings(max_examples=100)
@given(WORKS, CAPS, st.sampled_from(["date_desc", "date_asc"]), SPANS)
@pytest.mark.e2e
def test_missing_works_belong_to_partitions_that_are_reported_as_incomplete(
    works: list[Work], cap: int, sort: str, days: tuple[str | None, str | None]
) -> None:
    search = Search(works, cap)
    first = span(sort, *days)
    found = search.crawl(first, {})
    missing = [work for work in works if work.fits(first.params) and work.id not in found]
    incomplete = [part for part, status in search.log if status == "incomplete"]
    assert all(any(work.fits(part.params) for part in incomplete) for work in missing)


@pytest.mark.parametrize("sort", ["date_desc", "date_asc"])
@pytest.mark.parametrize(("works", "is_complete"), [(FULL_DAY, True), (SAME_SECOND, False), ([], True)])
def test_a_day_is_complete_if_both_passes_overlap_but_not_if_one_second_has_too_many_works(
    works: list[Work], is_complete: bool, sort: str
) -> None:
    search = Search(works, 6)
    found = search.crawl(span(sort, None, None), {})
    assert (len(found) == len(works)) is is_complete
    assert search.is_complete() is is_complete


def test_a_day_with_works_of_several_kinds_is_complete_after_it_was_split() -> None:
    kinds = [(a, b, c) for a in SPLIT_FILTERS[0][1] for b in SPLIT_FILTERS[1][1] for c in SPLIT_FILTERS[2][1]]
    works = [Work(number, at("2025-12-31"), *kinds[number % len(kinds)]) for number in range(3 * len(kinds))]
    search = Search(works, 6)
    assert search.crawl(span("date_desc", None, None), {}) == set(range(len(works)))
    assert "split" in {status for _, status in search.log}
    assert search.is_complete()


@settings(max_examples=100)
@given(WORKS, CAPS, st.sampled_from(["date_desc", "date_asc"]))
@pytest.mark.e2e
def test_all_works_of_days_below_the_cap_are_found(works: list[Work], cap: int, sort: str) -> None:
    seen: dict[str, int] = {}
    few = [work for work in works if seen.setdefault(work.create_date[:10], 0) < cap
           and not seen.update({work.create_date[:10]: seen[work.create_date[:10]] + 1})]  # fmt: skip
    search = Search(few, cap)
    assert search.crawl(span(sort, None, None), {}) == {work.id for work in few}
    assert search.is_complete()


def test_the_maximum_offset_is_the_one_that_pixiv_accepts() -> None:
    assert MAX_OFFSET == 5000


@settings(max_examples=100)
@given(
    st.sampled_from(["date_desc", "date_asc"]),
    SPANS,
    st.lists(st.tuples(st.sampled_from(DAYS), st.sampled_from(DAYS)), min_size=12, max_size=12),
)
@pytest.mark.e2e
def test_a_search_out_of_order_never_requests_the_same_partition_again(
    sort: str, days: tuple[str | None, str | None], ends: list[tuple[date, date]]
) -> None:
    """Placeholders have the time of the response, so the first and last date of a partition can be arbitrary."""
    requested: list[SearchPartition] = []
    waiting = [span(sort, *days)]
    for first, last in ends:
        if not waiting:
            return
        part = waiting.pop(0)
        assert part not in requested
        requested.append(part)
        _, parts = after(part, at(first.isoformat()), at(last.isoformat()), today=LAST)
        waiting = parts + waiting

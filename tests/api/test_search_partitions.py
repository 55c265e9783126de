from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pixiv_crawler.api.search_partitions import CUTS, FIRST_DAY, MAX_OFFSET, Slice, Status, after_cap

TODAY = "2026-01-31"
OTHER = {"date_desc": "date_asc", "date_asc": "date_desc"}


def at(day: str, clock: str = "12:00:00") -> str:
    return f"{day}T{clock}+09:00"


def after(
    done: Slice, first: str, last: str, *, fixed: set[str] | None = None, today: str = TODAY
) -> tuple[Status, list[Slice]]:
    return after_cap(done, first, last, fixed=fixed or set(), today=today)


def span(sort: str, start: str | None, end: str | None, **more: Any) -> Slice:
    return Slice(sort=sort, start_date=start, end_date=end, **more)


# --- Tables ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sort", "asked", "first", "last", "rest"),
    [
        ("date_desc", (None, None), "2026-01-30", "2026-01-28", (FIRST_DAY, "2026-01-28")),
        ("date_desc", ("2025-12-01", "2026-01-31"), "2026-01-31", "2026-01-28", ("2025-12-01", "2026-01-28")),
        ("date_desc", ("2026-01-28", "2026-01-31"), "2026-01-29", "2026-01-28", ("2026-01-28", "2026-01-28")),
        ("date_asc", (None, None), "2007-09-10", "2009-02-03", ("2009-02-03", TODAY)),
        ("date_asc", ("2025-12-01", "2026-01-15"), "2025-12-01", "2025-12-09", ("2025-12-09", "2026-01-15")),
        ("date_asc", (FIRST_DAY, TODAY), "2025-12-31", "2026-01-01", ("2026-01-01", TODAY)),
    ],
)
def test_what_lies_behind_the_cap_is_asked_for_from_the_day_that_was_reached(
    sort: str, asked: tuple[str | None, str | None], first: str, last: str, rest: tuple[str, str]
) -> None:
    assert after(span(sort, *asked), at(first), at(last)) == ("continued", [span(sort, *rest)])


@pytest.mark.parametrize(
    ("sort", "asked", "day", "behind"),
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
def test_a_day_that_fills_a_reading_is_read_from_its_other_end_before_the_days_behind_it(
    sort: str, asked: tuple[str | None, str | None], day: str, behind: tuple[str, str] | None
) -> None:
    last = at(day, "03:00:00")
    status, found = after(span(sort, *asked), at(day, "20:00:00"), last)
    expected = [span(OTHER[sort], day, day, met_by=last)]
    assert status == "continued"
    assert found == expected + ([span(sort, *behind)] if behind else [])


@pytest.mark.parametrize(
    ("sort", "met_by", "last", "has_met"),
    [
        ("date_asc", "12:00:00", "12:00:01", True),
        ("date_asc", "12:00:00", "12:00:00", False),
        ("date_asc", "12:00:00", "11:59:59", False),
        ("date_desc", "12:00:00", "11:59:59", True),
        ("date_desc", "12:00:00", "12:00:00", False),
        ("date_desc", "12:00:00", "12:00:01", False),
    ],
)
def test_two_readings_of_a_day_have_met_only_when_one_went_past_the_other(
    sort: str, met_by: str, last: str, has_met: bool
) -> None:
    day = "2026-01-05"
    status, found = after(span(sort, day, day, met_by=at(day, met_by)), at(day, "00:00:00"), at(day, last))
    assert (status, bool(found)) == (("complete", False) if has_met else ("cut", True))


UNMET = span("date_asc", "2026-01-05", "2026-01-05", met_by=at("2026-01-05", "23:00:00"))


@pytest.mark.parametrize(
    ("narrowed", "fixed", "name"),
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
def test_a_day_too_full_is_cut_by_the_first_thing_that_it_is_not_narrowed_by(
    narrowed: dict[str, str], fixed: set[str], name: str
) -> None:
    done = replace(UNMET, narrowed=narrowed)
    parts = [
        Slice(sort="date_desc", start_date="2026-01-05", end_date="2026-01-05", narrowed=narrowed | {name: value})
        for value in dict(CUTS)[name]
    ]
    assert after(done, at("2026-01-05"), at("2026-01-05"), fixed=fixed) == ("cut", parts)


@pytest.mark.parametrize(
    ("narrowed", "fixed"),
    [
        ({name: values[0] for name, values in CUTS}, set()),
        ({}, {name for name, _ in CUTS}),
        ({"search_ai_type": "2"}, {"content_type", "ratio_pattern"}),
    ],
)
def test_a_day_that_nothing_makes_small_enough_is_incomplete(narrowed: dict[str, str], fixed: set[str]) -> None:
    done = replace(UNMET, narrowed=narrowed)
    assert after(done, at("2026-01-05"), at("2026-01-05"), fixed=fixed) == ("incomplete", [])


@pytest.mark.parametrize("sort", ["popular_desc", "popular_male_desc", "popular_female_desc"])
@pytest.mark.parametrize("last", ["2026-01-05", "2020-01-01"])
def test_a_search_by_popularity_ends_at_the_cap_and_says_so(sort: str, last: str) -> None:
    assert after(span(sort, None, None), at("2026-01-05"), at(last)) == ("incomplete", [])


def test_a_slice_keeps_what_it_was_narrowed_by() -> None:
    narrowed = {"content_type": "manga"}
    for first in ("2026-01-05", "2026-01-04"):
        _, found = after(span("date_desc", None, None, narrowed=narrowed), at(first), at("2026-01-04"))
        assert [part.narrowed for part in found] == [narrowed] * len(found)


def test_a_slice_names_its_parameters_and_rides_as_plain_json() -> None:
    part = span("date_asc", "2026-01-05", "2026-01-06", narrowed={"search_ai_type": "1"}, met_by=at("2026-01-05"))
    assert part.params == {"sort": "date_asc", "start_date": "2026-01-05", "end_date": "2026-01-06", "search_ai_type": "1"}  # fmt: skip
    assert Slice(**json.loads(json.dumps(part.to_dict()))) == part
    assert span("date_desc", None, None).params == {"sort": "date_desc", "start_date": None, "end_date": None}


# --- A simulated search: whatever it holds, no work is missed in silence ---------------------------------------------

PAGE = 3
# Both values that a real search can have: its last listing may end exactly at the greatest offset or beyond it.
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
            params.get(name) in (None, getattr(self, name)) for name, _ in CUTS
        )


@dataclass
class Search:
    """What Pixiv would do, with a cap of its own; asks as the spider `search` asks."""

    works: list[Work]
    cap: int
    ties: int = 1
    """In which order works of one second come: by ID, against it, or each direction its own way."""

    def __post_init__(self) -> None:
        self.calls = 0
        self.log: list[tuple[Slice, Status]] = []

    def listing(self, params: dict[str, str | None], offset: int) -> tuple[list[Work], int | None]:
        assert offset <= self.cap, "refused with 400"
        self.calls += 1
        is_desc = params["sort"] != "date_asc"
        by_tie = -1 if (self.ties == 2 and is_desc) or self.ties == 0 else 1
        found = sorted((work for work in self.works if work.fits(params)), key=lambda work: by_tie * work.id)
        found.sort(key=lambda work: work.create_date, reverse=is_desc)
        following = offset + PAGE if len(found) > offset + PAGE else None
        return found[offset : offset + PAGE], following

    def read(self, part: Slice, fixed: dict[str, str]) -> tuple[list[Work], bool]:
        """One slice as the spider reads it, and whether it ran into the cap."""
        shown: list[Work] = []
        offset = 0
        while True:
            entries, following = self.listing(fixed | part.params, offset)
            shown += entries
            if following is None or following > self.cap:
                return shown, following is not None or (bool(entries) and offset >= self.cap)
            offset = following

    def crawl(self, first: Slice, fixed: dict[str, str], *, today: str = LAST, no_cuts: bool = False) -> set[int]:
        found: set[int] = set()
        waiting = [first]
        names = set(fixed) | ({"content_type", "ratio_pattern"} if no_cuts else set())
        while waiting:
            part = waiting.pop(0)
            assert self.calls < 20_000, "the search does not end"
            shown, is_capped = self.read(part, fixed)
            found |= {work.id for work in shown}
            status: Status = "complete"
            parts: list[Slice] = []
            if is_capped:
                status, parts = after_cap(part, shown[0].create_date, shown[-1].create_date, fixed=names, today=today)
            self.log.append((part, status))
            waiting = parts + waiting
        return found

    def claims_all(self) -> bool:
        return all(status != "incomplete" for _, status in self.log)


# Few days and few seconds, so that many works share them.
WORKS = st.lists(
    st.tuples(
        st.sampled_from(DAYS) | st.just(DAYS[2]),
        st.integers(0, 6),
        *(st.sampled_from(values) for _, values in CUTS),
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
# A single second with more works than any cut can part: nothing can show them all.
SAME_SECOND = [Work(number, at("2025-12-31"), "illust", "1", "square") for number in range(40)]
# One day full of works, all of different seconds: both ends meet.
FULL_DAY = [Work(number, at("2025-12-31", f"00:00:{number:02}"), "illust", "1", "square") for number in range(10)]


@settings(deadline=None, max_examples=300)
@given(WORKS, CAPS, st.sampled_from(["date_desc", "date_asc"]), SPANS, FIXED, st.booleans(), st.integers(0, 2))
@example(SAME_SECOND, 6, "date_desc", (None, None), {}, False, 1)
@example(SAME_SECOND, 6, "date_asc", (FIRST, LAST), {}, True, 2)
@example(FULL_DAY, 6, "date_desc", (None, None), {}, False, 0)
@example(FULL_DAY, 6, "date_asc", ("2025-12-31", "2025-12-31"), {}, False, 0)
def test_a_search_ends_and_finds_all_or_says_that_it_did_not(
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
    found = search.crawl(first, fixed, no_cuts=is_novel)
    wanted = {work.id for work in works if work.fits(fixed | first.params)}
    assert found <= wanted
    assert found == wanted or not search.claims_all()
    for part, status in search.log:
        assert status in ("complete", "continued", "cut", "incomplete")
        assert (part.start_date is None) == (part.end_date is None), "Pixiv wants both or none"
        assert part.start_date is None or part.start_date <= (part.end_date or "")


@settings(deadline=None, max_examples=100)
@given(WORKS, CAPS, st.sampled_from(["date_desc", "date_asc"]), SPANS)
def test_what_is_missing_lies_in_the_slices_that_are_called_incomplete(
    works: list[Work], cap: int, sort: str, days: tuple[str | None, str | None]
) -> None:
    search = Search(works, cap)
    first = span(sort, *days)
    found = search.crawl(first, {})
    missing = [work for work in works if work.fits(first.params) and work.id not in found]
    incomplete = [part for part, status in search.log if status == "incomplete"]
    assert all(any(work.fits(part.params) for part in incomplete) for work in missing)


@pytest.mark.parametrize("sort", ["date_desc", "date_asc"])
@pytest.mark.parametrize(("works", "is_whole"), [(FULL_DAY, True), (SAME_SECOND, False), ([], True)])
def test_a_day_is_whole_when_its_ends_meet_and_not_when_one_second_holds_too_much(
    works: list[Work], is_whole: bool, sort: str
) -> None:
    search = Search(works, 6)
    found = search.crawl(span(sort, None, None), {})
    assert (len(found) == len(works)) is is_whole
    assert search.claims_all() is is_whole


def test_a_day_of_several_kinds_is_whole_after_it_was_cut() -> None:
    kinds = [(a, b, c) for a in CUTS[0][1] for b in CUTS[1][1] for c in CUTS[2][1]]
    works = [Work(number, at("2025-12-31"), *kinds[number % len(kinds)]) for number in range(3 * len(kinds))]
    search = Search(works, 6)
    assert search.crawl(span("date_desc", None, None), {}) == set(range(len(works)))
    assert "cut" in {status for _, status in search.log}
    assert search.claims_all()


@settings(deadline=None, max_examples=100)
@given(WORKS, CAPS, st.sampled_from(["date_desc", "date_asc"]))
def test_days_that_fit_below_the_cap_are_always_all_found(works: list[Work], cap: int, sort: str) -> None:
    seen: dict[str, int] = {}
    few = [work for work in works if seen.setdefault(work.create_date[:10], 0) < cap
           and not seen.update({work.create_date[:10]: seen[work.create_date[:10]] + 1})]  # fmt: skip
    search = Search(few, cap)
    assert search.crawl(span(sort, None, None), {}) == {work.id for work in few}
    assert search.claims_all()


def test_the_greatest_offset_is_the_one_that_pixiv_takes() -> None:
    assert MAX_OFFSET == 5000


@settings(deadline=None, max_examples=100)
@given(
    st.sampled_from(["date_desc", "date_asc"]),
    SPANS,
    st.lists(st.tuples(st.sampled_from(DAYS), st.sampled_from(DAYS)), min_size=12, max_size=12),
)
def test_a_search_out_of_order_never_asks_the_same_slice_again(
    sort: str, days: tuple[str | None, str | None], ends: list[tuple[date, date]]
) -> None:
    """Placeholders bear the time of the answer, so the dates at the ends of a slice can be any."""
    asked: list[Slice] = []
    waiting = [span(sort, *days)]
    for first, last in ends:
        if not waiting:
            return
        part = waiting.pop(0)
        assert part not in asked
        asked.append(part)
        _, parts = after(part, at(first.isoformat()), at(last.isoformat()), today=LAST)
        waiting = parts + waiting

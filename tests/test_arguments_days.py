"""Dates and date ranges as spider arguments."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from pixiv_crawler import argument_types
from pixiv_crawler.argument_types import Day, DaySpan, Month, PastDay
from pixiv_crawler.arguments import SpiderArgs
from tests.argument_errors import error_of


class Days(SpiderArgs):
    day: Day | None = None
    past: PastDay | None = None
    span: DaySpan | None = None
    month: Month | None = None


@pytest.fixture
def in_japan(monkeypatch: pytest.MonkeyPatch) -> None:
    """The current date in Japan is 2024-03-01."""
    monkeypatch.setattr(argument_types, "today", lambda: date(2024, 3, 1))


@pytest.mark.parametrize(
    "text",
    ["", "today", "2024-02-30", "2023-02-29", "2024-2-1", "20240201", "2024-W05-4", "2024/02/01", "01.02.2024",
     "2024-02-01T00:00", "２０２４-02-01", "2024-02-01..2024-02-02", "0000-01-01", "-2024-01-01", "10000-01-01"],
)  # fmt: skip
@pytest.mark.parametrize("name", ["day", "past"])
def test_an_invalid_date_is_quoted_in_the_error(in_japan: None, name: str, text: str) -> None:
    assert (
        error_of(Days, **{name: text})
        == f"spider argument {name}: {text!r} is not a valid date: pass YYYY-MM-DD, such as 2026-01-31"
    )


@pytest.mark.parametrize("text", ["", "2024", "2024-2", "2024-13", "2024-00", "2024-02-01", "２０２４-02"])
def test_an_invalid_month_is_quoted_in_the_error(text: str) -> None:
    assert (
        error_of(Days, month=text)
        == f"spider argument month: {text!r} is not a valid month: pass YYYY-MM, such as 2026-01"
    )


def test_a_month_is_passed_on_as_it_is() -> None:
    assert Days.parse({"month": " 2024-02 "}).month == "2024-02"


@pytest.mark.parametrize("text", ["2024-02-29", " 2024-02-29 ", "2024-02-29\n"])
def test_a_date_is_parsed(in_japan: None, text: str) -> None:
    args = Days.parse({"day": text, "past": text, "span": text})
    assert (args.day, args.past, args.span) == (date(2024, 2, 29), date(2024, 2, 29), [date(2024, 2, 29)])


@pytest.mark.parametrize("text", ["2024-03-02", "9999-12-31"])
def test_a_date_in_the_future_of_japan_is_rejected(in_japan: None, text: str) -> None:
    assert Days.parse({"day": text, "past": "2024-03-01"}).past == date(2024, 3, 1)
    sentence = f"{text} is in the future: the current date in Japan is 2024-03-01"
    assert error_of(Days, past=text) == f"spider argument past: {sentence}"
    assert error_of(Days, span=text) == f"spider argument span: {sentence}"
    assert error_of(Days, span=f"2024-02-01..{text}") == f"spider argument span: {sentence}"


@pytest.mark.parametrize(
    ("text", "first", "last", "count"),
    [("2024-02-28..2024-03-01", "2024-02-28", "2024-03-01", 3), ("2024-03-01..2024-03-01", "2024-03-01", "2024-03-01", 1),
     (" 2023-12-31 .. 2024-01-01 ", "2023-12-31", "2024-01-01", 2), ("2023-03-01..2024-02-29", "2023-03-01", "2024-02-29", 366)],
)  # fmt: skip
def test_a_date_range_contains_every_day(in_japan: None, text: str, first: str, last: str, count: int) -> None:
    days = Days.parse({"span": text}).span
    assert days is not None
    assert (days[0].isoformat(), days[-1].isoformat(), len(days)) == (first, last, count)
    assert days == sorted(set(days))


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("2024-02-02..2024-02-01", "'2024-02-02..2024-02-01' ends before it begins: put the earlier day first"),
        ("..2024-02-01", "'' is not a valid date: pass YYYY-MM-DD, such as 2026-01-31"),
        ("2024-02-01..", "'' is not a valid date: pass YYYY-MM-DD, such as 2026-01-31"),
        ("2024-02-01...2024-02-02", "'.2024-02-02' is not a valid date: pass YYYY-MM-DD, such as 2026-01-31"),
        ("2024-02-01,2024-02-02", "'2024-02-01,2024-02-02' is not a valid date: pass YYYY-MM-DD, such as 2026-01-31"),
    ],
)
def test_an_invalid_date_range_is_rejected(in_japan: None, text: str, sentence: str) -> None:
    assert error_of(Days, span=text) == f"spider argument span: {sentence}"


def test_today_is_the_day_in_japan() -> None:
    before = datetime.now(UTC) + timedelta(hours=9)
    day = argument_types.today()
    assert before.date() <= day <= (datetime.now(UTC) + timedelta(hours=9)).date()

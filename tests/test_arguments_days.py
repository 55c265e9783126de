"""Days and spans of days as spider arguments."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from pixiv_crawler import arguments
from pixiv_crawler.arguments import Day, DaySpan, PastDay, SpiderArgs
from tests.refusals import told


class Days(SpiderArgs):
    day: Day | None = None
    past: PastDay | None = None
    span: DaySpan | None = None


@pytest.fixture
def in_japan(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is the first of March 2024 in Japan."""
    monkeypatch.setattr(arguments, "today", lambda: date(2024, 3, 1))


@pytest.mark.parametrize(
    "text",
    ["", "today", "2024-02-30", "2023-02-29", "2024-2-1", "20240201", "2024-W05-4", "2024/02/01", "01.02.2024",
     "2024-02-01T00:00", "２０２４-02-01", "2024-02-01..2024-02-02", "0000-01-01", "-2024-01-01", "10000-01-01"],
)  # fmt: skip
@pytest.mark.parametrize("name", ["day", "past"])
def test_what_is_no_day_is_quoted_in_a_sentence(in_japan: None, name: str, text: str) -> None:
    assert told(Days, **{name: text}) == f"spider argument {name}: {text!r} is no day; give one such as 2026-01-31"


@pytest.mark.parametrize("text", ["2024-02-29", " 2024-02-29 ", "2024-02-29\n"])
def test_a_day_is_read(in_japan: None, text: str) -> None:
    args = Days.parse({"day": text, "past": text, "span": text})
    assert (args.day, args.past, args.span) == (date(2024, 2, 29), date(2024, 2, 29), [date(2024, 2, 29)])


@pytest.mark.parametrize("text", ["2024-03-02", "9999-12-31"])
def test_a_day_that_is_still_to_come_in_japan_has_no_works_yet(in_japan: None, text: str) -> None:
    assert Days.parse({"day": text, "past": "2024-03-01"}).past == date(2024, 3, 1)
    sentence = f"{text} is in the future: in Japan it is 2024-03-01"
    assert told(Days, past=text) == f"spider argument past: {sentence}"
    assert told(Days, span=text) == f"spider argument span: {sentence}"
    assert told(Days, span=f"2024-02-01..{text}") == f"spider argument span: {sentence}"


@pytest.mark.parametrize(
    ("text", "first", "last", "count"),
    [("2024-02-28..2024-03-01", "2024-02-28", "2024-03-01", 3), ("2024-03-01..2024-03-01", "2024-03-01", "2024-03-01", 1),
     (" 2023-12-31 .. 2024-01-01 ", "2023-12-31", "2024-01-01", 2), ("2023-03-01..2024-02-29", "2023-03-01", "2024-02-29", 366)],
)  # fmt: skip
def test_a_span_is_every_day_from_the_first_to_the_last(
    in_japan: None, text: str, first: str, last: str, count: int
) -> None:
    days = Days.parse({"span": text}).span
    assert days is not None
    assert (days[0].isoformat(), days[-1].isoformat(), len(days)) == (first, last, count)
    assert days == sorted(set(days))


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("2024-02-02..2024-02-01", "'2024-02-02..2024-02-01' ends before it begins; give the earlier day first"),
        ("..2024-02-01", "'' is no day; give one such as 2026-01-31"),
        ("2024-02-01..", "'' is no day; give one such as 2026-01-31"),
        ("2024-02-01...2024-02-02", "'.2024-02-02' is no day; give one such as 2026-01-31"),
        ("2024-02-01,2024-02-02", "'2024-02-01,2024-02-02' is no day; give one such as 2026-01-31"),
    ],
)
def test_what_is_no_span_is_refused(in_japan: None, text: str, sentence: str) -> None:
    assert told(Days, span=text) == f"spider argument span: {sentence}"


def test_today_is_the_day_in_japan() -> None:
    before = datetime.now(UTC) + timedelta(hours=9)
    day = arguments.today()
    assert before.date() <= day <= (datetime.now(UTC) + timedelta(hours=9)).date()

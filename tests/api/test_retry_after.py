"""Parsing of `Retry-After`."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pixiv_crawler.api.errors import LONGEST_RETRY_AFTER, retry_after

NOW = datetime(2026, 11, 23, 13, 45, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120), (" 7 ", 7), ("00012", 12), ("0", None), ("-5", None), ("1.5", None), ("1e3", None), ("", None),
        ("soon", None), ("٣", None), ("120, 60", None), ("999999", 3600), ("9" * 5000, 3600),
        ("Mon, 23 Nov 2026 13:47:00 GMT", 120), ("Mon, 23 Nov 2026 22:47:00 +0900", 120),
        ("Mon, 23 Nov 2026 13:47:00 -0000", 120), ("Monday, 23-Nov-26 13:47:00 GMT", 120),
        ("Mon, 23 Nov 2026 13:44:59 GMT", None), ("Fri, 31 Dec 9999 23:59:59 GMT", 3600), ("Mon, 23 Nov 2026", None),
        ("Mon, 99 Nov 2026 13:47:00 GMT", None), ("23 Nov 99999 13:47:00 GMT", None),
    ],
)  # fmt: skip
def test_retry_after_is_a_number_of_seconds_or_a_date(value: str, seconds: float | None) -> None:
    assert retry_after(value, NOW) == seconds


@given(st.integers(1, 3600))
def test_retry_after_is_the_same_as_a_number_and_as_a_date(seconds: int) -> None:
    date = format_datetime(NOW + timedelta(seconds=seconds), usegmt=True)
    assert retry_after(date, NOW) == retry_after(str(seconds), NOW) == seconds


@settings(max_examples=200)
@given(
    st.text()
    | st.text(alphabet="0123456789 :,+-MonovGMT", max_size=40)
    | st.from_regex(r"[A-Z][a-z]{2}, \d{1,5} Nov \d{1,6} \d{1,3}:\d{1,3}(:\d{1,3})? [-+A-Z0-9]{1,8}", fullmatch=True)
)
@pytest.mark.e2e
def test_any_retry_after_is_a_bounded_delay_or_none(value: str) -> None:
    seconds = retry_after(value, NOW)
    assert seconds is None or 0 < seconds <= LONGEST_RETRY_AFTER

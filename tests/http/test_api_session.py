"""The pauses and holds of the API session."""

from __future__ import annotations

import asyncio
import time
from itertools import pairwise

import pytest

from pixiv_crawler.http.api_session import ApiSession


def test_a_new_session_does_not_wait() -> None:
    assert ApiSession().waiting is None


def test_the_longest_pause_counts_with_its_reason() -> None:
    session = ApiSession()
    for seconds, why in [(5, "short"), (500, "long"), (50, "middle")]:
        session.pause(seconds, why)
    assert session.waiting == ("long", pytest.approx(500, abs=60))


def test_a_pause_that_has_ended_does_not_count() -> None:
    session = ApiSession()
    session.pause(0, "over")
    assert session.waiting is None


def test_a_hold_takes_precedence_over_a_pause_and_has_no_duration() -> None:
    session = ApiSession()
    session.pause(500, "pause")
    with session.held("hold"):
        assert session.waiting == ("hold", 0)
    assert session.waiting == ("pause", pytest.approx(500, abs=60))


def test_an_error_ends_a_hold() -> None:
    session = ApiSession()
    with pytest.raises(ZeroDivisionError), session.held("hold"):
        raise ZeroDivisionError
    assert session.waiting is None


def test_requests_that_wait_at_the_same_time_are_sent_with_the_delay_between_them() -> None:
    session = ApiSession()
    sent: list[float] = []

    async def send() -> None:
        await session.wait(0.02)
        sent.append(time.monotonic())

    async def send_together() -> None:
        await asyncio.gather(*(send() for _ in range(4)))

    asyncio.run(send_together())
    assert min(after - before for before, after in pairwise(sent)) >= 0.02


def test_changes_are_further_apart_than_other_requests() -> None:
    async def sent() -> list[float]:
        session, times = ApiSession(), []
        for change_delay in (0.06, 0, 0.06):
            await session.wait(0.01, change_delay)
            times.append(time.monotonic())
        return times

    first_change, other, second_change = asyncio.run(sent())
    assert other - first_change < 0.05
    assert second_change - first_change >= 0.059

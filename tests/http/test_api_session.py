"""What the requests of a crawl wait for."""

from __future__ import annotations

import pytest

from pixiv_crawler.http.api_session import ApiSession


def test_nothing_is_waited_for_at_first() -> None:
    assert ApiSession().waiting is None


def test_the_longer_of_two_pauses_stays_with_its_reason() -> None:
    session = ApiSession()
    for seconds, why in [(5, "short"), (500, "long"), (50, "middle")]:
        session.pause(seconds, why)
    assert session.waiting == ("long", pytest.approx(500, abs=60))


def test_a_pause_that_is_over_is_not_waited_for() -> None:
    session = ApiSession()
    session.pause(0, "over")
    assert session.waiting is None


def test_a_hold_comes_before_a_pause_and_tells_no_seconds() -> None:
    session = ApiSession()
    session.pause(500, "pause")
    with session.held("hold"):
        assert session.waiting == ("hold", 0)
    assert session.waiting == ("pause", pytest.approx(500, abs=60))


def test_a_hold_ends_with_an_error_too() -> None:
    session = ApiSession()
    with pytest.raises(ZeroDivisionError), session.held("hold"):
        raise ZeroDivisionError
    assert session.waiting is None

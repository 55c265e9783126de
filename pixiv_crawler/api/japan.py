"""Pixiv's days and times are those of Japan."""

from datetime import UTC, date, datetime, timedelta, timezone

JAPAN = timezone(timedelta(hours=9))


def today() -> date:
    """The current day in Japan."""
    return datetime.now(UTC).astimezone(JAPAN).date()

"""The words that every simulated Pixiv starts with, and how many works each finds on which day."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

# One day of it is more than one search can reach, and less than two searches from both ends can.
STARRY_DAY = date(2026, 6, 15)
# One day of it is more than both can: only filters by type, AI or shape divide it.
FIREWORKS_DAY = date(2026, 8, 1)

_TOPICS = (
    "紅葉", "温泉", "新刊", "冬服", "マフラー", "手袋", "焚き火", "流星群", "落書き", "一枚絵", "鉛筆画",
    "うさぎ", "きつね", "魔法使い", "騎士", "機械", "廃墟", "港町", "雪景色", "喫茶店", "手帳",
)  # fmt: skip


def words() -> Mapping[str, dict[date, int]]:
    known = {"桜": _cherry_blossom(), "星空": _starry_sky(), "花火": _fireworks()}
    return known | {topic: _even(date(2026, 11, 1), 18, 36) for topic in _TOPICS}


def _cherry_blossom() -> dict[date, int]:
    """400 works in 120 days."""
    return _even(date(2026, 2, 20), 120, 400)


def _starry_sky() -> dict[date, int]:
    """12,000 works in 200 days, 6,200 of them on one."""
    return {day: count for day, count in _even(date(2026, 4, 24), 200, 5829).items() if day != STARRY_DAY} | {
        STARRY_DAY: 6200
    }


def _fireworks() -> dict[date, int]:
    """11,820 works in 17 days, 11,500 of them on one."""
    return _even(date(2026, 7, 24), 17, 340) | {FIREWORKS_DAY: 11_500}


def _even(first: date, days: int, total: int) -> dict[date, int]:
    """So many works, spread over so many days."""
    return {
        first + timedelta(days=number): total * (number + 1) // days - total * number // days for number in range(days)
    }

"""Rankings: generated works, the same for a mode and a day in every world."""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from functools import lru_cache
from heapq import nlargest
from random import Random
from typing import NamedTuple

from .generated_users import daily_uploads
from .work_ids import FIRST_DAY
from .work_summaries import WorkSummary


class Mode(NamedTuple):
    """The works that a ranking considers."""

    days: int
    type: str | None = None
    ai_type: int = 1
    rating: int = 0
    """An `x_restrict` value."""

    @property
    def places(self) -> int:
        """As many as on the web site."""
        return 100 if self.rating else 500

    def takes(self, summary: WorkSummary) -> bool:
        right_type = self.type is None or summary.type == self.type
        return right_type and (summary.ai_type == 2) == (self.ai_type == 2) and summary.x_restrict == self.rating


MODES: Mapping[str, Mode] = {
    "day": Mode(1),
    "week": Mode(7),
    "month": Mode(30),
    "day_male": Mode(1),
    "day_female": Mode(1),
    "week_original": Mode(7),
    "week_rookie": Mode(7),
    "day_manga": Mode(1, "manga"),
    "week_manga": Mode(7, "manga"),
    "month_manga": Mode(30, "manga"),
    "week_rookie_manga": Mode(7, "manga"),
    "day_ai": Mode(1, ai_type=2),
    "day_r18": Mode(1, rating=1),
    "week_r18": Mode(7, rating=1),
    "day_male_r18": Mode(1, rating=1),
    "day_female_r18": Mode(1, rating=1),
    "day_r18_ai": Mode(1, ai_type=2, rating=1),
    "day_r18_manga": Mode(1, "manga", rating=1),
    "week_r18_manga": Mode(7, "manga", rating=1),
    "week_r18g": Mode(7, rating=2),
    "week_r18g_manga": Mode(7, "manga", rating=2),
}

# One place in 41 is empty: its work has been deleted since, so the listing is shorter.
_GAP_EVERY, _FIRST_GAP = 41, 17


@lru_cache(maxsize=256)
def ranking(mode: str, day: date) -> tuple[int | None, ...]:
    """The work ID at each place; None: the work was deleted, and its place is empty."""
    rng = Random(f"ranking {mode} {day}")
    known = sorted(_candidates(MODES[mode], day), reverse=True)
    best = nlargest(MODES[mode].places, known, key=lambda summary: summary.total_bookmarks * (0.5 + rng.random()))
    return tuple(None if place % _GAP_EVERY == _FIRST_GAP else summary.id for place, summary in enumerate(best))


def _candidates(mode: Mode, day: date) -> Iterator[WorkSummary]:
    """The best works of each day in the period, and of earlier days if there are too few for all places."""
    daily = mode.places // mode.days + 1 if mode.days > 1 else mode.places
    found, before = 0, day
    while before > FIRST_DAY and (found < mode.places or day - before < timedelta(days=mode.days)):
        before -= timedelta(days=1)
        best = nlargest(daily, filter(mode.takes, daily_uploads(before)), key=lambda summary: summary.total_bookmarks)
        found += len(best)
        yield from best

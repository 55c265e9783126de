"""The comments on a work: how everything about them follows from the work."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from random import Random

from .fixtures.comments import READERS, STAMP_IDS, TEXTS
from .novels import Novel
from .users import User
from .works import Work

# A comment's id is the work's id * ROOM + its number: so the id alone leads to the work.
ROOM = 10_000
_STAMPS, _GONE = 0.15, 0.06
_LONGEST_PAUSE_MINUTES = 400


@dataclass(frozen=True, slots=True)
class Comment:
    id: int
    text: str
    """Empty where a stamp says it all."""
    date: datetime
    user: User | None
    """None: a user who has left Pixiv."""
    stamp_id: int | None
    parent_id: int | None
    """The comment that this one replies to; None: it replies to none."""
    has_replies: bool


@lru_cache(maxsize=2048)
def comments_on(work: Work | Novel) -> tuple[Comment, ...]:
    """Newest first, replies among them: as many as the work's `total_comments` tells."""
    rng = Random(f"comments on {type(work).__name__} {work.id}")
    parents = _parents(rng, work)
    answered = set(parents)
    moment, known = work.created, []
    for number, parent in enumerate(parents):
        moment += timedelta(minutes=rng.randrange(1, _LONGEST_PAUSE_MINUTES))
        parent_id = None if parent is None else work.id * ROOM + parent
        known.append(_comment(rng, work.id * ROOM + number, moment, parent_id, has_replies=number in answered))
    return tuple(reversed(known))


def _parents(rng: Random, work: Work | Novel) -> list[int | None]:
    """For every comment the number of the one it replies to, oldest first: replies come after all others."""
    total, sketch = work.total_comments, work.sketch
    if sketch.comments is not None:
        return [None] * sketch.comments + [sketch.comments - 1] * (total - sketch.comments)
    replies = total // 4
    return [None] * (total - replies) + [rng.randrange(total - replies) for _ in range(replies)]


def _comment(rng: Random, comment_id: int, date: datetime, parent_id: int | None, *, has_replies: bool) -> Comment:
    is_stamp = rng.random() < _STAMPS
    return Comment(
        id=comment_id,
        text="" if is_stamp else rng.choice(TEXTS),
        date=date,
        user=None if rng.random() < _GONE else rng.choice(READERS),
        stamp_id=rng.choice(STAMP_IDS) if is_stamp else None,
        parent_id=parent_id,
        has_replies=has_replies,
    )

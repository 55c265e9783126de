"""The comments on a work, which are derived from the work."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from random import Random

from .fixtures.comments import READERS, STAMP_IDS, TEXTS
from .novels import Novel
from .users import User
from .works import Work

# A comment's ID is the work's ID * ROOM + its number, so the ID alone identifies the work.
ROOM = 10_000
_STAMPS, _GONE = 0.15, 0.06
_LONGEST_PAUSE_MINUTES = 400


@dataclass(frozen=True, slots=True)
class Comment:
    id: int
    text: str
    """Empty if there is only a stamp."""
    date: datetime
    user: User | None
    """None: the user has left Pixiv."""
    stamp_id: int | None
    parent_id: int | None
    """The comment that this one replies to; None: it is not a reply."""
    has_replies: bool


@lru_cache(maxsize=2048)
def comments_on(work: Work | Novel) -> tuple[Comment, ...]:
    """Newest first, with replies: as many as the work's `total_comments`."""
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
    """For each comment the number of the one that it replies to, oldest first: replies come last."""
    total, spec = work.total_comments, work.spec
    if spec.comments is not None:
        return [None] * spec.comments + [spec.comments - 1] * (total - spec.comments)
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

"""A work with its id, and how everything about it follows from that id."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from random import Random

from .users import Sketch, User
from .vocabulary import CAPTIONS, DRAWN_TAGS, MOODS, PLACES, TOOLS

JST = timezone(timedelta(hours=9))
# Pixiv's ids grow with time: about one in four seconds between 2013 and 2026.
_KNOWN_ID = 146_690_000
_KNOWN_DATE = datetime(2026, 7, 1, 20, 0, tzinfo=JST)
SECONDS_PER_ID = 4
# Less than lies between two works of one user, so that their order stays that of their ids.
_SPREAD_SECONDS = 36_000
# Before this day nobody said whether a work was made by AI.
_AI_SWITCH = datetime(2022, 10, 31, tzinfo=JST)


@dataclass(frozen=True, slots=True, eq=False)
class Work:
    """One illust, manga or ugoira. Works are compared by identity, so that answers can be kept by work."""

    id: int
    user: User
    sketch: Sketch
    title: str
    caption: str
    tags: tuple[str, ...]
    tools: tuple[str, ...]
    created: datetime
    uploaded: datetime
    """When the files came: later than `created` where the user has replaced them."""
    size: tuple[int, int]
    """Of the image that is really served."""
    scale: int
    """Pixiv's width and height are this many times the size served."""
    ai_type: int
    book_style: int
    sanity_level: int
    is_restricted_mode: bool
    total_view: int
    total_bookmarks: int
    total_comments: int
    delays: tuple[int, ...]
    """Milliseconds per frame of a ugoira."""
    edition: int = 0
    """How often the user has replaced the files."""

    @property
    def type(self) -> str:
        return self.sketch.type

    @property
    def page_count(self) -> int:
        return len(self.sketch.extensions)

    @property
    def frame_names(self) -> list[str]:
        """Names of the frames in the ugoira's zip; always JPEG, whatever the originals are."""
        return [f"{number:06}.jpg" for number in range(len(self.delays))]


def time_of(work_id: int) -> datetime:
    """When Pixiv gives out an id, by and large."""
    return _KNOWN_DATE + timedelta(seconds=SECONDS_PER_ID * (work_id - _KNOWN_ID))


def id_at(moment: datetime) -> int:
    """The first id that is given out from a moment on."""
    return _KNOWN_ID + -(-int((moment - _KNOWN_DATE).total_seconds()) // SECONDS_PER_ID)


def draw_work(work_id: int, user: User, sketch: Sketch, created: datetime | None = None) -> Work:
    """The same id gives the same work, on every machine and in every run; without `created`, its time too."""
    rng = Random(f"work {work_id}")
    if created is None:
        created = time_of(work_id) + timedelta(seconds=rng.randrange(_SPREAD_SECONDS))
    views = rng.randrange(40, 200_000) + 3 * (sketch.total_bookmarks or 0)
    return Work(
        id=work_id,
        user=user,
        sketch=sketch,
        title=rng.choice(MOODS) + rng.choice(PLACES) if sketch.title is None else sketch.title,
        caption=rng.choice(CAPTIONS) if sketch.caption is None else sketch.caption,
        tags=tuple(rng.sample(DRAWN_TAGS, rng.randrange(1, 7))) if sketch.tags is None else sketch.tags,
        tools=tuple(rng.sample(TOOLS, rng.choice((0, 0, 1, 2)))),
        created=created,
        uploaded=created + timedelta(hours=rng.choice((0,) * 8 + (13,)), seconds=rng.choice((0, 0, 0, 17))),
        size=(rng.randrange(40, 161), rng.randrange(40, 121)) if sketch.size is None else sketch.size,
        scale=rng.randrange(10, 41) if sketch.scale is None else sketch.scale,
        ai_type=_ai_type(rng, created, sketch),
        book_style=rng.choice((0,) * 20 + (1,)),
        sanity_level=6 if sketch.x_restrict else rng.choice((2,) * 12 + (4,)),
        is_restricted_mode=rng.random() < 0.08,
        total_view=views,
        total_bookmarks=rng.randrange(views // 3) if sketch.total_bookmarks is None else sketch.total_bookmarks,
        total_comments=_total_comments(rng.choice((0, 0, 1, 2, 5, 41)), sketch),
        delays=_delays(rng, sketch),
    )


def _delays(rng: Random, sketch: Sketch) -> tuple[int, ...]:
    if sketch.type != "ugoira":
        return ()
    drawn = tuple(rng.choice((30, 40, 60, 120)) for _ in range(rng.randrange(6, 13)))
    return drawn if sketch.delays is None else sketch.delays


def _total_comments(drawn: int, sketch: Sketch) -> int:
    return drawn if sketch.comments is None else sketch.comments + sketch.replies


def _ai_type(rng: Random, created: datetime, sketch: Sketch) -> int:
    drawn = rng.choice((1,) * 9 + (2,))
    if sketch.ai_type is not None:
        return sketch.ai_type
    return drawn if created >= _AI_SWITCH else 0

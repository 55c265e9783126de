"""A work with its ID, from which everything else is derived."""

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from random import Random

from .users import NovelSpec, User, WorkSpec
from .vocabulary import CAPTIONS, DRAWN_TAGS, MOODS, PLACES, TOOLS

JST = timezone(timedelta(hours=9))
# Pixiv's IDs increase with time: about one in four seconds between 2013 and 2026.
_KNOWN_ID = 146_690_000
_KNOWN_DATE = datetime(2026, 7, 1, 20, 0, tzinfo=JST)
SECONDS_PER_ID = 4
# Less than the time between two works of a user, so that their order is that of their IDs.
_SPREAD_SECONDS = 36_000
# Before this day, works did not declare whether AI was used.
_AI_SWITCH = datetime(2022, 10, 31, tzinfo=JST)

_DRAWN_SIDE = 1000


@dataclass(frozen=True, slots=True, eq=False)
class Work:
    """One illust, manga or ugoira. Works are compared by identity, so that responses can be cached by work."""

    id: int
    user: User
    spec: WorkSpec
    title: str
    caption: str
    tags: tuple[str, ...]
    tools: tuple[str, ...]
    created: datetime
    uploaded: datetime
    """The upload time of the files: later than `created` if the user has replaced them."""
    size: tuple[int, int]
    """Width and height of the original."""
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
        return self.spec.type

    @property
    def page_count(self) -> int:
        return len(self.spec.extensions)

    @property
    def frame_names(self) -> list[str]:
        """Names of the frames in the zip of a ugoira; always JPEG, whatever the originals are."""
        return [f"{number:06}.jpg" for number in range(len(self.delays))]


def drawn_size(size: tuple[int, int]) -> tuple[int, int]:
    """The size of a work in a sandbox that draws scenes: enlarged by a whole number to at most 1,000 pixels."""
    factor = max(1, _DRAWN_SIDE // max(size))
    return size[0] * factor, size[1] * factor


def time_of(work_id: int) -> datetime:
    """The approximate time at which Pixiv assigns an ID."""
    return _KNOWN_DATE + timedelta(seconds=SECONDS_PER_ID * (work_id - _KNOWN_ID))


def id_at(moment: datetime) -> int:
    """The first ID that is assigned at this time or later."""
    return _KNOWN_ID + -(-int((moment - _KNOWN_DATE).total_seconds()) // SECONDS_PER_ID)


def generate_work(work_id: int, user: User, spec: WorkSpec, created: datetime | None = None) -> Work:
    """The same ID gives the same work on every machine; without `created`, its time is derived from the ID too."""
    rng = Random(f"work {work_id}")
    if created is None:
        created = time_of(work_id) + timedelta(seconds=rng.randrange(_SPREAD_SECONDS))
    views = rng.randrange(40, 200_000) + 3 * (spec.total_bookmarks or 0)
    return Work(
        id=work_id,
        user=user,
        spec=spec,
        title=rng.choice(MOODS) + rng.choice(PLACES) if spec.title is None else spec.title,
        caption=rng.choice(CAPTIONS) if spec.caption is None else spec.caption,
        tags=tuple(rng.sample(DRAWN_TAGS, rng.randrange(1, 7))) if spec.tags is None else spec.tags,
        tools=tuple(rng.sample(TOOLS, rng.choice((0, 0, 1, 2)))),
        created=created,
        uploaded=created + timedelta(hours=rng.choice((0,) * 8 + (13,)), seconds=rng.choice((0, 0, 0, 17))),
        size=_size(rng, spec),
        ai_type=ai_type(rng, created, spec),
        book_style=rng.choice((0,) * 20 + (1,)),
        sanity_level=6 if spec.x_restrict else rng.choice((2,) * 12 + (4,)),
        is_restricted_mode=rng.random() < 0.08,
        total_view=views,
        total_bookmarks=rng.randrange(views // 3) if spec.total_bookmarks is None else spec.total_bookmarks,
        total_comments=_total_comments(rng.choice((0, 0, 1, 2, 5, 41)), spec),
        delays=_delays(rng, spec),
    )


def _size(rng: Random, spec: WorkSpec) -> tuple[int, int]:
    size = (rng.randrange(40, 161), rng.randrange(40, 121)) if spec.size is None else spec.size
    rng.randrange(31)  # so that the values that are drawn after it stay as they are in the documentation
    return size


def _delays(rng: Random, spec: WorkSpec) -> tuple[int, ...]:
    if spec.type != "ugoira":
        return ()
    generated = tuple(rng.choice((30, 40, 60, 120)) for _ in range(rng.randrange(6, 13)))
    return generated if spec.delays is None else spec.delays


def _total_comments(generated: int, spec: WorkSpec) -> int:
    return generated if spec.comments is None else spec.comments + spec.replies


def ai_type(rng: Random, created: datetime, spec: WorkSpec | NovelSpec) -> int:
    """Whether AI made a work or a novel: 0 unknown, 1 no, 2 yes."""
    generated = rng.choice((1,) * 9 + (2,))
    if spec.ai_type is not None:
        return spec.ai_type
    return generated if created >= _AI_SWITCH else 0

"""A novel with its id, and how everything about it follows from that id."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from .novel_texts import (
    NEW_PAGE,
    EmbeddedWork,
    FilledText,
    draw_text,
    embedded_works,
    filled_text,
    uploaded_image_id,
)
from .users import NovelSketch, User
from .vocabulary import MOODS, NOVEL_CAPTIONS, NOVEL_TAGS, NOVEL_TITLES, READER_TAGS
from .works import JST, Work

# Novels have ids of their own, which grow with time: about one in 15 seconds between 2018 and 2026.
_KNOWN_ID = 26_500_000
_KNOWN_DATE = datetime(2026, 11, 19, 12, 0, tzinfo=JST)
_SECONDS_PER_ID = 15
# Less than lies between two novels of one user, so that their order stays that of their ids.
_SPREAD_SECONDS = 14_000
# Before this day nobody said whether a work was made by AI.
_AI_SWITCH = datetime(2022, 10, 31, tzinfo=JST)
_UPLOADED_IMAGES = 2


@dataclass(frozen=True, slots=True, eq=False)
class Novel:
    id: int
    user: User
    sketch: NovelSketch
    title: str
    caption: str
    tags: tuple[str, ...]
    reader_tags: tuple[str, ...]
    """Those that readers have added."""
    text: str
    works: tuple[EmbeddedWork, ...]
    image_ids: tuple[int, ...]
    """Of the images uploaded with the text."""
    created: datetime
    ai_type: int
    is_original: bool
    total_view: int
    total_bookmarks: int
    total_comments: int

    @property
    def page_count(self) -> int:
        return self.text.count(NEW_PAGE) + 1

    @property
    def is_open(self) -> bool:
        """Whether Pixiv shows more than a placeholder."""
        return self.sketch.limit is None


def draw_novel(novel_id: int, user: User, sketch: NovelSketch, works: list[Work]) -> Novel:
    """The same id gives the same novel, on every machine and in every run. `works` are the user's, newest first."""
    rng = Random(f"novel {novel_id}")
    since_known = _SECONDS_PER_ID * (novel_id - _KNOWN_ID) + rng.randrange(_SPREAD_SECONDS)
    created = _KNOWN_DATE + timedelta(seconds=since_known)
    views = rng.randrange(20, 50_000)
    total_comments = rng.choice((0, 0, 1, 2, 5, 41))
    text = _text(rng, novel_id, sketch, works)
    return Novel(
        id=novel_id,
        user=user,
        sketch=sketch,
        title=rng.choice(MOODS) + rng.choice(NOVEL_TITLES) if sketch.title is None else sketch.title,
        caption=rng.choice(NOVEL_CAPTIONS) if sketch.caption is None else sketch.caption,
        tags=tuple(rng.sample(NOVEL_TAGS, rng.randrange(1, 6))) if sketch.tags is None else sketch.tags,
        reader_tags=tuple(rng.sample(READER_TAGS, rng.choice((0, 0, 0, 1)))) if sketch.tags is None else (),
        text=text.text,
        works=text.works,
        image_ids=text.image_ids,
        created=created,
        ai_type=_ai_type(rng, created, sketch),
        is_original=rng.random() < 0.5,
        total_view=views,
        total_bookmarks=rng.randrange(views // 3),
        total_comments=total_comments if sketch.comments is None else sketch.comments + sketch.replies,
    )


def _text(rng: Random, novel_id: int, sketch: NovelSketch, works: list[Work]) -> FilledText:
    embedded = embedded_works(works) if sketch.embeds else []
    image_ids = tuple(uploaded_image_id(novel_id, digit) for digit in range(_UPLOADED_IMAGES if sketch.embeds else 0))
    drawn = draw_text(rng, embedded, image_ids)
    if sketch.text is None:
        return FilledText(drawn, tuple(embedded), image_ids)
    return filled_text(sketch.text, works, novel_id) if sketch.embeds else FilledText(sketch.text, (), ())


def _ai_type(rng: Random, created: datetime, sketch: NovelSketch) -> int:
    drawn = rng.choice((1,) * 9 + (2,))
    if sketch.ai_type is not None:
        return sketch.ai_type
    return drawn if created >= _AI_SWITCH else 0

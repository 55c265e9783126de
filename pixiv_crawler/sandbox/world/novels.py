"""A novel with its ID, from which everything else is derived."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from .novel_texts import (
    NEW_PAGE,
    EmbeddedWork,
    FilledText,
    embedded_works,
    filled_text,
    generate_text,
    uploaded_image_id,
)
from .users import NovelSpec, User
from .vocabulary import MOODS, NOVEL_CAPTIONS, NOVEL_TAGS, NOVEL_TITLES, READER_TAGS
from .works import JST, Work, ai_type

# Novels have their own IDs, which increase with time: about one in 15 seconds between 2018 and 2026.
_KNOWN_ID = 26_500_000
_KNOWN_DATE = datetime(2026, 11, 19, 12, 0, tzinfo=JST)
_SECONDS_PER_ID = 15
# Less than the time between two novels of a user, so that their order is that of their IDs.
_SPREAD_SECONDS = 14_000
_UPLOADED_IMAGES = 2


@dataclass(frozen=True, slots=True, eq=False)
class Novel:
    id: int
    user: User
    spec: NovelSpec
    title: str
    caption: str
    tags: tuple[str, ...]
    reader_tags: tuple[str, ...]
    """Tags added by readers."""
    text: str
    works: tuple[EmbeddedWork, ...]
    image_ids: tuple[int, ...]
    """IDs of the images uploaded with the text."""
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
        return self.spec.limit is None


def generate_novel(novel_id: int, user: User, spec: NovelSpec, works: list[Work]) -> Novel:
    """The same ID gives the same novel on every machine. `works` are the user's, newest first."""
    rng = Random(f"novel {novel_id}")
    since_known = _SECONDS_PER_ID * (novel_id - _KNOWN_ID) + rng.randrange(_SPREAD_SECONDS)
    created = _KNOWN_DATE + timedelta(seconds=since_known)
    views = rng.randrange(20, 50_000)
    total_comments = rng.choice((0, 0, 1, 2, 5, 41))
    text = _text(rng, novel_id, spec, works)
    return Novel(
        id=novel_id,
        user=user,
        spec=spec,
        title=rng.choice(MOODS) + rng.choice(NOVEL_TITLES) if spec.title is None else spec.title,
        caption=rng.choice(NOVEL_CAPTIONS) if spec.caption is None else spec.caption,
        tags=tuple(rng.sample(NOVEL_TAGS, rng.randrange(1, 6))) if spec.tags is None else spec.tags,
        reader_tags=tuple(rng.sample(READER_TAGS, rng.choice((0, 0, 0, 1)))) if spec.tags is None else (),
        text=text.text,
        works=text.works,
        image_ids=text.image_ids,
        created=created,
        ai_type=ai_type(rng, created, spec),
        is_original=rng.random() < 0.5,
        total_view=views,
        total_bookmarks=rng.randrange(views // 3),
        total_comments=total_comments if spec.comments is None else spec.comments + spec.replies,
    )


def _text(rng: Random, novel_id: int, spec: NovelSpec, works: list[Work]) -> FilledText:
    embedded = embedded_works(works) if spec.embeds else []
    image_ids = tuple(uploaded_image_id(novel_id, digit) for digit in range(_UPLOADED_IMAGES if spec.embeds else 0))
    generated = generate_text(rng, embedded, image_ids)
    if spec.text is None:
        return FilledText(generated, tuple(embedded), image_ids)
    return filled_text(spec.text, works, novel_id) if spec.embeds else FilledText(spec.text, (), ())

"""Users, and the specifications of their works and novels, which have no IDs yet."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Literal

Embeds = Literal["", "resolved", "unresolved"]
Content = Literal["", "animated", "cmyk", "deep", "png", "without_end", "bad_checksum", "one_pixel"]


class Standing(Enum):
    """Whether Pixiv shows a user."""

    PRESENT = "present"
    GONE = "gone"
    SUSPENDED = "suspended"


ON_WEBSITE = (None, "sanity_level", "unviewable")
"""The reasons for which the app withholds works that Pixiv's website shows; None: it does not withhold the work."""


@dataclass(frozen=True, slots=True)
class Series:
    id: int
    title: str


@dataclass(frozen=True, slots=True)
class WorkSpec:
    """The fixed properties of a work; those that are None are derived from its ID."""

    type: str = "illust"
    extensions: tuple[str, ...] = ("jpg",)
    """One per page."""
    title: str | None = None
    caption: str | None = None
    tags: tuple[str, ...] | None = None
    x_restrict: int = 0
    ai_type: int | None = None
    series: Series | None = None
    limit: str | None = None
    """Pixiv shows the placeholder `limit_<limit>_360.png` instead of the work."""
    is_hidden: bool = False
    """The app's listings leave the work out, although the profile counts it."""
    withdrawn: bool = False
    """The work occupies a position in paging but is in no response, so a listing may be shorter."""
    file_bytes: int = 0
    """Originals are padded to about this size; 0: not padded."""
    size: tuple[int, int] | None = None
    """Width and height of the originals."""
    content: Content = ""
    """The kind of the originals, if the extension alone does not define it: see `unusual_images`."""
    is_webp: bool = False
    """The variants large and square_medium are WebP, although their URLs end in .jpg."""
    delays: tuple[int, ...] | None = None
    """Milliseconds per frame of a ugoira."""
    has_large_zip: bool = True
    """Whether the zip of a ugoira with full-size frames exists too."""
    total_bookmarks: int | None = None
    comments: int | None = None
    """The number of comments that are not replies."""
    replies: int = 0
    """The number of replies to the newest comment, if `comments` is given."""


@dataclass(frozen=True, slots=True)
class NovelSeries:
    id: int
    title: str
    caption: str = ""
    is_concluded: bool = False


@dataclass(frozen=True, slots=True)
class NovelSpec:
    """The fixed properties of a novel; those that are None are derived from its ID."""

    title: str | None = None
    caption: str | None = None
    tags: tuple[str, ...] | None = None
    text: str | None = None
    """If it `embeds` images, the markup names works of the same user by title, uploaded images by a digit."""
    x_restrict: int = 0
    ai_type: int | None = None
    series: NovelSeries | None = None
    limit: str | None = None
    """Pixiv withholds the novel and shows `limit_<limit>_360.png` instead of its cover."""
    has_cover: bool = True
    """False: the cover is one of Pixiv's default covers."""
    embeds: Embeds = ""
    """The text embeds works of the same user and uploaded images; unresolved: the page lacks the data of the works."""
    comments: int | None = None
    """The number of comments that are not replies."""
    replies: int = 0
    """The number of replies to the newest comment, if `comments` is given."""


@dataclass(frozen=True, slots=True)
class User:
    """A user and the specifications of their works, oldest first."""

    id: int
    name: str
    account: str
    work_specs: Sequence[WorkSpec] = field(default=(), repr=False)
    standing: Standing = Standing.PRESENT
    comment: str = ""
    has_avatar: bool = True
    background: str = ""
    """Extension of the background image; "": there is none."""
    novels: Sequence[NovelSpec] = field(default=(), repr=False)
    """Oldest first, like `work_specs`."""

    @property
    def series(self) -> list[Series]:
        """The series of illusts and manga that Pixiv shows, newest first."""
        if self.standing is not Standing.PRESENT:
            return []
        return list(dict.fromkeys(spec.series for spec in reversed(self.work_specs) if spec.series is not None))


ACCOUNT = User(1001, "サンドボックスの人", "sandbox_account", has_avatar=False)
"""The user that every token belongs to."""

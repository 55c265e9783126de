"""Who lives on the simulated Pixiv, and what their works are before they have ids: users and sketches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Literal

Embeds = Literal["", "resolved", "unresolved"]
Content = Literal["", "animated", "cmyk", "deep", "png"]


class Standing(Enum):
    """Whether Pixiv still shows a user."""

    PRESENT = "present"
    GONE = "gone"
    SUSPENDED = "suspended"


@dataclass(frozen=True, slots=True)
class Series:
    id: int
    title: str


@dataclass(frozen=True, slots=True)
class Sketch:
    """What is fixed about a work beforehand; what is None is drawn by its id."""

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
    withdrawn: bool = False
    """The work takes its place in the paging, but is in no answer: so a listing may be short."""
    file_bytes: int = 0
    """Originals are padded to about this size; 0: as small as they come."""
    size: tuple[int, int] | None = None
    """Of the images that are really served."""
    scale: int | None = None
    """Pixiv's width and height are this many times the size served."""
    content: Content = ""
    """What the originals are, where that is not just what their extension says: see `odd_media`."""
    is_webp: bool = False
    """The large and the square flavour are WEBP, though their addresses end in .jpg."""
    delays: tuple[int, ...] | None = None
    """Milliseconds per frame of a ugoira."""
    has_large_zip: bool = True
    """Whether there is a zip of a ugoira with frames of full size too."""
    total_bookmarks: int | None = None
    comments: int | None = None
    """Comments that answer no other."""
    replies: int = 0
    """Answers to the newest comment, where `comments` is told."""


@dataclass(frozen=True, slots=True)
class NovelSeries:
    id: int
    title: str
    caption: str = ""
    is_concluded: bool = False


@dataclass(frozen=True, slots=True)
class NovelSketch:
    """What is fixed about a novel beforehand; what is None is drawn by its id."""

    title: str | None = None
    caption: str | None = None
    tags: tuple[str, ...] | None = None
    text: str | None = None
    """Where it `embeds`, its marks name works of the same user by title, and uploaded images by one digit."""
    x_restrict: int = 0
    ai_type: int | None = None
    series: NovelSeries | None = None
    limit: str | None = None
    """Pixiv withholds the novel and shows `limit_<limit>_360.png` in place of its cover."""
    has_cover: bool = True
    """Otherwise the cover is one of those that Pixiv gives to everybody."""
    embeds: Embeds = ""
    """The text shows works of the same user and uploaded images; unresolved: the works are named in the text alone."""
    comments: int | None = None
    """Comments that answer no other."""
    replies: int = 0
    """Answers to the newest comment, where `comments` is told."""


@dataclass(frozen=True, slots=True)
class User:
    """A user and the sketches of their works, oldest first."""

    id: int
    name: str
    account: str
    sketches: Sequence[Sketch] = field(default=(), repr=False)
    standing: Standing = Standing.PRESENT
    comment: str = ""
    has_avatar: bool = True
    background: str = ""
    """Extension of the picture behind the profile; "": there is none."""
    novels: Sequence[NovelSketch] = field(default=(), repr=False)
    """Oldest first, as the sketches."""


ACCOUNT = User(1001, "サンドボックスの人", "sandbox_account", has_avatar=False)
"""The user whom every token belongs to."""

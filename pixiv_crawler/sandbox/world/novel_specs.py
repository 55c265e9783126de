"""What a novel of the simulated Pixiv is before it has an id."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Embeds = Literal["", "resolved", "unresolved"]


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

"""Series of illusts and of novels."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from pixiv_crawler.items.parts import File, Source, User


@dataclass(slots=True, kw_only=True)
class CoverImageUrls:
    """Addresses of a series' cover."""

    medium: str
    """Cover at 782x410 pixels."""


@dataclass(slots=True, kw_only=True)
class IllustSeries:
    """A series of illustrations or manga (illust/series)."""

    kind: Literal["illust_series"] = "illust_series"
    """What this line is."""
    id: int
    """Pixiv's ID of the series."""
    title: str
    """Title."""
    caption: str
    """Description in plain text."""
    cover_image_urls: CoverImageUrls | None = None
    """Addresses of the cover; None when there is none."""
    series_work_count: int | None = None
    """Number of works."""
    create_date: str | None = None
    """When it was begun: ISO 8601 in Japan's time, +09:00."""
    width: int | None = None
    """Width of the cover in pixels."""
    height: int | None = None
    """Height of the cover in pixels."""
    user: User
    """The artist."""
    watchlist_added: bool | None = None
    """Whether the account that crawls watches it; None in older answers."""
    file_urls: list[str] = field(default_factory=list)
    """Address of the cover, if asked for."""
    files: list[File] = field(default_factory=list)
    """What became of each of `file_urls`."""
    fetched_at: str = ""
    """When Pixiv's answer arrived: ISO 8601 in UTC."""
    source: Source | None = None
    """The call that gave this line."""


@dataclass(slots=True, kw_only=True)
class NovelSeries:
    """A series of novels (novel/series)."""

    kind: Literal["novel_series"] = "novel_series"
    """What this line is."""
    id: int
    """Pixiv's ID of the series."""
    title: str
    """Title."""
    caption: str
    """Description in plain text."""
    is_original: bool | None = None
    """Whether the author calls it original."""
    is_concluded: bool | None = None
    """Whether the author calls it finished."""
    content_count: int | None = None
    """Number of novels."""
    total_character_count: int | None = None
    """Length of all texts in characters."""
    user: User
    """The author."""
    display_text: str | None = None
    """The description as the app shows it."""
    novel_ai_type: int | None = None
    """0 unknown, 1 not made by AI, 2 made by AI; None in older answers."""
    watchlist_added: bool | None = None
    """Whether the account that crawls watches it; None in older answers."""
    file_urls: list[str] = field(default_factory=list)
    """Address of the cover, if asked for."""
    files: list[File] = field(default_factory=list)
    """What became of each of `file_urls`."""
    fetched_at: str = ""
    """When Pixiv's answer arrived: ISO 8601 in UTC."""
    source: Source | None = None
    """The call that gave this line."""

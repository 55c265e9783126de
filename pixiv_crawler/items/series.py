"""Series of illusts and of novels."""

from dataclasses import dataclass, field
from typing import Literal

from pixiv_crawler.items.parts import File, Source, User


@dataclass(slots=True, kw_only=True)
class CoverImageUrls:
    """URLs of a series' cover."""

    medium: str
    """Cover at 782x410 pixels."""


@dataclass(slots=True, kw_only=True)
class IllustSeries:
    """A series of illustrations or manga (illust/series)."""

    kind: Literal["illust_series"] = "illust_series"
    """The kind of item."""
    id: int
    """ID of the series."""
    title: str
    """Title."""
    caption: str
    """Description in plain text."""
    cover_image_urls: CoverImageUrls | None = None
    """URLs of the cover; None if there is none."""
    series_work_count: int | None = None
    """Number of works."""
    create_date: str | None = None
    """Creation time, ISO 8601 with Japan's offset (+09:00)."""
    width: int | None = None
    """Width of the cover in pixels."""
    height: int | None = None
    """Height of the cover in pixels."""
    user: User
    """The artist."""
    watchlist_added: bool | None = None
    """Whether the crawling account watches it; None in older responses."""
    file_urls: list[str] = field(default_factory=list)
    """URL of the cover, if requested."""
    files: list[File] = field(default_factory=list)
    """The result for each of `file_urls`."""
    fetched_at: str = ""
    """Time of Pixiv's response, ISO 8601 in UTC."""
    source: Source | None = None
    """The API call that returned the item."""


@dataclass(slots=True, kw_only=True)
class NovelSeries:
    """A series of novels (novel/series)."""

    kind: Literal["novel_series"] = "novel_series"
    """The kind of item."""
    id: int
    """ID of the series."""
    title: str
    """Title."""
    caption: str
    """Description in plain text."""
    is_original: bool | None = None
    """Whether the author declares it original work."""
    is_concluded: bool | None = None
    """Whether the author has marked it as finished."""
    content_count: int | None = None
    """Number of novels."""
    total_character_count: int | None = None
    """Length of all texts in characters."""
    user: User
    """The author."""
    display_text: str | None = None
    """The description as displayed by the app."""
    novel_ai_type: int | None = None
    """0 unknown, 1 not AI-generated, 2 AI-generated; None in older responses."""
    watchlist_added: bool | None = None
    """Whether the crawling account watches it; None in older responses."""
    file_urls: list[str] = field(default_factory=list)
    """URL of the cover, if requested."""
    files: list[File] = field(default_factory=list)
    """The result for each of `file_urls`."""
    fetched_at: str = ""
    """Time of Pixiv's response, ISO 8601 in UTC."""
    source: Source | None = None
    """The API call that returned the item."""

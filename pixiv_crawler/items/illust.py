"""Illustrations, manga and animations."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from pixiv_crawler.items.parts import File, ImageUrls, JsonValue, Series, Source, Tag, User


@dataclass(slots=True, kw_only=True)
class MetaPage:
    """One page of a work with several pages."""

    image_urls: ImageUrls
    """The page's addresses, the original included."""


@dataclass(slots=True, kw_only=True)
class ZipUrls:
    """Addresses of the archive that holds an animation's frames."""

    medium: str
    """ZIP of the frames at up to 600x600 pixels."""


@dataclass(slots=True, kw_only=True)
class Frame:
    """One frame of an animation."""

    file: str
    """Name of the frame in the ZIP, such as `000000.jpg`."""
    delay: int
    """How long the frame is shown, in milliseconds."""


@dataclass(slots=True, kw_only=True)
class UgoiraMetadata:
    """What makes an animation of a ZIP of images (ugoira/metadata)."""

    zip_urls: ZipUrls
    """Addresses of the ZIP."""
    frames: list[Frame]
    """Frames in the order shown."""


@dataclass(slots=True, kw_only=True)
class Illust:
    """An illustration, a manga or an animation (user/illusts, illust/detail and every other illust listing)."""

    kind: Literal["illust"] = "illust"
    """What this line is."""
    id: int
    """Pixiv's ID of the work."""
    title: str
    """Title as the artist wrote it."""
    type: str
    """`illust`, `manga` or `ugoira` (an animation)."""
    image_urls: ImageUrls
    """Thumbnails of the first page."""
    caption: str
    """Description in HTML; Pixiv leaves it empty in some listings although the work has one."""
    restrict: int
    """Who may see it: 0 all, 1 mypixiv only, 2 the artist only."""
    user: User
    """The artist."""
    tags: list[Tag]
    """Tags in the artist's order, 0 to 10."""
    tools: list[str]
    """Tools the artist named."""
    create_date: str
    """When it was published: ISO 8601 in Japan's time, +09:00."""
    page_count: int
    """Number of images."""
    width: int
    """Width of the first page in pixels."""
    height: int
    """Height of the first page in pixels."""
    sanity_level: int
    """Pixiv's rating of strength: 2 all, 4 light, 6 strong; 0 is none, which only placeholders were seen to have."""
    x_restrict: int
    """0 all ages, 1 R-18, 2 R-18G."""
    series: Series | None = None
    """The series it belongs to; None for most works."""
    meta_single_page: dict[str, str] = field(default_factory=dict)
    """`{original_image_url}` for a work of one page, else empty."""
    meta_pages: list[MetaPage] = field(default_factory=list)
    """All pages of a work with several pages, else empty."""
    total_view: int | None = None
    """Views at `fetched_at`."""
    total_bookmarks: int | None = None
    """Bookmarks at `fetched_at`."""
    is_bookmarked: bool | None = None
    """Whether the account that crawls has bookmarked it."""
    visible: bool | None = None
    """False for a work that may not be shown; such works become `Unavailable` lines."""
    is_muted: bool | None = None
    """Whether the account that crawls has muted the artist or a tag."""
    total_comments: int | None = None
    """Comments at `fetched_at`; None in rankings, searches, feeds and bookmarks, which do not tell it."""
    illust_ai_type: int | None = None
    """0 unknown (before October 2022), 1 not made by AI, 2 made by AI; None in answers before that."""
    illust_book_style: int | None = None
    """0, or 1 for pages that turn from right to left; None in answers before late 2022."""
    comment_access_control: int | None = None
    """0 when all may comment; told in details only, else None."""
    restriction_attributes: list[str] | None = None
    """Labels such as `restricted_mode`; None when Pixiv names none."""
    seasonal_effect_animation_urls: JsonValue = None
    """Decoration of the app, as it came."""
    event_banners: JsonValue = None
    """Decoration of the app, as it came."""
    request: JsonValue = None
    """The commission behind the work, as it came; None when there is none."""
    ugoira_metadata: UgoiraMetadata | None = None
    """Frames and ZIP of an animation, asked for with its files (ugoira/metadata); None for other types."""
    file_urls: list[str] = field(default_factory=list)
    """Addresses of the files that were asked for, in page order."""
    files: list[File] = field(default_factory=list)
    """What became of each of `file_urls`, in the same order; behind an animation's ZIP, what was made of it."""
    fetched_at: str = ""
    """When Pixiv's answer arrived: ISO 8601 in UTC."""
    source: Source | None = None
    """The call that gave this line."""

"""Illustrations, manga and animations."""

from dataclasses import dataclass, field
from typing import Literal

from pixiv_crawler.items.parts import File, ImageUrls, JsonValue, Series, Source, Tag, User


@dataclass(slots=True, kw_only=True)
class MetaPage:
    """One page of a work with several pages."""

    image_urls: ImageUrls
    """URLs of the page, including the original."""


@dataclass(slots=True, kw_only=True)
class ZipUrls:
    """URLs of the archive with an animation's frames."""

    medium: str
    """ZIP of the frames, at most 600x600 pixels."""


@dataclass(slots=True, kw_only=True)
class Frame:
    """One frame of an animation."""

    file: str
    """Name of the frame in the ZIP, such as `000000.jpg`."""
    delay: int
    """Display time of the frame, in milliseconds."""


@dataclass(slots=True, kw_only=True)
class UgoiraMetadata:
    """Frames and frame delays of an animation (ugoira/metadata)."""

    zip_urls: ZipUrls
    """URLs of the ZIP."""
    frames: list[Frame]
    """Frames in display order."""


@dataclass(slots=True, kw_only=True)
class Illust:
    """An illustration, a manga or an animation (user/illusts, illust/detail and every other illust listing)."""

    kind: Literal["illust"] = "illust"
    """The kind of item."""
    id: int
    """ID of the work."""
    title: str
    """Title as the artist wrote it."""
    type: str
    """`illust`, `manga` or `ugoira` (an animation)."""
    image_urls: ImageUrls
    """Thumbnails of the first page."""
    caption: str
    """Description in HTML; empty in some listings even if the work has one."""
    restrict: int
    """Visibility: 0 public, 1 mypixiv only, 2 the artist only."""
    user: User
    """The artist."""
    tags: list[Tag]
    """Tags in the artist's order, 0 to 10."""
    tools: list[str] | None
    """Tools listed by the artist; None from the website, which does not name them."""
    create_date: str
    """Publication time, ISO 8601 with Japan's offset (+09:00)."""
    page_count: int
    """Number of images."""
    width: int
    """Width of the first page in pixels."""
    height: int
    """Height of the first page in pixels."""
    sanity_level: int
    """Pixiv's sanity level: 2 harmless, 4 moderate, 6 strong; 0 none, observed only for placeholders."""
    x_restrict: int
    """0 all ages, 1 R-18, 2 R-18G."""
    series: Series | None = None
    """The series that the work belongs to; None for most works."""
    meta_single_page: dict[str, str] = field(default_factory=dict)
    """`{original_image_url}` for a single-page work, otherwise empty."""
    meta_pages: list[MetaPage] = field(default_factory=list)
    """All pages of a multi-page work, otherwise empty."""
    total_view: int | None = None
    """Views at `fetched_at`."""
    total_bookmarks: int | None = None
    """Bookmarks at `fetched_at`."""
    is_bookmarked: bool | None = None
    """Whether the crawling account has bookmarked it."""
    visible: bool | None = None
    """False for a withheld work; such works are exported as `Unavailable`."""
    is_muted: bool | None = None
    """Whether the crawling account has muted the artist or a tag."""
    total_comments: int | None = None
    """Comments at `fetched_at`; None in rankings, searches, feeds and bookmarks, which omit it."""
    illust_ai_type: int | None = None
    """0 unknown (published before October 2022), 1 not AI-generated, 2 AI-generated; None in responses before October 2022."""
    illust_book_style: int | None = None
    """0, or 1 for pages in right-to-left order; None in responses before late 2022."""
    comment_access_control: int | None = None
    """0 if everyone may comment; None except in detail responses."""
    restriction_attributes: list[str] | None = None
    """Labels such as `restricted_mode`; None if there are none."""
    seasonal_effect_animation_urls: JsonValue = None
    """Decoration of the app, unchanged."""
    event_banners: JsonValue = None
    """Decoration of the app, unchanged."""
    request: JsonValue = None
    """The commission behind the work, unchanged; None if there is none."""
    ugoira_metadata: UgoiraMetadata | None = None
    """Frames and ZIP of an animation, requested together with its files (ugoira/metadata); None for other types."""
    file_urls: list[str] = field(default_factory=list)
    """URLs of the requested files, in page order."""
    files: list[File] = field(default_factory=list)
    """The result for each of `file_urls`, in the same order; an animation's ZIP is followed by the files generated from it."""
    fetched_at: str = ""
    """Time of Pixiv's response, ISO 8601 in UTC."""
    source: Source | None = None
    """The API call that returned the item."""

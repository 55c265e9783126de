"""Objects that are part of several kinds of items."""

from dataclasses import dataclass
from typing import Any, Literal

# A JSON value whose structure Pixiv changes without notice; exported unchanged.
JsonValue = Any


@dataclass(slots=True, kw_only=True)
class Source:
    """The API call that returned an item."""

    endpoint: str
    """Path of the call, such as `/v1/user/illusts`; for a work from the website, of the call that returned its placeholder."""
    params: dict[str, JsonValue]
    """Query parameters of that call; IDs and offsets are integers."""
    position: int
    """Position of the entry in the full listing, starting at 1; in a ranking, the rank."""
    api: Literal["app", "web"] = "app"
    """`web` for a work that the app withholds and Pixiv's website shows."""


@dataclass(slots=True, kw_only=True)
class Tag:
    """One tag of a work."""

    name: str
    """The tag as the artist wrote it, usually in Japanese."""
    translated_name: str | None = None
    """Translation into the requested language (`PIXIV_LANGUAGE`); None if Pixiv has none."""
    added_by_uploaded_user: bool | None = None
    """Whether the artist set the tag; None except for novels."""


@dataclass(slots=True, kw_only=True)
class ProfileImageUrls:
    """URLs of a user's avatar."""

    medium: str | None
    """Avatar, 170 pixels wide; Pixiv's default `no_profile.png` if the user has none; None from the website."""


@dataclass(slots=True, kw_only=True)
class User:
    """A user, as contained in works, comments and user/detail."""

    id: int
    """ID of the user; 0 for a user who no longer exists."""
    name: str
    """Display name; changes over time."""
    account: str
    """Account name (Pixiv ID); rarely changes; empty for novels from the website."""
    profile_image_urls: ProfileImageUrls
    """URLs of the avatar."""
    comment: str | None = None
    """Self-introduction in plain text; None except in user/detail."""
    is_followed: bool | None = None
    """Whether the crawling account follows the user; None in comments and some bookmark lists."""
    is_access_blocking_user: bool | None = None
    """Whether the crawling account blocks the user; None if the response does not say."""
    is_accept_request: bool | None = None
    """Whether the user accepts commissions; None in responses before 2026."""


@dataclass(slots=True, kw_only=True)
class ImageUrls:
    """URLs of the thumbnails of a work or page."""

    square_medium: str
    """Cropped square, 360 or 540 pixels wide."""
    medium: str
    """Longest side 540 pixels."""
    large: str
    """At most 600 pixels wide, 1200 high."""
    original: str | None = None
    """The original file; None except for the pages of multi-page works."""


@dataclass(slots=True, kw_only=True)
class Series:
    """The series that a work belongs to."""

    id: int
    """ID of the series."""
    title: str
    """Title of the series."""


@dataclass(slots=True, kw_only=True)
class File:
    """The result of one file of an item."""

    url: str
    """The requested URL; for a generated file, the URL of its source."""
    path: str
    """Path relative to `data/files`, with `/` as separator."""
    sha256: str | None
    """SHA-256 of the content, in hexadecimal; None if failed."""
    size: int | None
    """Size in bytes; None if failed."""
    status: Literal["downloaded", "kept", "damaged", "failed"]
    """downloaded: by this run; kept: a complete file already existed; damaged: a file, by this run or an earlier one,
    that Pixiv itself has only in this condition, see `error`; failed: there is no file, see `error`."""
    error: str | None = None
    """Why it failed, or what is damaged, in one sentence; None otherwise."""
    size_name: str = "original"
    """Pixiv's size: `original`, `large`, `medium` or `square_medium`; for an animation's ZIP, the size of its frames,
    `1920x1080` or `600x600`. It is smaller than requested if the larger sizes were not available. For a generated
    file, the format, such as `webp` or `epub`."""
    content_type: str | None = None
    """Media type detected from the content, such as `image/png`; None if failed."""

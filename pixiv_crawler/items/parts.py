"""What items of several kinds are made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

# A JSON value whose inside Pixiv changes without notice; exported as it came.
JsonValue = Any


@dataclass(slots=True, kw_only=True)
class Source:
    """The call that gave a line."""

    endpoint: str
    """Path of the App API call, such as `/v1/user/illusts`."""
    params: dict[str, JsonValue]
    """Query parameters of that call; IDs and offsets are integers."""
    position: int
    """Place of the entry in the whole listing, from 1; in a ranking that is the rank."""


@dataclass(slots=True, kw_only=True)
class Tag:
    """One tag of a work."""

    name: str
    """The tag as the artist wrote it, mostly Japanese."""
    translated_name: str | None = None
    """Its translation into the language asked for (`PIXIV_LANGUAGE`); None when Pixiv has none."""
    added_by_uploaded_user: bool | None = None
    """Whether the artist set the tag; told for novels only, else None."""


@dataclass(slots=True, kw_only=True)
class ProfileImageUrls:
    """Addresses of a user's avatar."""

    medium: str
    """Avatar, 170 pixels wide; the static `no_profile.png` when the user has none."""


@dataclass(slots=True, kw_only=True)
class User:
    """A user as works, comments and user/detail show them."""

    id: int
    """Pixiv's ID of the user; 0 stands for a user who is gone."""
    name: str
    """Display name; changes over time."""
    account: str
    """Account name (Pixiv ID); changes seldom."""
    profile_image_urls: ProfileImageUrls
    """Addresses of the avatar."""
    comment: str | None = None
    """Self-introduction in plain text; None everywhere but in user/detail."""
    is_followed: bool | None = None
    """Whether the account that crawls follows the user; None in comments and some bookmark lists."""
    is_access_blocking_user: bool | None = None
    """Whether the user is blocked by the account that crawls; None where not told."""
    is_accept_request: bool | None = None
    """Whether the user takes commissions; None in answers before 2026."""


@dataclass(slots=True, kw_only=True)
class ImageUrls:
    """Addresses of the thumbnails of a work or of one page."""

    square_medium: str
    """Cropped square, 360 or 540 pixels wide."""
    medium: str
    """Longest side 540 pixels."""
    large: str
    """At most 600 pixels wide, 1200 high."""
    original: str | None = None
    """The original file; told for the pages of works with several pages, else None."""


@dataclass(slots=True, kw_only=True)
class Series:
    """The series that a work belongs to."""

    id: int
    """Pixiv's ID of the series."""
    title: str
    """Title of the series."""


@dataclass(slots=True, kw_only=True)
class File:
    """What became of one file that belongs to a line."""

    url: str
    """The address asked for; of what was made, the address of what it was made of."""
    path: str
    """Where it lies below `data/files`, with `/` between the parts."""
    sha256: str | None
    """SHA-256 of the content, in hexadecimal; None when failed."""
    size: int | None
    """Bytes on disk; None when failed."""
    status: Literal["downloaded", "kept", "failed"]
    """downloaded: by this run; kept: was there, whole; failed: not there, see `error`."""
    error: str | None = None
    """Why it failed, in one sentence; None unless failed."""
    size_name: str = "original"
    """Which of Pixiv's sizes it is: `original`, `large`, `medium`, `square_medium`; of an animation's ZIP the size of
    its frames, `1920x1080` or `600x600`. A smaller one than asked for is there because the larger were not to be had.
    What was made of Pixiv's files has its format in place of a size, such as `webp` or `epub`."""
    content_type: str | None = None
    """What it is by its content, whatever its address says, such as `image/png`; None when failed."""

"""The values that spider arguments can take and that Pixiv does not define."""

from __future__ import annotations

from enum import StrEnum


class UgoiraFormat(StrEnum):
    """As what to download animations."""

    ZIP = "zip"
    FRAMES = "frames"
    """The images of which Pixiv made the ZIP."""
    WEBP = "webp"
    APNG = "apng"
    GIF = "gif"
    MP4 = "mp4"
    WEBM = "webm"


class NovelFormat(StrEnum):
    """As what file to write novels."""

    TXT = "txt"
    HTML = "html"
    EPUB = "epub"


class Extra(StrEnum):
    """Images beside the works."""

    AVATAR = "avatar"
    BACKGROUND = "background"
    """The picture behind a user's profile."""
    COVER = "cover"
    """Of novels, and of series."""


class UserExtra(StrEnum):
    """Images beside the lines of users."""

    AVATAR = "avatar"
    BACKGROUND = "background"


class Sidecar(StrEnum):
    """As what to write the metadata of a file beside it."""

    JSON = "json"
    XMP = "xmp"


class FileSize(StrEnum):
    """The size of images to download, in Pixiv's words."""

    ORIGINAL = "original"
    LARGE = "large"
    MEDIUM = "medium"
    SQUARE_MEDIUM = "square_medium"
    NONE = "none"


class AiFilter(StrEnum):
    """What a work's AI type may be."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"

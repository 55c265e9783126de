"""Values that Pixiv's App API gives or takes, each spelled once."""

from __future__ import annotations

from enum import StrEnum


class WorkType(StrEnum):
    """The `type` of a work."""

    ILLUST = "illust"
    MANGA = "manga"
    UGOIRA = "ugoira"


class UnavailableReason(StrEnum):
    """Why Pixiv withholds a work or a user."""

    DELETED = "deleted"
    PRIVATE = "private"
    MYPIXIV = "mypixiv"
    SANITY_LEVEL = "sanity_level"
    R18_HIDDEN = "r18_hidden"
    USER_GONE = "user_gone"
    UNKNOWN = "unknown"


class FileSize(StrEnum):
    """The size of images to download, in Pixiv's words."""

    ORIGINAL = "original"
    LARGE = "large"
    MEDIUM = "medium"
    SQUARE_MEDIUM = "square_medium"
    NONE = "none"

"""Values of spider arguments and settings that are not defined by Pixiv."""

from enum import StrEnum


class UgoiraFormat(StrEnum):
    """The format of animations."""

    ZIP = "zip"
    FRAMES = "frames"
    """The original images from which Pixiv generated the ZIP."""
    WEBP = "webp"
    APNG = "apng"
    GIF = "gif"
    MP4 = "mp4"
    WEBM = "webm"


class NovelFormat(StrEnum):
    """The format of novels."""

    TXT = "txt"
    HTML = "html"
    EPUB = "epub"


class Extra(StrEnum):
    """Additional images of works."""

    AVATAR = "avatar"
    BACKGROUND = "background"
    """The background image of a user's profile."""
    COVER = "cover"
    """Of novels, and of series."""


class UserExtra(StrEnum):
    """Additional images of users."""

    AVATAR = "avatar"
    BACKGROUND = "background"


class Sidecar(StrEnum):
    """The format of sidecar files, which contain the metadata of a file."""

    JSON = "json"
    XMP = "xmp"


class FileMove(StrEnum):
    """How a known file gets a new path (setting PIXIV_FILE_MOVE)."""

    MOVE = "move"
    LINK = "link"
    """Under both paths, as hard links."""


class WebUse(StrEnum):
    """When Pixiv's website is used (setting PIXIV_WEB)."""

    AUTO = "auto"
    """For works that the app hides."""
    OFF = "off"
    ALWAYS = "always"
    """Also to compare the list of each user, if nothing seems to be missing."""


class FileSize(StrEnum):
    """The size of the images to download, named as in the API."""

    ORIGINAL = "original"
    LARGE = "large"
    MEDIUM = "medium"
    SQUARE_MEDIUM = "square_medium"
    NONE = "none"


class Ratio(StrEnum):
    """The shape of the first page of a work."""

    LANDSCAPE = "landscape"
    PORTRAIT = "portrait"
    SQUARE = "square"


class AiFilter(StrEnum):
    """The accepted AI types of works."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"

"""The types of images that every HTML and EPUB reader displays."""

from __future__ import annotations

from pathlib import Path

from pixiv_crawler.media import MediaKind, kind_of

MEDIA_TYPES = {
    MediaKind.JPEG: "image/jpeg",
    MediaKind.PNG: "image/png",
    MediaKind.GIF: "image/gif",
    MediaKind.WEBP: "image/webp",
}
EXTENSIONS = {MediaKind.JPEG: "jpg", MediaKind.PNG: "png", MediaKind.GIF: "gif", MediaKind.WEBP: "webp"}

_HEAD_BYTES = 12


def image_kind(path: Path) -> MediaKind | None:
    """The type of an image file, detected from its content; None if it is not an image or does not exist."""
    try:
        with path.open("rb") as file:
            kind = kind_of(file.read(_HEAD_BYTES))
    except FileNotFoundError:
        return None
    return kind if kind in MEDIA_TYPES else None

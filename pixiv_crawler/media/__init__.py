"""Verifies that an image or archive is complete, in little memory regardless of the file.

The structure of every file is followed to its end, and everything that the format allows is verified: the checksums of
a PNG and of a ZIP's members, which are unpacked in chunks; for a JPEG, GIF or WebP, whether Pillow can decode it (a
JPEG at an eighth of its size, which reads all its data). A changed byte within the pixel data of a JPEG or WebP is not
detected. For a file whose decoding would need more than `decoding.MOST_BYTES` of memory, only the structure is
verified.
"""

from enum import StrEnum
from pathlib import Path

from pixiv_crawler.layout.regular_files import regular_only

HEAD_BYTES = 12
"""How much of a file `kind_of` needs."""
_BUFFER_BYTES = 64 * 1024


class MediaKind(StrEnum):
    """The types of Pixiv's files: images, and the ZIP of an animation's frames."""

    JPEG = "JPEG"
    PNG = "PNG"
    GIF = "GIF"
    WEBP = "WEBP"
    ZIP = "ZIP"

    @property
    def content_type(self) -> str:
        """The media type."""
        return "application/zip" if self is MediaKind.ZIP else f"image/{self.lower()}"

    @property
    def ext(self) -> str:
        """The extension of such files on Pixiv, with its dot."""
        return ".jpg" if self is MediaKind.JPEG else f".{self.lower()}"


def kind_of(head: bytes) -> MediaKind | None:
    """The type of a file, detected from its first `HEAD_BYTES`; None if it is another type."""
    if head.startswith(b"\xff\xd8\xff"):
        return MediaKind.JPEG
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return MediaKind.PNG
    if head.startswith((b"GIF87a", b"GIF89a")):
        return MediaKind.GIF
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return MediaKind.WEBP
    return MediaKind.ZIP if head.startswith((b"PK\3\4", b"PK\5\6")) else None


def problem_of(path: Path, pixels: tuple[int, int] | None = None) -> str | None:
    """What is wrong with a file, as a predicate ("is empty"); None if it is valid.

    `pixels`: the width and height that the image must have; None if they are unknown.

    Raises:
        OSError: the file does not exist or cannot be read; no content raises anything else.
    """
    # Pillow: a crawl that downloads no file never imports it.
    from pixiv_crawler.media.checks import CHECKS
    from pixiv_crawler.media.decoding import size_problem

    with open(path, "rb", buffering=_BUFFER_BYTES, opener=regular_only) as file:
        head = file.read(HEAD_BYTES)
        if not head:
            return "is empty"
        if (kind := kind_of(head)) is None:
            return "is not an image"
        return CHECKS[kind](file) or (size_problem(file, kind, pixels) if pixels else None)


def kind_of_file(path: Path) -> MediaKind | None:
    """The type of a file, detected from its content.

    Raises:
        OSError: the file is not there or cannot be read.
    """
    with open(path, "rb", buffering=0, opener=regular_only) as file:
        return kind_of(file.read(HEAD_BYTES))

"""The check of each type of file."""

from collections.abc import Callable
from typing import BinaryIO

from pixiv_crawler.media import MediaKind
from pixiv_crawler.media.archive import zip_problem
from pixiv_crawler.media.gif import gif_problem
from pixiv_crawler.media.jpeg import jpeg_problem
from pixiv_crawler.media.png import png_problem
from pixiv_crawler.media.webp import webp_problem

CHECKS: dict[MediaKind, Callable[[BinaryIO], str | None]] = {
    MediaKind.JPEG: jpeg_problem,
    MediaKind.PNG: png_problem,
    MediaKind.GIF: gif_problem,
    MediaKind.WEBP: webp_problem,
    MediaKind.ZIP: zip_problem,
}
"""What is wrong with an open file of the type, as a predicate; None if it is valid."""

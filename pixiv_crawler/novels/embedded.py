"""The images in the text of a novel, and their URLs."""

import re
from dataclasses import dataclass
from pathlib import Path

from pixiv_crawler.api.image_urls import illust_page_url
from pixiv_crawler.items import JsonValue, Novel
from pixiv_crawler.media import MediaKind, kind_of_file
from pixiv_crawler.novels.markup import Picture, clean, is_url, parse


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbeddedImage:
    """An image in the text of a novel, regardless of how often it occurs."""

    key: str
    """The tag without its brackets, `uploadedimage:ID` or `pixivimage:ID-N`. IDs are unique, so one mapping from keys
    to files can be used for several novels."""
    url: str | None
    """URL of the largest file in the reader page; None if there is none."""
    page_url: str | None
    """The page of the work that the image is from; None for an image uploaded with the text."""
    title: str
    """Title of that work; empty if unknown."""


def embedded_images(novel: Novel) -> list[EmbeddedImage]:
    """The images of a text, in order."""
    pictures = (block for page in parse(novel.text or "") for block in page.blocks if isinstance(block, Picture))
    return [embedded_image(novel, key) for key in dict.fromkeys(picture.key for picture in pictures)]


def embedded_image(novel: Novel, key: str) -> EmbeddedImage:
    """The image with that key."""
    kind, _, name = key.partition(":")
    if kind == "uploadedimage":
        urls = _member(_member(novel.webview and novel.webview.images, name), "urls")
        return EmbeddedImage(key=key, url=_largest(urls), page_url=None, title="")
    illust_id, _, page = name.partition("-")
    entry = _illust_entry(novel.webview and novel.webview.illusts, name)
    illust = _member(entry, "illust")
    # The URL of a withheld work is that of a placeholder.
    images = _member(illust, "images") if _member(entry, "visible") is not False else None
    urls = [_member(images, size) for size in ("original", "large", "medium", "small")]
    return EmbeddedImage(
        key=key,
        url=next((url for url in urls if is_url(url)), None),
        page_url=illust_page_url(illust_id) + (f"#{page}" if page.strip("01") else ""),
        title=clean(title).strip() if isinstance(title := _member(illust, "title"), str) else "",
    )


def image_kind(path: Path) -> MediaKind | None:
    """The type of an image file, detected from its content; None if it is not an image or does not exist."""
    try:
        kind = kind_of_file(path)
    except FileNotFoundError:
        return None
    return None if kind is MediaKind.ZIP else kind


def _illust_entry(illusts: JsonValue, name: str) -> JsonValue:
    """The key of the first page may omit its number."""
    illust_id, _, page = name.partition("-")
    other = {"": f"{illust_id}-1", "1": illust_id}.get(page)
    return _member(illusts, name) or _member(illusts, other)


def _largest(urls: JsonValue) -> str | None:
    """The URL at the key `original`, otherwise at the key with the largest width, such as `480mw`."""
    named = [(name, url) for name, url in urls.items() if is_url(url)] if isinstance(urls, dict) else []
    return max(named, key=lambda pair: _width(pair[0]))[1] if named else None


def _width(name: str) -> float:
    if name == "original":
        return float("inf")
    digits = re.match("[0-9]{1,9}", name)
    return int(digits[0]) if digits else 0


def _member(value: JsonValue, name: str | None) -> JsonValue:
    """None for a list: PHP encodes an empty map as a list."""
    return value.get(name) if isinstance(value, dict) else None

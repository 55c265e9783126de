"""An Atom feed of the newest works, feed.xml, with thumbnails as enclosures, for feed readers and bots.

Serve the folder with any web server; pass its URL as `base_url` for readers that do not resolve relative URLs.
"""

import hashlib
import heapq
import io
import zipfile
from datetime import datetime
from functools import partial
from html import escape
from pathlib import Path
from typing import Annotated
from uuid import NAMESPACE_URL, uuid5
from xml.etree import ElementTree as ET

from pydantic import AfterValidator, Field

from pixiv_crawler.api.image_urls import illust_page_url, novel_page_url, user_page_url
from pixiv_crawler.argument_types import PositiveNumber, Word
from pixiv_crawler.console.program import PROGRAM
from pixiv_crawler.exceptions import FileError
from pixiv_crawler.items import Illust, Work
from pixiv_crawler.media.decoding import UNREADABLE, decoding_lock
from pixiv_crawler.media.thumbnail import ThumbnailError, thumbnail_of
from pixiv_crawler.novels.markup import clean, is_url
from pixiv_crawler.novels.metadata import plain_caption
from pixiv_crawler.outputs.export.arguments import ExportArgs
from pixiv_crawler.outputs.export.selection import Needs, SelectedWork, Selection, StoredFile
from pixiv_crawler.outputs.export.target import Target

TYPES = ("illust", "manga", "ugoira", "novel")
_ATOM = "http://www.w3.org/2005/Atom"
_FEED = "feed.xml"
_PIXELS = 600
_IMAGES = (".jpg", ".jpeg", ".png", ".gif", ".webp")
_NO_TIME = "1970-01-01T00:00:00+00:00"


def _folder_url(text: str) -> str:
    if not is_url(text):
        raise ValueError(f"{text!r} is not a URL: pass that of the folder, such as https://example.org/pixiv/")
    return text.rstrip("/") + "/"


class Args(ExportArgs):
    """The arguments of this format."""

    max_works: PositiveNumber = Field(50, description="The number of works in the feed.")
    base_url: Annotated[Word, AfterValidator(_folder_url)] | None = Field(
        None, description="The URL at which the folder is served, for absolute URLs; default: relative ones."
    )


def export(selection: Selection, target: Target, args: Args) -> None:
    """Writes the thumbnails, then the feed."""
    works = heapq.nlargest(
        args.max_works,
        selection.of_types(TYPES, Needs.NOTHING),
        key=lambda selected: (selected.work.create_date, selected.work.id),
    )
    base = args.base_url or ""
    feed = ET.Element("feed", {"xmlns": _ATOM})
    _add(feed, "id", base + _FEED if base else f"urn:uuid:{uuid5(NAMESPACE_URL, target.folder.as_uri())}")
    _add(feed, "title", "Pixiv")
    _add(feed, "updated", max((_updated(one.work) for one in works), default=_NO_TIME, key=datetime.fromisoformat))
    _add(feed, "generator", "pixiv_crawler")
    if base:
        _add(feed, "link", rel="self", type="application/atom+xml", href=base + _FEED)
    for selected in works:
        thumbnail = _put_thumbnail(target, selected)
        _add_entry(feed, selected.work, thumbnail, base)
    ET.indent(feed)
    target.put_bytes(_FEED, ET.tostring(feed, "utf-8", xml_declaration=True) + b"\n")


def _add_entry(feed: ET.Element, work: Work, thumbnail: Path | None, base: str) -> None:
    url = illust_page_url(work.id) if isinstance(work, Illust) else novel_page_url(work.id)
    caption = plain_caption(work.caption)
    entry = ET.SubElement(feed, "entry")
    _add(entry, "id", f"tag:www.pixiv.net,2007:{work.kind}/{work.id}")
    _add(entry, "title", work.title)
    _add(entry, "updated", _updated(work))
    _add(entry, "published", _updated(work))
    _add(entry, "link", rel="alternate", type="text/html", href=url)
    author = ET.SubElement(entry, "author")
    _add(author, "name", work.user.name or work.user.account)
    _add(author, "uri", user_page_url(work.user.id))
    for tag in work.tags:
        _add(entry, "category", term=tag.name, label=tag.translated_name or tag.name)
    content = "".join(f"<p>{escape(line)}</p>" for line in caption.splitlines())
    if thumbnail:
        href = f"{base}thumbnails/{thumbnail.name}"
        _add(entry, "link", rel="enclosure", type="image/jpeg", length=str(thumbnail.stat().st_size), href=href)
        content = f'<p><a href="{url}"><img src="{escape(href)}" alt=""/></a></p>{content}'
    _add(entry, "content", content, type="html")


def _add(parent: ET.Element, name: str, text: str = "", **attributes: str) -> None:
    element = ET.SubElement(parent, name, {key: clean(value) for key, value in attributes.items()})
    element.text = clean(text) or None


def _updated(work: Work) -> str:
    """The time of publication; that of Pixiv's response if it is not valid."""
    for text in (work.create_date, work.fetched_at):
        try:
            if (time := datetime.fromisoformat(text)).tzinfo:
                return time.isoformat()
        except ValueError:
            continue
    return _NO_TIME


def _put_thumbnail(target: Target, selected: SelectedWork) -> Path | None:
    """Exports the thumbnail of a work; None if there is no image."""
    images = [page.file for page in selected.pages]
    others = [file for file in selected.files if file.ext in _IMAGES]
    source = next((file for file in (*images, selected.animation, selected.archive, *others) if file), None)
    if source is None:
        return None
    path = f"thumbnails/{selected.work.kind}-{selected.work.id}.jpg"
    digest = hashlib.sha256(f"{source.record.sha256} {_PIXELS}".encode()).hexdigest()
    target.put(path, digest, partial(_write_thumbnail, source))
    return target.folder / path if (target.folder / path).is_file() else None


def _write_thumbnail(source: StoredFile, part: Path) -> None:
    """Writes a thumbnail of an image, or of the first frame of an animation.

    Raises:
        FileError: it cannot be generated.
    """
    try:
        with decoding_lock():
            content = thumbnail_of(_first_frame(source.path) if source.ext == ".zip" else source.path, _PIXELS, ".jpg")
    except (ThumbnailError, zipfile.BadZipFile, *UNREADABLE) as error:
        raise FileError(
            f"{source.record.path} cannot be read ({error.__cause__ or error}); run: {PROGRAM} verify --read all --fetch"
        ) from error
    part.write_bytes(content)


def _first_frame(path: Path) -> io.BytesIO:
    with zipfile.ZipFile(path) as archive:
        return io.BytesIO(archive.read(min(archive.namelist())))

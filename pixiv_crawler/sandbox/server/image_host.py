"""Pixiv's image hosts: who may have a file, and how it is handed over."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import format_datetime
from urllib.parse import urlsplit
from zlib import crc32

from ..media import variants
from ..media.files import STATIC_ROOT, find_file
from ..media.images import CONTENT_TYPES
from ..messages import HTML_TYPE, Answer, Call
from ..world.works import JST
from ..world.world import World
from .samples import Samples

_UPLOAD = re.compile(r"/img/(\d{4}/\d\d/\d\d/\d\d/\d\d/\d\d)/")
_RANGE = re.compile(r"bytes=(\d+)-(\d*)")
# The files of the static host carry no date in their path.
_STATIC_DATE = datetime(2015, 4, 1, tzinfo=UTC)


def file_answer(world: World, samples: Samples, call: Call) -> Answer:
    if call.method not in ("GET", "HEAD"):
        return _page(405, "Method Not Allowed")
    if not call.path.startswith(STATIC_ROOT) and not _comes_from_pixiv(call):
        return _page(403, "Forbidden")
    body = samples.files.find(call.path) or find_file(world, call.path)
    return _page(404, "Not Found") if body is None else _ranged(call, body)


def _comes_from_pixiv(call: Call) -> bool:
    host = urlsplit(call.headers.get("referer", "")).hostname or ""
    return host == "pixiv.net" or host.endswith(".pixiv.net")


def _ranged(call: Call, body: bytes) -> Answer:
    plain, flavour = variants.split(call.path)
    content_type = CONTENT_TYPES[flavour.extension(plain)]
    etag = f'"{crc32(body):08x}-{len(body):x}"'
    headers = {"Last-Modified": _last_modified(call.path), "ETag": etag, "Accept-Ranges": "bytes"}
    asked = _RANGE.fullmatch(call.headers.get("range", ""))
    if asked is None or call.headers.get("if-range", etag) not in (etag, headers["Last-Modified"]):
        return Answer(200, body, content_type, headers)
    start, last = int(asked[1]), min(int(asked[2] or len(body)), len(body) - 1)
    if start > last:
        return Answer(416, b"", content_type, headers | {"Content-Range": f"bytes */{len(body)}"})
    headers["Content-Range"] = f"bytes {start}-{last}/{len(body)}"
    return Answer(206, body[start : last + 1], content_type, headers)


def _last_modified(path: str) -> str:
    """The time of the upload, which the path tells in Japanese time."""
    found = _UPLOAD.search(path)
    if found is None:
        return format_datetime(_STATIC_DATE, usegmt=True)
    uploaded = datetime.strptime(found[1], "%Y/%m/%d/%H/%M/%S").replace(tzinfo=JST)
    return format_datetime(uploaded.astimezone(UTC), usegmt=True)


def _page(status: int, title: str) -> Answer:
    return Answer(status, f"<!DOCTYPE html><title>{status} {title}</title>".encode(), HTML_TYPE)

"""Pixiv's image hosts: access checks, ranges and headers."""

import re
from datetime import UTC, datetime
from email.utils import format_datetime
from urllib.parse import urlsplit
from zlib import crc32

from ..media import variants
from ..media.files import STATIC_ROOT, find_file
from ..media.images import CONTENT_TYPES
from ..messages import HTML_TYPE, Request, Response
from ..world.works import JST
from ..world.world import World
from .samples import Samples

_UPLOAD = re.compile(r"/img/(\d{4}/\d\d/\d\d/\d\d/\d\d/\d\d)/")
_RANGE = re.compile(r"bytes=(\d+)-(\d*)")
# Paths of the static host contain no date.
_STATIC_DATE = datetime(2015, 4, 1, tzinfo=UTC)


def file_response(world: World, samples: Samples, request: Request) -> Response:
    if request.method not in ("GET", "HEAD"):
        return _page(405, "Method Not Allowed")
    if not request.path.startswith(STATIC_ROOT) and not _comes_from_pixiv(request):
        return _page(403, "Forbidden")
    body = samples.files.find(request.path) or find_file(world, request.path)
    return _page(404, "Not Found") if body is None else _ranged(request, body)


def _comes_from_pixiv(request: Request) -> bool:
    host = urlsplit(request.headers.get("referer", "")).hostname or ""
    return host == "pixiv.net" or host.endswith(".pixiv.net")


def _ranged(request: Request, body: bytes) -> Response:
    plain, variant = variants.split(request.path)
    content_type = CONTENT_TYPES[variant.extension(plain)]
    etag = f'"{crc32(body):08x}-{len(body):x}"'
    headers = {"Last-Modified": _last_modified(request.path), "ETag": etag, "Accept-Ranges": "bytes"}
    requested = _RANGE.fullmatch(request.headers.get("range", ""))
    if requested is None or request.headers.get("if-range", etag) not in (etag, headers["Last-Modified"]):
        return Response(200, body, content_type, headers)
    start, last = int(requested[1]), min(int(requested[2] or len(body)), len(body) - 1)
    if start > last:
        return Response(416, b"", content_type, headers | {"Content-Range": f"bytes */{len(body)}"})
    headers["Content-Range"] = f"bytes {start}-{last}/{len(body)}"
    return Response(206, body[start : last + 1], content_type, headers)


def _last_modified(path: str) -> str:
    """The upload time, which is part of the path, in Japanese time."""
    found = _UPLOAD.search(path)
    if found is None:
        return format_datetime(_STATIC_DATE, usegmt=True)
    uploaded = datetime.strptime(found[1], "%Y/%m/%d/%H/%M/%S").replace(tzinfo=JST)
    return format_datetime(uploaded.astimezone(UTC), usegmt=True)


def _page(status: int, title: str) -> Response:
    return Response(status, f"<!DOCTYPE html><title>{status} {title}</title>".encode(), HTML_TYPE)

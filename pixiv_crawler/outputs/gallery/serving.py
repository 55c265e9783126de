"""Serves the page and the files of works, and nothing else, to browsers that know its token."""

import os
import re
import secrets
import socket
import sys
from email.utils import formatdate, parsedate_to_datetime
from functools import partial
from http import HTTPStatus
from http.cookies import CookieError, SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import parse_qs, unquote, urlsplit

from pixiv_crawler.exceptions import SettingError, os_problem
from pixiv_crawler.layout.regular_files import regular_only
from pixiv_crawler.outputs.gallery.page import is_page_file

LOOPBACK = "127.0.0.1"
# A browser remembers the layout of the reader and the place in each work by host and port; no service has this number.
DEFAULT_PORT = 8749
_EVERYWHERE = ("0.0.0.0", "::", "")  # noqa: S104 - compared, not bound
_TYPES = {
    ".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8",
    ".webp": "image/webp", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".png": "image/png", ".apng": "image/apng",
    ".gif": "image/gif", ".mp4": "video/mp4", ".webm": "video/webm", ".txt": "text/plain; charset=utf-8",
    ".epub": "application/epub+zip", ".zip": "application/zip",
}  # fmt: skip
_RANGE = re.compile(r"bytes=([0-9]+)-([0-9]*)")
# Python does not convert numbers of thousands of digits; files are smaller than this.
_MOST_DIGITS = 18
# The folder of files may contain novels as HTML, which must not act in the name of the page.
_FILE_POLICY = "sandbox; default-src 'none'; img-src 'self'; media-src 'self'; style-src 'unsafe-inline'"


class GalleryServer(ThreadingHTTPServer):
    """Listens as soon as it is created; `serve_forever` answers.

    Raises:
        SettingError: the host is not an address of this computer, or the port is in use.
    """

    daemon_threads = True

    def __init__(self, gallery: Path, files: Path, host: str = LOOPBACK, port: int = 0) -> None:
        self.token = secrets.token_urlsafe()
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._host = host
        try:
            super().__init__((host, port), partial(_Handler, {"gallery": gallery.resolve(), "files": files.resolve()}))
        except (OSError, OverflowError) as error:
            raise SettingError(
                f"the gallery cannot be served at {host}, port {port} ({os_problem(error)}); pass another --host or --port"
            ) from error

    @property
    def url(self) -> str:
        """Contains the token; if the server listens on all addresses, the one that other devices reach."""
        host = _own_address() if self._host in _EVERYWHERE else self._host
        return f"http://{f'[{host}]' if ':' in host else host}:{self.server_port}/?token={self.token}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Browsers close connections whenever they like."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)


def _own_address() -> str:
    """The address of this computer in its network; nothing is sent to find it out."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return LOOPBACK
        return str(probe.getsockname()[0])


def _part(found: re.Match[str], size: int) -> tuple[int, int]:
    """The part of a file that a range names: its first byte, and the one after its last."""
    start, last = (int(digits or size) if len(digits) <= _MOST_DIGITS else size for digits in found.groups())
    return start, min(last + 1, size)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 60
    server: GalleryServer

    def __init__(self, folders: dict[str, Path], *arguments: object) -> None:
        self._folders = folders
        super().__init__(*arguments)  # type: ignore[arg-type]  # what socketserver passes

    def do_GET(self) -> None:
        try:
            url = urlsplit(self.path)
        except ValueError:
            self._answer(HTTPStatus.BAD_REQUEST, body=b"The URL is not valid\n")
            return
        if url.path == "/" and self._is_token(parse_qs(url.query).get("token", [""])[0]):
            cookie = f"{self._cookie_name}={self.server.token}; HttpOnly; SameSite=Lax; Path=/"
            self._answer(HTTPStatus.SEE_OTHER, {"Location": "/gallery/index.html", "Set-Cookie": cookie})
        elif not self._is_token(self._cookie()):
            self._answer(HTTPStatus.FORBIDDEN, body=b"Open the URL that the command printed; it contains a token.\n")
        elif url.path == "/":
            self._answer(HTTPStatus.SEE_OTHER, {"Location": "/gallery/index.html"})
        elif url.path == "/gallery/files.js":
            self._answer(HTTPStatus.OK, {"Content-Type": _TYPES[".js"]}, b'window.FILES = "/files/";\n')
        else:
            self._answer_with_file(unquote(url.path))

    def do_HEAD(self) -> None:
        self.do_GET()

    def log_message(self, *_arguments: object) -> None:
        """Nothing: the first URL contains the token."""

    @property
    def _cookie_name(self) -> str:
        """Cookies do not distinguish ports."""
        return f"gallery-{self.server.server_port}"

    def _cookie(self) -> str:
        try:
            cookie = SimpleCookie(self.headers.get("Cookie", "")).get(self._cookie_name)
        except CookieError:
            return ""
        return cookie.value if cookie else ""

    def _is_token(self, text: str) -> bool:
        return secrets.compare_digest(text.encode(), self.server.token.encode())

    def _answer_with_file(self, path: str) -> None:
        try:
            file = open(self._found(path), "rb", opener=regular_only)  # noqa: SIM115 - closed below
        except (OSError, RuntimeError, ValueError):  # before Python 3.13, a RuntimeError means a loop of links
            self._answer(HTTPStatus.NOT_FOUND, body=b"Not found\n")
            return
        with file:
            self._send(file)

    def _found(self, path: str) -> Path:
        """The file at a path of a URL.

        Raises:
            OSError, RuntimeError, ValueError: it does not exist, is outside the two folders, also by a link, or is not
                one of those that may be served.
        """
        _, name, *parts = path.split("/")
        folder = self._folders.get(name)
        if folder is None or any(part.startswith(".") or "\\" in part for part in parts):
            raise FileNotFoundError(path)
        if name == "gallery" and not is_page_file("/".join(parts)):
            raise FileNotFoundError(path)
        found = folder.joinpath(*parts).resolve(strict=True)
        if not found.is_relative_to(folder):
            raise FileNotFoundError(path)
        return found

    def _send(self, file: BinaryIO) -> None:
        path, status = Path(file.name), os.fstat(file.fileno())
        modified = int(status.st_mtime)
        headers = {
            "Content-Type": _TYPES.get(path.suffix.lower(), "application/octet-stream"),
            "Last-Modified": formatdate(modified, usegmt=True),
            "Accept-Ranges": "bytes",
        }
        if path.is_relative_to(self._folders["files"]):
            headers["Content-Security-Policy"] = _FILE_POLICY
        if self._has(modified):
            self._answer(HTTPStatus.NOT_MODIFIED, headers)
            return
        found = _RANGE.fullmatch(self.headers.get("Range", ""))
        start, end = _part(found, status.st_size) if found else (0, status.st_size)
        if found and start >= end:
            self._answer(HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, {"Content-Range": f"bytes */{status.st_size}"})
            return
        if found:
            headers["Content-Range"] = f"bytes {start}-{end - 1}/{status.st_size}"
        self._head(HTTPStatus.PARTIAL_CONTENT if found else HTTPStatus.OK, headers, end - start)
        if self.command == "GET":
            self._copy(file, start, end)

    def _has(self, modified: int) -> bool:
        """Whether the browser has this version."""
        try:
            return parsedate_to_datetime(self.headers.get("If-Modified-Since", "")).timestamp() >= modified
        except (TypeError, ValueError, OverflowError):
            return False

    def _copy(self, file: BinaryIO, start: int, end: int) -> None:
        file.seek(start)
        while start < end and (chunk := file.read(min(65_536, end - start))):
            self.wfile.write(chunk)
            start += len(chunk)
        # A file that has become shorter meanwhile: the browser would wait for the rest.
        self.close_connection = self.close_connection or start < end

    def _answer(self, status: HTTPStatus, headers: dict[str, str] | None = None, body: bytes = b"") -> None:
        self._head(status, {"Content-Type": "text/plain; charset=utf-8"} | (headers or {}), len(body))
        if self.command == "GET":
            self.wfile.write(body)

    def _head(self, status: HTTPStatus, headers: dict[str, str], length: int) -> None:
        self.send_response(status)
        fixed = {
            "Cache-Control": "private, no-cache",
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "no-referrer",
        }
        for name, value in {**fixed, **headers, "Content-Length": str(length)}.items():
            self.send_header(name, value)
        self.end_headers()

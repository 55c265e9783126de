"""Recorded responses of Pixiv, served in preference to the sandbox's own."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from ..errors import SandboxError
from ..messages import Request, to_json
from ..routes import ROUTES
from ..routes.parameters import PAGE_SIZE
from .sample_files import SampleFiles

_ID_PARAMETERS = {"user_id", "illust_id", "novel_id", "illust_series_id", "series_id"}
# Requests with these cursors are not for the first listing, which is the recorded one.
_CURSOR = re.compile(r"(?:max_bookmark_id|max_illust_id|max_novel_id|last_order|viewed)\b")
_DATE = re.compile(r"20\d\d(?:_\d\d)*")


def _name_of(path: str) -> str:
    """The beginning of the names of files with responses of an endpoint: its path without the version."""
    return path.split("/", 2)[2].replace("/", "_").replace("-", "_")


_PATHS = {_name_of(path): path for method, path in ROUTES if method == "GET" and not path.startswith("/webview")} | {
    # Recorded in these versions, or not served without a recording.
    "illust_comment_replies": "/v1/illust/comment/replies",
    "illust_comments": "/v1/illust/comments",
    "novel_comments": "/v2/novel/comments",
    "user_me_state": "/v1/user/me/state",
}
_IDS: dict[str, tuple[str, tuple[str | int, ...]]] = {
    "illust_detail": ("illust_id", ("illust", "id")),
    "illust_series": ("illust_series_id", ("illust_series_detail", "id")),
    "novel_detail": ("novel_id", ("novel", "id")),
    "novel_series": ("series_id", ("novel_series_detail", "id")),
    "ugoira_metadata": ("illust_id", ("ugoira_metadata", "zip_urls", "medium")),
    "user_detail": ("user_id", ("user", "id")),
    "user_illusts": ("user_id", ("user", "id")),
    "user_novels": ("user_id", ("novels", 0, "user", "id")),
}
"""The parameter with the requested ID, and the path to that ID within the response."""


@dataclass(frozen=True, slots=True)
class _Recording:
    path: str
    ids: frozenset[tuple[str, str]]
    offset: int
    date: str
    body: bytes

    def matches(self, request: Request) -> bool:
        """Whether IDs match the recording, and the offset is one of its entries; other parameters are ignored."""
        return (
            request.path == self.path
            and all(request.query.get(name) == value for name, value in self.ids)
            and self.offset <= _offset(request) < self.offset + PAGE_SIZE
            and not any(_CURSOR.match(name) for name in request.query)
        )

    def response(self, request: Request) -> bytes:
        """The recording, from the requested entry on."""
        skipped = _offset(request) - self.offset
        return _without_first(skipped, self.body) if skipped else self.body


class Samples:
    """The recordings in a folder and the files that they name; empty without a folder."""

    def __init__(self, folder: Path | None) -> None:
        self.files = SampleFiles()
        self._recordings = [recording for file in _sample_files(folder) for recording in self._load(file)]
        # The most specific first; among these, the newest.
        self._recordings.sort(key=lambda known: (len(known.ids), known.date), reverse=True)
        self.paths = {known.path for known in self._recordings}

    def response(self, request: Request) -> bytes | None:
        return next((known.response(request) for known in self._recordings if known.matches(request)), None)

    def _load(self, file: Path) -> Iterator[_Recording]:
        try:
            content = json.loads(file.read_bytes())
            if (name := file.stem.partition("__")[0]) in _PATHS:
                self.files.collect(content)
                yield _recording(file, name, content)
        except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
            raise SandboxError(
                f"The recorded response {file} is not usable ({error}): correct or remove it."
            ) from error


def _sample_files(folder: Path | None) -> list[Path]:
    if folder is None:
        return []
    if not folder.is_dir():
        raise SandboxError(
            f"The folder of recorded responses {folder} does not exist: pass a folder with *.json files."
        )
    return sorted(folder.glob("*.json"))


def _recording(file: Path, name: str, content: dict[str, Any]) -> _Recording:
    following = dict(parse_qsl(urlsplit(content.get("next_url") or "").query))
    ids = {name: value for name, value in following.items() if name in _ID_PARAMETERS}
    if not ids and name in _IDS:
        parameter, keys = _IDS[name]
        ids = {parameter: _id_at(content, keys)}
    offset = max(0, int(following.get("offset", 0)) - PAGE_SIZE)
    date = _DATE.search(file.stem)
    return _Recording(_PATHS[name], frozenset(ids.items()), offset, date[0] if date else "", to_json(content))


def _offset(request: Request) -> int:
    text = request.query.get("offset", "0")
    return int(text) if text.isdecimal() else 0


def _without_first(count: int, body: bytes) -> bytes:
    content = json.loads(body)
    return to_json({key: value[count:] if isinstance(value, list) else value for key, value in content.items()})


def _id_at(content: Any, keys: tuple[str | int, ...]) -> str:
    """The ID at this path of a response, also from within a URL; "" if there is none."""
    for key in keys:
        try:
            content = content[key]
        except (LookupError, TypeError):
            return ""
    found = re.search(r"(\d+)(?:_ugoira\w+\.zip)?$", str(content))
    return found[1] if found else ""

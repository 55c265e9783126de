"""What an answer of the App API means: (status, headers, body) -> ErrorKind.

Pixiv tells most errors by a text in the body, and its status codes changed over the years; so the text decides where
there is one, and the status only where there is none.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import msgspec

from pixiv_crawler.exceptions import PixivCrawlerError


class ErrorKind(StrEnum):
    """What went wrong, as far as an answer tells."""

    TOKEN_EXPIRED = "token_expired"  # noqa: S105 - a word, not a secret
    TOKEN_MISSING = "token_missing"  # noqa: S105
    RATE_LIMIT = "rate_limit"
    GONE = "gone"
    PRIVATE = "private"
    RESTRICTED = "restricted"
    USER_GONE = "user_gone"
    OFFSET_LIMIT = "offset_limit"
    BAD_PARAMETER = "bad_parameter"
    UNKNOWN_ENDPOINT = "unknown_endpoint"
    EMPTY_404 = "empty_404"
    NOT_JSON = "not_json"
    MALFORMED = "malformed"
    SERVER_ERROR = "server_error"
    NO_ANSWER = "no_answer"
    REDIRECT = "redirect"
    UNKNOWN = "unknown"


PASSING = {ErrorKind.NOT_JSON, ErrorKind.MALFORMED, ErrorKind.SERVER_ERROR, ErrorKind.NO_ANSWER}
"""Errors of a moment: the same call may succeed a little later."""


@dataclass(frozen=True, slots=True)
class ApiFault:
    """An answer that is an error."""

    kind: ErrorKind
    status: int
    message: str
    """Pixiv's own words, else what the answer looked like."""

    def __str__(self) -> str:
        return f"{self.kind} (HTTP {self.status}): {self.message}"


class ApiError(PixivCrawlerError):
    """A call that Pixiv answered with an error, after all repeats."""

    def __init__(self, call: str, fault: ApiFault) -> None:
        super().__init__(f"{call} failed: {fault}")
        self.fault = fault


# Texts as Pixiv wrote them over the years, lower case. The first that occurs in the message decides.
_TEXTS: tuple[tuple[str, ErrorKind], ...] = (
    ("error message: invalid_request", ErrorKind.TOKEN_MISSING),
    ("oauth process", ErrorKind.TOKEN_EXPIRED),
    ("rate limit", ErrorKind.RATE_LIMIT),
    ("ratelimit", ErrorKind.RATE_LIMIT),
    ("offset must be no more than", ErrorKind.OFFSET_LIMIT),
    ("存在しないランキングページ", ErrorKind.OFFSET_LIMIT),
    ("artwork has been deleted", ErrorKind.GONE),
    ("該当作品は削除されたか", ErrorKind.GONE),
    ("user has left pixiv", ErrorKind.USER_GONE),
    ("access is currently restricted", ErrorKind.RESTRICTED),
    ("アクセスが制限されています", ErrorKind.RESTRICTED),
    ("made their work private", ErrorKind.PRIVATE),
    ("limited who can view", ErrorKind.PRIVATE),
    ("end-point doesn't exist", ErrorKind.UNKNOWN_ENDPOINT),
    ("エンドポイントは存在しません", ErrorKind.UNKNOWN_ENDPOINT),
    ("invalid value", ErrorKind.BAD_PARAMETER),
    (" is required", ErrorKind.BAD_PARAMETER),
    ("invalid request", ErrorKind.BAD_PARAMETER),
    ("不正なリクエスト", ErrorKind.BAD_PARAMETER),
)

_STATUSES = {
    400: ErrorKind.BAD_PARAMETER,
    401: ErrorKind.TOKEN_EXPIRED,
    404: ErrorKind.GONE,
    429: ErrorKind.RATE_LIMIT,
}


def classify(
    status: int,
    headers: Mapping[str, str],
    body: bytes,
    key: str = "",
) -> ApiFault | None:
    """What is wrong with an answer of an API call; None when it is an answer to work with.

    `headers` has lower-case names; `key` is that of the list or object that the call asked for. Whether entries fit
    their types is not looked at here.
    """
    if 300 <= status < 400:
        return ApiFault(ErrorKind.REDIRECT, status, f"a redirect to {headers.get('location', 'nowhere')!r}")
    answer = _json_object(body)
    if answer is None:
        return _without_json(status, headers, body)
    if status < 300 and not answer.get("error"):
        return _without_entries(status, answer, key)
    return ApiFault(_kind(status, " ".join(_texts(answer))), status, error_message(answer) or "no message")


def error_message(answer: Mapping[str, Any]) -> str:
    """Pixiv's words in an error body: the text for people, else the one for machines; empty when there is neither."""
    return next(iter(_texts(answer)), "")


def _texts(answer: Mapping[str, Any]) -> list[str]:
    """All that an error body says: usually one text, but any of them may be the one we know."""
    error = answer.get("error")
    if not isinstance(error, dict):
        return [str(error)] if error else []
    return [str(error[name]) for name in ("user_message", "message", "reason") if error.get(name)]


def _without_entries(status: int, answer: Mapping[str, Any], key: str) -> ApiFault | None:
    expected = b"[" if key.endswith("s") else b"{"  # Pixiv names lists in the plural
    if not key or bytes(answer.get(key, b""))[:1] == expected:
        return None
    found = bytes(answer[key])[:20].decode(errors="replace") if key in answer else "nothing"
    return ApiFault(ErrorKind.MALFORMED, status, f"{found} where `{key}` should be")


def _kind(status: int, message: str) -> ErrorKind:
    lowered = message.lower()
    for text, kind in _TEXTS:
        if text in lowered:
            return kind
    if status == 404 and not message:
        return ErrorKind.UNKNOWN  # nothing in it says that something is gone
    return ErrorKind.SERVER_ERROR if status >= 500 else _STATUSES.get(status, ErrorKind.UNKNOWN)


def _without_json(status: int, headers: Mapping[str, str], body: bytes) -> ApiFault:
    if status == 404 and not body.strip():
        return ApiFault(ErrorKind.EMPTY_404, status, "an empty body, as retired endpoints answer")
    looks = _looks(headers, body)
    if status == 429:
        return ApiFault(ErrorKind.RATE_LIMIT, status, looks)
    if status == 401:
        return ApiFault(ErrorKind.TOKEN_EXPIRED, status, looks)
    if status >= 500:
        return ApiFault(ErrorKind.SERVER_ERROR, status, looks)
    if status in (400, 414, 431):  # from a server in front of Pixiv's, which takes no address so long
        return ApiFault(ErrorKind.BAD_PARAMETER, status, looks)
    # Cloudflare's challenges and maintenance pages come as 403 and 200 alike.
    return ApiFault(ErrorKind.NOT_JSON, status, looks)


def _looks(headers: Mapping[str, str], body: bytes) -> str:
    if not body.strip():
        return "an empty body"
    if body.lstrip()[:1] == b"<":
        return "an HTML page instead of JSON"
    if body.lstrip()[:1] in (b"{", b"["):
        return f"broken JSON of {len(body)} bytes"
    return f"{headers.get('content-type', 'no content type')!r} instead of JSON"


BROKEN_JSON = (msgspec.DecodeError, RecursionError, UnicodeDecodeError)
"""What decoding raises when bytes are no JSON of the type asked for."""


def _json_object(body: bytes) -> dict[str, Any] | None:
    """The answer's top level; its members are only skipped over, because most are large."""
    try:
        members = msgspec.json.decode(body, type=dict[str, msgspec.Raw])
    except BROKEN_JSON:
        return None
    if "error" not in members:
        return dict(members)
    try:
        return {**members, "error": msgspec.json.decode(members["error"])}
    except BROKEN_JSON:
        return None

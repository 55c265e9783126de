"""Classifies responses, (status, headers, body) -> ErrorKind, and defines how each kind of error is handled.

Pixiv describes most errors in the body, and the status codes for the same error have changed over the years. The text
of the body therefore takes precedence; the status is used only if there is no known text.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import StrEnum
from typing import Any

import msgspec

from pixiv_crawler.exceptions import PixivCrawlerError


class ErrorKind(StrEnum):
    """What went wrong with a request."""

    TOKEN_EXPIRED = "token_expired"  # noqa: S105 - a word, not a secret
    """400 or 401: the access token has expired."""
    TOKEN_MISSING = "token_missing"  # noqa: S105
    """400: no access token, or one that Pixiv cannot read."""
    RATE_LIMIT = "rate_limit"
    """"Rate Limit" with status 403, 429 or any other, with or without `Retry-After`."""
    GONE = "gone"
    """404: the work was deleted or never existed."""
    PRIVATE = "private"
    """403 or 404: the artist made the work private."""
    RESTRICTED = "restricted"
    """403 or 404: the user is suspended."""
    USER_GONE = "user_gone"
    """404: the user has left Pixiv."""
    OFFSET_LIMIT = "offset_limit"
    """400: an offset beyond Pixiv's limit, or a ranking page that does not exist."""
    BAD_PARAMETER = "bad_parameter"
    """400, 414 or 431: a parameter that Pixiv rejects, or a URL that is too long."""
    UNKNOWN_ENDPOINT = "unknown_endpoint"
    """404: the endpoint no longer exists."""
    EMPTY_404 = "empty_404"
    """404 without a body, as retired endpoints respond."""
    NOT_JSON = "not_json"
    """200, 403 or 404 with HTML (Cloudflare, maintenance), with truncated or invalid JSON, or with an empty body."""
    MALFORMED = "malformed"
    """200 without the list or object that was requested."""
    SERVER_ERROR = "server_error"
    """5xx."""
    NO_RESPONSE = "no_response"
    """No response, or an incomplete one: unknown host, connection refused or reset, timeout, truncated body."""
    TOO_LARGE = "too_large"
    """More than 32 MiB."""
    REDIRECT = "redirect"
    """3xx, to any host."""
    CERTIFICATE = "certificate"
    """A certificate that is not trusted, or no TLS at all."""
    UNKNOWN = "unknown"
    """An error with none of the known texts."""


class Action(StrEnum):
    """What is done about an error."""

    RENEW = "renew"
    """A new access token is obtained, once for all waiting requests; then the request is repeated."""
    PAUSE = "pause"
    """No request is sent for a while, longer each time; then the request is repeated. After ten pauses the crawl ends."""
    RETRY = "retry"
    """The error may be transient: the request is repeated a few times, with delays that double. Then it counts as failed;
    ten failures in a row end the crawl."""
    SKIP = "skip"
    """The work or user is not available: it is listed as unavailable, and the crawl continues."""
    FAIL = "fail"
    """Repeating the request would not help: it is reported as failed at once, and the crawl continues."""
    SMALLER_SIZE = "smaller_size"
    """Files only: the next smaller size is requested; the file counts as failed if there is none."""
    STOP = "stop"
    """No other request would succeed: the crawl ends, and requests that were not sent yet remain for the next start."""


POLICY: Mapping[ErrorKind, Action] = {
    ErrorKind.TOKEN_EXPIRED: Action.RENEW,
    ErrorKind.TOKEN_MISSING: Action.RENEW,
    ErrorKind.RATE_LIMIT: Action.PAUSE,
    ErrorKind.GONE: Action.SKIP,
    ErrorKind.PRIVATE: Action.SKIP,
    ErrorKind.RESTRICTED: Action.SKIP,
    ErrorKind.USER_GONE: Action.SKIP,
    ErrorKind.OFFSET_LIMIT: Action.FAIL,
    ErrorKind.BAD_PARAMETER: Action.FAIL,
    ErrorKind.UNKNOWN_ENDPOINT: Action.FAIL,
    ErrorKind.EMPTY_404: Action.FAIL,
    ErrorKind.NOT_JSON: Action.RETRY,
    ErrorKind.MALFORMED: Action.RETRY,
    ErrorKind.SERVER_ERROR: Action.RETRY,
    ErrorKind.NO_RESPONSE: Action.RETRY,
    ErrorKind.TOO_LARGE: Action.FAIL,
    ErrorKind.REDIRECT: Action.FAIL,  # following it would send our headers to another host
    ErrorKind.CERTIFICATE: Action.STOP,
    ErrorKind.UNKNOWN: Action.FAIL,
}
"""How each kind of error of an API call is handled."""

FILE_POLICY: Mapping[ErrorKind, Action] = {
    ErrorKind.GONE: Action.SMALLER_SIZE,  # observed for originals whose smaller sizes still exist
    ErrorKind.RATE_LIMIT: Action.PAUSE,
    ErrorKind.SERVER_ERROR: Action.RETRY,
    ErrorKind.NO_RESPONSE: Action.RETRY,
    ErrorKind.TOO_LARGE: Action.FAIL,
    ErrorKind.REDIRECT: Action.FAIL,
    ErrorKind.CERTIFICATE: Action.STOP,
    # Such as 403: the file exists, and a smaller size in its place would hide it from the next run, which may get it.
    ErrorKind.UNKNOWN: Action.FAIL,
}
"""How each kind of error of a file is handled; `NO_RESPONSE` includes truncated and empty bodies and invalid images.

If all retries of a file fail, its next smaller size is requested.
"""

TRANSIENT = frozenset(kind for kind, action in POLICY.items() if action in (Action.RETRY, Action.RENEW))
"""Transient errors and token errors: the same call may succeed later, or with another token."""


@dataclass(frozen=True, slots=True)
class ApiFault:
    """An error response, or the lack of a response."""

    kind: ErrorKind
    status: int
    """The HTTP status; 0 if there was no response."""
    message: str
    """Pixiv's message, otherwise a description of the response."""

    def __str__(self) -> str:
        return f"{self.kind}{f' (HTTP {self.status})' if self.status else ''}: {self.message}"


# A pause doubles up to this multiple of its length; an hour by default, like the longest `Retry-After`.
_MAX_PAUSE_FACTOR = 12
LONGEST_PAUSE_SECONDS = 3600

# Number of characters; Pixiv's own messages have fewer than 200.
_MAX_MESSAGE_LENGTH = 1000


class ApiError(PixivCrawlerError):
    """An API call that failed after all retries."""

    def __init__(self, call: str, fault: ApiFault) -> None:
        super().__init__(f"{call} failed: {fault}")
        self.fault = fault


# Messages that Pixiv has sent over the years, in lower case. The first one that occurs in the message decides.
_TEXTS: tuple[tuple[str, ErrorKind], ...] = (
    # First: a rate limit must never be mistaken for a deleted work.
    ("rate limit", ErrorKind.RATE_LIMIT),
    ("ratelimit", ErrorKind.RATE_LIMIT),
    ("error message: invalid_request", ErrorKind.TOKEN_MISSING),
    ("oauth process", ErrorKind.TOKEN_EXPIRED),
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

_RATE_LIMIT = re.compile(rb"\brate ?limit", re.IGNORECASE)

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
    """The error in a response to an API call; None if the response can be parsed.

    `headers` has lower-case names; `key` is the key of the requested list or object. The entries themselves are not
    validated here.
    """
    if 300 <= status < 400:
        return ApiFault(ErrorKind.REDIRECT, status, f"a redirect to {_text(headers.get('location', 'nowhere'))!r}")
    content = _json_object(body)
    if status >= 400 and _RATE_LIMIT.search(body):
        # The body may have any format: the message may be Pixiv's, or that of a server in front of it.
        return ApiFault(ErrorKind.RATE_LIMIT, status, error_message(content or {}) or "Rate Limit")
    if content is None:
        return _without_json(status, headers, body)
    if status < 300 and not content.get("error"):
        return _without_entries(status, content, key)
    return ApiFault(_kind(status, " ".join(_messages(content))), status, error_message(content) or "no message")


def is_processed(fault: ApiFault | None) -> bool:
    """Whether the response shows that the API is reachable and accepts the token: data, or "not available"."""
    return fault is None or POLICY[fault.kind] is Action.SKIP


def classify_file(status: int) -> ErrorKind | None:
    """The error in a response of an image host; None if its body is to be read. See `FILE_POLICY`.

    Image hosts report errors only by status; the body is not verified here.
    """
    if status in (200, 206):
        return None
    if 300 <= status < 400:
        return ErrorKind.REDIRECT
    if status in (404, 410):
        return ErrorKind.GONE
    if status == 429:
        return ErrorKind.RATE_LIMIT
    return ErrorKind.SERVER_ERROR if status >= 500 or status == 408 else ErrorKind.UNKNOWN


# Maximum for `Retry-After`: Pixiv's rate limits last minutes, so the next attempt after an hour is reasonable.
LONGEST_RETRY_AFTER = 3600.0


def pause_seconds(requested: float | None, default: float, pauses: int) -> float:
    """The length of the next pause after `pauses` unsuccessful ones: requests sent too early extend Pixiv's limit.

    The first pause is as long as the server requested; the following ones are never shorter than `default`.
    """
    seconds = (requested or default) if pauses == 0 else max(requested or 0, default)
    return min(seconds * min(1 << pauses, _MAX_PAUSE_FACTOR), max(seconds, LONGEST_PAUSE_SECONDS))


def retry_after(value: str, now: datetime) -> float | None:
    """The delay in a `Retry-After` header (a number of seconds or a date); None if it is invalid, 0 or in the past.

    Longer delays are reduced to `LONGEST_RETRY_AFTER`.
    """
    value = value.strip()
    if re.fullmatch("[0-9]+", value):
        seconds = float(value)
    else:
        try:
            date = parsedate_to_datetime(value)
            seconds = (date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp() - now.timestamp()
        except (ValueError, TypeError, OverflowError):
            return None
    return min(seconds, LONGEST_RETRY_AFTER) if seconds > 0 else None


def error_message(content: Mapping[str, Any]) -> str:
    """Pixiv's message in an error body: the one for users, otherwise the one for clients; empty if there is none."""
    return next(iter(_messages(content)), "")


def _messages(content: Mapping[str, Any]) -> list[str]:
    """All messages of an error body: usually there is one, but any of them may be the known one."""
    error = content.get("error")
    if not isinstance(error, dict):
        return [_text(error)] if error else []
    return [_text(error[name]) for name in ("user_message", "message", "reason") if error.get(name)]


def _text(value: Any) -> str:
    """A message, shortened; the string form of any other value."""
    if isinstance(value, str):
        return value[:_MAX_MESSAGE_LENGTH]
    with suppress(RecursionError, ValueError):  # nested too deeply, or a number with too many digits
        return str(value)[:_MAX_MESSAGE_LENGTH]
    return f"a {type(value).__name__} that cannot be displayed"


def _without_entries(status: int, content: Mapping[str, Any], key: str) -> ApiFault | None:
    expected = b"[" if key.endswith("s") else b"{"  # Pixiv names lists in the plural
    value = content.get(key)
    raw = bytes(value) if isinstance(value, msgspec.Raw) else b""
    if not key or raw[:1] == expected:
        return None
    found = raw[:20].decode(errors="replace") or "nothing"
    return ApiFault(ErrorKind.MALFORMED, status, f"{found} instead of a valid `{key}`")


def _kind(status: int, message: str) -> ErrorKind:
    lowered = message.lower()
    for text, kind in _TEXTS:
        if text in lowered:
            return kind
    if status == 404 and not message:
        return ErrorKind.UNKNOWN  # without a message, this does not mean that a work was deleted
    return ErrorKind.SERVER_ERROR if status >= 500 else _STATUSES.get(status, ErrorKind.UNKNOWN)


def _without_json(status: int, headers: Mapping[str, str], body: bytes) -> ApiFault:
    if status == 404 and not body.strip():
        return ApiFault(ErrorKind.EMPTY_404, status, "an empty body, as retired endpoints respond")
    description = _description(headers, body)
    if status == 429:
        return ApiFault(ErrorKind.RATE_LIMIT, status, description)
    if status == 401:
        return ApiFault(ErrorKind.TOKEN_EXPIRED, status, description)
    if status >= 500:
        return ApiFault(ErrorKind.SERVER_ERROR, status, description)
    if status in (400, 414, 431):  # from a proxy in front of Pixiv that rejects long URLs
        return ApiFault(ErrorKind.BAD_PARAMETER, status, description)
    # Cloudflare's challenges and maintenance pages have status 403 or 200.
    return ApiFault(ErrorKind.NOT_JSON, status, description)


def _description(headers: Mapping[str, str], body: bytes) -> str:
    if not body.strip():
        return "an empty body"
    if body.lstrip()[:1] == b"<":
        return "an HTML page instead of JSON"
    if body.lstrip()[:1] in (b"{", b"["):
        return f"invalid JSON ({len(body)} bytes)"
    return f"{headers.get('content-type', 'no content type')!r} instead of JSON"


BROKEN_JSON = (msgspec.DecodeError, RecursionError, UnicodeDecodeError)
"""What decoding raises if bytes are not JSON of the expected type."""


def _json_object(body: bytes) -> dict[str, Any] | None:
    """The top level of a response; its members stay undecoded, because most are large."""
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

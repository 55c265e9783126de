"""What an answer of Pixiv means, (status, headers, body) -> ErrorKind, and what each kind deserves: the error policy.

Pixiv tells most errors by a text in the body, and its status codes changed over the years; so the text decides where
there is one, and the status only where there is none.
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
    """What went wrong, as far as an answer tells."""

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
    NO_ANSWER = "no_answer"
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
    REPEAT = "repeat"
    """The error may be transient: the request is repeated a few times, with waits that double. Then it counts as failed;
    ten failures in a row end the crawl."""
    SKIP = "skip"
    """The work or user is not available: it is listed as unavailable, and the crawl continues."""
    LOSE = "lose"
    """Repeating the request would not help: it is reported as failed at once, and the crawl continues."""
    SMALLER = "smaller"
    """Of a file: the next smaller size is requested; the file counts as failed when there is none."""
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
    ErrorKind.OFFSET_LIMIT: Action.LOSE,
    ErrorKind.BAD_PARAMETER: Action.LOSE,
    ErrorKind.UNKNOWN_ENDPOINT: Action.LOSE,
    ErrorKind.EMPTY_404: Action.LOSE,
    ErrorKind.NOT_JSON: Action.REPEAT,
    ErrorKind.MALFORMED: Action.REPEAT,
    ErrorKind.SERVER_ERROR: Action.REPEAT,
    ErrorKind.NO_ANSWER: Action.REPEAT,
    ErrorKind.TOO_LARGE: Action.LOSE,
    ErrorKind.REDIRECT: Action.LOSE,  # to follow it would show our headers to another host
    ErrorKind.CERTIFICATE: Action.STOP,
    ErrorKind.UNKNOWN: Action.LOSE,
}
"""What each kind of error of an API call deserves."""

FILE_POLICY: Mapping[ErrorKind, Action] = {
    ErrorKind.GONE: Action.SMALLER,  # seen for originals whose smaller sizes are still there
    ErrorKind.RATE_LIMIT: Action.PAUSE,
    ErrorKind.SERVER_ERROR: Action.REPEAT,
    ErrorKind.NO_ANSWER: Action.REPEAT,
    ErrorKind.TOO_LARGE: Action.LOSE,
    ErrorKind.REDIRECT: Action.LOSE,
    ErrorKind.CERTIFICATE: Action.STOP,
    # Such as 403: the file is there, so a smaller one in its place would hide what the next run may get.
    ErrorKind.UNKNOWN: Action.LOSE,
}
"""What each kind of error of a file deserves; `NO_ANSWER` is also one that came cut, empty, or as no image.

What was repeated in vain is asked for in the next smaller size, too.
"""

PASSING = frozenset(kind for kind, action in POLICY.items() if action in (Action.REPEAT, Action.RENEW))
"""Errors of a moment, or of the token: the same call may succeed a little later, or under another login."""


@dataclass(frozen=True, slots=True)
class ApiFault:
    """An answer that is an error."""

    kind: ErrorKind
    status: int
    """The HTTP status; 0 when no answer came."""
    message: str
    """Pixiv's own words, else what the answer looked like."""

    def __str__(self) -> str:
        return f"{self.kind}{f' (HTTP {self.status})' if self.status else ''}: {self.message}"


# A pause grows by doubling up to so many times its length; an hour by default, like the longest `Retry-After`.
_MOST_TIMES = 12
LONGEST_PAUSE_SECONDS = 3600

# Characters; Pixiv's own sentences have less than 200.
_LONGEST_TEXT = 1000


class ApiError(PixivCrawlerError):
    """A call that failed, after all repeats."""

    def __init__(self, call: str, fault: ApiFault) -> None:
        super().__init__(f"{call} failed: {fault}")
        self.fault = fault


# Texts as Pixiv wrote them over the years, lower case. The first that occurs in the message decides.
_TEXTS: tuple[tuple[str, ErrorKind], ...] = (
    # Before all others: what is limited must never be taken for gone.
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
    """What is wrong with an answer of an API call; None when it is an answer to work with.

    `headers` has lower-case names; `key` is that of the list or object that the call asked for. Whether entries fit
    their types is not looked at here.
    """
    if 300 <= status < 400:
        return ApiFault(ErrorKind.REDIRECT, status, f"a redirect to {_text(headers.get('location', 'nowhere'))!r}")
    answer = _json_object(body)
    if status >= 400 and _RATE_LIMIT.search(body):
        # Whoever says so, and in whatever form: Pixiv, or a server in front of it.
        return ApiFault(ErrorKind.RATE_LIMIT, status, error_message(answer or {}) or "Rate Limit")
    if answer is None:
        return _without_json(status, headers, body)
    if status < 300 and not answer.get("error"):
        return _without_entries(status, answer, key)
    return ApiFault(_kind(status, " ".join(_texts(answer))), status, error_message(answer) or "no message")


def is_processed(fault: ApiFault | None) -> bool:
    """Whether Pixiv processed the request, even if it only reports that a work is gone: it is up, and accepts our requests."""
    return fault is None or POLICY[fault.kind] is Action.SKIP


def classify_file(status: int) -> ErrorKind | None:
    """What is wrong with an answer of an image host; None when its body is to be read. See `FILE_POLICY`.

    An image host tells nothing but by its status; whether the body is a whole image is not looked at here.
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


# Of what `Retry-After` says: a limit of Pixiv's has been seen to last minutes, so after an hour it is worth a try.
LONGEST_RETRY_AFTER = 3600.0


def pause_seconds(asked: float | None, usual: float, pauses: int) -> float:
    """How long to wait after so many pauses in vain: asked too early, Pixiv limits the longer.

    As long as a server asks, at first; when that was too short, no shorter than usual.
    """
    seconds = (asked or usual) if pauses == 0 else max(asked or 0, usual)
    return min(seconds * min(1 << pauses, _MOST_TIMES), max(seconds, LONGEST_PAUSE_SECONDS))


def retry_after(value: str, now: datetime) -> float | None:
    """The seconds that a `Retry-After` header asks to wait, given as such or as a date; None when it is neither.

    A date that has passed, and 0, ask for nothing; what is above `LONGEST_RETRY_AFTER` counts as that.
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


def error_message(answer: Mapping[str, Any]) -> str:
    """Pixiv's words in an error body: the text for people, else the one for machines; empty when there is neither."""
    return next(iter(_texts(answer)), "")


def _texts(answer: Mapping[str, Any]) -> list[str]:
    """All that an error body says: usually one text, but any of them may be the one we know."""
    error = answer.get("error")
    if not isinstance(error, dict):
        return [_text(error)] if error else []
    return [_text(error[name]) for name in ("user_message", "message", "reason") if error.get(name)]


def _text(value: Any) -> str:
    """A text of Pixiv's, of a length to be read by people; of anything else what it looks like."""
    if isinstance(value, str):
        return value[:_LONGEST_TEXT]
    with suppress(RecursionError, ValueError):  # nested too deep, a number too long
        return str(value)[:_LONGEST_TEXT]
    return f"a {type(value).__name__} that cannot be told"


def _without_entries(status: int, answer: Mapping[str, Any], key: str) -> ApiFault | None:
    expected = b"[" if key.endswith("s") else b"{"  # Pixiv names lists in the plural
    there = answer.get(key)
    raw = bytes(there) if isinstance(there, msgspec.Raw) else b""
    if not key or raw[:1] == expected:
        return None
    found = raw[:20].decode(errors="replace") or "nothing"
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

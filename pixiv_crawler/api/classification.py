"""Classifies responses: (status, headers, body, call) -> ErrorKind.

The status, the endpoint and the shape of the error object decide what kinds are possible. Pixiv's messages, which are
in the language of the request, only choose among these: an unknown message never becomes a statement about a work.
"""

import re
from collections.abc import Collection, Mapping
from contextlib import suppress
from typing import Any

import msgspec

from pixiv_crawler.api.call import ApiCall
from pixiv_crawler.api.errors import MISDIRECTED, ApiFault, ErrorKind

# Number of characters; Pixiv's own messages have fewer than 200.
MAX_MESSAGE_LENGTH = 1000

# Messages for programs, in lower case, which are the same in every language. The first one that occurs decides.
_MACHINE_TEXTS: tuple[tuple[str, ErrorKind], ...] = (
    # First: a rate limit must never be mistaken for a deleted work.
    ("rate limit", ErrorKind.RATE_LIMIT),
    ("ratelimit", ErrorKind.RATE_LIMIT),
    ("error message: invalid_request", ErrorKind.TOKEN_MISSING),
    ("oauth process", ErrorKind.TOKEN_EXPIRED),
)
# The same for status 400, which means that a parameter is wrong.
_PARAMETER_TEXTS: tuple[tuple[str, ErrorKind], ...] = (("offset must be no more than", ErrorKind.OFFSET_LIMIT),)

# Messages for users, in lower case, as far as they have been observed; the others are requested in English.
_USER_TEXTS: tuple[tuple[str, ErrorKind], ...] = (
    ("artwork has been deleted", ErrorKind.GONE),
    ("該当作品は削除されたか", ErrorKind.GONE),
    ("该作品已被删除", ErrorKind.GONE),
    ("삭제되었거나 존재하지 않는 작품", ErrorKind.GONE),
    ("user has left pixiv", ErrorKind.USER_GONE),
    ("已经离开了pixiv", ErrorKind.USER_GONE),
    ("access is currently restricted", ErrorKind.RESTRICTED),
    ("アクセスが制限されています", ErrorKind.RESTRICTED),
    ("公開制限エラー", ErrorKind.PRIVATE),
    ("公開レベルにより閲覧できません", ErrorKind.PRIVATE),
    ("您的访问权限被限制了", ErrorKind.RESTRICTED),
    ("made their work private", ErrorKind.PRIVATE),
    ("limited who can view", ErrorKind.PRIVATE),
    ("尚无权限浏览该作品", ErrorKind.PRIVATE),
    ("end-point doesn't exist", ErrorKind.UNKNOWN_ENDPOINT),
    ("エンドポイントは存在しません", ErrorKind.UNKNOWN_ENDPOINT),
    ("存在しないランキングページ", ErrorKind.OFFSET_LIMIT),
    ("invalid request", ErrorKind.BAD_PARAMETER),
    ("不正なリクエスト", ErrorKind.BAD_PARAMETER),
)

_RATE_LIMIT = re.compile(rb"\brate ?limit", re.IGNORECASE)

# What a response with Pixiv's error object means if its message is not known.
_STATUSES = {
    400: ErrorKind.BAD_PARAMETER,
    401: ErrorKind.TOKEN_EXPIRED,
    403: ErrorKind.FORBIDDEN,
    404: ErrorKind.NOT_FOUND,
    429: ErrorKind.RATE_LIMIT,
}
# Without one of these messages in an error object, which Pixiv sends, they are statements of another server, and not
# about the object.
_NEEDED_MESSAGES = {403: ("user_message", "message"), 404: ("user_message",)}


def classify(status: int, headers: Mapping[str, str], body: bytes, call: ApiCall | None = None) -> ApiFault | None:
    """The error in a response to an API call; None if the response can be parsed.

    `headers` has lower-case names. The entries of a listing are not validated here.
    """
    if 300 <= status < 400:
        return ApiFault(ErrorKind.REDIRECT, status, f"a redirect to {_text(headers.get('location', 'nowhere'))!r}")
    content = _json_object(body)
    if status >= 400 and _RATE_LIMIT.search(body):
        # The body may have any format: the message may be Pixiv's, or that of a server in front of it.
        return ApiFault(ErrorKind.RATE_LIMIT, status, error_message(content or {}) or "Rate Limit")
    if status == 421:
        return ApiFault(ErrorKind.MISDIRECTED, status, MISDIRECTED)
    if content is None:
        return _without_json(status, headers, body)
    if status < 300 and not content.get("error"):
        return _without_entries(status, content, call)
    return ApiFault(_kind(status, content, call), status, error_message(content) or "no message")


def classify_file(status: int) -> ErrorKind | None:
    """The error in a response of an image host; None if its body is to be read. See `FILE_POLICY`.

    Image hosts report errors only by status; the body is not verified here.
    """
    if status in (200, 206):
        return None
    if 300 <= status < 400:
        return ErrorKind.REDIRECT
    by_status = {404: ErrorKind.GONE, 410: ErrorKind.GONE, 421: ErrorKind.MISDIRECTED, 429: ErrorKind.RATE_LIMIT}
    default = ErrorKind.SERVER_ERROR if status >= 500 or status == 408 else ErrorKind.UNKNOWN
    return by_status.get(status, default)


def _kind(status: int, content: Mapping[str, Any], call: ApiCall | None) -> ErrorKind:
    message = " ".join(_messages(content)).lower()
    for text, kind in _MACHINE_TEXTS + (_PARAMETER_TEXTS if status == 400 else ()):
        if text in message:
            return kind
    if status >= 500:
        return ErrorKind.SERVER_ERROR
    if (needed := _NEEDED_MESSAGES.get(status)) and not _has_message(content.get("error"), needed):
        return ErrorKind.UNKNOWN
    for text, kind in _USER_TEXTS:
        if text in message:
            return kind
    if status == 404 and call and call.path.endswith("/ranking") and call.params.get("offset") not in (None, 0, "0"):
        return ErrorKind.OFFSET_LIMIT  # a page that the ranking does not have
    return _STATUSES.get(status, ErrorKind.UNKNOWN)


def _has_message(error: Any, names: Collection[str]) -> bool:
    return isinstance(error, dict) and any(error.get(name) for name in names)


def error_message(content: Mapping[str, Any]) -> str:
    """Pixiv's message in an error body: the one for users, otherwise the one for clients; empty if there is none."""
    return next(iter(_messages(content)), "")


def _messages(content: Mapping[str, Any]) -> list[str]:
    """All messages of an error body. Usually there is one; if there are several, any of them may be known."""
    error = content.get("error")
    if not isinstance(error, dict):
        return [_text(error)] if error else []
    return [_text(error[name]) for name in ("user_message", "message", "reason") if error.get(name)]


def _text(value: Any) -> str:
    """A message, shortened; the string form of any other value."""
    if isinstance(value, str):
        return value[:MAX_MESSAGE_LENGTH]
    with suppress(RecursionError, ValueError):  # nested too deeply, or a number with too many digits
        return str(value)[:MAX_MESSAGE_LENGTH]
    return f"a {type(value).__name__} that cannot be displayed"


def _without_entries(status: int, content: Mapping[str, Any], call: ApiCall | None) -> ApiFault | None:
    if call is None or not (key := call.key):
        return None
    value = content.get(key)
    raw = bytes(value) if isinstance(value, msgspec.Raw) else b""
    if raw[:1] == (b"[" if call.entries_key else b"{"):
        return None
    found = raw[:20].decode(errors="replace") or "nothing"
    return ApiFault(ErrorKind.MALFORMED, status, f"{found} instead of a valid `{key}`")


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

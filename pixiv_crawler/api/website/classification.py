"""Classifies the responses of the website."""

from collections.abc import Mapping
from typing import Any

import msgspec

from pixiv_crawler.api.call import ApiCall, JsonObject
from pixiv_crawler.api.classification import BROKEN_JSON, MAX_MESSAGE_LENGTH
from pixiv_crawler.api.errors import MISDIRECTED, ApiFault, ErrorKind
from pixiv_crawler.api.parsing import repaired

# What the website answers to a session that has ended, whatever is requested.
_REJECTED = "An unknown error occurred"


def classify_web(
    status: int, headers: Mapping[str, str], body: bytes, call: ApiCall, *, has_session: bool
) -> tuple[JsonObject, ApiFault | None]:
    """The `body` of a response, or the error in it; `headers` has lower-case names."""
    if 300 <= status < 400:
        return {}, ApiFault(ErrorKind.REDIRECT, status, f"a redirect to {headers.get('location', 'nowhere')[:100]!r}")
    if status == 421:
        return {}, ApiFault(ErrorKind.MISDIRECTED, status, MISDIRECTED)
    if status == 429:
        return {}, ApiFault(ErrorKind.RATE_LIMIT, status, "too many requests")
    content = _json_object(body)
    if content is None:
        return {}, _without_json(status, headers, body)
    if status < 400 and not content.get("error"):
        return _body(status, content, call)
    message = str(content.get("message") or "no message")[:MAX_MESSAGE_LENGTH]
    return {}, ApiFault(_kind(status, message, has_session=has_session), status, message)


def _kind(status: int, message: str, *, has_session: bool) -> ErrorKind:
    if has_session and (message == _REJECTED or status == 401):
        return ErrorKind.BAD_SESSION
    if status in (401, 403):
        return ErrorKind.FORBIDDEN  # perhaps only this work
    if status == 404:
        return ErrorKind.GONE
    return ErrorKind.SERVER_ERROR if status >= 500 else ErrorKind.UNKNOWN


def _body(status: int, content: JsonObject, call: ApiCall) -> tuple[JsonObject, ApiFault | None]:
    body = content.get("body")
    if call.path.endswith("/pages"):
        body = {"pages": body} if isinstance(body, list) else None
    if not isinstance(body, dict):
        return {}, ApiFault(ErrorKind.MALFORMED, status, "no `body` of the expected type")
    urls = body.get("urls")
    if isinstance(urls, dict) and not any(urls.values()):
        return {}, ApiFault(
            ErrorKind.LOGIN_NEEDED, status, "the website shows the images only to accounts that may see them"
        )
    return body, None


def _without_json(status: int, headers: Mapping[str, str], body: bytes) -> ApiFault:
    is_cloudflare = headers.get("cf-mitigated") or b"cf-" in body or b"Just a moment" in body or b"challenge" in body
    if is_cloudflare and status in (403, 503):
        return ApiFault(ErrorKind.CHALLENGE, status, "a page of Cloudflare instead of JSON")
    if status >= 500:
        return ApiFault(ErrorKind.SERVER_ERROR, status, "a page instead of JSON")
    what = "an HTML page" if body.lstrip()[:1] == b"<" else f"{len(body)} bytes"
    return ApiFault(ErrorKind.NOT_JSON, status, f"{what} instead of JSON")


def _json_object(body: bytes) -> JsonObject | None:
    try:
        content: Any = msgspec.json.decode(body)
    except BROKEN_JSON:
        mended = repaired(body)
        content = msgspec.json.decode(mended) if mended else None
    return content if isinstance(content, dict) else None

"""The kinds of errors of API calls and files, and how each is handled."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import StrEnum

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
    NOT_FOUND = "not_found"
    """404 with a message for users that does not say whether the object was deleted or is hidden."""
    PRIVATE = "private"
    """403 or 404: the artist made the work private."""
    FORBIDDEN = "forbidden"
    """403 with a message that is not known: this account may not see the object, or is blocked."""
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
    MISDIRECTED = "misdirected"
    """421: the connection leads to a server that is not responsible for the host."""
    CHALLENGE = "challenge"
    """Website: a page of Cloudflare that wants to see a browser."""
    BAD_SESSION = "bad_session"
    """Website: PIXIV_WEB_SESSION is not a session, has ended, or belongs to an account that was banned."""
    LOGIN_NEEDED = "login_needed"
    """Website: the work is shown only to accounts that display such works."""
    UNKNOWN = "unknown"
    """Any other error."""


class Action(StrEnum):
    """What is done about an error."""

    RENEW = "renew"
    """A new access token is obtained, once for all waiting requests; then the request is repeated."""
    PAUSE = "pause"
    """No request is sent for a while, longer each time; then the request is repeated. After ten pauses the crawl ends."""
    RETRY = "retry"
    """The error may be transient: the request is repeated a few times, with delays that double. Then it counts as failed."""
    SKIP = "skip"
    """The work or user is not available: it is listed as unavailable, and the crawl continues."""
    FAIL = "fail"
    """Repeating the request would not help: it counts as failed at once, and the crawl continues."""
    SMALLER_SIZE = "smaller_size"
    """Files only: the next smaller size is requested; the file counts as failed if there is none."""
    STOP = "stop"
    """No other request would succeed: the crawl ends, and requests that were not sent yet remain for the next start."""
    WITHOUT_SESSION = "without_session"
    """Website only: the request is repeated without PIXIV_WEB_SESSION, which is not sent again in this crawl."""
    WITHOUT_WEB = "without_web"
    """Website only: no other request to it would succeed, so the crawl continues without it."""


POLICY: Mapping[ErrorKind, Action] = {
    ErrorKind.TOKEN_EXPIRED: Action.RENEW,
    ErrorKind.TOKEN_MISSING: Action.RENEW,
    ErrorKind.RATE_LIMIT: Action.PAUSE,
    ErrorKind.GONE: Action.SKIP,
    ErrorKind.NOT_FOUND: Action.SKIP,
    ErrorKind.PRIVATE: Action.SKIP,
    ErrorKind.FORBIDDEN: Action.SKIP,
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
    ErrorKind.MISDIRECTED: Action.STOP,
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
    ErrorKind.MISDIRECTED: Action.STOP,
    # Such as 403: the file exists, and a smaller size in its place would hide it from the next run, which may get it.
    ErrorKind.UNKNOWN: Action.FAIL,
}
"""How each kind of error of a file is handled; `NO_RESPONSE` includes truncated and empty bodies and invalid images.

If all retries of a file fail, its next smaller size is requested.
"""

WEB_POLICY: Mapping[ErrorKind, Action] = {
    ErrorKind.RATE_LIMIT: Action.PAUSE,
    ErrorKind.GONE: Action.SKIP,
    ErrorKind.LOGIN_NEEDED: Action.SKIP,
    ErrorKind.BAD_SESSION: Action.WITHOUT_SESSION,
    ErrorKind.CHALLENGE: Action.WITHOUT_WEB,
    ErrorKind.CERTIFICATE: Action.WITHOUT_WEB,
    ErrorKind.MISDIRECTED: Action.WITHOUT_WEB,
    ErrorKind.REDIRECT: Action.WITHOUT_WEB,  # to a login or maintenance page; following it would send the cookie along
    ErrorKind.NOT_JSON: Action.RETRY,
    ErrorKind.SERVER_ERROR: Action.RETRY,
    ErrorKind.NO_RESPONSE: Action.RETRY,
    ErrorKind.MALFORMED: Action.FAIL,  # a new form, which the next response would have, too
    ErrorKind.TOO_LARGE: Action.FAIL,
    ErrorKind.FORBIDDEN: Action.FAIL,
    ErrorKind.UNKNOWN: Action.FAIL,
}
"""How each kind of error of a request to the website is handled. The website is only a supplement: it never ends a crawl."""

TRANSIENT = frozenset(kind for kind, action in POLICY.items() if action in (Action.RETRY, Action.RENEW))
"""Transient errors and token errors: the same call may succeed later, or with another token."""

UNCLEAR = frozenset({ErrorKind.NOT_FOUND, ErrorKind.FORBIDDEN})
"""Errors whose message decides what they mean, but is not known."""

REFUSALS = frozenset(
    {
        *(ErrorKind.FORBIDDEN, ErrorKind.NOT_FOUND, ErrorKind.BAD_PARAMETER, ErrorKind.UNKNOWN_ENDPOINT),
        *(ErrorKind.EMPTY_404, ErrorKind.NOT_JSON, ErrorKind.MALFORMED, ErrorKind.REDIRECT, ErrorKind.UNKNOWN),
    }
)
"""Errors of a server that may concern every request, whatever it requests; see `Refusals` (http/refusals.py)."""

_ANSWERS = frozenset(
    {ErrorKind.OFFSET_LIMIT, *(kind for kind, action in POLICY.items() if action is Action.SKIP)} - REFUSALS
)

MISDIRECTED = (
    "the server is not responsible for this host (HTTP 421): a proxy, a mirror or an entry in the hosts file "
    "leads to the wrong server; remove it"
)
"""What a 421 response means; Pixiv sends it if the name of the server in the TLS handshake is not that of the host."""


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


class ApiError(PixivCrawlerError):
    """An API call that failed after all retries."""

    def __init__(self, call: str, fault: ApiFault) -> None:
        super().__init__(f"{call} failed: {fault}")
        self.fault = fault


def is_processed(fault: ApiFault | None) -> bool:
    """Whether the response shows that the API is reachable and accepts the token: data, or a statement about the object."""
    return fault is None or fault.kind in _ANSWERS


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

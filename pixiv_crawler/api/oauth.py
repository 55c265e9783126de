"""Pixiv's login: OAuth forms, headers and responses, and PKCE for the first login.

POST https://oauth.secure.pixiv.net/auth/token, form-urlencoded. An access token is valid for an hour, a refresh token
for years. The client ID, client secret and salt are public constants of Pixiv's Android app.
"""

import base64
import hashlib
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlencode

import msgspec

from pixiv_crawler.api.classification import BROKEN_JSON, error_message
from pixiv_crawler.api.errors import MISDIRECTED
from pixiv_crawler.console.program import PROGRAM
from pixiv_crawler.console.redaction import SECRET_NAMES, redacted, register_secrets
from pixiv_crawler.exceptions import LoginError, UnreachableError

CLIENT_ID = "MOBrBDS8blbauoSck0ZfDbtuzpyT"
CLIENT_SECRET = "lsACyCD94FhDUtGTXi3QzcFE2uU1hqtDaKeqrdwj"  # noqa: S105 - public, the same in every copy of the app
# Required by the token URL since September 2019; without the hash, the response is `access_denied`.
_HASH_SALT = "28c1fdd170a5204386cb1313c7077b34f83e4aaf4aa829ce78c231e05b0bae2c"

LOGIN_URL = "https://app-api.pixiv.net/web/v1/login"
REDIRECT_URI = "https://app-api.pixiv.net/web/v1/users/auth/pixiv/callback"

Form = dict[str, str]


class Account(msgspec.Struct, frozen=True):
    """The account that logged in, as the token URL describes it; its mail address is deliberately left out."""

    id: str
    """User ID; a string here, a number in all other responses."""
    name: str = ""
    """Display name."""
    account: str = ""
    """Account name (Pixiv ID)."""
    profile_image_urls: dict[str, str] = {}
    """URLs of the avatar: px_16x16, px_50x50, px_170x170."""
    is_premium: bool = False
    """Whether the account has Pixiv premium, which sorting by popularity requires."""
    x_restrict: int = 0
    """What the account's settings display: 0 all ages, 1 also R-18, 2 also R-18G."""
    is_mail_authorized: bool | None = None
    """Whether the mail address is confirmed; None if the response does not say."""
    require_policy_agreement: bool | None = None
    """Whether the account must agree to new terms; None in responses before 2019."""


class Grant(msgspec.Struct, frozen=True):
    """The tokens and the account that a login returned."""

    access_token: str
    refresh_token: str
    expires_in: float = 3600
    """Remaining validity of the access token, in seconds."""
    user: Account | None = None

    def __post_init__(self) -> None:
        register_secrets(self.access_token, self.refresh_token)

    def __repr__(self) -> str:
        return f"Grant(expires_in={self.expires_in}, user={self.user})"


class _RawGrant(msgspec.Struct):
    access_token: str
    refresh_token: str
    expires_in: Any = None
    user: Any = None


class _TokenResponse(msgspec.Struct):
    # In 2019 and 2020, everything was under `response`; later responses contain it twice.
    access_token: str = ""
    response: msgspec.Raw = msgspec.Raw()


def refresh_form(refresh_token: str, client_id: str, client_secret: str) -> Form:
    """The form that exchanges a refresh token for an access token."""
    return _form(client_id, client_secret, grant_type="refresh_token", refresh_token=refresh_token, get_secure_url="1")


def code_form(code: str, verifier: str, client_id: str, client_secret: str) -> Form:
    """The form that exchanges the code of the login page for tokens (PKCE)."""
    return _form(
        client_id,
        client_secret,
        grant_type="authorization_code",
        code=code,
        code_verifier=verifier,
        redirect_uri=REDIRECT_URI,
        include_policy="true",
    )


def password_form(username: str, password: str, client_id: str, client_secret: str) -> Form:
    """The form of the legacy password login, which Pixiv has rejected since February 2021."""
    return _form(
        client_id,
        client_secret,
        grant_type="password",
        username=username,
        password=password,
        get_secure_url="1",
    )


def _form(client_id: str, client_secret: str, **fields: str) -> Form:
    form = {"client_id": client_id, "client_secret": client_secret} | fields
    register_secrets(*(text for name, text in form.items() if name in SECRET_NAMES))
    return form


def client_headers(now: datetime) -> dict[str, str]:
    """`X-Client-Time` and its salted hash, which the token URL requires of every client."""
    time = now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S+00:00")
    digest = hashlib.md5((time + _HASH_SALT).encode(), usedforsecurity=False).hexdigest()
    return {"X-Client-Time": time, "X-Client-Hash": digest}


def parse_grant(status: int, body: bytes) -> Grant:
    """The tokens in a response of the token URL, of either shape.

    Raises:
        LoginError: Pixiv rejected the login.
        UnreachableError: the response says nothing about the token, such as a Cloudflare page.
    """
    if status == 421:
        raise LoginError(f"Pixiv's token URL cannot be used: {MISDIRECTED}")
    reason = rejection_reason(body)
    reason = reason and redacted(reason)  # it may quote the form
    if status == 429 or status >= 500 or (reason and "rate limit" in reason.lower()):
        raise UnreachableError(f"Pixiv's token URL returned HTTP {status} ({reason or 'no reason'}); try again later")
    if reason is not None:
        raise LoginError(
            f"Pixiv rejected the login ({reason}){_advice(reason, _system_error(_json(body)).get('code'))}"
        )
    if status >= 300:
        raise UnreachableError(f"Pixiv's token URL returned HTTP {status} {_without_reason(status, body)}")
    try:
        response = msgspec.json.decode(body, type=_TokenResponse)
        raw = msgspec.json.decode(body if response.access_token else response.response, type=_RawGrant)
    except BROKEN_JSON as error:
        raise UnreachableError(_NO_TOKENS) from error
    if not (raw.access_token and raw.refresh_token):
        raise UnreachableError(_NO_TOKENS)
    return Grant(raw.access_token, raw.refresh_token, _seconds(raw.expires_in), _account(raw.user))


def _advice(reason: str, code: Any) -> str:
    """What to do about a rejected login, as the end of a sentence."""
    if code == _CODE_USED:
        return f": the code was used before, is too old or belongs to another login page; run: {PROGRAM} login"
    if "refresh token" in reason.lower():
        return f"; run: {PROGRAM} login (if Pixiv rejects the token of a new login too, it has flagged the account)"
    return f"; run: {PROGRAM} login"


def _without_reason(status: int, body: bytes) -> str:
    """What a response says that is not JSON, and what to do about it, as the end of a sentence."""
    text = body[:_LONGEST_TEXT].decode("utf-8", "replace").strip()
    if text and text.isprintable() and text[0] not in "<{[":
        return f"({redacted(text)}); check the proxy, and try again later"
    if status == 403:
        return "without a reason; try again later, and over IPv4 if this machine uses IPv6"
    return "without a reason; try again later"


# Observed for a code that was used before, and for a wrong verifier.
_CODE_USED = 918
_LONGEST_TEXT = 200
_NO_TOKENS = "Pixiv's token URL returned no tokens; try again later"
# A year; Pixiv's value is an hour.
_MAX_SECONDS = 366 * 86_400


def _seconds(expires_in: Any) -> float:
    """The validity of a token; an hour if the value is not a valid number."""
    if isinstance(expires_in, str) and re.fullmatch("[0-9]{1,9}", expires_in):
        expires_in = int(expires_in)
    return float(expires_in) if isinstance(expires_in, int | float) and 0 < expires_in <= _MAX_SECONDS else 3600


def _account(user: Any) -> Account | None:
    """The account; None if its form is unknown, which must not make a login fail."""
    try:
        return msgspec.convert({**user, "id": str(user["id"])}, Account, strict=False)
    except (msgspec.ValidationError, TypeError, KeyError):
        return None


def rejection_reason(body: bytes) -> str | None:
    """Why the token URL rejected the request, in its own words; None if the body does not report an error."""
    content = _json(body)
    if not content.get("error") and not content.get("has_error"):
        return None
    # Errors of the API itself, such as a rate limit, have the API's own format.
    return (
        error_message({"error": _system_error(content).get("message")}) or error_message(content) or "no reason given"
    )


def _json(body: bytes) -> dict[str, Any]:
    """The JSON object in a response; empty if there is none."""
    try:
        return msgspec.json.decode(body, type=dict[str, Any])
    except BROKEN_JSON:
        return {}


def _system_error(content: Mapping[str, Any]) -> Mapping[str, Any]:
    """The message and the code of an error; empty if it has another form."""
    errors = content.get("errors")
    system = errors.get("system") if isinstance(errors, dict) else None
    return system if isinstance(system, dict) else {}


@dataclass(frozen=True)
class Pkce:
    """The secret that binds the code of a login page to the client that opened it (PKCE, S256)."""

    verifier: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)

    @property
    def challenge(self) -> str:
        """The hash of the verifier, which is part of the login page's URL."""
        digest = hashlib.sha256(self.verifier.encode()).digest()
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()

    @property
    def login_url(self) -> str:
        """The page on which the user logs in."""
        query = {"code_challenge": self.challenge, "code_challenge_method": "S256", "client": "pixiv-android"}
        return f"{LOGIN_URL}?{urlencode(query)}"


def login_code(text: str) -> str:
    """The code in the pasted text: the code itself, or the full callback URL.

    Raises:
        LoginError: the text contains no code.
    """
    text = text.strip()
    if "://" not in text and "code=" not in text:
        code = text
    else:
        query = text.partition("?")[2].partition("#")[0] or text
        code = parse_qs(query).get("code", [""])[0]
    if not code or not code.isprintable() or " " in code:
        raise LoginError(
            "the pasted text contains no login code: paste the URL that begins with pixiv://, or its code parameter"
        )
    return code

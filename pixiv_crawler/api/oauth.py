"""Pixiv's login: OAuth forms, headers, answers, and PKCE for a first login.

POST https://oauth.secure.pixiv.net/auth/token, form-urlencoded. An access token lives for an hour, a refresh token for
years. The client pair and the salt are public constants of Pixiv's own Android app.
"""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlencode

import msgspec

from pixiv_crawler.api.errors import BROKEN_JSON, error_message
from pixiv_crawler.console.redaction import SECRET_NAMES, know, redacted
from pixiv_crawler.exceptions import LoginError, UnreachableError

CLIENT_ID = "MOBrBDS8blbauoSck0ZfDbtuzpyT"
CLIENT_SECRET = "lsACyCD94FhDUtGTXi3QzcFE2uU1hqtDaKeqrdwj"  # noqa: S105 - public, the same in every copy of the app
# Demanded on the token URL since September 2019, else `access_denied`.
_HASH_SALT = "28c1fdd170a5204386cb1313c7077b34f83e4aaf4aa829ce78c231e05b0bae2c"

LOGIN_URL = "https://app-api.pixiv.net/web/v1/login"
REDIRECT_URI = "https://app-api.pixiv.net/web/v1/users/auth/pixiv/callback"

Form = dict[str, str]


class Account(msgspec.Struct, frozen=True):
    """The account that logged in, as the token URL describes it, but for its mail address, which nobody here needs."""

    id: str
    """Pixiv's ID of the user; a text here, a number everywhere else."""
    name: str = ""
    """Display name."""
    account: str = ""
    """Account name (Pixiv ID)."""
    profile_image_urls: dict[str, str] = {}
    """Addresses of the avatar: px_16x16, px_50x50, px_170x170."""
    is_premium: bool = False
    """Whether the account pays for Pixiv premium, which sorting by popularity wants."""
    x_restrict: int = 0
    """What the account's settings show: 0 all ages, 1 also R-18, 2 also R-18G."""
    is_mail_authorized: bool | None = None
    """Whether the mail address was confirmed; None when not told."""
    require_policy_agreement: bool | None = None
    """Whether Pixiv asks the account to agree to new terms; None in answers before 2019."""


class Grant(msgspec.Struct, frozen=True):
    """What the token URL grants."""

    access_token: str
    refresh_token: str
    expires_in: float = 3600
    """Seconds that the access token lives from now."""
    user: Account | None = None

    def __post_init__(self) -> None:
        know(self.access_token, self.refresh_token)

    def __repr__(self) -> str:
        return f"Grant(expires_in={self.expires_in}, user={self.user})"


class _Told(msgspec.Struct):
    access_token: str
    refresh_token: str
    expires_in: Any = None
    user: Any = None


class _Answer(msgspec.Struct):
    # Answers of 2019 and 2020 hold everything under `response`; later ones hold it twice.
    access_token: str = ""
    response: msgspec.Raw = msgspec.Raw()


def refresh_form(refresh_token: str, client_id: str, client_secret: str) -> Form:
    """The form that trades a refresh token for an access token."""
    return _form(client_id, client_secret, grant_type="refresh_token", refresh_token=refresh_token, get_secure_url="1")


def code_form(code: str, verifier: str, client_id: str, client_secret: str) -> Form:
    """The form that trades the code of a login page for tokens (PKCE)."""
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
    """The form of the old login by password, which Pixiv has refused since February 2021."""
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
    know(*(text for name, text in form.items() if name in SECRET_NAMES))
    return form


def client_headers(now: datetime) -> dict[str, str]:
    """`X-Client-Time` and its hash, which prove to the token URL that an app is asking."""
    time = now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S+00:00")
    digest = hashlib.md5((time + _HASH_SALT).encode(), usedforsecurity=False).hexdigest()
    return {"X-Client-Time": time, "X-Client-Hash": digest}


def granted(status: int, body: bytes) -> Grant:
    """The tokens in an answer of the token URL, of either shape.

    Raises:
        LoginError: Pixiv refused.
        UnreachableError: what came says nothing about the token, such as a page of Cloudflare's.
    """
    refused = refusal(body)
    refused = refused and redacted(refused)  # it may quote the form
    if status == 429 or status >= 500 or (refused and "rate limit" in refused.lower()):
        raise UnreachableError(f"Pixiv's token URL answered HTTP {status} ({refused or 'no reason'}); try again later")
    if refused is not None:
        raise LoginError(f"Pixiv refused the login ({refused}); run: scrapy login")
    if status >= 300:
        raise UnreachableError(f"Pixiv's token URL answered HTTP {status} without a reason; try again later")
    try:
        answer = msgspec.json.decode(body, type=_Answer)
        told = msgspec.json.decode(body if answer.access_token else answer.response, type=_Told)
    except BROKEN_JSON as error:
        raise UnreachableError("Pixiv's token URL answered without tokens; try again later") from error
    if not (told.access_token and told.refresh_token):
        raise UnreachableError("Pixiv's token URL answered without tokens; try again later")
    return Grant(told.access_token, told.refresh_token, _seconds(told.expires_in), _account(told.user))


# A year; Pixiv says an hour.
_LONGEST_SECONDS = 366 * 86_400


def _seconds(expires_in: Any) -> float:
    """How long a token lives; an hour when that is not told as a number."""
    if isinstance(expires_in, str) and re.fullmatch("[0-9]{1,9}", expires_in):
        expires_in = int(expires_in)
    return float(expires_in) if isinstance(expires_in, int | float) and 0 < expires_in <= _LONGEST_SECONDS else 3600


def _account(user: Any) -> Account | None:
    """The account, when it is told in a form that we know: a login must not fail for it."""
    try:
        return msgspec.convert({**user, "id": str(user["id"])}, Account, strict=False)
    except (msgspec.ValidationError, TypeError, KeyError):
        return None


def refusal(body: bytes) -> str | None:
    """Why the token URL refused, in its own words; None when the body is no refusal of Pixiv's."""
    try:
        answer = msgspec.json.decode(body, type=dict[str, Any])
    except BROKEN_JSON:
        return None
    if not answer.get("error") and not answer.get("has_error"):
        return None
    errors = answer.get("errors")
    system = errors.get("system") if isinstance(errors, dict) else None
    message = system.get("message") if isinstance(system, dict) else None
    # An error of the API itself, such as a rate limit, has the API's own shape.
    return error_message({"error": message}) or error_message(answer) or "no reason given"


@dataclass(frozen=True)
class Pkce:
    """The secret that ties a login page to the one who opened it (PKCE, S256)."""

    verifier: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)

    @property
    def challenge(self) -> str:
        """What the login page gets to see of the secret."""
        digest = hashlib.sha256(self.verifier.encode()).digest()
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()

    @property
    def login_url(self) -> str:
        """The page where a person logs in."""
        query = {"code_challenge": self.challenge, "code_challenge_method": "S256", "client": "pixiv-android"}
        return f"{LOGIN_URL}?{urlencode(query)}"


def login_code(text: str) -> str:
    """The code in what a person pasted: the code itself, or the whole callback address.

    Raises:
        LoginError: there is no code in it.
    """
    text = text.strip()
    if "://" not in text and "code=" not in text:
        code = text
    else:
        query = text.partition("?")[2].partition("#")[0] or text
        code = parse_qs(query).get("code", [""])[0]
    if not code or not code.isprintable() or " " in code:
        raise LoginError(
            "there is no code in what was pasted; paste the address that begins with pixiv:// or its code"
        )
    return code

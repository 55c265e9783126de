"""Pixiv's login: the token URL with its two supported grants, and the page that issues a code."""

import hashlib
from urllib.parse import parse_qsl, urlencode

from ..media import image_urls
from ..messages import HTML_TYPE, Request, Response, json_response
from ..world.users import ACCOUNT
from ..world.world import AccountSettings
from .tokens import CODE_SECONDS, CodeError, Tokens

AUTH_PATH = "/auth/token"
LOGIN_PATH = "/web/v1/login"
CALLBACK_URL = "https://app-api.pixiv.net/web/v1/users/auth/pixiv/callback"

# Public constants of Pixiv's Android app.
_CLIENT = ("MOBrBDS8blbauoSck0ZfDbtuzpyT", "lsACyCD94FhDUtGTXi3QzcFE2uU1hqtDaKeqrdwj")
_HASH_SALT = "28c1fdd170a5204386cb1313c7077b34f83e4aaf4aa829ce78c231e05b0bae2c"

_BAD_REFRESH = "Invalid refresh token"
_EXPIRED_CODE = "The authorization code has expired"
# For a code that was used before or belongs to another challenge, with code 918.
_BAD_REQUEST = "不正なリクエストです。"
_BAD_GRANT = "Invalid grant_type parameter or parameter missing"
_ACCESS_DENIED = "access_denied"


def token(tokens: Tokens, account: AccountSettings, request: Request) -> Response:
    """POST /auth/token"""
    if not _is_signed(request):
        return _refusal(_ACCESS_DENIED)
    form = dict(parse_qsl(request.body))
    match form.get("grant_type"):
        case "refresh_token" if "refresh_token" in form:
            given = tokens.renew(form["refresh_token"]) if _is_client(form) else None
            return _refusal(_BAD_REFRESH) if given is None else _grant(tokens, account, *given)
        case "authorization_code" if {"code", "code_verifier", "redirect_uri"} <= form.keys():
            is_valid = _is_client(form) and form["redirect_uri"] == CALLBACK_URL
            if not is_valid:
                return _refusal(_EXPIRED_CODE)
            try:
                return _grant(tokens, account, *tokens.redeem(form["code"], form["code_verifier"]))
            except CodeError as error:
                return _refusal(_EXPIRED_CODE) if error.is_expired else _refusal(_BAD_REQUEST, 918, "invalid_request")
        case _:  # "password" too: Pixiv disabled it on 2021-02-09
            return _refusal(_BAD_GRANT)


def login_page(tokens: Tokens, request: Request) -> Response:
    """GET /web/v1/login: redirects to the callback with a code, as if the user had logged in at once."""
    if request.query.get("code_challenge_method") != "S256" or not request.query.get("code_challenge"):
        return Response(400, b"<!DOCTYPE html><title>pixiv</title><p>No code_challenge.", HTML_TYPE)
    code = tokens.issue_code(request.query["code_challenge"], CODE_SECONDS)
    url = f"{CALLBACK_URL}?{urlencode({'state': 'sandbox', 'code': code})}"
    page = f'<!DOCTYPE html><title>pixiv</title><a href="{url.replace("&", "&amp;")}">{code}</a>'
    return Response(200, page.encode(), HTML_TYPE)


def _is_signed(request: Request) -> bool:
    sent_at = request.headers.get("x-client-time", "")
    signature = hashlib.md5((sent_at + _HASH_SALT).encode()).hexdigest()
    return bool(sent_at) and request.headers.get("x-client-hash") == signature


def _is_client(form: dict[str, str]) -> bool:
    """A token belongs to the client that it was issued for."""
    return (form.get("client_id"), form.get("client_secret")) == _CLIENT


def _grant(tokens: Tokens, account: AccountSettings, access_token: str, refresh_token: str) -> Response:
    granted = {
        "access_token": access_token,
        "expires_in": tokens.seconds,
        "token_type": "bearer",
        "scope": "",
        "refresh_token": refresh_token,
        "user": _account(account),
    }
    return json_response({**granted, "response": granted})


def _account(account: AccountSettings) -> dict[str, object]:
    no_profile = image_urls.NO_PROFILE.removesuffix(".png")
    return {
        "profile_image_urls": {
            "px_16x16": f"{no_profile}_ss.png",
            "px_50x50": f"{no_profile}_s.png",
            "px_170x170": f"{no_profile}.png",
        },
        "id": str(ACCOUNT.id),
        "name": ACCOUNT.name,
        "account": ACCOUNT.account,
        "mail_address": "sandbox@example.com",
        "is_premium": account.is_premium,
        "x_restrict": account.x_restrict,
        "is_mail_authorized": True,
        "require_policy_agreement": False,
    }


def _refusal(message: str, code: int = 1508, error: str = "invalid_grant") -> Response:
    errors = {"system": {"message": message, "code": code}}
    return json_response({"has_error": True, "errors": errors, "error": error}, 400)

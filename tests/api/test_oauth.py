from __future__ import annotations

import base64
import hashlib
import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pixiv_crawler.api import oauth
from pixiv_crawler.exceptions import LoginError, UnreachableError

# Pixiv's public constants, repeated here so that a change in the package is noticed.
CLIENT = ("MOBrBDS8blbauoSck0ZfDbtuzpyT", "lsACyCD94FhDUtGTXi3QzcFE2uU1hqtDaKeqrdwj")
SALT = "28c1fdd170a5204386cb1313c7077b34f83e4aaf4aa829ce78c231e05b0bae2c"
CALLBACK = "https://app-api.pixiv.net/web/v1/users/auth/pixiv/callback"
USER = {"id": "77", "name": "絵描き", "account": "painter", "is_premium": True, "x_restrict": 2}
GRANT: dict[str, Any] = {"access_token": "new-access", "refresh_token": "new-refresh", "expires_in": 3600}


def granted(content: Any, status: int = 200) -> oauth.Grant:
    return oauth.parse_grant(status, json.dumps(content).encode())


@pytest.mark.parametrize(
    ("moment", "time"),
    [
        (datetime(2026, 1, 31, 12, 34, 56, 789, tzinfo=UTC), "2026-01-31T12:34:56+00:00"),
        (datetime(2027, 12, 1, tzinfo=UTC), "2027-12-01T00:00:00+00:00"),
    ],
)
def test_the_time_is_sent_with_its_salted_hash(moment: datetime, time: str) -> None:
    digest = hashlib.md5((time + SALT).encode()).hexdigest()
    assert oauth.client_headers(moment) == {"X-Client-Time": time, "X-Client-Hash": digest}


def test_the_client_is_pixivs_current_app() -> None:
    assert (oauth.CLIENT_ID, oauth.CLIENT_SECRET) == CLIENT


PAIR = {"client_id": "pair", "client_secret": "of-mine"}


@pytest.mark.parametrize(
    ("form", "fields"),
    [
        (
            oauth.refresh_form("token", "pair", "of-mine"),
            {"grant_type": "refresh_token", "refresh_token": "token", "get_secure_url": "1"},
        ),
        (
            oauth.code_form("code", "verifier", "pair", "of-mine"),
            {"grant_type": "authorization_code", "code": "code", "code_verifier": "verifier",
             "redirect_uri": CALLBACK, "include_policy": "true"},
        ),
        (
            oauth.password_form("name", "pass word", "pair", "of-mine"),
            {"grant_type": "password", "username": "name", "password": "pass word", "get_secure_url": "1"},
        ),
    ],
)  # fmt: skip
def test_a_form_contains_the_fields_that_pixiv_requires(form: dict[str, str], fields: dict[str, str]) -> None:
    assert form == PAIR | fields


def test_the_challenge_is_the_hash_of_a_verifier_of_43_characters() -> None:
    pkce = oauth.Pkce()
    assert re.fullmatch(r"[A-Za-z0-9_-]{43}", pkce.verifier)
    digest = hashlib.sha256(pkce.verifier.encode("ascii")).digest()
    assert pkce.challenge == base64.urlsafe_b64encode(digest).decode().rstrip("=")
    assert len(pkce.challenge) == 43


def test_the_challenge_of_the_standards_own_example_is_right() -> None:
    assert oauth.Pkce("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk").challenge == (
        "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
    )


def test_every_login_has_its_own_secret() -> None:
    assert len({oauth.Pkce().verifier for _ in range(50)}) == 50


def test_the_login_url_contains_the_challenge_but_never_the_verifier() -> None:
    pkce = oauth.Pkce()
    parts = urlsplit(pkce.login_url)
    assert (parts.scheme, parts.netloc, parts.path) == ("https", "app-api.pixiv.net", "/web/v1/login")
    assert parse_qs(parts.query) == {
        "code_challenge": [pkce.challenge],
        "code_challenge_method": ["S256"],
        "client": ["pixiv-android"],
    }
    assert pkce.verifier not in pkce.login_url
    assert pkce.verifier not in repr(pkce)


CODE = "Ab3-_xyzABCDEFGHIJKLMNOPQRSTUVWXYZ012345678"


@pytest.mark.parametrize(
    "pasted",
    [
        CODE,
        f"pixiv://account/login?code={CODE}&via=login",
        f"pixiv://account/login?via=login&code={CODE}",
        f"{CALLBACK}?state=abc&code={CODE}",
        f"{CALLBACK}?state=abc&code={CODE}#top",
        f"code={CODE}&via=login",
        f"?code={CODE}",
        f"code={CODE}",
    ],
)
@pytest.mark.parametrize("blanks", ["", " ", "\n", "\t\r\n\u3000"])
def test_the_code_is_found_in_any_pasted_form(pasted: str, blanks: str) -> None:
    assert oauth.login_code(blanks + pasted + blanks) == CODE


@pytest.mark.parametrize(
    "pasted",
    [
        "",
        " \n",
        "what is a code",
        "pixiv://account/login?via=login",
        "pixiv://account/login?code=&via=login",
        "https://accounts.pixiv.net/login",
        f"{CALLBACK}?state=abc",
        f"https://app-api.pixiv.net/web/v1/login?code_challenge={CODE}&code_challenge_method=S256",
        "code=",
        "code=a+b",
        "code=a%0Ab",
    ],
)
def test_a_text_without_a_code_is_rejected_in_one_sentence(pasted: str) -> None:
    with pytest.raises(LoginError, match="the pasted text contains no login code"):
        oauth.login_code(pasted)


@pytest.mark.parametrize("content", [GRANT | {"user": USER}, {"response": GRANT | {"user": USER}},
                                     GRANT | {"user": USER, "response": GRANT | {"user": USER}},
                                     GRANT | {"user": USER, "response": None, "brand_new": [1]}])  # fmt: skip
def test_tokens_are_found_in_responses_of_either_shape(content: Any) -> None:
    account = oauth.Account("77", "絵描き", "painter", is_premium=True, x_restrict=2)
    assert granted(content) == oauth.Grant("new-access", "new-refresh", 3600, account)


@pytest.mark.parametrize("name", ["oauth_token__refresh_2021", "oauth_token__response_only_2019"])
def test_recorded_tokens_are_parsed(samples: Path, name: str) -> None:
    content = (samples / f"{name}.json").read_bytes()
    recorded = json.loads(content)["response"]
    grant = oauth.parse_grant(200, content)
    assert grant.user is not None
    assert (grant.access_token, grant.refresh_token, grant.expires_in) == (
        recorded["access_token"], recorded["refresh_token"], recorded["expires_in"]
    )  # fmt: skip
    assert {name: getattr(grant.user, name) for name in USER} == {name: recorded["user"][name] for name in USER}


def test_a_response_may_omit_the_account_and_the_validity() -> None:
    assert granted({"access_token": "a", "refresh_token": "b"}) == oauth.Grant("a", "b", 3600, None)


def test_a_quoted_validity_is_accepted() -> None:
    assert granted(GRANT | {"expires_in": "1800"}).expires_in == 1800


@pytest.mark.parametrize("status", [200, 400])
@pytest.mark.parametrize(
    ("content", "why"),
    [
        ({"has_error": True, "errors": {"system": {"message": "Invalid refresh token", "code": 1508}},
          "error": "invalid_grant"}, "Invalid refresh token"),
        ({"has_error": True, "errors": {"system": {"message": "103:間違い", "code": 1508}}}, "103:間違い"),
        ({"has_error": True, "errors": {"system": {"message": "The authorization code has expired"}}},
         "The authorization code has expired"),
        ({"error": "access_denied"}, "access_denied"),
        ({"has_error": True}, "no reason given"),
        ({"has_error": True, "errors": []}, "no reason given"),
        ({"has_error": True, "errors": {"system": "down"}, "error": "invalid_grant"}, "invalid_grant"),
        ({"has_error": True, "errors": {"system": {"message": None}}, "error": "invalid_grant"}, "invalid_grant"),
        (GRANT | {"has_error": True}, "no reason given"),
    ],
)  # fmt: skip
def test_a_rejection_is_reported_in_pixivs_words(content: Any, why: str, status: int) -> None:
    assert oauth.rejection_reason(json.dumps(content).encode()) == why
    with pytest.raises(LoginError) as raised:
        granted(content, status)
    assert str(raised.value).startswith(f"Pixiv rejected the login ({why}); run: scrapy login")
    assert str(raised.value).endswith("it has flagged the account)") is ("refresh token" in why)


def test_a_code_that_was_used_before_or_belongs_to_another_login_is_explained() -> None:
    content = {"has_error": True, "errors": {"system": {"message": "不正なリクエストです。", "code": 918}}}
    with pytest.raises(LoginError, match="the code was used before, is too old or belongs to another login page; run"):
        granted(content | {"error": "invalid_request"}, 400)


def test_a_misdirected_login_names_the_possible_causes_and_is_not_retried() -> None:
    with pytest.raises(LoginError, match="a proxy, a mirror or an entry in the hosts file") as raised:
        oauth.parse_grant(421, b"<!DOCTYPE html>")
    assert not isinstance(raised.value, UnreachableError)


def test_a_plain_text_of_the_token_url_is_quoted() -> None:
    with pytest.raises(UnreachableError, match=r"HTTP 400 \(Invalid header received from client.\); check the proxy"):
        oauth.parse_grant(400, b"Invalid header received from client.\n")


@pytest.mark.parametrize(
    "name",
    ["oauth_error__invalid_refresh_token", "oauth_error__password_grant_disabled", "oauth_error__wrong_password_old"],
)
def test_a_recorded_rejection_is_reported_in_pixivs_words(samples: Path, name: str) -> None:
    content = (samples / f"{name}.json").read_bytes()
    compact = json.dumps(json.loads(content), separators=(",", ":")).replace("/", r"\/").encode()
    assert (
        oauth.rejection_reason(content)
        == oauth.rejection_reason(compact)
        == json.loads(content)["errors"]["system"]["message"]
    )


def test_no_recorded_rejection_is_missing_above(samples: Path) -> None:
    assert len(list(samples.glob("oauth_error__*.json"))) == 3


@pytest.mark.parametrize(("status", "words"), [(302, "without a reason"), (403, "without a reason"),
                                               (429, "(no reason)"), (500, "(no reason)"), (503, "(no reason)")])  # fmt: skip
@pytest.mark.parametrize("content", [b"", b"<!DOCTYPE html>", b"{", json.dumps(GRANT).encode()])
def test_an_error_without_a_reason_is_reported_with_its_status(status: int, words: str, content: bytes) -> None:
    with pytest.raises(LoginError) as raised:
        oauth.parse_grant(status, content)
    over_ipv4 = ", and over IPv4 if this machine uses IPv6" if status == 403 else ""
    assert str(raised.value) == f"Pixiv's token URL returned HTTP {status} {words}; try again later{over_ipv4}"


@pytest.mark.parametrize(
    ("status", "why"), [(429, "slow down"), (500, "down"), (503, "down"), (403, "Rate Limit"), (400, "rate limit")]
)
def test_an_unavailable_token_url_does_not_reject_the_token(status: int, why: str) -> None:
    content = {"has_error": True, "errors": {"system": {"message": why}}}
    with pytest.raises(UnreachableError) as raised:
        granted(content, status)
    assert str(raised.value) == f"Pixiv's token URL returned HTTP {status} ({why}); try again later"


@pytest.mark.parametrize("status", [200, 400, 403])
def test_a_rejection_is_not_a_transient_error(status: int) -> None:
    with pytest.raises(LoginError) as raised:
        granted({"error": "invalid_grant"}, status)
    assert not isinstance(raised.value, UnreachableError)


def test_a_rejection_that_quotes_the_token_is_redacted() -> None:
    token = oauth.refresh_form("s3cret-refresh", "id", "")["refresh_token"]
    content = json.dumps({"has_error": True, "errors": {"system": {"message": f"bad token {token}"}}}).encode()
    with pytest.raises(LoginError) as raised:
        oauth.parse_grant(400, content)
    assert str(raised.value) == "Pixiv rejected the login (bad token ***); run: scrapy login"


@pytest.mark.parametrize("expires_in", ['"soon"', "null", "0", "-5", "[]", "{}"])
def test_an_invalid_validity_is_replaced_by_an_hour(expires_in: str) -> None:
    content = b'{"access_token": "a", "refresh_token": "b", "expires_in": %b}' % expires_in.encode()
    assert oauth.parse_grant(200, content) == oauth.Grant("a", "b", 3600, None)


def test_a_validity_that_is_too_large_is_replaced_by_an_hour() -> None:
    content = b'{"access_token": "a", "refresh_token": "b", "expires_in": %b}' % (b"9" * 400)
    assert oauth.parse_grant(200, content).expires_in == 3600


@pytest.mark.parametrize("user", [None, 5, "x", [], {}, USER | {"name": 5}, USER | {"id": None, "name": []}])
def test_an_account_of_unknown_form_does_not_make_the_login_fail(user: Any) -> None:
    assert granted(GRANT | {"user": user}) == oauth.Grant("new-access", "new-refresh", 3600, None)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<!DOCTYPE html>",
        b"{}",
        b"[]",
        b"null",
        b'"new-access"',
        b'{"response": {}}',
        b'{"response": []}',
        b'{"response": null}',
        b'{"access_token": "new-access"}',
        b'{"access_token": 5, "refresh_token": "b"}',
        b'{"access_token": "a", "refresh_token": null}',
        b'{"access_token": "a", "refresh_token": "b"',
        b'{"access_token": "\xff", "refresh_token": "b"}',
        b"[" * 100_000,
        b'{"response": ' * 100_000,
    ],
)
def test_a_response_without_tokens_is_an_error_that_quotes_nothing_from_it(content: bytes) -> None:
    with pytest.raises(LoginError) as raised:
        oauth.parse_grant(200, content)
    assert str(raised.value) == "Pixiv's token URL returned no tokens; try again later"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=12,
)
NAMES = ["access_token", "refresh_token", "expires_in", "user", "response", "error", "errors", "has_error"]


@settings(max_examples=100)
@given(
    st.sampled_from([200, 302, 400, 403, 503]),
    st.binary(max_size=40)
    | st.fixed_dictionaries({}, optional=dict.fromkeys(NAMES, JSON)).map(json.dumps).map(str.encode),
)
@example(200, b'{"error":"\\ud800"}')
@pytest.mark.e2e
def test_any_response_contains_tokens_or_raises_a_login_error(status: int, content: bytes) -> None:
    try:
        grant = oauth.parse_grant(status, content)
    except LoginError:
        return
    assert status < 300
    assert oauth.rejection_reason(content) is None
    assert isinstance(grant.refresh_token, str)

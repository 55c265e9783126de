from __future__ import annotations

import base64
import hashlib
import re

import pytest

from pixiv_crawler.sandbox import Sandbox

from .client import Client

VERIFIER = "v" * 43
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
CALLBACK = "https://app-api.pixiv.net/web/v1/users/auth/pixiv/callback"


EXPIRED = "The authorization code has expired"
USED_OR_FOREIGN = "不正なリクエストです。"


def redeem(client: Client, code: str, **changes: str) -> int | str:
    """The status, or the message of a rejection."""
    form = {"grant_type": "authorization_code", "code": code, "code_verifier": VERIFIER, "redirect_uri": CALLBACK}
    reply = client.token(**form | changes)
    return str(reply.json["errors"]["system"]["message"]) if reply.status == 400 else reply.status


def test_a_refresh_token_yields_an_access_token_and_is_returned_unchanged(client: Client) -> None:
    response = client.renew().json
    assert response["refresh_token"] == client.sandbox.refresh_token
    assert (response["expires_in"], response["token_type"], response["scope"]) == (3600, "bearer", "")
    assert client.api("/v1/user/illusts", user_id=1003).status == 200


def test_the_grant_is_repeated_under_response(client: Client) -> None:
    response = client.renew().json
    copy = response.pop("response")
    assert copy == response


def test_the_id_of_the_account_is_a_string_and_the_account_exists(client: Client) -> None:
    user = client.renew().json["user"]
    assert isinstance(user["id"], str)
    assert client.api("/v1/user/detail", user_id=user["id"]).json["user"]["name"] == user["name"]
    assert set(user) >= {"mail_address", "is_premium", "x_restrict", "require_policy_agreement"}


def test_an_invalid_refresh_token_is_rejected(client: Client) -> None:
    reply = client.renew("wrong")
    assert reply.status == 400
    assert reply.json == {
        "has_error": True,
        "errors": {"system": {"message": "Invalid refresh token", "code": 1508}},
        "error": "invalid_grant",
    }


def test_a_refresh_token_belongs_to_its_client(client: Client) -> None:
    form = {"grant_type": "refresh_token", "refresh_token": client.sandbox.refresh_token}
    assert client.token(**form, client_secret="other").json["errors"]["system"]["message"] == "Invalid refresh token"


def test_the_password_grant_is_rejected(client: Client) -> None:
    reply = client.token(grant_type="password", username="somebody", password="secret")
    assert reply.status == 400
    message = reply.json["errors"]["system"]["message"]
    assert message == "Invalid grant_type parameter or parameter missing"


@pytest.mark.parametrize("form", [{}, {"grant_type": "refresh_token"}, {"grant_type": "authorization_code"}])
def test_a_missing_parameter_is_rejected(client: Client, form: dict[str, str]) -> None:
    message = client.token(**form).json["errors"]["system"]["message"]
    assert message == "Invalid grant_type parameter or parameter missing"


def test_an_unsigned_request_is_rejected(client: Client) -> None:
    reply = client.token(sign=False, grant_type="refresh_token", refresh_token=client.sandbox.refresh_token)
    assert reply.status == 400
    assert reply.json["errors"]["system"]["message"] == "access_denied"


def test_a_code_works_once(client: Client) -> None:
    code = client.sandbox.issue_code(CHALLENGE)
    assert redeem(client, code) == 200
    assert redeem(client, code) == USED_OR_FOREIGN


@pytest.mark.parametrize(
    ("changes", "message"),
    [({"code_verifier": "other"}, USED_OR_FOREIGN), ({"redirect_uri": "pixiv://account/login"}, EXPIRED)],
)
def test_a_code_requires_the_verifier_of_its_challenge(client: Client, changes: dict[str, str], message: str) -> None:
    assert redeem(client, client.sandbox.issue_code(CHALLENGE), **changes) == message


def test_a_code_expires(client: Client) -> None:
    assert redeem(client, client.sandbox.issue_code(CHALLENGE, seconds=0)) == EXPIRED


def test_the_login_page_leads_to_the_callback_with_a_code(client: Client) -> None:
    reply = client.request("GET", f"/web/v1/login?code_challenge={CHALLENGE}&code_challenge_method=S256")
    assert reply.headers["content-type"].startswith("text/html")
    found = re.search(rf'href="{CALLBACK}\?state=\w+&amp;code=([\w-]+)"', reply.body.decode())
    assert found
    assert redeem(client, found[1]) == 200


def test_the_login_page_requires_a_challenge(client: Client) -> None:
    assert client.request("GET", "/web/v1/login").status == 400


def test_an_access_token_expires_after_its_time(client: Client) -> None:
    client.api("/v1/user/illusts", user_id=1003)
    client.sandbox.expire_tokens()
    reply = client.api("/v1/user/illusts", user_id=1003)
    assert reply.status == 400
    assert reply.message.endswith("Error Message: invalid_grant")


def test_expires_in_is_the_lifetime_of_an_access_token() -> None:
    with Sandbox(token_seconds=0) as sandbox:
        client = Client(sandbox)
        assert client.renew().json["expires_in"] == 0
        assert client.api("/v1/user/illusts", user_id=1003).status == 400


def test_an_access_token_expires_after_its_uses() -> None:
    with Sandbox(token_uses=2) as sandbox:
        client = Client(sandbox)
        assert [client.api("/v1/user/illusts", user_id=1003).status for _ in range(3)] == [200, 200, 400]
        client.access_token = ""
        assert client.api("/v1/user/illusts", user_id=1003).status == 200


@pytest.mark.parametrize("header", [None, "Bearer", "Bearer ", "Basic abc"])
def test_a_missing_or_malformed_token_is_an_invalid_request(client: Client, header: str | None) -> None:
    reply = client.request("GET", "/v1/user/illusts?user_id=1003", {"Authorization": header} if header else {})
    assert reply.status == 400
    assert reply.message.endswith("Error Message: invalid_request")


def test_an_unknown_token_is_an_invalid_grant(client: Client) -> None:
    reply = client.request("GET", "/v1/user/illusts?user_id=1003", {"Authorization": "Bearer never-issued"})
    assert reply.message.endswith("Error Message: invalid_grant")


def test_revoked_refresh_tokens_are_rejected_until_a_new_login(client: Client) -> None:
    client.sandbox.revoke_refresh_tokens()
    assert client.renew().status == 400
    assert redeem(client, client.sandbox.issue_code(CHALLENGE)) == 200
    assert client.renew().status == 200


def test_a_rotated_refresh_token_works_once() -> None:
    with Sandbox(rotate_refresh_token=True) as sandbox:
        client, old = Client(sandbox), sandbox.refresh_token
        new = client.renew().json["refresh_token"]
        assert new == sandbox.refresh_token != old
        assert client.renew(old).status == 400
        assert client.renew(new).status == 200

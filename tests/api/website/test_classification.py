from __future__ import annotations

import json
from typing import Any

import pytest

from pixiv_crawler.api.errors import WEB_POLICY, Action, ErrorKind
from pixiv_crawler.api.website import calls
from pixiv_crawler.api.website.classification import classify_web

ILLUST = calls.illust(5)
CHALLENGE = b"<!DOCTYPE html><title>Just a moment...</title><div id='cf-wrapper'></div>"
URLS = {"original": "https://i.pximg.net/img-original/img/2026/01/01/00/00/00/5_p0.png"}


def classified(status: int, body: Any, *, has_session: bool = False, call: Any = ILLUST, **headers: str) -> Any:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return classify_web(status, headers, content, call, has_session=has_session)


def refused(message: str) -> dict[str, Any]:
    return {"error": True, "message": message, "body": []}


@pytest.mark.parametrize(
    ("status", "body", "has_session", "kind"),
    [
        (200, CHALLENGE.replace(b"cf-", b"").replace(b"Just a moment", b""), False, ErrorKind.NOT_JSON),
        (403, CHALLENGE, True, ErrorKind.CHALLENGE),
        (503, CHALLENGE, False, ErrorKind.CHALLENGE),
        (503, b"<html>Maintenance</html>", False, ErrorKind.SERVER_ERROR),
        (403, b"<html>Forbidden</html>", True, ErrorKind.NOT_JSON),
        (400, refused("An unknown error occurred"), True, ErrorKind.BAD_SESSION),
        (200, refused("An unknown error occurred"), True, ErrorKind.BAD_SESSION),
        (400, refused("An unknown error occurred"), False, ErrorKind.UNKNOWN),
        (401, refused("no"), True, ErrorKind.BAD_SESSION),
        (403, refused("no"), True, ErrorKind.FORBIDDEN),
        (403, refused("no"), False, ErrorKind.FORBIDDEN),
        (429, refused("Too many"), True, ErrorKind.RATE_LIMIT),
        (429, b"<html></html>", False, ErrorKind.RATE_LIMIT),
        (404, refused("deleted"), True, ErrorKind.GONE),
        (500, refused("oops"), True, ErrorKind.SERVER_ERROR),
        (302, b"", True, ErrorKind.REDIRECT),
        (421, b"<html></html>", True, ErrorKind.MISDIRECTED),
        (200, {"error": False, "body": []}, True, ErrorKind.MALFORMED),
        (200, {"error": False}, True, ErrorKind.MALFORMED),
        (200, [], True, ErrorKind.NOT_JSON),
        (200, b"", True, ErrorKind.NOT_JSON),
        (200, {"error": False, "body": {"urls": {"original": None}}}, False, ErrorKind.LOGIN_NEEDED),
    ],
)
def test_each_response_without_a_work_has_a_kind_of_error(
    status: int, body: Any, has_session: bool, kind: ErrorKind
) -> None:
    found, fault = classified(status, body, has_session=has_session)
    assert (found, fault.kind, fault.status) == ({}, kind, status)
    assert kind in WEB_POLICY


def test_a_work_and_the_list_of_its_pages_are_no_error() -> None:
    assert classified(200, {"error": False, "body": {"urls": URLS}}) == ({"urls": URLS}, None)
    pages = classified(200, {"error": False, "body": [{"urls": URLS}]}, call=calls.illust_pages(ILLUST, {"id": 5}))
    assert pages == ({"pages": [{"urls": URLS}]}, None)


def test_a_lone_surrogate_does_not_cost_the_response() -> None:
    body = b'{"error":false,"body":{"title":"\\ud800","urls":{"original":"x"}}}'
    assert classified(200, body)[0]["title"] == "\ufffd"


def test_the_website_never_ends_a_crawl() -> None:
    assert not {Action.STOP, Action.RENEW} & set(WEB_POLICY.values())

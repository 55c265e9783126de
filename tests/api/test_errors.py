"""Classification of responses, and the error policy."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pixiv_crawler.api.call import ApiCall
from pixiv_crawler.api.classification import classify, classify_file, error_message
from pixiv_crawler.api.errors import (
    FILE_POLICY,
    POLICY,
    TRANSIENT,
    WEB_POLICY,
    Action,
    ApiError,
    ApiFault,
    ErrorKind,
    is_processed,
)
from tests.api.responses import HTML, LISTING, body, kind_of, php, readable

from .test_endpoints import CALLS

RECORDED = [
    ("error__access_token_invalid_grant", 400, ErrorKind.TOKEN_EXPIRED),
    ("error__no_access_token_invalid_request", 400, ErrorKind.TOKEN_MISSING),
    ("error__rate_limit", 403, ErrorKind.RATE_LIMIT),
    ("error__rate_limit", 429, ErrorKind.RATE_LIMIT),
    ("error__offset_over_5000_2025", 400, ErrorKind.OFFSET_LIMIT),
    ("error__bookmark_users_offset_over_5000", 400, ErrorKind.BAD_PARAMETER),
    ("error__invalid_restrict", 400, ErrorKind.BAD_PARAMETER),
    ("error__unknown_endpoint", 404, ErrorKind.UNKNOWN_ENDPOINT),
    ("error__user_access_restricted", 403, ErrorKind.RESTRICTED),
    ("error__user_access_restricted", 404, ErrorKind.RESTRICTED),
]


@pytest.mark.parametrize("write", [readable, php])
@pytest.mark.parametrize(("name", "status", "kind"), RECORDED)
def test_a_recorded_error_is_classified_in_either_json_style(
    samples: Path, name: str, status: int, kind: ErrorKind, write: Any
) -> None:
    content = json.loads((samples / f"{name}.json").read_bytes())
    fault = classify(status, {}, write(content), LISTING)
    assert fault is not None
    assert (fault.kind, fault.status) == (kind, status)
    assert fault.message == (content["error"]["user_message"] or content["error"]["message"])


def test_no_recorded_error_is_missing_in_the_table_above(samples: Path) -> None:
    assert {file.stem for file in samples.glob("error__*.json")} == {name for name, _, _ in RECORDED}


MESSAGES = [
    ({"user_message": "The artwork has been deleted or the artwork ID does not exist."}, 404, ErrorKind.GONE),
    ({"user_message": "該当作品は削除されたか、存在しない作品IDです。"}, 404, ErrorKind.GONE),
    ({"user_message": "User has left pixiv or the user ID does not exist."}, 404, ErrorKind.USER_GONE),
    ({"user_message": "アクセスが制限されています。"}, 403, ErrorKind.RESTRICTED),
    ({"user_message": "Artist has made their work private."}, 404, ErrorKind.PRIVATE),
    ({"user_message": "Artist has made their work private."}, 403, ErrorKind.PRIVATE),
    ({"user_message": "The creator has limited who can view this content"}, 403, ErrorKind.PRIVATE),
    ({"user_message": "Specified end-point doesn't exist"}, 404, ErrorKind.UNKNOWN_ENDPOINT),
    ({"user_message": "指定されたエンドポイントは存在しません"}, 404, ErrorKind.UNKNOWN_ENDPOINT),
    ({"user_message": "不正なリクエストです。"}, 400, ErrorKind.BAD_PARAMETER),
    ({"message": '{"offset":["Offset must be no more than 5000"]}'}, 400, ErrorKind.OFFSET_LIMIT),
    ({"message": '{"type":["Type contains invalid value"]}'}, 400, ErrorKind.BAD_PARAMETER),
    ({"message": '{"illust_id":["Illust Id is required"]}'}, 400, ErrorKind.BAD_PARAMETER),
    ({"message": "RateLimit"}, 403, ErrorKind.RATE_LIMIT),
    ({"message": "rate limit"}, 400, ErrorKind.RATE_LIMIT),
    ({"message": "Rate Limit"}, 200, ErrorKind.RATE_LIMIT),
    ({"message": "Rate Limit"}, 404, ErrorKind.RATE_LIMIT),
    ({"message": "Rate Limit"}, 503, ErrorKind.RATE_LIMIT),
    ({"user_message": "Never seen before"}, 404, ErrorKind.NOT_FOUND),
    ({"user_message": "Never seen before"}, 400, ErrorKind.BAD_PARAMETER),
    ({"user_message": "Never seen before"}, 401, ErrorKind.TOKEN_EXPIRED),
    ({"user_message": "Never seen before"}, 403, ErrorKind.FORBIDDEN),
    ({"user_message": "Never seen before"}, 429, ErrorKind.RATE_LIMIT),
    ({"user_message": "Never seen before"}, 503, ErrorKind.SERVER_ERROR),
    ({"user_message": "Never seen before"}, 200, ErrorKind.UNKNOWN),
    ({}, 401, ErrorKind.TOKEN_EXPIRED),
    ({}, 404, ErrorKind.UNKNOWN),
    ({}, 500, ErrorKind.SERVER_ERROR),
]


@pytest.mark.parametrize("write", [readable, php])
@pytest.mark.parametrize(("texts", "status", "kind"), MESSAGES)
def test_a_known_message_takes_precedence_over_the_status(
    texts: dict[str, str], status: int, kind: ErrorKind, write: Any
) -> None:
    fault = classify(status, {}, write(body(**texts)))
    assert fault is not None
    assert (fault.kind, fault.message) == (kind, next(iter(texts.values()), "no message"))


def test_an_error_takes_precedence_over_entries() -> None:
    content = body(message="Rate Limit") | {"illusts": [], "next_url": None}
    assert kind_of(200, readable(content), LISTING) is ErrorKind.RATE_LIMIT


@pytest.mark.parametrize("error", ["null", "false", '""', "{}", "[]", "0"])
def test_an_empty_error_next_to_entries_is_ignored(error: str) -> None:
    assert classify(200, {}, b'{"illusts": [], "error": %b}' % error.encode(), LISTING) is None


def test_a_text_within_an_entry_is_not_an_error() -> None:
    listing = {"illusts": [{"title": "Rate Limit", "caption": "error invalid_grant", "error": {}}], "next_url": None}
    assert classify(200, {}, php(listing), LISTING) is None


WITHOUT_JSON = [
    (200, HTML, ErrorKind.NOT_JSON),
    (403, b"\n " + HTML, ErrorKind.NOT_JSON),
    (503, HTML, ErrorKind.SERVER_ERROR),
    (500, b"", ErrorKind.SERVER_ERROR),
    (429, HTML, ErrorKind.RATE_LIMIT),
    (403, b"<!DOCTYPE html><title>You are being rate limited</title>", ErrorKind.RATE_LIMIT),
    (403, b"Rate Limit", ErrorKind.RATE_LIMIT),
    (404, b"RateLimit", ErrorKind.RATE_LIMIT),
    (400, b'{"has_error":true,"errors":{"system":{"message":"Rate Limit"}}}', ErrorKind.RATE_LIMIT),
    (429, b"", ErrorKind.RATE_LIMIT),
    (404, b"", ErrorKind.EMPTY_404),
    (404, b" \r\n", ErrorKind.EMPTY_404),
    (404, HTML, ErrorKind.NOT_JSON),
    (200, b"", ErrorKind.NOT_JSON),
    (200, b'{"illusts":[{"id":1', ErrorKind.NOT_JSON),
    (200, b'{"illusts":[]} {}', ErrorKind.NOT_JSON),
    (200, b"[]", ErrorKind.NOT_JSON),
    (200, b"null", ErrorKind.NOT_JSON),
    (200, b'"illusts"', ErrorKind.NOT_JSON),
    (200, b"\xef\xbb\xbf{}", ErrorKind.NOT_JSON),
    (200, b"\xff\xfe{\x00}\x00", ErrorKind.NOT_JSON),
    (200, b'{"\xff":1}', ErrorKind.NOT_JSON),
    (400, HTML, ErrorKind.BAD_PARAMETER),
    (400, b"", ErrorKind.BAD_PARAMETER),
    (414, HTML, ErrorKind.BAD_PARAMETER),
    (431, b"Request Header Fields Too Large", ErrorKind.BAD_PARAMETER),
    (413, HTML, ErrorKind.NOT_JSON),
    (401, b"", ErrorKind.TOKEN_EXPIRED),
    (401, HTML, ErrorKind.TOKEN_EXPIRED),
    (400, b'{"error":"\xff"}', ErrorKind.BAD_PARAMETER),
    (200, b"[" * 100_000, ErrorKind.NOT_JSON),
    (200, b"[" * 100_000 + b"]" * 100_000, ErrorKind.NOT_JSON),
    (200, b'{"a":' * 100_000 + b"1" + b"}" * 100_000, ErrorKind.NOT_JSON),
    (400, b'{"error":' + b"[" * 100_000 + b"]" * 100_000 + b"}", ErrorKind.BAD_PARAMETER),
    (400, b'{"error":1e999}', ErrorKind.BAD_PARAMETER),
    (400, b'{"error":' + b"9" * 5000 + b"}", ErrorKind.BAD_PARAMETER),
]


@pytest.mark.parametrize(("status", "content", "kind"), WITHOUT_JSON)
def test_a_response_that_is_not_a_json_object_is_classified_by_status_and_content(
    status: int, content: bytes, kind: ErrorKind
) -> None:
    fault = classify(status, {}, content, LISTING)
    assert fault is not None
    assert (fault.kind, fault.status) == (kind, status)
    assert len(fault.message) < 80


@pytest.mark.parametrize(
    ("headers", "content", "message"),
    [
        ({}, b"", "an empty body"),
        ({}, HTML, "an HTML page instead of JSON"),
        ({"content-type": "application/json"}, b"{" * 10, "invalid JSON (10 bytes)"),
        ({"content-type": "text/plain"}, b"Bad gateway", "'text/plain' instead of JSON"),
        ({}, b"Bad gateway", "'no content type' instead of JSON"),
    ],
)
def test_a_response_without_json_is_described(headers: dict[str, str], content: bytes, message: str) -> None:
    fault = classify(200, headers, content)
    assert fault is not None
    assert fault.message == message


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("content", [b"", HTML, readable({"illusts": []})])
def test_a_redirect_is_an_error_that_names_its_target(status: int, content: bytes) -> None:
    fault = classify(status, {"location": "https://elsewhere.example/"}, content, LISTING)
    assert fault is not None
    assert (fault.kind, fault.message) == (ErrorKind.REDIRECT, "a redirect to 'https://elsewhere.example/'")
    assert kind_of(status, content) is ErrorKind.REDIRECT


@pytest.mark.parametrize(
    ("entries", "found"),
    [("null", "null"), ('"many"', '"many"'), ("{}", "{}"), ("5", "5"), ("false", "false"), (None, "nothing"),
     ('"' + "ミク" * 50 + '"', '"ミク')],
)  # fmt: skip
def test_a_listing_without_its_list_is_malformed(entries: str | None, found: str) -> None:
    content = "{}" if entries is None else f'{{"next_url": null, "illusts":  {entries}}}'
    fault = classify(200, {}, content.encode(), LISTING)
    assert fault is not None
    assert fault.kind is ErrorKind.MALFORMED
    assert fault.message.startswith(found)
    assert fault.message.endswith("instead of a valid `illusts`")
    assert len(fault.message) < 80


@pytest.mark.parametrize("entries", ["[]", " [ ] ", '[{"id": 1}]', "[null, 5]"])
def test_a_listing_that_contains_its_list_is_not_an_error(entries: str) -> None:
    assert classify(200, {}, f'{{"illusts":{entries}}}'.encode(), LISTING) is None


@pytest.mark.parametrize("key", ["illust", "novel", "ugoira_metadata", "bookmark_detail"])
@pytest.mark.parametrize(
    ("member", "found"),
    [("null", "null"), ("[]", "[]"), ("5", "5"), ('"x"', '"x"'), (None, "nothing"), ("{}", ""), ('{"id":1}', "")],
)
def test_a_response_without_its_object_is_malformed(key: str, member: str | None, found: str) -> None:
    content = "{}" if member is None else f'{{"{key}":  {member}}}'
    fault = classify(200, {}, content.encode(), ApiCall("/v1/any", entry_key=key))
    assert bool(fault) is bool(found)
    if fault:
        assert (fault.kind, fault.message) == (ErrorKind.MALFORMED, f"{found} instead of a valid `{key}`")


@pytest.mark.parametrize("call", [call for call, *_ in CALLS if call.key], ids=str)
def test_every_endpoint_distinguishes_a_list_from_an_object(call: ApiCall) -> None:
    right, wrong = (b"[]", b"{}") if call.entries_key else (b"{}", b"[]")
    name = call.key.encode()
    assert kind_of(200, b'{"%b": %b}' % (name, right), call) is None
    assert kind_of(200, b'{"%b": %b}' % (name, wrong), call) is ErrorKind.MALFORMED


@pytest.mark.parametrize("content", [b"{}", b'{"illust":{"id":1}}', b'{"a":null}'])
def test_any_object_is_valid_if_the_call_names_no_key(content: bytes) -> None:
    assert classify(200, {}, content) is None


@pytest.mark.parametrize(
    ("error", "message"),
    [
        ({"user_message": "To people", "message": "to machines"}, "To people"),
        ({"user_message": "", "message": "", "reason": "Why"}, "Why"),
        ({"user_message": None, "message": 918}, "918"),
        ("invalid_grant", "invalid_grant"),
        (None, ""),
        ([], ""),
        ({}, ""),
    ],
)
def test_the_message_of_an_error_is_found_in_any_shape(error: Any, message: str) -> None:
    assert error_message({"error": error}) == message
    assert error_message({}) == ""


def test_the_policy_covers_every_kind_of_error() -> None:
    assert set(POLICY) | set(WEB_POLICY) == set(ErrorKind)
    others = {Action.SMALLER_SIZE, Action.WITHOUT_SESSION, Action.WITHOUT_WEB}
    assert set(POLICY.values()) == set(Action) - others, "an API call has no smaller size"


def test_transient_errors_are_those_that_are_retried_and_those_of_the_token() -> None:
    repeated = {ErrorKind.NOT_JSON, ErrorKind.MALFORMED, ErrorKind.SERVER_ERROR, ErrorKind.NO_RESPONSE}
    assert repeated | {ErrorKind.TOKEN_EXPIRED, ErrorKind.TOKEN_MISSING} == TRANSIENT


def test_a_deleted_work_is_a_processed_request_but_a_rate_limit_or_an_outage_is_not() -> None:
    processed = {kind for kind in ErrorKind if is_processed(ApiFault(kind, 0, ""))}
    about_an_object = {
        ErrorKind.GONE,
        ErrorKind.PRIVATE,
        ErrorKind.RESTRICTED,
        ErrorKind.USER_GONE,
    }
    assert processed == about_an_object | {ErrorKind.OFFSET_LIMIT}
    assert is_processed(None)


@pytest.mark.parametrize(
    ("status", "kind"),
    [(200, None), (206, None), (301, ErrorKind.REDIRECT), (308, ErrorKind.REDIRECT), (403, ErrorKind.UNKNOWN),
     (404, ErrorKind.GONE), (421, ErrorKind.MISDIRECTED), (408, ErrorKind.SERVER_ERROR), (410, ErrorKind.GONE), (416, ErrorKind.UNKNOWN),
     (429, ErrorKind.RATE_LIMIT), (500, ErrorKind.SERVER_ERROR), (503, ErrorKind.SERVER_ERROR),
     (521, ErrorKind.SERVER_ERROR), (204, ErrorKind.UNKNOWN)],
)  # fmt: skip
def test_a_response_of_an_image_host_is_classified_by_its_status(status: int, kind: ErrorKind | None) -> None:
    assert classify_file(status) is kind


def test_every_status_of_an_image_host_has_an_action() -> None:
    for status in {*range(100, 600)} - {200, 206}:
        assert classify_file(status) in FILE_POLICY, status


def test_an_error_without_a_response_names_no_status() -> None:
    assert str(ApiFault(ErrorKind.NO_RESPONSE, 0, "unknown host")) == "no_response: unknown host"


def test_an_error_is_one_sentence_with_call_kind_status_and_message() -> None:
    error = ApiError("/v1/user/illusts?user_id=11", ApiFault(ErrorKind.GONE, 404, "Never seen before"))
    assert str(error) == "/v1/user/illusts?user_id=11 failed: gone (HTTP 404): Never seen before"

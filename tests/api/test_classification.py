"""Errors are classified by status, endpoint and shape; messages, in any language, only choose among what these allow."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Any

import pytest

from pixiv_crawler.api import endpoints
from pixiv_crawler.api.call import ApiCall
from pixiv_crawler.api.errors import UNCLEAR, ErrorKind
from pixiv_crawler.sandbox.api_errors import (
    LIMITED_WORK,
    MISSING_USER,
    MISSING_WORK,
    REFUSED,
    RESTRICTED_USER,
    UNKNOWN_ENDPOINT,
    Text,
)
from pixiv_crawler.sandbox.messages import LANGUAGES
from tests.api.responses import body, kind_of, php, readable

pytestmark = pytest.mark.promise("language")

CALLS = [
    endpoints.illust_detail(1),
    endpoints.novel_detail(1),
    endpoints.ugoira_metadata(1),
    endpoints.illust_bookmark_detail(1),
    endpoints.user_detail(11),
    endpoints.user_illusts(11),
    endpoints.illust_comments(1),
    endpoints.illust_follow("public"),
]
TEXTS = {
    MISSING_WORK: ErrorKind.GONE,
    LIMITED_WORK: ErrorKind.PRIVATE,
    MISSING_USER: ErrorKind.USER_GONE,
    RESTRICTED_USER: ErrorKind.RESTRICTED,
    UNKNOWN_ENDPOINT: ErrorKind.UNKNOWN_ENDPOINT,
    REFUSED: None,
}
OTHER_SHAPES: list[Any] = [
    {},
    {"error": {}},
    {"error": "Not Found"},
    {"error": ["Not Found"]},
    {"error": {"code": 404}},
    {"message": "Not Found"},
    {"detail": "The artwork has been deleted or the artwork ID does not exist."},
    {"has_error": True, "errors": {"system": {"message": "Not Found", "code": 404}}},
]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("text", "kind"), TEXTS.items(), ids=[text.en for text in TEXTS])
@pytest.mark.parametrize("status", [403, 404])
def test_a_message_in_any_language_is_known_or_unclear_but_never_wrong(
    text: Text, kind: ErrorKind | None, status: int, language: str
) -> None:
    unclear = ErrorKind.FORBIDDEN if status == 403 else ErrorKind.NOT_FOUND
    for call, write in itertools.product(CALLS, (readable, php)):
        found = kind_of(status, write(body(user_message=text.in_language(language))), call)
        assert found in (kind, unclear), call
        if language == "en":
            assert found is (kind or unclear), call


def test_the_messages_observed_in_japanese_and_chinese_need_no_second_request() -> None:
    observed = {
        "該当作品は削除されたか、存在しない作品IDです。": ErrorKind.GONE,
        "该作品已被删除，或作品ID不存在。": ErrorKind.GONE,
        "公開制限エラーです。": ErrorKind.PRIVATE,
        "該当作品の公開レベルにより閲覧できません。": ErrorKind.PRIVATE,
        "您的访问权限被限制了。": ErrorKind.RESTRICTED,
        "尚无权限浏览该作品": ErrorKind.PRIVATE,
        "抱歉，您当前所寻找的个用户已经离开了pixiv, 或者这ID不存在。": ErrorKind.USER_GONE,
    }
    for (text, kind), status in itertools.product(observed.items(), (403, 404)):
        assert kind_of(status, php(body(user_message=text))) is kind, text


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("status", [403, 404])
def test_no_right_to_view_never_becomes_deleted(status: int, language: str) -> None:
    for text in (LIMITED_WORK, RESTRICTED_USER, REFUSED):
        assert kind_of(status, php(body(user_message=text.in_language(language)))) is not ErrorKind.GONE


@pytest.mark.parametrize("content", OTHER_SHAPES, ids=str)
@pytest.mark.parametrize("status", [403, 404])
@pytest.mark.parametrize("call", CALLS, ids=str)
def test_an_error_of_another_shape_is_not_a_statement_of_pixiv(call: ApiCall, status: int, content: Any) -> None:
    assert kind_of(status, readable(content), call) is ErrorKind.UNKNOWN


@pytest.mark.parametrize("text", TEXTS, ids=[text.en for text in TEXTS])
@pytest.mark.parametrize("status", [500, 502, 503])
def test_a_server_error_is_transient_whatever_its_message(text: Text, status: int) -> None:
    for language in LANGUAGES:
        assert kind_of(status, php(body(user_message=text.in_language(language)))) is ErrorKind.SERVER_ERROR


@pytest.mark.parametrize("call", [endpoints.illust_ranking("day"), endpoints.novel_ranking("day")], ids=str)
@pytest.mark.parametrize(
    "text", ["You are looking at a ranking page that doesn't exist", "您所查看的排行榜页面不存在"]
)
def test_a_page_that_a_ranking_does_not_have_is_the_end_of_it_in_any_language(call: ApiCall, text: str) -> None:
    later = replace(call, params=call.params | {"offset": "30"})
    assert kind_of(404, php(body(user_message=text)), later) is ErrorKind.OFFSET_LIMIT
    assert kind_of(404, php(body(user_message=UNKNOWN_ENDPOINT.en)), later) is ErrorKind.UNKNOWN_ENDPOINT
    assert kind_of(404, php(body(user_message=text)), call) is ErrorKind.NOT_FOUND, "it may be something else"


def test_a_404_without_a_message_for_users_is_not_a_statement_of_pixiv() -> None:
    for call in CALLS:
        assert kind_of(404, php(body(message="Not Found")), call) is ErrorKind.UNKNOWN
        assert kind_of(404, php(body()), call) is ErrorKind.UNKNOWN


@pytest.mark.parametrize("content", [b"", b"<!DOCTYPE html><title>421</title>", readable(body(message="Misdirected"))])
def test_a_misdirected_request_is_recognised_by_its_status(content: bytes) -> None:
    assert kind_of(421, content) is ErrorKind.MISDIRECTED


def test_only_errors_whose_message_decides_are_unclear() -> None:
    assert {kind_of(status, php(body(user_message=REFUSED.en))) for status in (403, 404)} == UNCLEAR

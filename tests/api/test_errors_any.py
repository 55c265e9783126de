"""Arbitrary responses are classified without exceptions."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pixiv_crawler.api.call import ApiCall
from pixiv_crawler.api.classification import classify
from pixiv_crawler.api.errors import TRANSIENT, ErrorKind
from tests.api.responses import DETAIL, HTML, LISTING, kind_of, php, readable

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=12,
)
SHAPED = st.fixed_dictionaries({}, optional=dict.fromkeys(("error", "illusts", "next_url", "errors"), JSON))


@settings(max_examples=100)
@given(
    st.integers(100, 599) | st.sampled_from([200, 302, 400, 401, 403, 404, 429, 503]),
    st.dictionaries(st.sampled_from(["content-type", "location"]), st.text(max_size=20)),
    st.binary(max_size=60)
    | st.text(alphabet='{}[]":,error\\u0nul1-.eE ', max_size=60).map(str.encode)
    | (SHAPED | JSON).map(json.dumps).map(str.encode),
    st.sampled_from([None, LISTING, DETAIL, ApiCall("/v1/any", entry_key="error")]),
)
@example(200, {}, b'{"error":"\\ud800"}', None)
@pytest.mark.e2e
def test_any_response_is_classified_without_an_exception(
    status: int, headers: dict[str, str], content: bytes, call: ApiCall | None
) -> None:
    fault = classify(status, headers, content, call)
    assert fault is None or (fault.status == status and fault.message)
    assert status < 300 or fault is not None


@settings(max_examples=100)
@given(
    st.integers(400, 599),
    st.sampled_from(["Rate Limit", "rate limit", "RateLimit", "You are being rate limited"]),
    st.sampled_from(["user_message", "message", "reason", "user_message_details", "other"]),
    st.dictionaries(
        st.sampled_from(["user_message", "message", "reason"]),
        st.sampled_from(["The artwork has been deleted", "User has left pixiv", "made their work private", ""]) | JSON,
    ),
    st.sampled_from([readable, php, lambda content: HTML + readable(content), lambda content: readable(content)[1:]]),
)
@pytest.mark.e2e
def test_a_rate_limit_is_never_mistaken_for_a_deleted_work(
    status: int, text: str, place: str, others: dict[str, Any], write: Any
) -> None:
    assert kind_of(status, write({"error": others | {place: text}})) is ErrorKind.RATE_LIMIT


@settings(max_examples=100)
@given(st.sampled_from([200, 400, 404, 500]), st.sampled_from(["user_message", "message"]), st.integers(1, 3000))
@pytest.mark.e2e
def test_a_message_of_any_depth_or_length_is_shortened(status: int, name: str, size: int) -> None:
    for value in ("[" * size + "]" * size, '"' + "x" * size * 100 + '"', "9" * size):
        fault = classify(status, {}, b'{"error":{"%b":%b}}' % (name.encode(), value.encode()))
        assert fault is not None
        assert 0 < len(fault.message) <= 1000


@given(st.sampled_from([403, 404, 410, 502]), st.binary(max_size=20).map(HTML.__add__))
def test_an_html_page_of_a_proxy_is_a_transient_error(status: int, content: bytes) -> None:
    assert kind_of(status, content) in TRANSIENT

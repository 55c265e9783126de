"""Responses are split as bytes; arbitrary bytes cause no other exception than `ParseError`."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pixiv_crawler.api.availability import unavailable
from pixiv_crawler.api.call import ApiCall
from pixiv_crawler.api.pagers.next_url import next_call
from pixiv_crawler.api.parsing import (
    parse_item,
    parse_json,
    parse_listing,
    parse_ugoira_metadata,
    parse_webview_novel,
    repaired,
)
from pixiv_crawler.api.schema_drift import new_fields
from pixiv_crawler.exceptions import ParseError
from pixiv_crawler.items import UgoiraMetadata, WebviewNovel
from tests.entries import ENTRIES, UGOIRA, WEBVIEW, page
from tests.strategies import JSON

ILLUSTS = ApiCall("/v1/user/illusts", entries_key="illusts")


@pytest.mark.parametrize(
    ("sent", "text"),
    [
        (r"cut \ud83d", "cut \ufffd"),
        (r"\ude00 begins", "\ufffd begins"),
        (r"\ude00\ud83d", "\ufffd\ufffd"),
        (r"\ud83d\ude00", "😀"),
        (r"\ud83d\ud83d\ude00", "\ufffd😀"),
        (r"\\ud83d", r"\ud83d"),
        (r"\u96e8\/\u0022", '雨/"'),
    ],
)
def test_a_lone_surrogate_is_replaced_and_everything_else_is_kept(sent: str, text: str) -> None:
    body = repaired(f'{{"title": "{sent}", "{sent}": [1, 1.5, null, true]}}'.encode())
    assert body is not None
    assert parse_json(body) == {"title": text, text: [1, 1.5, None, True]}


@pytest.mark.parametrize(
    "body", [b"", b"<!DOCTYPE html>", b'{"a":', b'{"a":"\xff"}', b"[" * 100_000, b'{"a":' + b"9" * 5000 + b"}"]
)
def test_json_that_is_invalid_for_another_reason_is_not_repaired(body: bytes) -> None:
    assert repaired(body) is None


def test_a_listing_is_split_without_decoding_its_entries() -> None:
    body = b'{"illusts": [{"id": "\xff"}, null, 5, "x"], "next_url": "https://x/", "more": {"a": "\xff"}}'
    listing = parse_listing(body, ILLUSTS)
    assert [bytes(raw) for raw in listing.entries] == [b'{"id": "\xff"}', b"null", b"5", b'"x"']
    assert listing.next_url == "https://x/"
    assert bytes(listing.members["more"]) == b'{"a": "\xff"}'


@pytest.mark.parametrize(
    ("call", "entry"),
    [(ApiCall("/v1/illust/detail", entry_key="illust"), b'{"id": 5}'), (ApiCall("/v1/user/detail"), None)],
)
def test_a_response_of_one_object_is_a_listing_with_one_entry(call: ApiCall, entry: bytes | None) -> None:
    body = b'{"illust": {"id": 5}, "user": {}}'
    listing = parse_listing(body, call)
    assert [bytes(raw) for raw in listing.entries] == [entry or body]
    assert listing.next_url is None


@pytest.mark.parametrize("body", [b'{"illusts": [], "next_url": null}', b'{"illusts": []}'])
def test_a_listing_without_next_url_ends(body: bytes) -> None:
    listing = parse_listing(body, ILLUSTS)
    assert (listing.entries, listing.next_url) == ([], None)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{}",
        b'{"novels": []}',
        b'{"illusts": null}',
        b'{"illusts": {}}',
        b'{"illusts": [',
        b"[" * 100_000,
    ],
)
def test_a_body_that_is_not_a_listing_is_an_error_that_names_the_key(body: bytes) -> None:
    with pytest.raises(ParseError, match=r"^the response contains no readable `illusts`"):
        parse_listing(body, ILLUSTS)


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"novel": {}}', b'{"illust": {', b'{"illust": {}, "next_url"}'])
def test_a_response_without_its_object_is_an_error_that_names_the_key(body: bytes) -> None:
    with pytest.raises(ParseError, match=r"^the response contains no readable `illust`"):
        parse_listing(body, ApiCall("/v1/illust/detail", entry_key="illust"))


@pytest.mark.parametrize(
    ("sent", "expected"), [(b"5", "5"), (b"[]", "[]"), (b"{}", "{}"), (b"false", "false"), (b'"\xff"', '"\ufffd"')]
)
def test_a_next_url_that_is_not_a_string_does_not_invalidate_the_entries(sent: bytes, expected: str) -> None:
    listing = parse_listing(b'{"illusts": [5], "next_url": %b}' % sent, ILLUSTS)
    assert [bytes(raw) for raw in listing.entries] == [b"5"]
    assert listing.next_url == expected
    with pytest.raises(ParseError, match="is not a URL of the App API"):
        next_call(ILLUSTS, listing.next_url)


@pytest.mark.parametrize("raw", [b"", b"{} {}", b"nul", b"<", b'{"a":"\xff"}', b'{"\xff":1}', b'{"a":"\\ud83d"}',
                                 b'{"a":' * 100_000, b'{"a":1e999}', b'{"a":' + b"9" * 5000 + b"}"])  # fmt: skip
def test_invalid_json_is_a_parse_error(raw: bytes) -> None:
    with pytest.raises(ParseError):
        parse_json(raw)


def changed(entry: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    """The entry with some of its values replaced by arbitrary JSON."""
    return st.fixed_dictionaries({}, optional=dict.fromkeys(entry, JSON)).map(lambda changes: entry | changes)


@settings(max_examples=25)
@given(st.data())
@pytest.mark.parametrize(("key", "entry", "item_type"), ENTRIES)
@pytest.mark.e2e
def test_any_object_becomes_an_item_or_raises_a_parse_error(
    key: str, entry: Any, item_type: type, data: st.DataObject
) -> None:
    given_entry = data.draw(changed(entry) | st.dictionaries(st.text(max_size=8), JSON))
    unavailable(given_entry)
    try:
        item = parse_item(given_entry, key)
    except ParseError:
        return
    assert type(item) is item_type
    list(new_fields(given_entry, item_type))
    assert msgspec.json.decode(msgspec.json.encode(item), type=item_type) == item


@settings(max_examples=25)
@given(changed(UGOIRA) | changed(UGOIRA["ugoira_metadata"]).map(lambda inner: {"ugoira_metadata": inner}))
def test_any_frames_are_parsed_or_raise_a_parse_error(response: Any) -> None:
    with suppress(ParseError):
        item = parse_ugoira_metadata(response)
        assert msgspec.json.decode(msgspec.json.encode(item), type=UgoiraMetadata) == item


@settings(max_examples=25)
@given(changed(WEBVIEW).map(json.dumps) | JSON.map(json.dumps) | st.text(alphabet='{}[]":, novel0', max_size=30))
def test_any_page_is_parsed_or_raises_a_parse_error(novel: str) -> None:
    with suppress(ParseError):
        text, webview = parse_webview_novel(page(novel), 55)
        assert isinstance(text, str)
        assert msgspec.json.decode(msgspec.json.encode(webview), type=WebviewNovel) == webview


@given(st.binary(max_size=60) | JSON.map(json.dumps).map(str.encode))
@example(b'{"illusts":[]}')
@pytest.mark.e2e
def test_any_bytes_are_split_or_raise_a_parse_error(body: bytes) -> None:
    for take in (parse_json, lambda body: parse_listing(body, ILLUSTS)):
        with suppress(ParseError):
            take(body)
    mended = repaired(body)
    assert mended is None or json.loads(mended) == json.loads(body) or b"\\ud" in body.lower()

"""Recorded responses of the real Pixiv are parsed, with every value."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from pixiv_crawler.api.availability import unavailable
from pixiv_crawler.api.call import ApiCall
from pixiv_crawler.api.classification import classify
from pixiv_crawler.api.enums import UnavailableReason
from pixiv_crawler.api.errors import ErrorKind
from pixiv_crawler.api.image_urls import file_urls
from pixiv_crawler.api.parsing import (
    ITEM_TYPES,
    kind_of,
    parse_item,
    parse_json,
    parse_listing,
    parse_ugoira_metadata,
    parse_webview_novel,
)
from pixiv_crawler.api.schema_drift import new_fields
from pixiv_crawler.exceptions import ParseError
from pixiv_crawler.items import Illust, UgoiraMetadata, WebviewNovel
from pixiv_crawler.options import FileSize
from tests.entries import as_json, differences, page
from tests.recordings import ITEM_KEYS, PARSED_SEPARATELY, UNRECORDED, WITHOUT_ITEMS, entries, recordings


def test_every_recorded_response_is_covered(samples: Path) -> None:
    recorded = {file.stem.partition("__")[0] for file in samples.glob("*.json")}
    groups = [set(ITEM_KEYS), PARSED_SEPARATELY, WITHOUT_ITEMS, {"error"}]
    assert recorded == set().union(*groups)
    assert sum(map(len, groups)) == len(recorded)


def test_every_recorded_entry_becomes_an_item_with_all_values_and_no_new_fields(samples: Path) -> None:
    read: Counter[str] = Counter()
    for name, key, entry in entries(samples):
        entry.pop("parent_comment", None)  # of version 1 of the comments, which was retired in 2024
        item = parse_item(entry, key)
        where = f"{name}, {key or 'complete response'}, {entry.get('id')}"
        assert list(differences(entry, as_json(item))) == [], where
        assert list(new_fields(entry, type(item))) == [], where
        read[kind_of(key)] += 1
    kinds = {item_type.__dataclass_fields__["kind"].default for item_type in ITEM_TYPES.values()}
    assert kinds - set(read) == UNRECORDED
    assert read["illust"] > 240
    assert read["comment"] >= 32
    assert read["user_preview"] >= 33


def test_every_recorded_response_can_be_split(samples: Path) -> None:
    taken = 0
    for name, endpoint, response in recordings(samples, *ITEM_KEYS):
        key = ITEM_KEYS[endpoint][-1]
        if key in response or not key:
            is_list = isinstance(response.get(key), list)
            call = ApiCall("/v1/any", entries_key=key if is_list else "", entry_key="" if is_list else key)
            body = json.dumps(response).encode()
            listing = parse_listing(body, call)
            assert classify(200, {}, body, call) is None, name
            assert [parse_json(raw) for raw in listing.entries] == (
                response[key] if is_list else [response[key] if key else response]
            )
            assert listing.next_url == response.get("next_url")
            assert listing.members.keys() == response.keys()
            taken += 1
    assert taken > 40


@pytest.mark.parametrize("status", [400, 403, 404])
def test_a_recorded_error_is_an_error_for_every_endpoint(samples: Path, status: int) -> None:
    for name, _, response in recordings(samples, "error"):
        for key in ITEM_TYPES:
            fault = classify(status, {}, json.dumps(response).encode(), ApiCall("/v1/any", entry_key=key))
            assert fault is not None, name
            assert fault.kind is not ErrorKind.MALFORMED, name
            # Pixiv sends messages for programs with other statuses.
            assert fault.kind is not ErrorKind.UNKNOWN or (status == 404 and not response["error"]["user_message"]), (
                name
            )


def test_a_recording_without_items_is_rejected_where_items_are_expected(samples: Path) -> None:
    for name, endpoint, response in recordings(samples, *WITHOUT_ITEMS):
        status = 400 if endpoint == "oauth_error" else 200
        for key in ITEM_TYPES.keys() - {""}:
            assert (
                classify(status, {}, json.dumps(response).encode(), ApiCall("/v1/any", entry_key=key)) is not None
            ), f"{name}, {key}"
        with pytest.raises(ParseError):
            parse_item(response, "")


def test_recorded_frames_are_parsed(samples: Path) -> None:
    for name, _, response in recordings(samples, "ugoira_metadata"):
        assert as_json(parse_ugoira_metadata(response)) == response["ugoira_metadata"], name
        assert list(new_fields(response["ugoira_metadata"], UgoiraMetadata)) == []


def test_the_recorded_novel_is_parsed_from_its_page(samples: Path) -> None:
    for name, _, response in recordings(samples, "webview_novel"):
        text, webview = parse_webview_novel(page(json.dumps(response, ensure_ascii=False)), int(response["id"]))
        assert text == response["text"]
        assert as_json(webview) == {field: value for field, value in response.items() if field != "text"}, name
        assert list(new_fields(response, WebviewNovel)) in ([], ["webviewnovel.text"]), name


def test_only_the_recorded_placeholder_is_unavailable(samples: Path) -> None:
    withheld = {
        name: unavailable(entry)
        for name, key, entry in entries(samples)
        if kind_of(key) in ("illust", "novel") and unavailable(entry)
    }
    ((name, withholding),) = withheld.items()
    assert withholding is not None
    reason, evidence = withholding
    assert name.startswith("illust_detail__limited_sanity_level")
    assert reason is UnavailableReason.SANITY_LEVEL
    assert evidence["visible"] is False
    assert "/common/images/limit_sanity_level" in evidence["image"]


def test_every_recorded_illust_has_a_file_for_every_page_in_every_size(samples: Path) -> None:
    for name, key, entry in entries(samples):
        item = parse_item(entry, key)
        works = getattr(item, "illusts", [item, getattr(item, "illust", None)])
        for one in works:
            for size in set(FileSize) - {FileSize.NONE} if isinstance(one, Illust) else ():
                named = file_urls(one, size)
                assert len(named) == one.page_count, f"{name}, work {one.id}"
                assert all(url.startswith("https://") for url in named)

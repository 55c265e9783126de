from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pixiv_crawler.api.call import ApiCall
from pixiv_crawler.api.enums import WorkType

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
NAME = TEXT.filter(bool)
PARAMS = st.dictionaries(NAME, st.none() | st.booleans() | st.integers() | TEXT | st.lists(TEXT, max_size=4))


@pytest.mark.parametrize(
    ("params", "query"),
    [
        ({}, ""),
        ({"user_id": 11}, "user_id=11"),
        ({"include_ranking_label": True, "include_privacy_policy": False}, "include_ranking_label=true&include_privacy_policy=false"),
        ({"tags[]": ["a", "b c"]}, "tags%5B%5D=a&tags%5B%5D=b+c"),
        ({"viewed": []}, ""),
        ({"type": None, "offset": 0}, "offset=0"),
        ({"word": ""}, "word="),
        ({"word": "初音ミク 10&up=1"}, "word=%E5%88%9D%E9%9F%B3%E3%83%9F%E3%82%AF+10%26up%3D1"),
        ({"type": WorkType.MANGA}, "type=manga"),
        ({"word": "True"}, "word=True"),
        ({"min_bookmark_id_for_recent_illust": -1}, "min_bookmark_id_for_recent_illust=-1"),
        ({"b": 1, "a": 2}, "b=1&a=2"),
    ],
)  # fmt: skip
def test_parameters_are_written_in_pixivs_form(params: dict[str, Any], query: str) -> None:
    assert ApiCall("/v1/any", params).query == query


def test_a_parameter_with_the_value_none_is_omitted() -> None:
    assert ApiCall("/v1/any", {"type": None, "user_id": 11}) == ApiCall("/v1/any", {"user_id": 11})


def test_a_call_does_not_change_with_the_dict_it_was_created_from() -> None:
    params = {"user_id": 11}
    call = ApiCall("/v1/any", params)
    params["user_id"] = 12
    assert call.query == "user_id=11"


def test_the_string_form_of_a_call_is_its_path_and_query() -> None:
    assert str(ApiCall("/v1/user/illusts", {"user_id": 11}, "illusts")) == "/v1/user/illusts?user_id=11"


@pytest.mark.parametrize(
    ("keys", "key"), [({}, ""), ({"entries_key": "illusts"}, "illusts"), ({"entry_key": "illust"}, "illust")]
)
def test_the_key_of_a_call_is_the_key_of_its_list_or_object(keys: dict[str, Any], key: str) -> None:
    assert ApiCall("/v1/any", **keys).key == key


def test_a_listing_can_be_requested_from_any_entry_on() -> None:
    call = ApiCall("/v1/any", {"user_id": 11}, "illusts", context={"illust_id": 7})
    assert call.at(60) == ApiCall("/v1/any", {"user_id": 11, "offset": 60}, "illusts", context={"illust_id": 7})
    assert call.at(5, "last_order").query == "user_id=11&last_order=5"
    assert call.at(60).at(90).query == "user_id=11&offset=90"
    assert call.at(0) == call
    assert call.query == "user_id=11"


def test_context_can_be_added_and_is_not_part_of_the_query() -> None:
    call = ApiCall("/v1/any", {"comment_id": 5}, context={"illust_id": 7})
    more = call.with_context(parent_comment_id=5)
    assert more.context == {"illust_id": 7, "parent_comment_id": 5}
    assert call.context == {"illust_id": 7}
    assert (more.query, str(more)) == (call.query, str(call))


def test_a_call_is_a_get_request_for_json_by_default() -> None:
    call = ApiCall("/v1/any")
    assert (call.method, call.is_page, call.context, call.entries_key, call.entry_key) == ("GET", False, {}, "", "")


@given(NAME, PARAMS, TEXT, TEXT, PARAMS, st.sampled_from(["GET", "POST"]), st.booleans())
@pytest.mark.e2e
def test_a_call_survives_a_round_trip_through_json(
    path: str,
    params: dict[str, Any],
    entries_key: str,
    entry_key: str,
    context: dict[str, Any],
    method: Any,
    is_page: bool,
) -> None:
    call = ApiCall(path, params, entries_key, entry_key, context, method, is_page)
    assert ApiCall(**json.loads(json.dumps(call.to_dict()))) == call


@given(PARAMS)
@pytest.mark.e2e
def test_a_query_can_be_parsed_back(params: dict[str, Any]) -> None:
    read: dict[str, list[str]] = {}
    for name, text in parse_qsl(ApiCall("/v1/any", params).query, keep_blank_values=True):
        read.setdefault(name, []).append(text)
    wire = {True: "true", False: "false"}
    sent = {
        name: value if isinstance(value, list) else [wire[value] if isinstance(value, bool) else str(value)]
        for name, value in params.items()
        if value is not None and value != []
    }
    assert read == sent

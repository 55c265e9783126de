from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pixiv_crawler.api.call import ApiCall
from pixiv_crawler.api.pagers.next_url import next_call
from pixiv_crawler.exceptions import ParseError

FIRST = ApiCall("/v1/user/illusts", {"user_id": 11, "filter": "for_ios"}, "illusts")
QUERY = "user_id=11&filter=for_ios&offset=30"
SECOND = ApiCall("/v1/user/illusts", {"user_id": 11, "filter": "for_ios", "offset": 30}, "illusts")
ANY = ApiCall("/v1/any", {}, "illusts")
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


@pytest.mark.parametrize("end", [None, ""])
def test_a_listing_without_next_url_is_the_last(end: str | None) -> None:
    assert next_call(FIRST, end) is None


@pytest.mark.parametrize(
    "base",
    [
        "https://app-api.pixiv.net",
        "http://app-api.pixiv.net:8080",
        "https://evil.example",
        "https://user:password@evil.example",
        "//evil.example",
        "",
    ],
)
@pytest.mark.parametrize("fragment", ["", "#top"])
def test_only_path_and_query_of_next_url_are_used(base: str, fragment: str) -> None:
    following = next_call(FIRST, f"{base}/v1/user/illusts?{QUERY}{fragment}")
    assert following == SECOND
    assert following is not None
    assert "evil" not in str(following)


def test_another_version_of_the_path_is_followed() -> None:
    following = next_call(FIRST, f"https://app-api.pixiv.net/v2/user/illusts?{QUERY}")
    assert following == ApiCall("/v2/user/illusts", SECOND.params, "illusts")


@pytest.mark.parametrize(
    ("query", "params"),
    [
        ("user_id=11&offset=30", {"user_id": 11, "offset": 30}),
        ("illust_id=7&offset=0", {"illust_id": 7, "offset": 0}),
        ("max_bookmark_id=12345678901234", {"max_bookmark_id": 12345678901234}),
        ("word=2026&offset=30", {"word": "2026", "offset": 30}),
        ("tag=100", {"tag": "100"}),
        ("word=&tag", {"word": "", "tag": ""}),
        ("viewed%5B0%5D=1&viewed%5B1%5D=2", {"viewed[0]": "1", "viewed[1]": "2"}),
        ("word=%E5%88%9D%E9%9F%B3+%26%3D%23", {"word": "初音 &=#"}),
        ("include_ranking_label=true", {"include_ranking_label": "true"}),
        ("x=", {"x": ""}),
    ],
)
def test_ids_and_offsets_become_numbers_and_other_values_remain_text(query: str, params: dict[str, Any]) -> None:
    following = next_call(ANY, f"https://app-api.pixiv.net/v1/any?{query}")
    assert following is not None
    assert (following.params, following.entries_key) == (params, "illusts")
    assert [type(value) for value in following.params.values()] == [type(value) for value in params.values()]


@pytest.mark.parametrize(
    "name",
    ["offset", "last_order", "user_id", "seed_user_id", "illust_id", "novel_id", "comment_id", "series_id",
     "illust_series_id", "max_bookmark_id", "max_illust_id", "max_novel_id", "max_bookmark_id_for_recommend",
     "min_bookmark_id_for_recent_illust"],
)  # fmt: skip
def test_every_cursor_of_pixiv_is_parsed_as_a_number(name: str) -> None:
    following = next_call(ANY, f"https://app-api.pixiv.net/v1/any?{name}=30")
    assert following is not None
    assert following.params == {name: 30}


@pytest.mark.parametrize("value", ["many", "-1", "", "1.5", "²", "1" * 19, "1e3", "0x1", "30&{0}=60", "NaN", "null"])
@pytest.mark.parametrize("name", ["offset", "last_order", "max_bookmark_id"])
def test_a_cursor_that_is_not_a_number_is_an_error(name: str, value: str) -> None:
    with pytest.raises(ParseError, match=f"next_url has {name}="):
        next_call(ANY, f"https://app-api.pixiv.net/v1/any?{name}={value.format(name)}")


@pytest.mark.parametrize(
    "target",
    [
        "/v1/user/novels?user_id=11&offset=30",
        "/v1/illusts?user_id=11&offset=30",
        "/v1/user/detail?user_id=11&offset=30",
        "/v1/user/illusts?user_id=12&offset=30",
        "/v1/user/illusts?offset=30",
    ],
)
def test_a_next_url_that_leads_to_another_listing_is_an_error(target: str) -> None:
    with pytest.raises(ParseError, match="leads to another listing than /v1/user/illusts"):
        next_call(FIRST, f"https://app-api.pixiv.net{target}")


def test_a_next_url_may_name_what_the_first_request_left_to_pixiv() -> None:
    """Such as the account's own ID, or the default mode of a ranking."""
    following = next_call(ANY, "https://app-api.pixiv.net/v1/any?user_id=5&mode=day&restrict=public&offset=30")
    assert following is not None


def test_the_context_of_a_call_is_kept_for_the_next_one() -> None:
    call = ApiCall("/v3/illust/comments", {"illust_id": 7}, "comments", context={"illust_id": 7})
    following = next_call(call, "https://app-api.pixiv.net/v3/illust/comments?illust_id=7&offset=30")
    assert following == call.at(30)


@pytest.mark.parametrize(
    "next_url",
    [
        "rubbish",
        "null",
        " ",
        "?offset=30",
        "https://app-api.pixiv.net",
        "https://app-api.pixiv.net/",
        "https://app-api.pixiv.net/auth/token?offset=30",
        "https://app-api.pixiv.net/web/v1/login",
        "https://app-api.pixiv.net//v1/user/illusts",
        "http://[::1/v1/user/illusts",
        "javascript:alert(1)",
        "pixiv://illusts/11",
        "\x00",
        f"https://app-api.pixiv.net/v1/user/illusts?{FIRST.query}",
        f"https://elsewhere.example/v1/user/illusts?{FIRST.query}#again",
    ],
)
def test_an_invalid_next_url_is_an_error_that_quotes_it(next_url: str) -> None:
    with pytest.raises(ParseError) as raised:
        next_call(FIRST, next_url)
    assert repr(next_url) in str(raised.value)


@given(st.text(max_size=60) | st.text(alphabet="/v1?&=#%[]:@.a0\n\t", max_size=40).map("https://a/v1".__add__))
def test_any_text_gives_a_call_or_a_parse_error(next_url: str) -> None:
    try:
        following = next_call(FIRST, next_url)
    except ParseError:
        return
    assert following is None or (following.path.startswith("/v") and following != FIRST)


@given(
    st.dictionaries(TEXT.filter(bool).map("x".__add__), TEXT, max_size=5),
    st.dictionaries(
        st.sampled_from(["offset", "user_id", "illust_id", "max_bookmark_id"]), st.integers(0, 10**18 - 1)
    ),
)
@pytest.mark.e2e
def test_a_call_survives_a_round_trip_through_next_url(texts: dict[str, str], numbers: dict[str, int]) -> None:
    call = ApiCall("/v1/any", texts | numbers, "illusts")
    first = ApiCall("/v1/any", {"first": True}, "illusts")
    assert next_call(first, f"https://app-api.pixiv.net{call}") == call
    assert next_call(first, f"https://app-api.pixiv.net/v1/any?{urlencode(texts | numbers)}") == call


def test_a_next_url_that_is_too_long_is_described_briefly() -> None:
    with pytest.raises(ParseError) as raised:
        next_call(FIRST, "https://app-api.pixiv.net/v1/user/illusts?offset=30&x=" + "x" * 1_000_000)
    assert "has 1000054 characters" in str(raised.value)
    assert len(str(raised.value)) < 200


def test_every_recorded_next_url_is_followed(samples: Path) -> None:
    followed = 0
    for file in sorted(samples.glob("*.json")):
        next_url = json.loads(file.read_bytes()).get("next_url")
        if next_url:
            following = next_call(ApiCall(urlsplit(next_url).path, {}, "illusts"), next_url)
            assert following is not None
            # Pixiv escapes brackets, and so do we; the request is exactly what next_url says.
            assert f"{following.path}?{following.query}" == urlsplit(next_url)._replace(scheme="", netloc="").geturl()
            followed += 1
    assert followed > 10

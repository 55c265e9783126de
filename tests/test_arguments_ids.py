"""IDs and URLs as spider arguments."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scrapy.utils.project import get_project_settings

from pixiv_crawler.argument_types import IllustIdList, IllustSeriesIdList, NovelIdList, NovelSeriesIdList, UserIdList
from pixiv_crawler.arguments import SpiderArgs
from pixiv_crawler.exceptions import ArgumentError
from pixiv_crawler.spider_loader import PixivSpiderLoader
from tests.argument_errors import error_of


class Users(SpiderArgs):
    user_id: UserIdList


def user_ids(text: Any) -> list[int]:
    return Users.parse({"user_id": text}).user_id


PROFILES = [
    "www.pixiv.net/users/{}",
    "www.pixiv.net/en/users/{}",
    "www.pixiv.net/zh-tw/users/{}",
    "www.pixiv.net/u/{}",
    "www.pixiv.net/member.php?id={}",
    "www.pixiv.net/member.php?id={}&p=2",
    "touch.pixiv.net/users/{}",
    "touch.pixiv.net/member.php?lang=en&id={}&p=1",
    "pixiv.net/users/{}",
]


@pytest.mark.parametrize("scheme", ["https://", "http://", ""])
@pytest.mark.parametrize("form", PROFILES)
def test_a_profile_url_is_accepted_as_an_id(form: str, scheme: str) -> None:
    assert user_ids(scheme + form.format(2188232)) == [2188232]


@pytest.mark.parametrize("form", [form for form in PROFILES if "?" not in form])
@pytest.mark.parametrize("end", ["/", "?p=2", "/?p=2", "#top", "?p=2#top"])
def test_the_rest_of_a_url_is_ignored(form: str, end: str) -> None:
    assert user_ids(f"https://{form.format(11)}{end}") == [11]


@pytest.mark.parametrize("form", [form for form in PROFILES if "?" in form])
@pytest.mark.parametrize("end", ["&utm_source=copy", "#top", "&lang=en#top"])
def test_the_rest_of_a_query_is_ignored(form: str, end: str) -> None:
    assert user_ids(f"https://{form.format(11)}{end}") == [11]


@pytest.mark.parametrize(
    "text",
    [
        "abc",
        "0",
        "-5",
        "+5",
        "1.5",
        "1e3",
        "0x1f",
        "1_000",
        "１２",
        "²",
        "9" * 19,
        "11 12",
        "11;12",
        "user_11",
        "None",
        "https://www.pixiv.net/users/",
        "https://www.pixiv.net/users/0",
        "https://www.pixiv.net/users/11x",
        "https://www.pixiv.net/users/x11",
        "https://www.pixiv.net/users/" + "9" * 19,
        "https://www.pixiv.net/users/１２",
        "https://www.pixiv.net/member.php?uid=11",
        "https://www.pixiv.net/member.php#id=11",
        "https://www.pixiv.net/user/11/series/12x y\nz",
        "https://www.pixiv.net.example.org/users/11",
        "https://evilpixiv.net/users/11",
        "https://example.org/https://www.pixiv.net/users/11",
        "https://www.fanbox.cc/@name",
        "ftp://www.pixiv.net/users/11",
    ],
)
def test_an_invalid_user_is_quoted_in_the_error(text: str) -> None:
    sentence = (
        f"spider argument user_id: {text!r} is not a valid user: pass a numeric ID (such as 11) or a profile URL"
    )
    assert error_of(Users, user_id=text) == sentence


@pytest.mark.parametrize("text", ["", " ", ",", " , ,\n"])
def test_an_empty_list_of_users_is_rejected(text: str) -> None:
    sentence = "spider argument user_id: no user is given: pass a numeric ID (such as 11) or a profile URL"
    assert error_of(Users, user_id=text) == sentence


@pytest.mark.parametrize(
    ("value", "ids"),
    [
        ("11", [11]),
        (11, [11]),
        (" 11 ,\n29,", [11, 29]),
        ("29,11,29", [29, 11]),
        ("11,011,https://www.pixiv.net/users/11", [11]),
        ([11, "29", "https://www.pixiv.net/u/7"], [11, 29, 7]),
        ("9" * 18, [int("9" * 18)]),
    ],
)
def test_users_are_deduplicated_and_keep_their_order(value: Any, ids: list[int]) -> None:
    assert user_ids(value) == ids


ARTWORKS = [
    "www.pixiv.net/artworks/{}",
    "www.pixiv.net/en/artworks/{}",
    "www.pixiv.net/zh-tw/artworks/{}",
    "www.pixiv.net/i/{}",
    "www.pixiv.net/member_illust.php?mode=medium&illust_id={}",
    "www.pixiv.net/member_illust.php?illust_id={}&mode=manga",
    "www.pixiv.net/member_illust.php?mode=manga_big&illust_id={}&page=3",
    "touch.pixiv.net/member_illust.php?mode=medium&illust_id={}",
    "touch.pixiv.net/artworks/{}",
    "pixiv.net/artworks/{}",
]
NOVELS = [
    "www.pixiv.net/novel/show.php?id={}",
    "www.pixiv.net/en/novel/show.php?id={}",
    "www.pixiv.net/novel/show.php?mode=cover&id={}",
    "www.pixiv.net/n/{}",
    "touch.pixiv.net/novel/show.php?id={}",
]
SERIES = ["www.pixiv.net/user/11/series/{}", "www.pixiv.net/en/user/11/series/{}", "touch.pixiv.net/user/11/series/{}"]
NOVEL_SERIES = ["www.pixiv.net/novel/series/{}", "www.pixiv.net/en/novel/series/{}", "pixiv.net/novel/series/{}"]
IDS = {"users": (UserIdList, PROFILES, "user"), "illusts": (IllustIdList, ARTWORKS, "illust"),
       "novels": (NovelIdList, NOVELS, "novel"), "series": (IllustSeriesIdList, SERIES, "series"),
       "novel_series": (NovelSeriesIdList, NOVEL_SERIES, "novel series")}  # fmt: skip


class Things(SpiderArgs):
    users: UserIdList | None = None
    illusts: IllustIdList | None = None
    novels: NovelIdList | None = None
    series: IllustSeriesIdList | None = None
    novel_series: NovelSeriesIdList | None = None


@pytest.mark.parametrize("scheme", ["https://", "http://", ""])
@pytest.mark.parametrize(("name", "form"), [(name, form) for name, (_, forms, _) in IDS.items() for form in forms])
def test_a_page_url_is_accepted_as_an_id(name: str, form: str, scheme: str) -> None:
    for end in ("", "#1", "&p=2" if "?" in form else "?p=2"):
        text = scheme + form.format(2188232) + end
        assert getattr(Things.parse({name: f"7, {text}"}), name) == [7, 2188232]


KINDS = {
    "users": ("a user", "user_works with -a user_id=5"),
    "illusts": ("an illust", "works with -a illust_id=5"),
    "novels": ("a novel", "works with -a novel_id=5"),
    "series": ("a series of illusts", "series with -a series_id=5"),
    "novel_series": ("a series of novels", "series with -a novel_series_id=5"),
}


@pytest.mark.parametrize("name", IDS)
def test_a_url_of_another_kind_is_rejected_with_the_spider_for_it(name: str) -> None:
    for other in IDS.keys() - {name}:
        kind, spider = KINDS[other]
        for form in IDS[other][1]:
            text = "https://" + form.format(5)
            assert error_of(Things, **{name: text}) == (
                f"spider argument {name}: {text!r} is {kind}: use the spider {spider}"
            )


@pytest.mark.parametrize(
    ("spider", "argument", "path", "sentence"),
    [
        ("user_works", "user_id", "users/11/bookmarks/artworks", "a list of bookmarks: use the spider bookmarks with -a user_id=11"),
        ("users", "user_id", "users/11/following", "a list of followed users: use the spider following with -a user_id=11"),
        ("bookmarks", "user_id", "users/11/followers", "a list of followers: use the spider followers with -a user_id=11"),
        ("works", "illust_id", "novel/show.php?id=5", "a novel: pass -a novel_id=5"),
        ("works", "illust_id", "tags/blue/novels", "a search: use the spider search with -a word=blue -a type=novel"),
        ("works", "illust_id", "tags/blue%20sky", "a search: use the spider search with -a 'word=blue sky'"),
        ("user_works", "user_id", "ranking.php", "a ranking: use the spider rankings with -a mode=day"),
        ("user_works", "user_id", "discovery", "the list of recommended works: use the spider recommended"),
        ("user_works", "user_id", "users/11/manga", "a list of works of a user: pass -a user_id=11 -a type=manga"),
        ("bookmarks", "user_id", "users/11/novels", "a list of works of a user: use the spider user_works with -a user_id=11 -a type=novel"),
        ("bookmarks", "user_id", "users/11/artworks", "a list of works of a user: use the spider user_works with -a user_id=11"),
        ("following", "user_id", "users/11/manga", "a list of works of a user: use the spider user_works with -a user_id=11 -a type=manga"),
        ("users", "user_id", "users/11/artworks/abc", "a list of works of a user: use the spider user_works with -a user_id=11 -a tags=abc"),
        ("users", "user_id", "member_illust.php?id=11", "a list of works of a user: use the spider user_works with -a user_id=11"),
        ("users", "user_id", "users/11/mypixiv", "a list of mypixiv friends: use the spider mypixiv_users with -a user_id=11"),
        ("followers", "user_id", "bookmark.php?type=user&id=11", "a list of followed users: use the spider following with -a user_id=11"),
        ("comments", "illust_id", "novel/show.php?id=12", "a novel: pass -a novel_id=12"),
        ("bookmark_users", "novel_id", "artworks/12", "an illust: pass -a illust_id=12"),
        ("bookmarks", "tag", "users/11", "a user: pass -a user_id=11"),
        ("bookmarks", "tag", "artworks/12", "an illust: use the spider works with -a illust_id=12"),
        ("comments", "illust_id", "discovery/users", "the list of recommended users: use the spider recommended_users"),
        ("bookmarks", "user_id", "users/11/bookmarks/novels?rest=hide", "a list of bookmarks: pass -a user_id=11 -a type=novel -a restrict=private"),
        ("search", "word", "tags/blue/manga", "a search: pass -a word=blue -a type=manga"),
        ("search_users", "word", "search/users?nick=cat", "a search for users: pass -a word=cat"),
        ("search", "word", "users/11", "a user: use the spider user_works with -a user_id=11"),
    ],
)  # fmt: skip
def test_a_spider_rejects_a_page_of_another_one(spider: str, argument: str, path: str, sentence: str) -> None:
    url = f"https://www.pixiv.net/{path}"
    spider_class: Any = PixivSpiderLoader(get_project_settings()).load(spider)
    with pytest.raises(ArgumentError) as raised:
        spider_class.Args.parse({argument: url}, spider)
    assert str(raised.value) == f"spider argument {argument}: {url!r} is {sentence}"


@pytest.mark.parametrize(("argument", "value"), [("user_id", "users/11?more=1"), ("tag", "tags/blue?more=1")])
def test_a_parameter_of_a_page_that_cannot_be_applied_is_named(argument: str, value: str) -> None:
    spider_class: Any = PixivSpiderLoader(get_project_settings()).load("bookmarks")
    with pytest.raises(ArgumentError, match=f"^spider argument {argument}: the parameter more=1 of the URL cannot be"):
        spider_class.Args.parse({argument: f"https://www.pixiv.net/{value}"}, "bookmarks")


@pytest.mark.parametrize(
    ("spider", "own"),
    [("bookmarks", "bookmarks"), ("following", "following"), ("followers", "followers"), ("user_works", "artworks"),
     ("mypixiv_users", "mypixiv")],
)  # fmt: skip
def test_a_spider_of_lists_accepts_the_profile_and_its_own_list(spider: str, own: str) -> None:
    spider_class: Any = PixivSpiderLoader(get_project_settings()).load(spider)
    urls = f"https://www.pixiv.net/users/11, https://www.pixiv.net/users/12/{own}"
    assert spider_class.Args.parse({"user_id": urls}, spider).user_id == [11, 12]


@pytest.mark.parametrize("word", ["pixiv.net/unknown", "http://example.com/", "100% orange", "-users"])
def test_a_word_may_look_like_a_url(word: str) -> None:
    spider_class: Any = PixivSpiderLoader(get_project_settings()).load("search")
    assert spider_class.Args.parse({"word": word}, "search").word == word


@pytest.mark.parametrize("name", IDS)
@pytest.mark.parametrize("text", ["", " , "])
def test_an_empty_list_is_rejected_with_the_expected_kind(name: str, text: str) -> None:
    with pytest.raises(ArgumentError, match=f"^spider argument {name}: no {IDS[name][2]} is given: pass a numeric ID"):
        Things.parse({name: text})


ID = st.integers(1, 10**18 - 1)


@given(st.lists(ID, min_size=1), st.data())
@pytest.mark.e2e
def test_any_ids_in_any_form_are_parsed(ids: list[int], data: st.DataObject) -> None:
    forms = st.sampled_from(["{}", "https://" + PROFILES[0], *PROFILES])
    text = ",".join(data.draw(forms).format(user_id) for user_id in ids)
    assert user_ids(text) == list(dict.fromkeys(ids))


@given(st.text(max_size=30) | st.text(alphabet="pixv.net/users?id=&#0123456789,: ", max_size=60))
def test_any_text_is_a_list_of_users_or_an_error(text: str) -> None:
    try:
        ids = user_ids(text)
    except ArgumentError:
        return
    assert all(0 < user_id < 10**18 for user_id in ids)
    assert len(ids) == len(set(ids)) > 0

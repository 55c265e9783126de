from __future__ import annotations

import inspect
import re
from datetime import date
from typing import Any

import pytest

from pixiv_crawler.api import account_endpoints, endpoints
from pixiv_crawler.api.call import ApiCall
from pixiv_crawler.api.enums import FeedRestrict, Restrict, SearchTarget, WorkType
from pixiv_crawler.api.parsing import ITEM_TYPES

DAY = date(2026, 1, 31)
TAGS, EXACT = SearchTarget.PARTIAL_MATCH_FOR_TAGS, SearchTarget.EXACT_MATCH_FOR_TAGS
PUBLIC, PRIVATE = Restrict.PUBLIC, Restrict.PRIVATE

# Not taken from the package: path, query, key of the list or object in the response.
CALLS = [
    (endpoints.illust_detail(77), "/v1/illust/detail", "illust_id=77&filter=for_ios", "illust"),
    (endpoints.novel_detail(55), "/v2/novel/detail", "novel_id=55", "novel"),
    (endpoints.webview_novel(55), "/webview/v2/novel", "id=55&viewer_version=20221031_ai", ""),
    (endpoints.ugoira_metadata(77), "/v1/ugoira/metadata", "illust_id=77", "ugoira_metadata"),
    (endpoints.user_illusts(11), "/v1/user/illusts", "user_id=11&filter=for_ios", "illusts"),
    (endpoints.user_illusts(11, type=WorkType.MANGA), "/v1/user/illusts", "user_id=11&type=manga&filter=for_ios", "illusts"),
    (endpoints.user_novels(11), "/v1/user/novels", "user_id=11&filter=for_ios", "novels"),
    (endpoints.illust_ranking("day_r18"), "/v1/illust/ranking", "mode=day_r18&filter=for_ios", "illusts"),
    (endpoints.illust_ranking("day", DAY), "/v1/illust/ranking", "mode=day&date=2026-01-31&filter=for_ios", "illusts"),
    (endpoints.novel_ranking("week"), "/v1/novel/ranking", "mode=week&filter=for_ios", "novels"),
    (endpoints.novel_ranking("week", DAY), "/v1/novel/ranking", "mode=week&date=2026-01-31&filter=for_ios", "novels"),
    (endpoints.illust_related(77), "/v2/illust/related", "illust_id=77&filter=for_ios", "illusts"),
    (endpoints.illust_recommended(WorkType.MANGA), "/v1/illust/recommended",
     "content_type=manga&include_ranking_label=true&include_ranking_illusts=false&filter=for_ios", "illusts"),
    (endpoints.illust_recommended(WorkType.ILLUST, include_ranking_illusts=True, max_bookmark_id_for_recommend=5,
                                  min_bookmark_id_for_recent_illust=-1, bookmark_illust_ids="7,8"),
     "/v1/illust/recommended",
     ("content_type=illust&include_ranking_label=true&include_ranking_illusts=true&max_bookmark_id_for_recommend=5"
     "&min_bookmark_id_for_recent_illust=-1&bookmark_illust_ids=7%2C8&filter=for_ios"), "illusts"),
    (endpoints.novel_recommended(), "/v1/novel/recommended", "include_ranking_novels=false&filter=for_ios", "novels"),
    (endpoints.novel_recommended(include_ranking_novels=True), "/v1/novel/recommended",
     "include_ranking_novels=true&filter=for_ios", "novels"),
    (endpoints.illust_follow(FeedRestrict.ALL), "/v2/illust/follow", "restrict=all", "illusts"),
    (endpoints.novel_follow(FeedRestrict.PRIVATE), "/v1/novel/follow", "restrict=private", "novels"),
    (endpoints.illust_mypixiv(), "/v2/illust/mypixiv", "", "illusts"),
    (endpoints.novel_mypixiv(), "/v1/novel/mypixiv", "", "novels"),
    (endpoints.illust_new(WorkType.ILLUST), "/v1/illust/new", "content_type=illust&filter=for_ios", "illusts"),
    (endpoints.novel_new(), "/v1/novel/new", "filter=for_ios", "novels"),
    (endpoints.illust_series(9), "/v1/illust/series", "illust_series_id=9&filter=for_ios", "illusts"),
    (endpoints.novel_series(9), "/v2/novel/series", "series_id=9&filter=for_ios", "novels"),
    (endpoints.search_illust("猫 犬", TAGS), "/v1/search/illust",
     "word=%E7%8C%AB+%E7%8A%AC&search_target=partial_match_for_tags&include_potential_violation_works=true&filter=for_ios",
     "illusts"),
    (endpoints.search_illust("cat", EXACT, sort="date_asc", start_date="2026-01-01", end_date="2026-01-31", duration=None,
                             search_ai_type="1", content_type="ugoira", ratio_pattern="square"), "/v1/search/illust",
     ("word=cat&search_target=exact_match_for_tags&include_potential_violation_works=true&filter=for_ios&sort=date_asc"
     "&start_date=2026-01-01&end_date=2026-01-31&search_ai_type=1&content_type=ugoira&ratio_pattern=square"), "illusts"),
    (endpoints.search_novel("cat", SearchTarget.TEXT, duration="within_last_day"), "/v1/search/novel",
     "word=cat&search_target=text&include_potential_violation_works=true&filter=for_ios&duration=within_last_day", "novels"),
    (endpoints.search_popular_preview_illust("cat", TAGS, content_type="manga"), "/v1/search/popular-preview/illust",
     ("word=cat&search_target=partial_match_for_tags&include_potential_violation_works=true&filter=for_ios"
      "&content_type=manga"), "illusts"),
    (endpoints.search_popular_preview_novel("cat", EXACT), "/v1/search/popular-preview/novel",
     "word=cat&search_target=exact_match_for_tags&include_potential_violation_works=true&filter=for_ios", "novels"),
    (endpoints.search_user("a&b"), "/v1/search/user", "word=a%26b&filter=for_ios", "user_previews"),
    (endpoints.trending_tags_illust(), "/v1/trending-tags/illust", "filter=for_ios", "trend_tags"),
    (endpoints.trending_tags_novel(), "/v1/trending-tags/novel", "filter=for_ios", "trend_tags"),
    (endpoints.user_detail(11), "/v1/user/detail", "user_id=11&filter=for_ios", ""),
    (endpoints.user_following(11, PRIVATE), "/v1/user/following", "user_id=11&restrict=private", "user_previews"),
    (endpoints.user_follower(11), "/v1/user/follower", "user_id=11&filter=for_ios", "user_previews"),
    (endpoints.user_related(11), "/v1/user/related", "seed_user_id=11&filter=for_ios", "user_previews"),
    (endpoints.user_recommended(), "/v1/user/recommended", "filter=for_ios", "user_previews"),
    (endpoints.user_mypixiv(11), "/v1/user/mypixiv", "user_id=11&filter=for_ios", "user_previews"),
    (endpoints.user_bookmarks_illust(11, PUBLIC), "/v1/user/bookmarks/illust",
     "user_id=11&restrict=public&filter=for_ios", "illusts"),
    (endpoints.user_bookmarks_illust(11, PUBLIC, "未分類", 12345), "/v1/user/bookmarks/illust",
     "user_id=11&restrict=public&tag=%E6%9C%AA%E5%88%86%E9%A1%9E&max_bookmark_id=12345&filter=for_ios", "illusts"),
    (endpoints.user_bookmarks_novel(11, PRIVATE, "a", 1), "/v1/user/bookmarks/novel",
     "user_id=11&restrict=private&tag=a&max_bookmark_id=1&filter=for_ios", "novels"),
    (endpoints.user_bookmark_tags_illust(11, PUBLIC), "/v1/user/bookmark-tags/illust", "user_id=11&restrict=public",
     "bookmark_tags"),
    (endpoints.user_bookmark_tags_novel(11, PRIVATE), "/v1/user/bookmark-tags/novel", "user_id=11&restrict=private",
     "bookmark_tags"),
    (endpoints.illust_bookmark_users(77), "/v1/illust/bookmark/users", "illust_id=77", "users"),
    (endpoints.novel_bookmark_users(55), "/v1/novel/bookmark/users", "novel_id=55", "users"),
    (endpoints.illust_bookmark_detail(77), "/v2/illust/bookmark/detail", "illust_id=77", "bookmark_detail"),
    (endpoints.illust_bookmark_add(77, PRIVATE, ["a b", "c"]), "/v2/illust/bookmark/add",
     "illust_id=77&restrict=private&tags%5B%5D=a+b&tags%5B%5D=c", ""),
    (endpoints.illust_bookmark_add(77, PUBLIC, []), "/v2/illust/bookmark/add", "illust_id=77&restrict=public", ""),
    (endpoints.illust_bookmark_delete(77), "/v1/illust/bookmark/delete", "illust_id=77", ""),
    (endpoints.illust_comments(77), "/v3/illust/comments", "illust_id=77", "comments"),
    (endpoints.novel_comments(55), "/v3/novel/comments", "novel_id=55", "comments"),
    (endpoints.illust_comment_replies(5, 77), "/v2/illust/comment/replies", "comment_id=5", "comments"),
    (endpoints.novel_comment_replies(5, 55), "/v2/novel/comment/replies", "comment_id=5", "comments"),
    (account_endpoints.search_bookmark_sync_status(), "/v1/search/bookmark/sync-status", "", ""),
    (account_endpoints.search_bookmark_illust(PRIVATE, "a&b", "猫", "2026-01"), "/v1/search/bookmark/illust",
     "bookmark_restrict=private&bookmark_period=2026-01&bookmark_tag=a%26b&illust_tag=%E7%8C%AB", "illusts"),
    (account_endpoints.search_bookmark_novel(PUBLIC, novel_tag="a"), "/v1/search/bookmark/novel",
     "bookmark_restrict=public&novel_tag=a", "novels"),
    (account_endpoints.search_bookmark_illust_bookmark_tag(PUBLIC), "/v1/search/bookmark/illust/bookmark-tag",
     "bookmark_restrict=public", "tags"),
    (account_endpoints.search_bookmark_illust_illust_tag(PUBLIC, "a"), "/v1/search/bookmark/illust/illust-tag",
     "bookmark_restrict=public&word=a", "tags"),
    (account_endpoints.search_bookmark_novel_bookmark_tag(PUBLIC, None, "2026-01"),
     "/v1/search/bookmark/novel/bookmark-tag", "bookmark_restrict=public&bookmark_period=2026-01", "tags"),
    (account_endpoints.search_bookmark_novel_novel_tag(PRIVATE), "/v1/search/bookmark/novel/novel-tag",
     "bookmark_restrict=private", "tags"),
    (account_endpoints.access_block_users(), "/v1/access-block/users", "", "blocked_users"),
    (account_endpoints.user_follow_detail(11), "/v1/user/follow/detail", "user_id=11", "follow_detail"),
    (account_endpoints.user_follow_add(11, PRIVATE), "/v1/user/follow/add", "user_id=11&restrict=private", ""),
    (account_endpoints.user_follow_delete(11), "/v1/user/follow/delete", "user_id=11", ""),
    (account_endpoints.mute_list(), "/v1/mute/list", "", "muted_users"),
    (account_endpoints.watchlist_manga(), "/v1/watchlist/manga", "", "series"),
    (account_endpoints.watchlist_novel(), "/v1/watchlist/novel", "", "series"),
    (account_endpoints.novel_markers(), "/v2/novel/markers", "", "marked_novels"),
    (account_endpoints.emoji(), "/v1/emoji", "", "emoji_definitions"),
    (account_endpoints.stamps(), "/v1/stamps", "", "stamps"),
]  # fmt: skip
FUNCTIONS = {
    name: function
    for module in (endpoints, account_endpoints)
    for name, function in inspect.getmembers(module, inspect.isfunction)
    if function.__module__ == module.__name__ and not name.startswith("_")
}
WRITERS = {
    "/v2/illust/bookmark/add",
    "/v1/illust/bookmark/delete",
    "/v1/user/follow/add",
    "/v1/user/follow/delete",
}
OBJECTS = {"illust", "novel", "ugoira_metadata", "bookmark_detail", "follow_detail"}


def function_of(path: str) -> str:
    """A path with `_` for `/`, without its version."""
    return re.sub(r"/v\d+/", "/", path).strip("/").replace("/", "_").replace("-", "_")


@pytest.mark.parametrize(("call", "path", "query", "key"), CALLS)
def test_an_endpoint_has_the_expected_path_query_and_key(call: ApiCall, path: str, query: str, key: str) -> None:
    assert (call.path, call.query, call.key) == (path, query, key)
    assert call.method == ("POST" if path in WRITERS else "GET")
    assert call.is_page == path.startswith("/webview/")
    # A listing has a list under its key, any other response an object.
    assert (call.entries_key, call.entry_key) == (("", key) if key in OBJECTS else (key, ""))


def test_no_endpoint_is_missing_in_the_table_above() -> None:
    assert {function_of(path) for _, path, _, _ in CALLS} == set(FUNCTIONS)


@pytest.mark.parametrize(
    ("call", "context"),
    [
        (endpoints.illust_comments(77), {"illust_id": 77}),
        (endpoints.novel_comments(55), {"novel_id": 55}),
        (endpoints.illust_comment_replies(5, 77), {"illust_id": 77, "parent_comment_id": 5}),
        (endpoints.novel_comment_replies(5, 55), {"novel_id": 55, "parent_comment_id": 5}),
        (endpoints.illust_bookmark_detail(77), {"illust_id": 77}),
        (account_endpoints.user_follow_detail(11), {"user_id": 11}),
        (account_endpoints.watchlist_manga(), {"type": "manga"}),
        (account_endpoints.watchlist_novel(), {"type": "novel"}),
    ],
)
def test_the_context_of_a_call_contains_what_the_response_omits(call: ApiCall, context: dict[str, Any]) -> None:
    assert call.context == context
    assert set(context) <= set(ITEM_TYPES[call.key].__slots__)


def test_no_other_call_has_a_context() -> None:
    with_context = {function_of(call.path) for call, *_ in CALLS if call.context}
    assert with_context == {name for name in FUNCTIONS if "comment" in name or "watchlist" in name} | {
        "illust_bookmark_detail",
        "user_follow_detail",
    }


@pytest.mark.parametrize("key", sorted({key for *_, key in CALLS} - {"ugoira_metadata"}))
def test_every_key_of_an_endpoint_has_an_item_type(key: str) -> None:
    assert key in ITEM_TYPES


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_an_endpoint_is_documented_with_its_method_and_path(name: str) -> None:
    documented = re.match(r"(GET|POST) (?:/webview)?/v\d+/(\S+):", FUNCTIONS[name].__doc__ or "")
    calls = [call for call, path, _, _ in CALLS if function_of(path) == name]
    assert documented is not None
    assert {documented[0].partition(" ")[2].rstrip(":")} == {call.path for call in calls}
    assert {documented[1]} == {call.method for call in calls}

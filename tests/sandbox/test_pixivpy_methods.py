"""Every method of pixivpy3 that reads or changes something at Pixiv has a spider for the same endpoint."""

from __future__ import annotations

import inspect
import re
from contextlib import suppress
from typing import Any

import pytest
from pixivpy3 import AppPixivAPI, PixivError
from scrapy.spiderloader import SpiderLoader
from scrapy.utils.project import get_project_settings

from pixiv_crawler.sandbox import Sandbox

# pixivpy calls datetime.utcnow, which is deprecated in newer versions of Python.
pytestmark = pytest.mark.filterwarnings("ignore:datetime.datetime.utcnow:DeprecationWarning")

LOADER = SpiderLoader(get_project_settings())
RICH, WORK, NOVEL_SERIES = 2188232, 127410001, 900011
WORD: dict[str, Any] = {"word": "桜"}
USER: dict[str, Any] = {"user_id": RICH}
OF_WORK: dict[str, Any] = {"illust_id": WORK}
OF_NOVEL: dict[str, Any] = {"novel_id": 26_000_000}

# The spider for each method, and what the method needs.
SPIDERS: dict[str, tuple[str, dict[str, Any]]] = {
    "illust_bookmark_add": ("edit_bookmarks", OF_WORK),
    "illust_bookmark_delete": ("edit_bookmarks", OF_WORK),
    "illust_bookmark_detail": ("bookmark_details", OF_WORK),
    "illust_comments": ("comments", OF_WORK),
    "illust_detail": ("works", OF_WORK),
    "illust_follow": ("following_feed", {}),
    "illust_new": ("new_works", {}),
    "illust_ranking": ("rankings", {}),
    "illust_recommended": ("recommended", {}),
    "illust_related": ("related", OF_WORK),
    "novel_comments": ("comments", OF_NOVEL),
    "novel_detail": ("works", OF_NOVEL),
    "novel_follow": ("following_feed", {}),
    "novel_new": ("new_works", {}),
    "novel_recommended": ("recommended", {}),
    "novel_series": ("series", {"series_id": NOVEL_SERIES}),
    "novel_text": ("works", OF_NOVEL),
    "search_illust": ("search", WORD),
    "search_novel": ("search", WORD),
    "search_user": ("search_users", WORD),
    "trending_tags_illust": ("trending_tags", {}),
    "ugoira_metadata": ("works", OF_WORK),
    "user_bookmark_tags_illust": ("bookmark_tags", USER),
    "user_bookmarks_illust": ("bookmarks", USER),
    "user_bookmarks_novel": ("bookmarks", USER),
    "user_detail": ("users", USER),
    "user_follow_add": ("edit_follows", USER),
    "user_follow_delete": ("edit_follows", USER),
    "user_follower": ("followers", USER),
    "user_following": ("following", USER),
    "user_illusts": ("user_works", USER),
    "user_list": ("blocked_users", USER),
    "user_mypixiv": ("mypixiv_users", USER),
    "user_novels": ("user_works", USER),
    "user_recommended": ("recommended_users", {}),
    "user_related": ("related_users", {"seed_user_id": RICH}),
    "webview_novel": ("works", OF_NOVEL),
}
# Pixiv's newest app has another endpoint for the same list.
REPLACED = {"/v2/user/list": "/v1/access-block/users"}
WITHOUT_SPIDER = {
    "showcase_article": "it requests the website, not the App API",
    "user_edit_ai_show_settings": "it changes a setting of the account, which a browser does once",
}
# How the client logs in, sends requests, and reads responses.
CLIENT = {
    *("auth", "download", "login", "no_auth_requests_call", "parse_result", "requests_call", "require_auth"),
    *("set_accept_language", "set_additional_headers", "set_api_proxy", "set_auth", "set_client"),
}


def test_no_method_is_missing() -> None:
    methods = {name for name, _ in inspect.getmembers(AppPixivAPI, inspect.isfunction) if not name.startswith("_")}
    assert methods == {*SPIDERS, *WITHOUT_SPIDER, *CLIENT}


@pytest.mark.parametrize("method", SPIDERS)
def test_a_spider_requests_the_endpoint_of_a_method(pixivpy: AppPixivAPI, sandbox: Sandbox, method: str) -> None:
    spider, arguments = SPIDERS[method]
    novel = sandbox.world.novels_of(RICH)[0].id
    with suppress(PixivError):  # the client still requests version 1 of the comments, whose 404 has no body
        getattr(pixivpy, method)(**({"novel_id": novel} if arguments is OF_NOVEL else arguments))
    (path,) = (request.path for request in sandbox.requests if request.kind == "api")
    source = LOADER.load(spider).__doc__ or ""
    known = {without_version(found) for found in re.findall(r"/[\w/-]+", source.partition("Source:")[2])}
    assert without_version(REPLACED.get(path, path)) in known


def without_version(path: str) -> str:
    return re.sub(r"/v\d+/", "/", path)

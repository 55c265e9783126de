"""The pages of Pixiv's website: which spider collects what a page shows, and with which arguments.

Covers the website today and the forms of its URLs since 2007. A parameter that changes what a page shows becomes an argument
or is an error; nothing is dropped silently.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import SplitResult, unquote

from pixiv_crawler.api.enums import NovelRankingMode
from pixiv_crawler.api.page_target import Args, PageTarget
from pixiv_crawler.api.page_url import PageUrl
from pixiv_crawler.exceptions import ArgumentError


def find_target(url: SplitResult, *, is_mirror: bool) -> PageTarget | None:
    """What collects a page of the website, or of a mirror, where only the pages of works are known; None: no spider does.

    Raises:
        ArgumentError: the page has a parameter that cannot be applied.
    """
    page = PageUrl.of(url)
    for pattern, target_of, is_mirrored in _PAGES:
        if (is_mirrored or not is_mirror) and (match := re.fullmatch(pattern, page.path)):
            target = target_of(page, *map(_word, match.groups()))
            if target and target.spider != "works":  # the parameters of a work only select a view of it
                page.check_rest()
            return target
    return None


def _word(text: str | None) -> str:
    return unquote(text or "").strip()


def _given(**args: str) -> Args:
    return {name: value for name, value in args.items() if value}


# --- Users -----------------------------------------------------------------------------------------------------------

_TYPES = {"": "", "artworks": "", "illustrations": "illust,ugoira", "manga": "manga", "novels": "novel"}
"""The argument `type` for each last part of a path; without one, all types of illusts are collected."""
_ILLUST_TYPES = {
    "all": "", "artwork": "", "illust_and_ugoira": "illust,ugoira", "illust_ugoira": "illust,ugoira", "illust": "illust",
    "manga": "manga", "ugoira": "ugoira",
}  # fmt: skip
_RATINGS = {"all": "", "safe": "0", "r18": "1,2"}


def _user(page: PageUrl, user: str, kind: str = "", tag: str = "") -> PageTarget:
    tag = tag or page.take("tag")
    return _works_of(user, _TYPES[kind], tag, is_profile=not (kind or tag))


def _works_of(user: str, type_: str, tag: str, *, is_profile: bool = False) -> PageTarget:
    """Works of a user, with one tag: a comma in it does not separate two tags."""
    given = _given(type=type_, tags=tag.replace(",", r"\,"))
    return PageTarget("user_works", {"user_id": user} | given, is_main=is_profile)


def _old_works(page: PageUrl, type_: str) -> PageTarget | None:
    user = page.take_id("id")
    return _works_of(user, type_, page.take("tag")) if user else None


def _old_illusts(page: PageUrl) -> PageTarget | None:
    illust = page.take_id("illust_id")
    if illust:
        return PageTarget("works", {"illust_id": illust})
    return _old_works(page, page.translate("type", _ILLUST_TYPES))


def _restrict(page: PageUrl) -> str:
    """Which part of a list is shown."""
    return page.translate("rest", {"show": "", "hide": "private"})


def _bookmarks(page: PageUrl, user: str, kind: str = "", tag: str = "") -> PageTarget:
    given = _given(
        user_id=user,
        type=_TYPES[kind],
        tag=tag or page.take("tag") or page.translate("untagged", {"0": "", "1": "未分類"}),
        restrict=_restrict(page),
        x_restrict=page.translate("mode", _RATINGS),
    )
    return PageTarget("bookmarks", given, is_main=False)


def _following(page: PageUrl, user: str) -> PageTarget:
    return PageTarget("following", _given(user_id=user, restrict=_restrict(page)), is_main=False)


def _users_of(spider: str) -> Callable[[PageUrl, str], PageTarget]:
    """A list of users that belongs to a user, or to the account."""
    return lambda _page, user: PageTarget(spider, _given(user_id=user), is_main=False)


_OLD_LISTS = {"illust_all": "bookmarks", "user": "following", "reg_user": "followers"}


def _old_list(page: PageUrl) -> PageTarget:
    spider, user = page.translate("type", _OLD_LISTS), page.take_id("id")
    if spider == "following":
        return _following(page, user)
    return _users_of("followers")(page, user) if spider == "followers" else _bookmarks(page, user)


# --- Searches --------------------------------------------------------------------------------------------------------

_ORDERS = {
    "date_d": "", "date": "date_asc", "popular_d": "popular_desc", "popular_male_d": "popular_male_desc",
    "popular_female_d": "popular_female_desc",
}  # fmt: skip
# Without s_, the values of the newer page /search.
_TARGETS = {
    "s_tag": "", "s_tag_full": "exact_match_for_tags", "s_tc": "title_and_caption",
    "tag": "", "tag_full": "exact_match_for_tags", "tc": "title_and_caption",
}  # fmt: skip
_NOVEL_TARGETS = {
    "s_tag": "keyword", "s_tag_only": "", "s_tag_full": "exact_match_for_tags", "s_tc": "text",
    "tag_tc": "keyword", "tag": "", "tag_full": "exact_match_for_tags", "text": "text",
}  # fmt: skip
_AI_TYPES = {"0": "", "1": "no,unknown"}
_RATIOS = {"0.5": "landscape", "-0.5": "portrait", "0": "square"}
_RENAMED = {
    "scd": "start_date", "ecd": "end_date", "blt": "min_bookmarks", "bgt": "max_bookmarks", "wlt": "min_width",
    "hlt": "min_height", "tool": "tools",
}  # fmt: skip


def _search(page: PageUrl, word: str = "", kind: str = "") -> PageTarget | None:
    word = word or page.take("word") or page.take("q")
    if not word:
        return None
    type_ = "novel" if page.path.startswith("/novel/") else _TYPES.get(kind, "")
    if type_ != "novel":
        type_ = page.translate("type", _ILLUST_TYPES | {"novel": "novel"}) or type_
    is_novel = type_ == "novel"
    given = _given(
        type=type_,
        sort=page.translate("order", _ORDERS),
        target=page.translate("s_mode", _NOVEL_TARGETS if is_novel else _TARGETS),
        x_restrict=page.translate("mode", _RATINGS),
        ai=page.translate("ai_type", _AI_TYPES),
        ratio="" if is_novel else page.translate("ratio", _RATIOS),
        **{argument: page.take(name) for name, argument in _RENAMED.items()},
    )
    return PageTarget("search", {"word": word} | given)


def _search_users(page: PageUrl) -> PageTarget | None:
    word = page.take("nick") or page.take("q")
    page.translate("s_mode", {"s_usr": ""})
    return PageTarget("search_users", {"word": word}) if word else None


# --- Rankings --------------------------------------------------------------------------------------------------------

_RANKINGS = {
    "daily": "day", "weekly": "week", "monthly": "month", "rookie": "week_rookie", "original": "week_original",
    "male": "day_male", "female": "day_female", "daily_ai": "day_ai", "daily_r18": "day_r18", "weekly_r18": "week_r18",
    "male_r18": "day_male_r18", "female_r18": "day_female_r18", "daily_r18_ai": "day_r18_ai", "r18g": "week_r18g",
}  # fmt: skip
_MANGA_RANKINGS = {
    "daily": "day_manga", "weekly": "week_manga", "monthly": "month_manga", "rookie": "week_rookie_manga",
    "daily_r18": "day_r18_manga", "weekly_r18": "week_r18_manga", "r18g": "week_r18g_manga",
}  # fmt: skip
_NOVEL_RANKINGS = {name: mode for name, mode in _RANKINGS.items() if mode in [*NovelRankingMode]}


def _ranking(page: PageUrl) -> PageTarget:
    if page.path.startswith("/novel/"):
        type_, rankings = "novel", _NOVEL_RANKINGS
    else:
        type_ = page.translate("content", _ILLUST_TYPES)
        rankings = _MANGA_RANKINGS if type_ == "manga" else _RANKINGS
    mode = page.translate("mode", rankings) or rankings["daily"]
    type_ = "" if type_ == "manga" else type_  # the mode says it
    return PageTarget("rankings", _given(mode=mode, type=type_, date=_day(page.take("date"))))


def _day(text: str) -> str:
    if not (found := re.fullmatch(r"(\d{4})-?(\d\d)-?(\d\d)|", text)):
        raise ArgumentError(
            f"the parameter date={text} of the URL is not a day: write it as YYYYMMDD, such as 20260131"
        )
    return "-".join(filter(None, found.groups()))


# --- Everything else -------------------------------------------------------------------------------------------------


def _of(spider: str, argument: str) -> Callable[[PageUrl, str], PageTarget]:
    """A page whose path contains the value of an argument."""
    return lambda _page, value: PageTarget(spider, {argument: value})


def _by_query(spider: str, parameter: str, argument: str) -> Callable[[PageUrl], PageTarget | None]:
    """A page that a parameter of its URL identifies."""

    def target(page: PageUrl) -> PageTarget | None:
        value = page.take_id(parameter)
        return PageTarget(spider, {argument: value}) if value else None

    return target


def _account(spider: str, **args: str) -> Callable[[PageUrl], PageTarget]:
    """A page of the account."""
    return lambda _page: PageTarget(spider, args)


def _works(spider: str, type_: str = "") -> Callable[..., PageTarget]:
    """New or recommended works, of which a parameter or the path selects a rating."""

    def target(page: PageUrl, r18: str = "") -> PageTarget:
        rating = _RATINGS["r18"] if r18 else page.translate("mode", _RATINGS)
        return PageTarget(spider, _given(type=type_, x_restrict=rating))

    return target


def _new_illusts(page: PageUrl, r18: str) -> PageTarget:
    return _works("new_works", page.translate("type", _ILLUST_TYPES))(page, r18)


_USER = r"/(?:users?|u)/(\d+)"
_PAGES: tuple[tuple[str, Callable[..., PageTarget | None], bool], ...] = (
    (rf"{_USER}(?:/(artworks|illustrations|manga|novels)(?:/(.+))?)?", _user, False),
    (rf"{_USER}/bookmarks(?:/(artworks|illustrations|novels)(?:/(.+))?)?", _bookmarks, False),
    (rf"{_USER}/following", _following, False),
    (rf"{_USER}/followers", _users_of("followers"), False),
    (rf"{_USER}/mypixiv", _users_of("mypixiv_users"), False),
    (r"/user/\d+/series/(\d+)", _of("series", "series_id"), False),
    (r"/novel/series/(\d+)", _of("series", "novel_series_id"), False),
    (r"/artworks/(\d+)(?:/.*)?", _of("works", "illust_id"), True),
    (r"/i/(\d+)", _of("works", "illust_id"), False),
    (r"/n/(\d+)", _of("works", "novel_id"), False),
    (r"/novel/show\.php", _by_query("works", "id", "novel_id"), True),
    (r"/member\.php", _by_query("user_works", "id", "user_id"), False),
    (r"/member_illust\.php", _old_illusts, True),
    (r"/novel/member\.php", lambda page: _old_works(page, "novel"), False),
    (r"/mypixiv_all\.php", lambda page: _users_of("mypixiv_users")(page, page.take_id("id")), False),
    (r"/bookmark\.php", _old_list, False),
    (r"/novel/bookmark\.php", lambda page: _bookmarks(page, page.take_id("id"), "novels"), False),
    (r"/tags/([^/]+)(?:/(top|artworks|illustrations|manga|novels))?", _search, False),
    (r"/search(?:\.php)?|/novel/search\.php", _search, False),
    (r"/search_user\.php|/search/users", _search_users, False),
    (r"/(?:novel/)?ranking\.php", _ranking, False),
    (r"/bookmark_new_illust(_r18)?\.php", _works("following_feed"), False),
    (r"/novel/bookmark_new(_r18)?\.php", _works("following_feed", "novel"), False),
    (r"/mypixiv_new_illust\.php", _works("mypixiv_works"), False),
    (r"/novel/mypixiv_new\.php", _works("mypixiv_works", "novel"), False),
    (r"/new_illust(_r18)?\.php", _new_illusts, False),
    (r"/novel/new(_r18)?\.php", _works("new_works", "novel"), False),
    (r"/discovery", _works("recommended"), False),
    (r"/novel/discovery", _works("recommended", "novel"), False),
    (r"/discovery/users", _account("recommended_users"), False),
    (r"/following/watchlist/manga", _account("watchlist", type="manga"), False),
    (r"/following/watchlist/novels?", _account("watchlist", type="novel"), False),
    (r"/novel/marker_all\.php", _account("novel_markers"), False),
)  # fmt: skip
"""The form of a path, what collects such a page, and whether it identifies a work on any site, such as a mirror."""

"""The pages of Pixiv's websites: which spider collects what a page shows, and with which arguments.

Covers the website today and the forms of its URLs since 2007, its mobile versions, mirrors that keep its paths, short
URLs, and the URLs of images.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from pixiv_crawler.api.page_target import Args, PageTarget
from pixiv_crawler.exceptions import ArgumentError


def is_url(text: str) -> bool:
    """Whether a text looks like a URL, with or without a scheme."""
    return bool(re.match(r"(?i)https?://|([a-z0-9-]+\.)*(pixiv\.(net|me)|pximg\.net)/", text))


def is_short_url(url: str) -> bool:
    """Whether a URL names a user by account, so that its server must say which page it leads to."""
    return bool(re.match(r"(?i)(https?://)?pixiv\.me/.", url))


def parse_page_url(url: str) -> PageTarget:
    """The spider and the arguments that collect what a page of Pixiv shows.

    Raises:
        ArgumentError: no spider collects such a page, or not with that parameter.
    """
    try:
        parts = urlsplit(url if "://" in url else f"https://{url}")
    except ValueError as error:
        raise ArgumentError(f"{url!r} is not a valid URL ({error}): pass the URL of a page") from error
    host = (parts.hostname or "").lower()
    if host == "pximg.net" or host.endswith(".pximg.net"):
        target = _image(parts.path)
    elif host == "pixiv.me":
        raise ArgumentError(
            f"{url!r} names a user by account: pass it to pixiv-crawler as https://pixiv.me/NAME, or pass the URL of the profile"
        )
    else:
        target = _page(_Page.of(parts), is_pixiv=_is_pixiv(host))
    if target is None:
        raise ArgumentError(
            f"{url!r} is not a page that can be crawled: pass the URL of a user, work, series, tag, search or ranking"
        )
    return target


def _is_pixiv(host: str) -> bool:
    """Whether a host is Pixiv's website, or a mirror with all of its paths."""
    return any(host == site or host.endswith(f".{site}") for site in ("pixiv.net", "phixiv.net"))


def find_page(text: str) -> PageTarget | None:
    """What collects the page if the text is the URL of one, otherwise None."""
    try:
        return parse_page_url(text) if is_url(text) else None
    except ArgumentError:
        return None


@dataclass(frozen=True, slots=True)
class _Page:
    """A page: its path without the language, and its parameters."""

    path: str
    query: Args

    @classmethod
    def of(cls, parts: SplitResult) -> _Page:
        path = re.sub(
            r"^/(?:[a-z]{2}(?:-[a-z]{2,4})?)(?=/)", "", re.sub("/{2,}", "/", parts.path), flags=re.IGNORECASE
        )
        return cls(path.rstrip("/") or "/", dict(parse_qsl(parts.query)))

    @property
    def restrict(self) -> Args:
        """What distinguishes the private part of a user's list."""
        return {"restrict": "private"} if self.query.get("rest") == "hide" else {}


def _page(page: _Page, *, is_pixiv: bool) -> PageTarget | None:
    for pattern, target, is_mirrored in _PAGES:
        if (is_pixiv or is_mirrored) and (match := re.fullmatch(pattern, page.path)):
            return target(page, *map(_word, match.groups()))
    return None


def _word(text: str | None) -> str:
    return unquote(text or "").strip()


# --- Users -----------------------------------------------------------------------------------------------------------

_TYPES = {"": "", "artworks": "", "illustrations": "illust,ugoira", "manga": "manga", "novels": "novel"}
"""The argument `type` for each last part of a path; without one, all types of illusts are collected."""


def _user(page: _Page, user: str, kind: str = "", tag: str = "") -> PageTarget:
    return _works_of(user, _TYPES[kind], tag or page.query.get("tag", ""))


def _bookmarks(page: _Page, user: str, kind: str = "", tag: str = "") -> PageTarget:
    given = _given(user_id=user, type=_TYPES[kind], tag=tag or page.query.get("tag", ""))
    return PageTarget("bookmarks", given | page.restrict)


def _old_user(page: _Page, type_: str = "") -> PageTarget | None:
    user = page.query.get("id", "")
    return _works_of(user, type_, page.query.get("tag", "")) if user else None


def _works_of(user: str, type_: str, tag: str) -> PageTarget:
    """Works of a user, with one tag: a comma in it does not separate two tags."""
    return PageTarget("user_works", {"user_id": user} | _given(type=type_, tags=tag.replace(",", r"\,")))


def _old_illust(page: _Page) -> PageTarget | None:
    illust = page.query.get("illust_id", "")
    return PageTarget("works", {"illust_id": illust}) if illust else _old_user(page)


# --- Searches --------------------------------------------------------------------------------------------------------

_ORDERS = {
    "date_d": "", "date": "date_asc", "popular_d": "popular_desc", "popular_male_d": "popular_male_desc",
    "popular_female_d": "popular_female_desc",
}  # fmt: skip
_TARGETS = {"s_tag": "", "s_tag_full": "exact_match_for_tags", "s_tc": "title_and_caption"}
_NOVEL_TARGETS = {"s_tag": "keyword", "s_tag_only": "", "s_tag_full": "exact_match_for_tags", "s_tc": "text"}
_SEARCH_TYPES = {
    "all": "",
    "illust_and_ugoira": "illust,ugoira",
    "illust": "illust",
    "manga": "manga",
    "ugoira": "ugoira",
}
_RATINGS = {"all": "", "safe": "0", "r18": "1,2"}
# Which part of a result is shown, and where the user came from.
_IRRELEVANT = {"p", "lang", "from", "ref", "csw", "cursor", "word", "q"}


def _search(page: _Page, word: str = "", kind: str = "") -> PageTarget | None:
    word = word or page.query.get("word") or page.query.get("q", "")
    is_novel = kind == "novels" or page.path.startswith("/novel/")
    args = {"word": word} | _given(type="novel" if is_novel else _TYPES.get(kind, ""))
    for name, value in page.query.items():
        if name not in _IRRELEVANT and not name.startswith("utm_"):
            args |= _search_argument(name, value, is_novel=is_novel)
    return PageTarget("search", args) if word else None


def _search_argument(name: str, value: str, *, is_novel: bool) -> Args:
    match name:
        case "order":
            return _given(sort=_one_of(_ORDERS, name, value))
        case "s_mode":
            return _given(target=_one_of(_NOVEL_TARGETS if is_novel else _TARGETS, name, value))
        case "type" if not is_novel:
            return _given(type=_one_of(_SEARCH_TYPES, name, value))
        case "mode":
            return _given(x_restrict=_one_of(_RATINGS, name, value))
        case "ai_type":
            return _given(ai=_one_of({"0": "", "1": "no,unknown"}, name, value))
        case "ratio" if not is_novel:
            return _given(ratio=_one_of({"0.5": "landscape", "-0.5": "portrait", "0": "square"}, name, value))
        case _ if name in _RENAMED:
            return {_RENAMED[name]: value}
    raise ArgumentError(f"the parameter {name}={value} of a search cannot be applied: remove it from the URL")


_RENAMED = {
    "scd": "start_date", "ecd": "end_date", "blt": "min_bookmarks", "bgt": "max_bookmarks", "wlt": "min_width",
    "hlt": "min_height", "tool": "tools",
}  # fmt: skip


def _search_users(page: _Page) -> PageTarget | None:
    word = page.query.get("nick") or page.query.get("q", "")
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


def _ranking(page: _Page) -> PageTarget:
    content, mode = page.query.get("content", "all"), page.query.get("mode", "daily")
    is_novel = page.path.startswith("/novel/")
    args = {"mode": _one_of(_MANGA_RANKINGS if content == "manga" else _RANKINGS, "mode", mode)}
    args |= _given(
        type="novel" if is_novel else _one_of(_SEARCH_TYPES, "content", content) if content != "manga" else ""
    )
    if found := re.fullmatch(r"(\d{4})-?(\d\d)-?(\d\d)", page.query.get("date", "")):
        args["date"] = "-".join(found.groups())
    return PageTarget("rankings", args)


# --- Everything else -------------------------------------------------------------------------------------------------


def _of(spider: str, argument: str = "", **more: str) -> Callable[..., PageTarget]:
    """A page whose path contains the ID that the spider needs; without an argument, a page of the account."""
    return lambda _page, *found: PageTarget(spider, {argument: found[0]} | more if argument else more)


def _by_query(spider: str, parameter: str, argument: str) -> Callable[[_Page], PageTarget | None]:
    """A page that a parameter of its URL identifies."""

    def target(page: _Page) -> PageTarget | None:
        value = page.query.get(parameter)
        return PageTarget(spider, {argument: value}) if value else None

    return target


def _listed(spider: str) -> Callable[..., PageTarget]:
    """A list of users, of which one part may be private."""
    return lambda page, user: PageTarget(spider, {"user_id": user} | page.restrict)


_USER = r"/(?:users?|u)/(\d+)"
_PAGES: tuple[tuple[str, Callable[..., PageTarget | None], bool], ...] = (
    (rf"{_USER}(?:/(artworks|illustrations|manga|novels)(?:/(.+))?)?", _user, False),
    (rf"{_USER}/bookmarks(?:/(artworks|illustrations|novels)(?:/(.+))?)?", _bookmarks, False),
    (rf"{_USER}/following(?:/.*)?", _listed("following"), False),
    (rf"{_USER}/followers(?:/.*)?", _of("followers", "user_id"), False),
    (r"/user/\d+/series/(\d+)", _of("series", "series_id"), False),
    (r"/novel/series/(\d+)", _of("series", "novel_series_id"), False),
    (r"/artworks/(\d+)(?:/.*)?", _of("works", "illust_id"), True),
    (r"/i/(\d+)", _of("works", "illust_id"), False),
    (r"/n/(\d+)", _of("works", "novel_id"), False),
    (r"/novel/show\.php", _by_query("works", "id", "novel_id"), True),
    (r"/member\.php", _old_user, False),
    (r"/member_illust\.php", _old_illust, True),
    (r"/novel/member\.php", lambda page: _old_user(page, "novel"), False),
    (r"/bookmark\.php", lambda page: _bookmarks(page, page.query.get("id", "")), False),
    (r"/novel/bookmark\.php", lambda page: _bookmarks(page, page.query.get("id", ""), "novels"), False),
    (r"/tags/([^/]+)(?:/(top|artworks|illustrations|manga|novels))?", _search, False),
    (r"/search(?:\.php)?|/novel/search\.php", _search, False),
    (r"/search_user\.php|/search/users", _search_users, False),
    (r"/(?:novel/)?ranking\.php", _ranking, False),
    (r"/bookmark_new_illust\.php", _of("following_feed"), False),
    (r"/novel/bookmark_new\.php", _of("following_feed", type="novel"), False),
    (r"/new_illust\.php", _of("new_works"), False),
    (r"/novel/new\.php", _of("new_works", type="novel"), False),
    (r"/discovery", _of("recommended"), False),
)  # fmt: skip
"""The form of a path, what collects such a page, and whether it identifies a work on any site, such as a mirror."""


def _image(path: str) -> PageTarget | None:
    found = re.search(r"/(\d+)(?:-[0-9a-f]+)?_(?:p|ugoira|master|square|custom)[^/]*$", path)
    return PageTarget("works", {"illust_id": found[1]}) if found else None


def _given(**args: str) -> Args:
    return {name: value for name, value in args.items() if value}


def _one_of(known: Mapping[str, str], name: str, value: str) -> str:
    if value not in known:
        raise ArgumentError(f"the parameter {name}={value} of the URL is not one of {', '.join(known)}")
    return known[value]

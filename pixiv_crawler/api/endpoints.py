"""One function per endpoint of the App API, named after its path."""

from collections.abc import Iterable
from datetime import date

from pixiv_crawler.api.call import ApiCall, JsonObject

# Optional; it selects the variant of the thumbnail URLs in the response, so every call sends the same value.
FILTER = "for_ios"
# The version of the app's reader page that contains the novel as JSON in a script.
VIEWER_VERSION = "20221031_ai"


# --- Works -----------------------------------------------------------------------------------------------------------
def illust_detail(illust_id: int) -> ApiCall:
    """GET /v1/illust/detail: one illust; 404 if it was deleted, a placeholder if it is withheld."""
    return ApiCall("/v1/illust/detail", {"illust_id": illust_id, "filter": FILTER}, entry_key="illust")


def novel_detail(novel_id: int) -> ApiCall:
    """GET /v2/novel/detail: one novel; 404 if it was deleted."""
    return ApiCall("/v2/novel/detail", {"novel_id": novel_id}, entry_key="novel")


def webview_novel(novel_id: int) -> ApiCall:
    """GET /webview/v2/novel: the app's reader page, HTML that contains the novel's text in a script."""
    return ApiCall("/webview/v2/novel", {"id": novel_id, "viewer_version": VIEWER_VERSION}, is_page=True)


def ugoira_metadata(illust_id: int) -> ApiCall:
    """GET /v1/ugoira/metadata: an animation's frames and ZIP; 404 for limited works and works of other types."""
    return ApiCall("/v1/ugoira/metadata", {"illust_id": illust_id}, entry_key="ugoira_metadata")


def user_illusts(user_id: int, *, type: str | None = None) -> ApiCall:  # noqa: A002 - Pixiv's name
    """GET /v1/user/illusts: a user's illusts, newest first, 30 per listing (cursor: offset, at most 5000).

    Without `type`, all are listed, including animations; Pixiv accepts only illust and manga.
    """
    return ApiCall("/v1/user/illusts", {"user_id": user_id, "type": type, "filter": FILTER}, entries_key="illusts")


def user_novels(user_id: int) -> ApiCall:
    """GET /v1/user/novels: a user's novels, newest first, 30 per listing (cursor: offset)."""
    return ApiCall("/v1/user/novels", {"user_id": user_id, "filter": FILTER}, entries_key="novels")


def illust_ranking(mode: str, day: date | None = None) -> ApiCall:
    """GET /v1/illust/ranking: a ranking in order of rank, 30 per listing (cursor: offset); the newest without `day`.

    Empty for the current day until about noon in Japan; about 500 works in daily rankings, 100 in R-18 rankings.
    """
    return ApiCall("/v1/illust/ranking", {"mode": mode, "date": _day(day), "filter": FILTER}, entries_key="illusts")


def novel_ranking(mode: str, day: date | None = None) -> ApiCall:
    """GET /v1/novel/ranking: like illust/ranking, for novels."""
    return ApiCall("/v1/novel/ranking", {"mode": mode, "date": _day(day), "filter": FILTER}, entries_key="novels")


def illust_related(illust_id: int) -> ApiCall:
    """GET /v2/illust/related: works similar to a work, best match first (cursor: viewed[], the works seen so far).

    Listings overlap; the last one is empty or contains nothing new.
    """
    return ApiCall("/v2/illust/related", {"illust_id": illust_id, "filter": FILTER}, entries_key="illusts")


def illust_recommended(
    content_type: str,
    *,
    include_ranking_illusts: bool = False,
    max_bookmark_id_for_recommend: int | None = None,
    min_bookmark_id_for_recent_illust: int | None = None,
    bookmark_illust_ids: str | None = None,
) -> ApiCall:
    """GET /v1/illust/recommended: works recommended to the account, 90 in the first listing (cursor: viewed[] and more).

    Returns 414 or 400 when the cursor has grown too long, after about 300 works.
    """
    params: JsonObject = {
        "content_type": content_type,
        "include_ranking_label": True,
        "include_ranking_illusts": include_ranking_illusts,
        "max_bookmark_id_for_recommend": max_bookmark_id_for_recommend,
        "min_bookmark_id_for_recent_illust": min_bookmark_id_for_recent_illust,
        "bookmark_illust_ids": bookmark_illust_ids,
        "filter": FILTER,
    }
    return ApiCall("/v1/illust/recommended", params, entries_key="illusts")


def novel_recommended(*, include_ranking_novels: bool = False) -> ApiCall:
    """GET /v1/novel/recommended: novels recommended to the account (cursor: offset in steps of 15, and more)."""
    params: JsonObject = {"include_ranking_novels": include_ranking_novels, "filter": FILTER}
    return ApiCall("/v1/novel/recommended", params, entries_key="novels")


def illust_follow(restrict: str) -> ApiCall:
    """GET /v2/illust/follow: new works of the users that the account follows, newest first (cursor: offset)."""
    return ApiCall("/v2/illust/follow", {"restrict": restrict}, entries_key="illusts")


def novel_follow(restrict: str) -> ApiCall:
    """GET /v1/novel/follow: new novels of the users that the account follows, newest first (cursor: offset)."""
    return ApiCall("/v1/novel/follow", {"restrict": restrict}, entries_key="novels")


def illust_mypixiv() -> ApiCall:
    """GET /v2/illust/mypixiv: new works of the account's mypixiv friends, newest first (cursor: offset)."""
    return ApiCall("/v2/illust/mypixiv", entries_key="illusts")


def novel_mypixiv() -> ApiCall:
    """GET /v1/novel/mypixiv: new novels of the account's mypixiv friends, newest first (cursor: offset)."""
    return ApiCall("/v1/novel/mypixiv", entries_key="novels")


def illust_new(content_type: str) -> ApiCall:
    """GET /v1/illust/new: the newest works on Pixiv (cursor: max_illust_id); practically endless."""
    return ApiCall("/v1/illust/new", {"content_type": content_type, "filter": FILTER}, entries_key="illusts")


def novel_new() -> ApiCall:
    """GET /v1/novel/new: the newest novels on Pixiv (cursor: max_novel_id); practically endless."""
    return ApiCall("/v1/novel/new", {"filter": FILTER}, entries_key="novels")


def illust_series(illust_series_id: int) -> ApiCall:
    """GET /v1/illust/series: a series (`illust_series_detail`) and its works (cursor: offset)."""
    return ApiCall(
        "/v1/illust/series", {"illust_series_id": illust_series_id, "filter": FILTER}, entries_key="illusts"
    )


def novel_series(series_id: int) -> ApiCall:
    """GET /v2/novel/series: a series (`novel_series_detail`) and its novels (cursor: last_order)."""
    return ApiCall("/v2/novel/series", {"series_id": series_id, "filter": FILTER}, entries_key="novels")


# --- Search ----------------------------------------------------------------------------------------------------------
def search_illust(word: str, target: str, **filters: str | None) -> ApiCall:
    """GET /v1/search/illust: works by tag or title, 30 per listing (cursor: offset; above 5000: 400).

    `filters`: sort, duration, start_date, end_date (`YYYY-MM-DD` in Japan, inclusive), search_ai_type, content_type,
    ratio_pattern.
    """
    return ApiCall("/v1/search/illust", _search(word, target) | filters, entries_key="illusts")


def search_novel(word: str, target: str, **filters: str | None) -> ApiCall:
    """GET /v1/search/novel: novels by tag, title or text; like search/illust."""
    return ApiCall("/v1/search/novel", _search(word, target) | filters, entries_key="novels")


def search_popular_preview_illust(word: str, target: str, **filters: str | None) -> ApiCall:
    """GET /v1/search/popular-preview/illust: the 30 most popular works of a search, for accounts without premium, too.

    `filters` are those of search/illust without sort.
    """
    return ApiCall("/v1/search/popular-preview/illust", _search(word, target) | filters, entries_key="illusts")


def search_popular_preview_novel(word: str, target: str, **filters: str | None) -> ApiCall:
    """GET /v1/search/popular-preview/novel: the 30 most popular novels; like search/popular-preview/illust."""
    return ApiCall("/v1/search/popular-preview/novel", _search(word, target) | filters, entries_key="novels")


def _search(word: str, target: str) -> JsonObject:
    return {
        "word": word,
        "search_target": target,
        # Explicit, because the app and the website hide works that may violate the guidelines, since March 2026.
        "include_potential_violation_works": True,
        "filter": FILTER,
    }


def search_user(word: str) -> ApiCall:
    """GET /v1/search/user: users by name, 30 per listing (cursor: offset)."""
    return ApiCall("/v1/search/user", {"word": word, "filter": FILTER}, entries_key="user_previews")


def trending_tags_illust() -> ApiCall:
    """GET /v1/trending-tags/illust: popular tags of illusts, at most 24, in a single listing."""
    return ApiCall("/v1/trending-tags/illust", {"filter": FILTER}, entries_key="trend_tags")


def trending_tags_novel() -> ApiCall:
    """GET /v1/trending-tags/novel: popular tags of novels, in a single listing."""
    return ApiCall("/v1/trending-tags/novel", {"filter": FILTER}, entries_key="trend_tags")


# --- Users -----------------------------------------------------------------------------------------------------------
def user_detail(user_id: int) -> ApiCall:
    """GET /v1/user/detail: a user with profile, publicity and workspace, as one object; 404 or 403 if unavailable."""
    return ApiCall("/v1/user/detail", {"user_id": user_id, "filter": FILTER})


def user_following(user_id: int, restrict: str) -> ApiCall:
    """GET /v1/user/following: users that a user follows, 30 per listing (cursor: offset, at most 5000)."""
    return ApiCall("/v1/user/following", {"user_id": user_id, "restrict": restrict}, entries_key="user_previews")


def user_follower(user_id: int) -> ApiCall:
    """GET /v1/user/follower: users that follow a user, 30 per listing (cursor: offset, at most 5000)."""
    return ApiCall("/v1/user/follower", {"user_id": user_id, "filter": FILTER}, entries_key="user_previews")


def user_related(seed_user_id: int) -> ApiCall:
    """GET /v1/user/related: users similar to a user (cursor: offset)."""
    return ApiCall("/v1/user/related", {"seed_user_id": seed_user_id, "filter": FILTER}, entries_key="user_previews")


def user_recommended() -> ApiCall:
    """GET /v1/user/recommended: users recommended to the account, 30 per listing (cursor: offset)."""
    return ApiCall("/v1/user/recommended", {"filter": FILTER}, entries_key="user_previews")


def user_mypixiv(user_id: int) -> ApiCall:
    """GET /v1/user/mypixiv: mypixiv friends of a user, 30 per listing (cursor: offset)."""
    return ApiCall("/v1/user/mypixiv", {"user_id": user_id, "filter": FILTER}, entries_key="user_previews")


# --- Bookmarks -------------------------------------------------------------------------------------------------------
def user_bookmarks_illust(
    user_id: int, restrict: str, tag: str | None = None, max_bookmark_id: int | None = None
) -> ApiCall:
    """GET /v1/user/bookmarks/illust: bookmarked works, newest bookmark first (cursor: max_bookmark_id).

    Another user's private bookmarks are not accessible: Pixiv returns the public ones instead.
    """
    params = _bookmarks(user_id, restrict, tag, max_bookmark_id)
    return ApiCall("/v1/user/bookmarks/illust", params, entries_key="illusts")


def user_bookmarks_novel(
    user_id: int, restrict: str, tag: str | None = None, max_bookmark_id: int | None = None
) -> ApiCall:
    """GET /v1/user/bookmarks/novel: bookmarked novels; like user/bookmarks/illust."""
    params = _bookmarks(user_id, restrict, tag, max_bookmark_id)
    return ApiCall("/v1/user/bookmarks/novel", params, entries_key="novels")


def _bookmarks(user_id: int, restrict: str, tag: str | None, max_bookmark_id: int | None) -> JsonObject:
    return {
        "user_id": user_id,
        "restrict": restrict,
        "tag": tag,
        "max_bookmark_id": max_bookmark_id,
        "filter": FILTER,
    }


def user_bookmark_tags_illust(user_id: int, restrict: str) -> ApiCall:
    """GET /v1/user/bookmark-tags/illust: tags of a user's bookmarks with counts, 30 per listing (cursor: offset)."""
    params = {"user_id": user_id, "restrict": restrict}
    return ApiCall("/v1/user/bookmark-tags/illust", params, entries_key="bookmark_tags")


def user_bookmark_tags_novel(user_id: int, restrict: str) -> ApiCall:
    """GET /v1/user/bookmark-tags/novel: tags of a user's novel bookmarks; like user/bookmark-tags/illust."""
    params = {"user_id": user_id, "restrict": restrict}
    return ApiCall("/v1/user/bookmark-tags/novel", params, entries_key="bookmark_tags")


def illust_bookmark_users(illust_id: int) -> ApiCall:
    """GET /v1/illust/bookmark/users: users who bookmarked a work publicly, 30 per listing (cursor: offset, at most 5000)."""
    return ApiCall("/v1/illust/bookmark/users", {"illust_id": illust_id}, entries_key="users")


def novel_bookmark_users(novel_id: int) -> ApiCall:
    """GET /v1/novel/bookmark/users: users who bookmarked a novel publicly; like illust/bookmark/users."""
    return ApiCall("/v1/novel/bookmark/users", {"novel_id": novel_id}, entries_key="users")


def illust_bookmark_detail(illust_id: int) -> ApiCall:
    """GET /v2/illust/bookmark/detail: the account's bookmark of a work, as one object."""
    known = {"illust_id": illust_id}
    return ApiCall("/v2/illust/bookmark/detail", dict(known), entry_key="bookmark_detail", context=known)


def illust_bookmark_add(illust_id: int, restrict: str, tags: Iterable[str]) -> ApiCall:
    """POST /v2/illust/bookmark/add: bookmarks a work, or changes its bookmark; returns `{}`."""
    params: JsonObject = {"illust_id": illust_id, "restrict": restrict, "tags[]": list(tags)}
    return ApiCall("/v2/illust/bookmark/add", params, method="POST")


def illust_bookmark_delete(illust_id: int) -> ApiCall:
    """POST /v1/illust/bookmark/delete: removes the bookmark of a work; returns `{}`, or 400 if there is none."""
    return ApiCall("/v1/illust/bookmark/delete", {"illust_id": illust_id}, method="POST")


# --- Comments --------------------------------------------------------------------------------------------------------
def illust_comments(illust_id: int) -> ApiCall:
    """GET /v3/illust/comments: top-level comments, newest first, 30 per listing (cursor: offset)."""
    known = {"illust_id": illust_id}
    return ApiCall("/v3/illust/comments", dict(known), entries_key="comments", context=known)


def novel_comments(novel_id: int) -> ApiCall:
    """GET /v3/novel/comments: like illust/comments, for a novel."""
    known = {"novel_id": novel_id}
    return ApiCall("/v3/novel/comments", dict(known), entries_key="comments", context=known)


def illust_comment_replies(comment_id: int, illust_id: int) -> ApiCall:
    """GET /v2/illust/comment/replies: replies to a comment, 30 per listing (cursor: offset)."""
    known = {"illust_id": illust_id, "parent_comment_id": comment_id}
    return ApiCall("/v2/illust/comment/replies", {"comment_id": comment_id}, entries_key="comments", context=known)


def novel_comment_replies(comment_id: int, novel_id: int) -> ApiCall:
    """GET /v2/novel/comment/replies: like illust/comment/replies, for a novel."""
    known = {"novel_id": novel_id, "parent_comment_id": comment_id}
    return ApiCall("/v2/novel/comment/replies", {"comment_id": comment_id}, entries_key="comments", context=known)


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None

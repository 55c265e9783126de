"""One function per endpoint of the App API about the account's own lists and the app itself, named after its path."""

from pixiv_crawler.api.call import ApiCall, JsonObject


# --- Search in the account's own bookmarks ---------------------------------------------------------------------------
def search_bookmark_sync_status() -> ApiCall:
    """GET /v1/search/bookmark/sync-status: whether the search knows all bookmarks (`is_synchronised`)."""
    return ApiCall("/v1/search/bookmark/sync-status")


def search_bookmark_illust(
    restrict: str, bookmark_tag: str | None = None, illust_tag: str | None = None, bookmark_period: str | None = None
) -> ApiCall:
    """GET /v1/search/bookmark/illust: bookmarked works, with their number as `total` (cursor: offset).

    `bookmark_tag`: a tag that the account gave the bookmark; `illust_tag`: a tag of the work; `bookmark_period`: the
    month of the bookmark, `YYYY-MM`.
    """
    params = _searched(restrict, bookmark_period) | {"bookmark_tag": bookmark_tag, "illust_tag": illust_tag}
    return ApiCall("/v1/search/bookmark/illust", params, entries_key="illusts")


def search_bookmark_novel(
    restrict: str, bookmark_tag: str | None = None, novel_tag: str | None = None, bookmark_period: str | None = None
) -> ApiCall:
    """GET /v1/search/bookmark/novel: bookmarked novels; like search/bookmark/illust."""
    params = _searched(restrict, bookmark_period) | {"bookmark_tag": bookmark_tag, "novel_tag": novel_tag}
    return ApiCall("/v1/search/bookmark/novel", params, entries_key="novels")


def search_bookmark_illust_bookmark_tag(
    restrict: str, word: str | None = None, bookmark_period: str | None = None
) -> ApiCall:
    """GET /v1/search/bookmark/illust/bookmark-tag: tags of the bookmarks, with counts (cursor: offset)."""
    return _tags("illust/bookmark-tag", restrict, word, bookmark_period)


def search_bookmark_illust_illust_tag(
    restrict: str, word: str | None = None, bookmark_period: str | None = None
) -> ApiCall:
    """GET /v1/search/bookmark/illust/illust-tag: tags of the bookmarked works, with counts (cursor: offset)."""
    return _tags("illust/illust-tag", restrict, word, bookmark_period)


def search_bookmark_novel_bookmark_tag(
    restrict: str, word: str | None = None, bookmark_period: str | None = None
) -> ApiCall:
    """GET /v1/search/bookmark/novel/bookmark-tag: tags of the bookmarks of novels, with counts (cursor: offset)."""
    return _tags("novel/bookmark-tag", restrict, word, bookmark_period)


def search_bookmark_novel_novel_tag(
    restrict: str, word: str | None = None, bookmark_period: str | None = None
) -> ApiCall:
    """GET /v1/search/bookmark/novel/novel-tag: tags of the bookmarked novels, with counts (cursor: offset)."""
    return _tags("novel/novel-tag", restrict, word, bookmark_period)


def _tags(what: str, restrict: str, word: str | None, bookmark_period: str | None) -> ApiCall:
    params = _searched(restrict, bookmark_period) | {"word": word}
    return ApiCall(f"/v1/search/bookmark/{what}", params, entries_key="tags")


def _searched(restrict: str, bookmark_period: str | None) -> JsonObject:
    return {"bookmark_restrict": restrict, "bookmark_period": bookmark_period}


# --- Lists of the account --------------------------------------------------------------------------------------------
def access_block_users() -> ApiCall:
    """GET /v1/access-block/users: users blocked by the account (cursor: offset).

    The app of 2026 requests it; older ones requested /v2/user/list, whose version 1 is gone.
    """
    return ApiCall("/v1/access-block/users", entries_key="blocked_users")


def user_follow_detail(user_id: int) -> ApiCall:
    """GET /v1/user/follow/detail: how the account follows a user, as one object."""
    known = {"user_id": user_id}
    return ApiCall("/v1/user/follow/detail", dict(known), entry_key="follow_detail", context=known)


def user_follow_add(user_id: int, restrict: str) -> ApiCall:
    """POST /v1/user/follow/add: follows a user, or changes `restrict`; returns `{}`."""
    return ApiCall("/v1/user/follow/add", {"user_id": user_id, "restrict": restrict}, method="POST")


def user_follow_delete(user_id: int) -> ApiCall:
    """POST /v1/user/follow/delete: unfollows a user; returns `{}`."""
    return ApiCall("/v1/user/follow/delete", {"user_id": user_id}, method="POST")


def mute_list() -> ApiCall:
    """GET /v1/mute/list: users muted by the account, and its muted tags (`muted_tags`), in a single listing."""
    return ApiCall("/v1/mute/list", entries_key="muted_users")


def watchlist_manga() -> ApiCall:
    """GET /v1/watchlist/manga: series of illusts and manga that the account watches (cursor: offset)."""
    return ApiCall("/v1/watchlist/manga", entries_key="series", context={"type": "manga"})


def watchlist_novel() -> ApiCall:
    """GET /v1/watchlist/novel: series of novels that the account watches (cursor: offset)."""
    return ApiCall("/v1/watchlist/novel", entries_key="series", context={"type": "novel"})


def novel_markers() -> ApiCall:
    """GET /v2/novel/markers: novels in which the account set a marker, with its page (cursor: offset)."""
    return ApiCall("/v2/novel/markers", entries_key="marked_novels")


# --- Comments --------------------------------------------------------------------------------------------------------
def emoji() -> ApiCall:
    """GET /v1/emoji: the emoji of comments, in a single listing."""
    return ApiCall("/v1/emoji", entries_key="emoji_definitions")


def stamps() -> ApiCall:
    """GET /v1/stamps: the stamps of comments, in a single listing."""
    return ApiCall("/v1/stamps", entries_key="stamps")

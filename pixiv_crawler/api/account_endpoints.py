"""One function per endpoint of the App API about the account itself, named after its path."""

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

"""One function per endpoint of the website, named after its path; the converted responses have the keys of the App API."""

from pixiv_crawler.api.call import ApiCall, JsonObject

LISTING = "listing"
"""Context of a call for a work: the `source` of its placeholder, which becomes that of the work."""
ENTRY = "entry"
"""Context of a call for the pages of a work: the work as far as it is known."""


def illust(illust_id: int) -> ApiCall:
    """GET /ajax/illust/ID: one illust with its first page; without a session, R-18 works have no URLs."""
    return _call("/ajax/illust/{illust_id}", "illust", illust_id=illust_id)


def illust_pages(call: ApiCall, entry: JsonObject) -> ApiCall:
    """GET /ajax/illust/ID/pages: the URLs of all pages; the converted response is `entry`, the response to `call`, with them."""
    pages = _call("/ajax/illust/{illust_id}/pages", "illust", illust_id=entry["id"])
    return pages.with_context(**call.context, **{ENTRY: entry})


def needs_pages(call: ApiCall, entry: JsonObject) -> bool:
    """Whether the response to a call has only the first of several pages."""
    return call.path == "/ajax/illust/{illust_id}" and entry.get("page_count", 1) > 1


def ugoira_meta(illust_id: int) -> ApiCall:
    """GET /ajax/illust/ID/ugoira_meta: an animation's frames and ZIP."""
    return _call("/ajax/illust/{illust_id}/ugoira_meta", "ugoira_metadata", illust_id=illust_id)


def novel(novel_id: int) -> ApiCall:
    """GET /ajax/novel/ID: one novel with its text."""
    return _call("/ajax/novel/{novel_id}", "novel", novel_id=novel_id)


def profile_all(user_id: int) -> ApiCall:
    """GET /ajax/user/ID/profile/all: the IDs of all works of a user, without a limit; R-18 works only with a session."""
    return _call("/ajax/user/{user_id}/profile/all", "profile_all", user_id=user_id)


def _call(path: str, key: str, **params: int) -> ApiCall:
    return ApiCall(path, params, entry_key=key, api="web")

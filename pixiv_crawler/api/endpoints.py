"""One function per endpoint of the App API, named after its path."""

from __future__ import annotations

from pixiv_crawler.api.call import ApiCall
from pixiv_crawler.api.enums import WorkType

# Optional at Pixiv; it decides which flavour of thumbnails an answer names, so we always ask for the same.
FILTER = "for_ios"


def user_illusts(user_id: int, *, type: WorkType | None = None) -> ApiCall:  # noqa: A002 - Pixiv's word
    """GET /v1/user/illusts: a user's illusts, newest first, 30 a listing (cursor: offset, at most 5000).

    Without `type` all are listed, animations included; Pixiv takes only illust and manga.
    """
    return ApiCall("/v1/user/illusts", {"user_id": user_id, "type": type, "filter": FILTER}, entries_key="illusts")


def user_detail(user_id: int) -> ApiCall:
    """GET /v1/user/detail: a user with profile, publicity and workspace, as one object."""
    return ApiCall("/v1/user/detail", {"user_id": user_id, "filter": FILTER})


def illust_detail(illust_id: int) -> ApiCall:
    """GET /v1/illust/detail: one illust, under the key `illust`."""
    return ApiCall("/v1/illust/detail", {"illust_id": illust_id, "filter": FILTER})


def ugoira_metadata(illust_id: int) -> ApiCall:
    """GET /v1/ugoira/metadata: an animation's frames and ZIP; 404 for works of other types and limited ones."""
    return ApiCall("/v1/ugoira/metadata", {"illust_id": illust_id})

"""Detects from its placeholder why Pixiv withholds a work."""

from typing import Any

from pixiv_crawler.api.call import JsonObject
from pixiv_crawler.api.enums import UnavailableReason

# The image of a withheld work is one of these (s.pximg.net/common/images/limit_NAME_360.png).
_LIMITS = {
    "limit_sanity_level": UnavailableReason.SANITY_LEVEL,
    # Not viewable in the app; observed for the same works as the one above.
    "limit_unviewable": UnavailableReason.SANITY_LEVEL,
    "limit_mypixiv": UnavailableReason.MYPIXIV,
    "limit_r18": UnavailableReason.R18_HIDDEN,
    # Deleted or private: the response does not say which.
    "limit_unknown": UnavailableReason.UNKNOWN,
}


def unavailable(entry: JsonObject) -> tuple[UnavailableReason, JsonObject] | None:
    """Why Pixiv withholds the work of an entry, with the evidence in the entry; None for an available work."""
    user, image = _user_id(entry), _image(entry)
    limited = "/common/images/limit_" in image
    if not limited and user != 0 and entry.get("visible") is not False:
        return None
    evidence = {"visible": entry.get("visible"), "user_id": user, "image": image}
    for name, reason in _LIMITS.items():
        if f"/common/images/{name}" in image:
            return reason, evidence
    return (UnavailableReason.DELETED if user == 0 else UnavailableReason.UNKNOWN), evidence


def _user_id(entry: JsonObject) -> Any:
    user = entry.get("user")
    return user.get("id") if isinstance(user, dict) else None


def _image(entry: JsonObject) -> str:
    for member, key in (("meta_single_page", "original_image_url"), ("image_urls", "large")):
        urls = entry.get(member)
        if isinstance(urls, dict) and isinstance(urls.get(key), str):
            return str(urls[key])
    return ""

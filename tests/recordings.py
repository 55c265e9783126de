"""The items in recorded responses of the real Pixiv."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

# The keys of the items in the responses of an endpoint (file name before `__`); "" is the complete response.
ITEM_KEYS: dict[str, list[str]] = {
    "emoji": ["emoji_definitions"],
    "illust_bookmark_detail": ["bookmark_detail"],
    "illust_comment_replies": ["comments"],
    "illust_comments": ["comments"],
    "illust_detail": ["illust"],
    "illust_follow": ["illusts"],
    "illust_new": ["illusts"],
    "illust_ranking": ["illusts"],
    "illust_recommended": ["illusts", "ranking_illusts"],
    "illust_related": ["illusts"],
    "illust_series": ["illust_series_detail", "illusts"],
    "illust_series_illust": ["illust_series_detail"],
    "manga_recommended": ["illusts", "ranking_illusts"],
    "novel_comments": ["comments"],
    "novel_detail": ["novel"],
    "novel_new": ["novels"],
    "novel_ranking": ["novels"],
    "novel_recommended": ["novels", "ranking_novels"],
    "novel_series": ["novel_series_detail", "novels"],
    "search_illust": ["illusts"],
    "search_novel": ["novels"],
    "search_popular_preview_illust": ["illusts"],
    "search_user": ["user_previews"],
    "trending_tags_illust": ["trend_tags"],
    "trending_tags_novel": ["trend_tags"],
    "user_bookmark_tags_illust": ["bookmark_tags"],
    "user_bookmarks_illust": ["illusts"],
    "user_detail": [""],
    "user_follower": ["user_previews"],
    "user_following": ["user_previews"],
    "user_illusts": ["illusts"],
    "user_mypixiv": ["user_previews"],
    "user_novels": ["novels"],
}
# Members of recorded responses that are not exported but are items of a known kind.
UNEXPORTED_ITEMS = {"illust_series_first_illust": "illust", "novel_series_first_novel": "novel"}
# These were recorded without the list of the real response.
INCOMPLETE = {"illust_series", "novel_series"}
# A preview was recorded without its novels.
SHORTENED = "user_follower__docs_2019"
PARSED_SEPARATELY = {"ugoira_metadata", "webview_novel"}
# Kinds of items of which no response was recorded.
UNRECORDED = {"watchlist_series", "novel_marker", "follow_detail", "muted_tag", "muted_user", "stamp"}
WITHOUT_ITEMS = {
    "illust_bookmark_add",
    "illust_comment_add",
    "oauth_error",
    "oauth_token",
    "search_autocomplete",
    "user_follow_add",
    "user_me_state",
}


def recordings(samples: Path, *endpoints: str) -> Iterator[tuple[str, str, Any]]:
    """The recorded responses of these endpoints: name, endpoint and content."""
    for file in sorted(samples.glob("*.json")):
        if (endpoint := file.stem.partition("__")[0]) in endpoints:
            response = json.loads(file.read_bytes())
            if file.stem == SHORTENED:
                response["user_previews"] = [{"novels": []} | preview for preview in response["user_previews"]]
            yield file.stem, endpoint, response


def entries(samples: Path) -> Iterator[tuple[str, str, Any]]:
    """Every recorded entry of an item: name of the response, key and entry."""
    for name, endpoint, response in recordings(samples, *ITEM_KEYS):
        for key in ITEM_KEYS[endpoint]:
            if key in response or endpoint not in INCOMPLETE:
                found = response[key] if key else response
                for entry in found if isinstance(found, list) else [found]:
                    yield name, key, entry
        for member, key in UNEXPORTED_ITEMS.items():
            if member in response:
                yield name, key, response[member]

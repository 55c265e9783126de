"""Which items the recorded answers of the real Pixiv hold."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

# Where the answer of an endpoint holds items: file name before `__`, and the keys, of which "" is the whole answer.
HOLDERS: dict[str, list[str]] = {
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
# Members of recorded answers that nothing is exported from, but that are items of a known kind.
LIKE_ITEMS = {"illust_series_first_illust": "illust", "novel_series_first_novel": "novel"}
# Pieces were recorded without the list that the real answer has.
PIECES = {"illust_series", "novel_series"}
# Shortened by whoever wrote it down: a preview without its novels.
SHORTENED = "user_follower__docs_2019"
READ_BY_THEMSELVES = {"ugoira_metadata", "webview_novel"}
WITHOUT_ITEMS = {
    "emoji",
    "illust_bookmark_add",
    "illust_comment_add",
    "oauth_error",
    "oauth_token",
    "search_autocomplete",
    "user_follow_add",
    "user_me_state",
}


def recordings(samples: Path, *endpoints: str) -> Iterator[tuple[str, str, Any]]:
    """The recorded answers of these endpoints, each with its name and its endpoint's."""
    for file in sorted(samples.glob("*.json")):
        if (endpoint := file.stem.partition("__")[0]) in endpoints:
            answer = json.loads(file.read_bytes())
            if file.stem == SHORTENED:
                answer["user_previews"] = [{"novels": []} | preview for preview in answer["user_previews"]]
            yield file.stem, endpoint, answer


def entries(samples: Path) -> Iterator[tuple[str, str, Any]]:
    """Every recorded entry that an item is made of, with the name of its answer and its key."""
    for name, endpoint, answer in recordings(samples, *HOLDERS):
        for key in HOLDERS[endpoint]:
            if key in answer or endpoint not in PIECES:
                found = answer[key] if key else answer
                for entry in found if isinstance(found, list) else [found]:
                    yield name, key, entry
        for member, key in LIKE_ITEMS.items():
            if member in answer:
                yield name, key, answer[member]

"""Bookmarks and tags."""

from dataclasses import dataclass
from typing import Literal

from pixiv_crawler.items.illust import Illust
from pixiv_crawler.items.parts import Source


@dataclass(slots=True, kw_only=True)
class BookmarkDetailTag:
    """A tag that is set, or could be set, on the account's bookmark of a work."""

    name: str
    """The tag."""
    is_registered: bool
    """Whether the bookmark has the tag."""


@dataclass(slots=True, kw_only=True)
class BookmarkDetail:
    """The crawling account's bookmark of a work (illust/bookmark/detail, novel/bookmark/detail)."""

    kind: Literal["bookmark_detail"] = "bookmark_detail"
    """The kind of item."""
    illust_id: int | None = None
    """The requested illustration; None for a novel."""
    novel_id: int | None = None
    """The requested novel; None for an illustration."""
    is_bookmarked: bool
    """Whether the account has bookmarked it."""
    restrict: str | None = None
    """`public` or `private`; `public` for a work without a bookmark."""
    tags: list[BookmarkDetailTag]
    """Tags of the work and tags that the account uses for bookmarks."""
    fetched_at: str = ""
    """Time of Pixiv's response, ISO 8601 in UTC."""
    source: Source | None = None
    """The API call that returned the item."""


@dataclass(slots=True, kw_only=True)
class BookmarkTag:
    """A tag that a user has set on bookmarks (user/bookmark-tags, search/bookmark), or a tag of bookmarked works."""

    kind: Literal["bookmark_tag"] = "bookmark_tag"
    """The kind of item."""
    name: str
    """The tag."""
    count: int
    """Number of bookmarks with the tag."""
    translated_name: str | None = None
    """Translation into the requested language; None if Pixiv has none, or if the listing is that of a user's tags."""
    fetched_at: str = ""
    """Time of Pixiv's response, ISO 8601 in UTC."""
    source: Source | None = None
    """The API call that returned the item; says whose tags these are."""


@dataclass(slots=True, kw_only=True)
class TrendingTag:
    """A currently popular tag (trending-tags)."""

    kind: Literal["trending_tag"] = "trending_tag"
    """The kind of item."""
    tag: str
    """The tag."""
    translated_name: str | None = None
    """Translation into the requested language; None if Pixiv has none."""
    illust: Illust
    """The illustration that Pixiv displays for the tag, even for tags of novels."""
    fetched_at: str = ""
    """Time of Pixiv's response, ISO 8601 in UTC."""
    source: Source | None = None
    """The API call that returned the item; the position is the rank."""

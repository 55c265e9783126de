"""Bookmarks and tags."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pixiv_crawler.items.illust import Illust
from pixiv_crawler.items.parts import Source


@dataclass(slots=True, kw_only=True)
class BookmarkDetailTag:
    """A tag that the account may put, or has put, on its bookmark of a work."""

    name: str
    """The tag."""
    is_registered: bool
    """Whether the bookmark has it."""


@dataclass(slots=True, kw_only=True)
class BookmarkDetail:
    """How the account that crawls has bookmarked a work (illust/bookmark/detail, novel/bookmark/detail)."""

    kind: Literal["bookmark_detail"] = "bookmark_detail"
    """What this line is."""
    illust_id: int | None = None
    """The illustration asked about; None for a novel."""
    novel_id: int | None = None
    """The novel asked about; None for an illustration."""
    is_bookmarked: bool
    """Whether the account has bookmarked it."""
    restrict: str | None = None
    """`public` or `private`; `public` for a work without a bookmark."""
    tags: list[BookmarkDetailTag]
    """Tags of the work and of the account's bookmarks."""
    fetched_at: str = ""
    """When Pixiv's answer arrived: ISO 8601 in UTC."""
    source: Source | None = None
    """The call that gave this line."""


@dataclass(slots=True, kw_only=True)
class BookmarkTag:
    """A tag that a user gave to bookmarks (user/bookmark-tags)."""

    kind: Literal["bookmark_tag"] = "bookmark_tag"
    """What this line is."""
    name: str
    """The tag."""
    count: int
    """How many bookmarks have it."""
    fetched_at: str = ""
    """When Pixiv's answer arrived: ISO 8601 in UTC."""
    source: Source | None = None
    """The call that gave this line; its params tell whose tags these are."""


@dataclass(slots=True, kw_only=True)
class TrendingTag:
    """A tag that is popular at the moment (trending-tags)."""

    kind: Literal["trending_tag"] = "trending_tag"
    """What this line is."""
    tag: str
    """The tag."""
    translated_name: str | None = None
    """Its translation into the language asked for; None when Pixiv has none."""
    illust: Illust
    """The illustration that Pixiv shows for it, also among the tags of novels."""
    fetched_at: str = ""
    """When Pixiv's answer arrived: ISO 8601 in UTC."""
    source: Source | None = None
    """The call that gave this line; the position is the rank."""

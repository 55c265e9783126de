"""Lists of the account: what it watches, marks, follows and mutes; and what comments consist of."""

from dataclasses import dataclass
from typing import Literal

from pixiv_crawler.items.novel import Novel
from pixiv_crawler.items.parts import Source, Tag, User


@dataclass(slots=True, kw_only=True)
class WatchlistSeries:
    """A series that the account watches (watchlist/manga, watchlist/novel)."""

    kind: Literal["watchlist_series"] = "watchlist_series"
    """The kind of item."""
    type: str | None = None
    """`manga` for a series of illustrations or manga, or `novel`."""
    id: int
    """ID of the series."""
    title: str
    """Title; empty if Pixiv withholds the series."""
    url: str | None = None
    """URL of the cover; None if Pixiv withholds the series."""
    mask_text: str | None = None
    """Why Pixiv withholds the series, in words; None if it does not."""
    published_content_count: int | None = None
    """Number of works."""
    last_published_content_datetime: str | None = None
    """Time of the newest work, ISO 8601 with Japan's offset (+09:00)."""
    latest_content_id: int | None = None
    """ID of the newest work."""
    user: User | None = None
    """The artist or author."""
    fetched_at: str = ""
    """Time of Pixiv's response, ISO 8601 in UTC."""
    source: Source | None = None
    """The API call that returned the item."""


@dataclass(slots=True, kw_only=True)
class Marker:
    """A marker in the text of a novel."""

    page: int
    """Number of the marked page."""


@dataclass(slots=True, kw_only=True)
class NovelMarker:
    """A novel in which the account set a marker (novel/markers)."""

    kind: Literal["novel_marker"] = "novel_marker"
    """The kind of item."""
    novel: Novel
    """The novel, without its text; without a title if Pixiv withholds it."""
    novel_marker: Marker
    """The marker."""
    fetched_at: str = ""
    """Time of Pixiv's response, ISO 8601 in UTC."""
    source: Source | None = None
    """The API call that returned the item."""


@dataclass(slots=True, kw_only=True)
class FollowDetail:
    """How the account follows a user (user/follow/detail)."""

    kind: Literal["follow_detail"] = "follow_detail"
    """The kind of item."""
    user_id: int | None = None
    """The requested user."""
    is_followed: bool
    """Whether the account follows the user."""
    restrict: str | None = None
    """`public` or `private`; `public` for a user who is not followed."""
    fetched_at: str = ""
    """Time of Pixiv's response, ISO 8601 in UTC."""
    source: Source | None = None
    """The API call that returned the item."""


@dataclass(slots=True, kw_only=True)
class MutedTag:
    """A tag that the account has muted (mute/list)."""

    kind: Literal["muted_tag"] = "muted_tag"
    """The kind of item."""
    tag: Tag
    """The tag."""
    is_premium_slot: bool | None = None
    """Whether only premium accounts may mute that many; None if the response does not say."""
    fetched_at: str = ""
    """Time of Pixiv's response, ISO 8601 in UTC."""
    source: Source | None = None
    """The API call that returned the item."""


@dataclass(slots=True, kw_only=True)
class MutedUser:
    """A user whom the account has muted (mute/list)."""

    kind: Literal["muted_user"] = "muted_user"
    """The kind of item."""
    user: User
    """The user."""
    is_premium_slot: bool | None = None
    """Whether only premium accounts may mute that many; None if the response does not say."""
    fetched_at: str = ""
    """Time of Pixiv's response, ISO 8601 in UTC."""
    source: Source | None = None
    """The API call that returned the item."""


@dataclass(slots=True, kw_only=True)
class Emoji:
    """An emoji of comments, written there as `(slug)` (emoji)."""

    kind: Literal["emoji"] = "emoji"
    """The kind of item."""
    id: int
    """ID of the emoji."""
    slug: str
    """Its name in comments, without parentheses."""
    image_url_medium: str
    """URL of the image, 128x128 pixels."""
    fetched_at: str = ""
    """Time of Pixiv's response, ISO 8601 in UTC."""
    source: Source | None = None
    """The API call that returned the item."""


@dataclass(slots=True, kw_only=True)
class CommentStamp:
    """A stamp that a comment may consist of (stamps)."""

    kind: Literal["stamp"] = "stamp"
    """The kind of item."""
    stamp_id: int
    """ID of the stamp."""
    stamp_url: str
    """URL of the image."""
    fetched_at: str = ""
    """Time of Pixiv's response, ISO 8601 in UTC."""
    source: Source | None = None
    """The API call that returned the item."""

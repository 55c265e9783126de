"""Comments."""

from dataclasses import dataclass
from typing import Literal

from pixiv_crawler.items.parts import Source, User


@dataclass(slots=True, kw_only=True)
class Stamp:
    """An image in place of a comment's text."""

    stamp_id: int
    """ID of the stamp."""
    stamp_url: str
    """URL of the image."""


@dataclass(slots=True, kw_only=True)
class Comment:
    """A comment on a work, or a reply to one (v3/illust/comments, v2/illust/comment/replies)."""

    kind: Literal["comment"] = "comment"
    """The kind of item."""
    id: int
    """ID of the comment."""
    comment: str
    """Text, with emoji as `(name)`; empty for a stamp."""
    date: str
    """Time of writing, ISO 8601 with Japan's offset (+09:00)."""
    user: User | None = None
    """The author; None if the user no longer exists."""
    has_replies: bool | None = None
    """Whether there are replies; None if the response does not say."""
    stamp: Stamp | None = None
    """The stamp of the comment; None for text."""
    illust_id: int | None = None
    """The illustration that the comment belongs to; None for a novel."""
    novel_id: int | None = None
    """The novel that the comment belongs to; None for an illustration."""
    parent_comment_id: int | None = None
    """The parent comment of a reply; None for a top-level comment."""
    fetched_at: str = ""
    """Time of Pixiv's response, ISO 8601 in UTC."""
    source: Source | None = None
    """The API call that returned the item."""

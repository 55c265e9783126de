"""Comments."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pixiv_crawler.items.parts import Source, User


@dataclass(slots=True, kw_only=True)
class Stamp:
    """A picture that stands for a comment's text."""

    stamp_id: int
    """Pixiv's ID of the stamp."""
    stamp_url: str
    """Address of the picture."""


@dataclass(slots=True, kw_only=True)
class Comment:
    """A comment on a work, or a reply to one (v3/illust/comments, v2/illust/comment/replies)."""

    kind: Literal["comment"] = "comment"
    """What this line is."""
    id: int
    """Pixiv's ID of the comment."""
    comment: str
    """Its text; emoji as `(name)`; empty when it is a stamp."""
    date: str
    """When it was written: ISO 8601 in Japan's time, +09:00."""
    user: User | None = None
    """Who wrote it; None when the user is gone."""
    has_replies: bool | None = None
    """Whether there are replies; None in answers that do not tell."""
    stamp: Stamp | None = None
    """The stamp that the comment consists of; None for text."""
    illust_id: int | None = None
    """The illustration commented on; None for a novel's comment."""
    novel_id: int | None = None
    """The novel commented on; None for an illustration's comment."""
    parent_comment_id: int | None = None
    """The comment that this one replies to; None for a comment of the first level."""
    fetched_at: str = ""
    """When Pixiv's answer arrived: ISO 8601 in UTC."""
    source: Source | None = None
    """The call that gave this line."""

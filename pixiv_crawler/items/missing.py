"""What a listing shows in place of a work."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pixiv_crawler.items.parts import JsonValue, Source


@dataclass(slots=True, kw_only=True)
class Unavailable:
    """A work, or a user asked for, that Pixiv withheld."""

    kind: Literal["unavailable"] = "unavailable"
    """What this line is."""
    id: int
    """Pixiv's ID of what is withheld."""
    type: Literal["illust", "novel", "user"]
    """What the ID is an ID of."""
    reason: str
    """deleted, private, mypixiv, sanity_level, r18_hidden, user_gone or unknown."""
    evidence: dict[str, JsonValue]
    """What Pixiv's answer held that tells the reason."""
    fetched_at: str = ""
    """When Pixiv's answer arrived: ISO 8601 in UTC."""
    source: Source | None = None
    """The call that gave this line."""


@dataclass(slots=True, kw_only=True)
class Rejected:
    """An entry of a listing that did not fit its type: nothing of it is lost, but it is not data yet."""

    kind: Literal["rejected"] = "rejected"
    """What this line is."""
    type: str
    """The kind of line that it should have become."""
    error: str
    """What did not fit, and the path to it."""
    raw: JsonValue
    """The entry as Pixiv sent it; its text, when it is no JSON."""
    fetched_at: str = ""
    """When Pixiv's answer arrived: ISO 8601 in UTC."""
    source: Source | None = None
    """The call that gave this line."""

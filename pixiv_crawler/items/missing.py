"""What a listing can contain in place of a work."""

from dataclasses import dataclass
from typing import Literal

from pixiv_crawler.items.parts import JsonValue, Source


@dataclass(slots=True, kw_only=True)
class Unavailable:
    """A work or a requested user that Pixiv withholds."""

    kind: Literal["unavailable"] = "unavailable"
    """The kind of item."""
    id: int
    """ID of the work or user."""
    type: Literal["illust", "novel", "user"]
    """What the ID refers to."""
    reason: str
    """deleted, private, mypixiv, sanity_level, r18_hidden, user_gone or unknown."""
    evidence: dict[str, JsonValue]
    """The part of Pixiv's response that indicates the reason."""
    fetched_at: str = ""
    """Time of Pixiv's response, ISO 8601 in UTC."""
    source: Source | None = None
    """The API call that returned the item."""


@dataclass(slots=True, kw_only=True)
class Rejected:
    """An entry of a listing that does not match its type, exported unchanged."""

    kind: Literal["rejected"] = "rejected"
    """The kind of item."""
    type: str
    """The expected kind of item."""
    error: str
    """The mismatch, with its path."""
    raw: JsonValue
    """The entry as Pixiv sent it; as a string if it is not valid JSON."""
    fetched_at: str = ""
    """Time of Pixiv's response, ISO 8601 in UTC."""
    source: Source | None = None
    """The API call that returned the item."""

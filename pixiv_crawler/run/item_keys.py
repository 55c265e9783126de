"""What identifies an item: within a process, and between two readings of the same listing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from pixiv_crawler.run.state import Failure

# The parameters that tell the listings of a run apart; the others say where a response begins, or come and go.
_SUBJECT = (
    "user_id", "seed_user_id", "illust_id", "novel_id", "comment_id", "series_id", "illust_series_id",
    "word", "tag", "restrict", "mode", "date",
)  # fmt: skip
# What entries without an ID have in its place: tags, stamps, and entries that do not match their type.
_OWN = ("id", "name", "tag", "stamp_id", "raw")


class ItemKey(NamedTuple):
    """Identifies an item of a run, whatever object the pipelines make of it."""

    kind: str
    id: Any
    listing: str
    """The API call whose response contained it."""
    position: int

    @classmethod
    def of(cls, item: Any) -> ItemKey:
        """The key of an item; a pipeline may have made a mapping of it."""
        source = value_of(item, "source")
        listing = f"{value_of(source, 'endpoint')} {value_of(source, 'params')}" if source else ""
        position = value_of(source, "position") or 0 if source else 0
        return cls(kind_of(item), value_of(item, "id"), listing, position)


@dataclass(slots=True)
class OpenItem:
    """An item that has not been stored yet."""

    id: int
    listing: int | None = None
    failures: list[Failure] = field(default_factory=list)


class OpenItems:
    """The open items of a run; several may have the same key."""

    def __init__(self) -> None:
        self._by_key: dict[ItemKey, list[OpenItem]] = {}

    def __len__(self) -> int:
        return sum(map(len, self._by_key.values()))

    def add(self, item: Any, opened: OpenItem) -> None:
        self._by_key.setdefault(ItemKey.of(item), []).append(opened)

    def find(self, item: Any) -> list[OpenItem]:
        return self._by_key.get(ItemKey.of(item), []) if item is not None else []

    def pop(self, item: Any) -> OpenItem | None:
        """Removes the oldest one with the key of an item; None if there is none."""
        key = ItemKey.of(item)
        found = self._by_key.pop(key, [])
        if found[1:]:
            self._by_key[key] = found[1:]
        return found[0] if found else None


def line_key(item: Any) -> int:
    """Identifies an entry of a listing, wherever in it a later reading finds the entry; valid in this process only."""
    source = value_of(item, "source")
    params = value_of(source, "params") or {}
    own = next((found for name in _OWN if (found := value_of(item, name)) is not None), None)
    subject = [str(params.get(name)) for name in _SUBJECT]
    about = [value_of(value_of(item, name), "id") for name in ("user", "novel")]
    return hash(repr((value_of(item, "kind"), own, about, value_of(source, "endpoint"), subject)))


def value_of(thing: Any, name: str) -> Any:
    """A field of an item, which may be a mapping; None if it has no such field."""
    # Asking an object for a field is cheaper than asking whether it is a mapping, and nearly all items have the field.
    found = getattr(thing, name, None)
    return thing.get(name) if found is None and isinstance(thing, Mapping) else found


def kind_of(item: Any) -> str:
    """The kind of an item, or the name of its type if it is not an item of ours."""
    return value_of(item, "kind") or type(item).__name__

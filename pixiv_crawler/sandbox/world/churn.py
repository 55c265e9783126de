"""Listings that shrink and grow while they are read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from threading import Lock
from typing import Any, TypeVar

T = TypeVar("T")

_CURSORS = ("offset", "last_order")


@dataclass(slots=True)
class _Listing:
    """A listing by offset, of which some entries are hidden at the moment."""

    rng: Random
    entries: Sequence[Any]
    hidden: set[int] = field(default_factory=set)
    ever_hidden: set[int] = field(default_factory=set)

    def change(self, most: int) -> None:
        """Up to so many entries appear, and up to so many disappear."""
        self.hidden -= set(self.rng.sample(sorted(self.hidden), min(len(self.hidden), self.rng.randint(0, most))))
        shown = [index for index in range(len(self.entries)) if index not in self.hidden]
        gone = self.rng.sample(shown, min(len(shown), self.rng.randint(0, most)))
        self.hidden.update(gone)
        self.ever_hidden.update(gone)


class Churn:
    """Entries that disappear from listings and appear in them at random before each request. Thread-safe.

    most: the largest number of entries that appear, and that disappear, before a request; 0: none.
    """

    def __init__(self, most: int = 0, seed: str = "") -> None:
        self._most = most
        self._seed = seed
        self._listings: dict[str, _Listing] = {}
        self._lock = Lock()

    def listed(self, path: str, query: Mapping[str, str], entries: Sequence[T]) -> Sequence[T]:
        """The entries of a listing that are there at this request."""
        if not self._most:
            return entries
        name = f"{path} {sorted((key, value) for key, value in query.items() if key not in _CURSORS)}"
        with self._lock:
            listing = self._listings.setdefault(name, _Listing(Random(f"{self._seed} {name}"), entries))
            listing.change(self._most)
            return [entry for index, entry in enumerate(entries) if index not in listing.hidden]

    def lasting(self, path: str) -> list[Any]:
        """The entries of the requested listings with this path that were there all the time."""
        with self._lock:
            found = [listing for name, listing in self._listings.items() if name.startswith(f"{path} ")]
        return [
            entry
            for listing in found
            for index, entry in enumerate(listing.entries)
            if index not in listing.ever_hidden
        ]

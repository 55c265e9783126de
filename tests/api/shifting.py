"""A listing by offset that shrinks and grows while a pager reads it, without HTTP."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any

from pixiv_crawler.api.call import ApiCall
from pixiv_crawler.api.pagers.next_url import Pager
from pixiv_crawler.api.pagers.steps import Done, ListingResponse, Missing, Next, Note, PartitionRead, State

PAGE = 30
Entry = dict[str, Any]


@dataclass
class ShiftingList:
    """Entries in an order that does not change; some of them are hidden, and which ones changes with each request."""

    entries: list[Entry]
    rng: Random
    changes: int = 0
    """At most so many entries disappear, and so many appear, before a request."""
    name: str = "offset"
    hidden: set[int] = field(default_factory=set)
    ever_hidden: set[int] = field(default_factory=set)
    requests: int = 0

    def __post_init__(self) -> None:
        self._hide(self.rng.randint(0, 3 * self.changes))

    def shift(self) -> None:
        """Entries appear and disappear anywhere, or close to each other."""
        for index in self.rng.sample(sorted(self.hidden), min(len(self.hidden), self.rng.randint(0, self.changes))):
            self.hidden.discard(index)
        self._hide(self.rng.randint(0, self.changes))

    def _hide(self, count: int) -> None:
        if not count:
            return
        shown = [index for index in range(len(self.entries)) if index not in self.hidden]
        count = min(count, len(shown))
        start = self.rng.randint(0, len(shown) - count)
        indexes = shown[start : start + count] if self.rng.random() < 0.3 else self.rng.sample(shown, count)
        self.hidden.update(indexes)
        self.ever_hidden.update(indexes)

    @property
    def stable(self) -> list[Entry]:
        """The entries that were there during the whole crawl."""
        return [entry for index, entry in enumerate(self.entries) if index not in self.ever_hidden]

    def selected(self, call: ApiCall) -> Iterator[int]:
        """The indexes of the entries that a call lists, in its order."""
        return iter(range(len(self.entries)))

    def response(self, call: ApiCall, seen: int) -> ListingResponse:
        self.requests += 1
        if self.requests > 1:
            self.shift()
        shown = [self.entries[index] for index in self.selected(call) if index not in self.hidden]
        start = call.params.get(self.name, 0)
        end = start + PAGE
        following = replace(call, params=call.params | {self.name: end}) if end < len(shown) else None
        next_url = f"https://app-api.pixiv.net{following}" if following else None
        return ListingResponse(call, shown[start:end], next_url, seen)


@dataclass
class Read:
    """What a pager read of a listing."""

    entries: list[Entry] = field(default_factory=list)
    positions: list[int] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)

    @property
    def is_complete(self) -> bool:
        """Whether nothing is said to be missing."""
        return not any(
            isinstance(note, Missing) or (isinstance(note, PartitionRead) and note.status in ("incomplete", "failed"))
            for note in self.notes
        )


def read(
    pager: Pager, first: ApiCall, respond: Callable[[ApiCall, int], ListingResponse], before: State | None = None
) -> Read:
    """Reads a listing as the spiders do; the state is stored as JSON between two requests."""
    call, seen, state, found = first, 0, pager.first_state(first, before or {}), Read()
    for _ in range(2000):
        response = respond(call, seen)
        unread = pager.unread(response.entries, state)
        found.entries += unread
        found.positions += range(seen + 1, seen + 1 + len(unread))
        step = pager.step(ListingResponse(call, response.entries, response.next_url, seen + len(unread)), state)
        found.notes += step.notes
        if isinstance(step, Done):
            return found
        assert isinstance(step, Next)
        stored = json.dumps(step.state)
        assert len(json.dumps(step.state.get("overlap"))) < 500
        call, seen, state = step.call, step.seen, json.loads(stored)
    raise AssertionError("the listing has no end")


def complaints(world: ShiftingList, found: Read, key: Callable[[Entry], Any] = lambda entry: entry["id"]) -> list[str]:
    """Why a listing was neither read completely nor reported as incomplete."""
    counts = Counter(map(key, found.entries))
    twice = [f"{id_} was read {count} times" for id_, count in counts.items() if count > 1]
    lost = [f"{key(entry)} was skipped" for entry in world.stable if key(entry) not in counts]
    return twice + (lost if found.is_complete else [])

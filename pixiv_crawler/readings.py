"""How far a run has read its listings, and what of them earlier runs have seen and collected."""

from __future__ import annotations

import hashlib
from typing import Any, Literal

from pixiv_crawler.api.enums import FileSize
from pixiv_crawler.items import Illust, Novel
from pixiv_crawler.parsing import file_urls
from pixiv_crawler.state import Collected, Pass, Run


class Readings:
    """The listings of a spider, by their numbers; what changes is kept until it is taken into a transaction."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._changed: dict[int, Pass] = {}
        self._sighted: dict[str, set[int]] = {}
        self.passes: dict[int, Pass] = {one.listing: one for one in run.passes()}
        """How far each was read."""

    def begins(self, number: int, key: str) -> bool:
        """Notes that a listing begins, which `key` tells from all others; False for one that has begun before.

        One that was lost for a moment is asked again when the run goes on, and those after it have begun by then.
        """
        if number in self.passes:
            return False
        self.passes[number] = self._changed[number] = Pass(number, key)
        return True

    def ends(self, number: int, ended: Literal["end", "known"]) -> None:
        """Notes that a listing was read to its end, or to works that are known."""
        self.passes[number].ended = ended
        self._changed[number] = self.passes[number]

    def spoil(self, number: int | None) -> None:
        """Notes that something of a listing was lost: what it showed is no known ground then."""
        if number in self.passes:
            self.passes[number].is_whole = False
            self._changed[number] = self.passes[number]

    def shows(self, number: int, ids: set[int]) -> None:
        """Notes the works that an answer of a listing showed."""
        self._sighted.setdefault(self.passes[number].key, set()).update(ids)

    def take_changed(self) -> list[Pass]:
        """The readings that have changed since the last time."""
        changed, self._changed = self._changed, {}
        return list(changed.values())

    def take_sighted(self) -> dict[str, set[int]]:
        """The works shown since the last time, by the key of the listing."""
        sighted, self._sighted = self._sighted, {}
        return sighted

    def is_known_ground(self, number: int, ids: set[int], *, since: str) -> bool:
        """Whether a listing showed all of some works to an earlier reading, and was read to its end after `since`."""
        return (self.read_at(number) or "") >= since and self._run.are_known(self.passes[number].key, ids)

    def read_at(self, number: int) -> str | None:
        """When an earlier run read a listing to its end: ISO 8601 in UTC."""
        return self._run.read_at(self.passes[number].key)


def scope_of(args: Any) -> str:
    """What is collected of a work, by a spider's arguments: a work collected without files is not one with them."""
    wanted = {name: getattr(args, name, None) for name in ("files", "ugoira", "comments", "text")}
    return ",".join(f"{name}={value}" for name, value in wanted.items() if value)


def as_collected(work: Illust | Novel, scope: str) -> Collected:
    """How a work is remembered. Its version changes when the artist edits it: addresses hold the time of the upload."""
    shown = file_urls(work, FileSize.ORIGINAL) if isinstance(work, Illust) else [str(work.text_length)]
    version = hashlib.sha1("\n".join(shown).encode(), usedforsecurity=False).hexdigest()
    return Collected(work.kind, work.id, scope, version)

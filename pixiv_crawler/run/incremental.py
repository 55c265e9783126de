"""How far a run has read its listings, and what of them earlier runs have seen and collected."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from pixiv_crawler.api.image_urls import file_urls
from pixiv_crawler.arguments import WorksArgs
from pixiv_crawler.items import Illust, Novel
from pixiv_crawler.options import FileSize
from pixiv_crawler.state import Collected, Pass, Run


class Readings:
    """The listings of a spider, by their numbers; what changes is kept until it is taken into a transaction."""

    def __init__(self, run: Run, ground: str) -> None:
        self._run = run
        self._ground = ground
        self._changed: dict[int, Pass] = {}
        self._sighted: dict[str, set[int]] = {}
        self.passes: dict[int, Pass] = {one.listing: one for one in run.passes()}
        """How far each was read."""

    def begins(self, number: int, call: str) -> bool:
        """Notes that a listing begins with a call, empty for what is none; False for one that has begun before.

        One that was lost for a moment is asked again when the run goes on, and those after it have begun by then.
        """
        if number in self.passes:
            return False
        key = f"{call} {self._ground}" if call else ""
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

    def is_known_ground(self, number: int, ids: set[int], *, days: float) -> bool:
        """Whether a listing showed all of some works to an earlier reading, and was read to its end in the last days."""
        now, read_at = datetime.now(UTC), self.read_at(number)
        # A clock that was ahead once must not put off the next full reading for years.
        is_late = read_at is None or not now - timedelta(days=days) < datetime.fromisoformat(read_at) <= now
        return not is_late and self._run.are_known(self.passes[number].key, ids)

    def read_at(self, number: int) -> str | None:
        """When an earlier run read a listing to its end: ISO 8601 in UTC."""
        return self._run.read_at(self.passes[number].key)


def scope_of(args: Any) -> str:
    """What is collected of a work, by a spider's arguments: a work collected without files is not one with them."""
    names = ("files", "ugoira", "comments", "text", "novel", "extras", "sidecar", "thumbnail")
    wanted = {name: getattr(args, name, None) for name in names}
    return ",".join(
        f"{name}={'+'.join(sorted(value)) if isinstance(value, list) else value}"
        for name, value in wanted.items()
        if value
    )


def ground_of(args: Any) -> str:
    """What a reading of a listing collects of it, by a spider's arguments, as a short text without blanks.

    What was only seen by a reading that collects less is no known ground for one that collects more.
    """
    names = {*WorksArgs.model_fields, "text", "type"} - {"job", "max_works", "new_only", "users"}
    wanted = {name: value for name, value in args.model_dump(mode="json").items() if name in names} if args else {}
    return hashlib.sha1(repr(sorted(wanted.items())).encode(), usedforsecurity=False).hexdigest()[:16]


def as_collected(work: Illust | Novel, scope: str) -> Collected:
    """How a work is remembered. Its version changes when the artist edits it: addresses hold the time of the upload."""
    shown = file_urls(work, FileSize.ORIGINAL) if isinstance(work, Illust) else [str(work.text_length)]
    version = hashlib.sha1("\n".join(shown).encode(), usedforsecurity=False).hexdigest()
    return Collected(work.kind, work.id, scope, version, is_awaiting_more="comments=" in scope)


def call_of(key: str) -> str:
    """The call with which a listing of that key begins."""
    return key.rpartition(" ")[0] or key  # of an older version of the program, which remembered the call alone

"""How far a run has read its listings, and what earlier runs have collected and seen."""

import hashlib
from collections.abc import Collection, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from pixiv_crawler.api.call import ApiCall
from pixiv_crawler.api.image_urls import file_urls
from pixiv_crawler.arguments import WorksArgs
from pixiv_crawler.items import Illust, Novel
from pixiv_crawler.options import FileSize
from pixiv_crawler.run.state import CollectedWork, ListingPass, StateStore

_PAGE = 1000


class ListingPasses:
    """The passes of one run over its listings, which are numbered in the order of the spider's calls.

    Only passes that have not ended are held in memory. Changes are collected until a transaction takes them.
    """

    def __init__(self, state: StateStore, run_id: int, args: Any) -> None:
        self._state = state
        self._run_id = run_id
        self._fingerprint = fingerprint(args)
        self._active: dict[int, ListingPass] = {}
        self._changed: dict[int, ListingPass] = {}
        self._sightings: dict[str, set[int]] = {}
        self._last = -1

    async def load(self) -> None:
        """Loads the passes of a run that is resumed."""
        while page := await self._state.listing_passes(self._run_id, self._last, _PAGE):
            self._active |= {found.listing: found for found in page if found.ended is None}
            self._last = page[-1].listing

    def begin(self, listing: int, call: str) -> bool:
        """Begins a pass at a call (empty for what is not a listing); False if the run has begun it before.

        A listing that failed with a transient error is requested again at the end of a run, when the listings after it
        have already begun.
        """
        if listing <= self._last:
            return False
        self._last = listing
        self._change(ListingPass(listing, self._key(call) if call else ""))
        return True

    def end(self, listing: int, ended: Literal["end", "known"]) -> None:
        """Ends a pass at the end of the listing, or at works that an earlier pass has seen."""
        if found := self._active.get(listing):
            self._change(ListingPass(listing, found.key, ended, found.is_complete))

    async def mark_incomplete(self, listing: int | None) -> None:
        """Notes that something of a listing failed: its works do not count as seen by later runs."""
        found = self._active.get(listing) if listing is not None else None
        if found is None and listing is not None and listing >= 0:
            found = self._changed.get(listing) or await self._ended(listing)
        if found:
            self._change(ListingPass(found.listing, found.key, found.ended, is_complete=False))

    async def _ended(self, listing: int) -> ListingPass | None:
        page = await self._state.listing_passes(self._run_id, listing - 1, 1)
        return page[0] if page and page[0].listing == listing else None

    def _change(self, found: ListingPass) -> None:
        self._changed[found.listing] = found
        if found.ended is None:
            self._active[found.listing] = found
        else:
            self._active.pop(found.listing, None)

    def sight(self, listing: int, work_ids: Collection[int]) -> None:
        """Notes the works that a response of a listing contained."""
        self._sightings.setdefault(self._active[listing].key, set()).update(work_ids)

    def take_changed(self) -> list[ListingPass]:
        """The passes that changed since they were last taken."""
        changed, self._changed = self._changed, {}
        return list(changed.values())

    def take_sightings(self) -> dict[str, set[int]]:
        """The works seen since they were last taken, by the key of the listing."""
        sightings, self._sightings = self._sightings, {}
        return sightings

    async def are_known(self, listing: int, work_ids: Collection[int], *, full_pass_days: float) -> bool:
        """Whether earlier passes saw all these works, and one read the listing to its end in the last `full_pass_days`.

        Raises:
            StateError: the state database failed.
        """
        key = self._active[listing].key
        return await self._is_recent(key, full_pass_days) and await self._state.are_known(key, work_ids)

    async def is_recent(self, call: ApiCall, *, full_pass_days: float) -> bool:
        """Whether an earlier pass read the listing that begins at a call to its end in the last `full_pass_days`.

        Raises:
            StateError: the state database failed.
        """
        return await self._is_recent(self._key(str(call)), full_pass_days)

    async def has_seen(self, call: ApiCall, work_id: int) -> bool:
        """Whether an earlier pass of the listing that begins at a call saw a work.

        Raises:
            StateError: the state database failed.
        """
        return await self._state.are_known(self._key(str(call)), [work_id])

    def _key(self, call: str) -> str:
        return f"{call} {self._fingerprint}"

    async def _is_recent(self, key: str, full_pass_days: float) -> bool:
        now, full_pass_at = datetime.now(UTC), await self._state.last_full_pass(key)
        # A clock that was once ahead must not put off the next full pass for years.
        return full_pass_at is not None and (
            now - timedelta(days=full_pass_days) < datetime.fromisoformat(full_pass_at) <= now
        )


class SeenEntries:
    """The entries that the listings of a run contained."""

    def __init__(self, state: StateStore, run_id: int) -> None:
        self._state = state
        self._run_id = run_id
        self._pending: dict[tuple[int, str, int], None] = {}
        self._unseen: set[tuple[int, str, int]] = set()
        """Entries of the response being processed that are new, as far as they were looked up."""

    async def look_up(self, listing: int, kind: str, ids: Iterable[int]) -> None:
        """Finds out with one query which entries of the response being processed are new; `is_new` needs none then.

        Raises:
            StateError: the state database failed.
        """
        unseen = await self._state.unseen(self._run_id, listing, [(kind, id_) for id_ in ids])
        self._unseen = {(listing, *key) for key in unseen}

    async def is_new(self, listing: int, kind: str, id_: int) -> bool:
        """Returns whether an entry is new to a listing of the run, and marks it as seen there.

        Raises:
            StateError: the state database failed.
        """
        key = (listing, kind, id_)
        if key in self._pending:
            return False
        self._pending[key] = None  # before the query, during which another response could contain the same entry
        if key in self._unseen or await self._state.unseen(self._run_id, listing, [(kind, id_)]):
            return True
        self._pending.pop(key, None)
        return False

    def take(self) -> list[tuple[int, str, int]]:
        """The entries that were marked as seen since they were last taken."""
        pending, self._pending = self._pending, {}
        return list(pending)


def scope_of(args: Any) -> str:
    """What is collected of a work, by the arguments of a spider: a work without files does not count as one with files."""
    names = ("files", "pages", "ugoira", "comments", "text", "novel", "extras", "sidecar", "thumbnail")
    values = {name: getattr(args, name, None) for name in names}
    return ",".join(
        f"{name}={'+'.join(sorted(value)) if isinstance(value, list) else value}"
        for name, value in values.items()
        if value
    )


def fingerprint(args: Any) -> str:
    """A hash of the arguments that decide what a pass over a listing collects, without spaces.

    Works that a pass collecting less has seen are not known to one that collects more.
    """
    names = {*WorksArgs.model_fields, "text", "type"} - {"job", "max_works", "new_only", "users"}
    values = {name: value for name, value in args.model_dump(mode="json").items() if name in names} if args else {}
    return hashlib.sha1(repr(sorted(values.items())).encode(), usedforsecurity=False).hexdigest()[:16]


def collected_work(work: Illust | Novel, scope: str) -> CollectedWork:
    """A work as the state records it. Its version changes when the artist edits it: URLs contain the time of the upload."""
    content = file_urls(work, FileSize.ORIGINAL) if isinstance(work, Illust) else [str(work.text_length)]
    version = hashlib.sha1("\n".join(content).encode(), usedforsecurity=False).hexdigest()
    return CollectedWork(work.kind, work.id, scope, version, is_awaiting_more="comments=" in scope)


def first_call(key: str) -> str:
    """The call at which a listing with that key begins."""
    return key.rpartition(" ")[0]

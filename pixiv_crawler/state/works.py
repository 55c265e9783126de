"""The works that all runs have collected, and the listings that they have read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from pixiv_crawler.state.tables import listings, passes, sightings, works

# A number of no run: a sighting of a reading that went to its end.
_CONFIRMED = 0
_KEY = ("kind", "id", "scope")


@dataclass(frozen=True, slots=True)
class Collected:
    """A work whose line and files are on disk."""

    kind: str
    """illust or novel."""
    id: int
    """Pixiv's ID of the work."""
    scope: str
    """What was collected of it, such as the size of its images; with more it is another."""
    version: str
    """Changes when the artist edits the work."""
    is_awaiting_more: bool = False
    """Whether more than its line and files is wanted, which comes by the end of the run."""


@dataclass(slots=True)
class Pass:
    """A reading of one listing by one run."""

    listing: int
    """Which of the spider's listings it is."""
    key: str
    """What tells the listing from all others: its first call."""
    ended: Literal["end", "known"] | None = None
    """end: it was read to its end; known: to works that were seen in an earlier reading; None: not yet, or cut short."""
    is_whole: bool = True
    """Whether nothing of it was lost."""


def is_collected(connection: Connection, run_id: int, work: Collected) -> bool:
    """Whether that very version of a work is collected, by another run than that one."""
    query = select(works.c.version).where(
        works.c.kind == work.kind,
        works.c.id == work.id,
        works.c.scope == work.scope,
        works.c.run_id != run_id,
        works.c.is_whole,
    )
    return connection.scalar(query) == work.version


def collect(connection: Connection, run_id: int, collected: Iterable[Collected]) -> None:
    """Remembers works, in place of what was known of them."""
    newest = {(work.kind, work.id, work.scope): work for work in collected}  # a work may have come in two listings
    if not newest:
        return
    keys = [{"of_kind": kind, "of_id": id_, "of_scope": scope} for kind, id_, scope in newest]
    connection.execute(delete(works).where(*(works.c[name] == bindparam(f"of_{name}") for name in _KEY)), keys)
    rows = [
        {name: getattr(work, name) for name in (*_KEY, "version")}
        | {"run_id": run_id, "is_whole": not work.is_awaiting_more}
        for work in newest.values()
    ]
    connection.execute(insert(works), rows)


def complete(connection: Connection, run_id: int, lacking: Iterable[int]) -> None:
    """Lets the works of a run count that awaited more, but for those of these IDs."""
    of_run = works.c.run_id == run_id
    for id_ in lacking:
        connection.execute(delete(works).where(of_run, works.c.id == id_))
    connection.execute(update(works).where(of_run).values(is_whole=True))


def read_at(connection: Connection, key: str) -> str | None:
    """When a listing was last read to its end: ISO 8601 in UTC; None when it never was."""
    return connection.scalar(select(listings.c.read_at).where(listings.c.key == key))


def are_known(connection: Connection, key: str, ids: set[int]) -> bool:
    """Whether all of some works were seen in that listing by readings that went to their end."""
    listing_id = connection.scalar(select(listings.c.id).where(listings.c.key == key))
    query = select(sightings.c.work_id).where(
        sightings.c.listing_id == listing_id, sightings.c.run_id == _CONFIRMED, sightings.c.work_id.in_(ids)
    )
    return listing_id is not None and ids == set(connection.scalars(query))


def sight(connection: Connection, run_id: int, key: str, ids: set[int]) -> None:
    """Notes works that a run sees in a listing; they count when its reading went to its end."""
    listing_id = _listing_id(connection, key)
    of_it = (sightings.c.listing_id == listing_id, sightings.c.work_id.in_(ids))
    found = {row.work_id: row.run_id for row in connection.execute(select(sightings).where(*of_it))}
    connection.execute(update(sightings).where(*of_it, sightings.c.run_id != _CONFIRMED).values(run_id=run_id))
    if new := [{"listing_id": listing_id, "work_id": id_, "run_id": run_id} for id_ in ids - found.keys()]:
        connection.execute(insert(sightings), new)


def confirm(connection: Connection, run_id: int, finished_at: str) -> None:
    """Lets the sightings of a run's whole readings count, and forgets those of the others."""
    query = select(listings.c.id, passes.c.ended).join(passes, passes.c.key == listings.c.key)
    whole = connection.execute(query.where(passes.c.run_id == run_id, passes.c.is_whole, passes.c.ended.is_not(None)))
    for listing_id, ended in whole.all():
        of_it = (sightings.c.listing_id == listing_id, sightings.c.run_id == run_id)
        connection.execute(update(sightings).where(*of_it).values(run_id=_CONFIRMED))
        if ended == "end":
            connection.execute(update(listings).where(listings.c.id == listing_id).values(read_at=finished_at))
    connection.execute(delete(sightings).where(sightings.c.run_id == run_id))


def _listing_id(connection: Connection, key: str) -> int:
    query = select(listings.c.id).where(listings.c.key == key)
    found: int | None = connection.scalar(query)
    if found is None:
        connection.execute(insert(listings), {"key": key})
        found = connection.scalar(query)
    assert found is not None
    return found

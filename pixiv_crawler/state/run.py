"""One run in the state database."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import Connection, Table, bindparam, delete, func, insert, select, update

from pixiv_crawler.state import tables as t
from pixiv_crawler.state import works
from pixiv_crawler.state.files import StoredFile, find_file, find_page, forget_file, keep_file, names_of
from pixiv_crawler.state.transactions import transaction
from pixiv_crawler.state.works import Collected, Pass

JsonObject = dict[str, Any]

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder().decode


class OpenItem(NamedTuple):
    """An item that waits to be stored."""

    id: int
    listing: int | None
    """Which of the spider's listings showed it; None for what came beside them."""
    item: bytes
    """The item as JSON."""


@dataclass(slots=True, kw_only=True)
class Answered:
    """What came of a request, or of the beginning of a run."""

    request_id: int | None
    """The request that is answered; None for the beginning."""
    is_lost: bool = False
    """Whether it failed for a moment: then it stays, to be asked again when the run goes on, and its notes go then."""
    requests: list[tuple[int, JsonObject]]
    """ID and content of the requests to send."""
    items: list[OpenItem]
    seen: list[tuple[int, str, int]]
    """Listing, kind and ID of what a listing has shown."""
    sighted: dict[str, set[int]]
    """IDs of the works that listings showed, by the key of the listing."""
    passes: Iterable[Pass]
    """Readings that have come further."""
    works: int
    """How many of the items are works."""
    notes: list[JsonObject]


@dataclass(slots=True, kw_only=True)
class Stored:
    """What has been done since the last commit: items whose lines are on disk, and what goes with them."""

    items: list[int] = field(default_factory=list)
    """IDs of the items."""
    collected: list[Collected] = field(default_factory=list)
    """The works among them that are there with all their files."""
    sizes: dict[str, int] = field(default_factory=dict)
    """Bytes of the files of lines, by name."""
    notes: list[JsonObject] = field(default_factory=list)
    passes: list[Pass] = field(default_factory=list)
    """Readings of which something was lost."""
    counts: JsonObject = field(default_factory=dict)
    """All counts of the run so far."""


class Run:
    """One run in the database.

    Raises (on every call):
        StateError: the database failed, for example because the disk is full.
    """

    def __init__(self, connection: Connection, row: Any) -> None:
        self._connection = connection
        self.id: int = row.id
        self.arguments: JsonObject = _decode(row.arguments)
        self.started_at: str = row.started_at
        self.finished_at: str | None = row.finished_at
        self.is_begun: bool = row.is_begun
        """Whether its first request has been made."""
        self.works: int = row.works
        """Works that its answers gave so far, stored or waiting for it."""
        self.counts: JsonObject = _decode(row.counts)

    def differing(self, arguments: JsonObject) -> str:
        """In what these arguments are others than those with which the run was begun; empty when in nothing."""
        # A run that an older version of the program began knows nothing of settings.
        new = {
            name: text for name, text in arguments.items() if name in self.arguments or not name.startswith("PIXIV_")
        }
        names = sorted(new.keys() | self.arguments.keys())
        pairs = [(name, self.arguments.get(name), new.get(name)) for name in names]
        return ", ".join(f"{name}={before}, now {now}" for name, before, now in pairs if before != now)

    # --- Progress ----------------------------------------------------------------------------------------------------

    def answered(self, answered: Answered) -> None:
        """Takes a request out and puts in what came of it."""
        of_request = (t.requests.c.run_id == self.id, t.requests.c.id == answered.request_id)
        with transaction(self._connection) as connection:
            if answered.is_lost:
                connection.execute(update(t.requests).where(*of_request).values(is_lost=True))
            else:
                connection.execute(delete(t.requests).where(*of_request))
            requests = [{"id": id_, "request": _encode(r), "is_lost": False} for id_, r in answered.requests]
            self._insert(t.requests, requests)
            self._insert(t.items, [open_item._asdict() for open_item in answered.items])
            seen = [{"listing": listing, "kind": kind, "id": id_} for listing, kind, id_ in answered.seen]
            self._insert(t.seen, seen)
            for key, ids in answered.sighted.items():
                works.sight(connection, self.id, key, ids)
            self._keep_passes(answered.passes)
            self._add_notes(answered.notes, answered.request_id if answered.is_lost else None)
            if answered.works or not self.is_begun:
                self._begin(answered.works)

    def _begin(self, new_works: int) -> None:
        self.works += new_works
        self.is_begun = True
        self._update(works=self.works, is_begun=True)

    def stored(self, stored: Stored) -> None:
        """Takes out items that are stored, and remembers how long the files of lines are with them."""
        with transaction(self._connection) as connection:
            self._delete(t.items, t.items.c.id, stored.items)
            self._delete(t.outputs, t.outputs.c.name, stored.sizes)
            self._insert(t.outputs, [{"name": name, "size_bytes": size} for name, size in stored.sizes.items()])
            works.collect(connection, self.id, stored.collected)
            self._keep_passes(stored.passes)
            self._add_notes(stored.notes, None)
            self._update(counts=_encode(stored.counts))

    def reopen(self) -> list[tuple[int, JsonObject]]:
        """Lets the requests that were lost for a moment be asked again, and returns them in the order made."""
        mine = t.requests.c.run_id == self.id
        rows = [row for row in self._rows(t.requests, t.requests.c.id) if row.is_lost]
        lost = select(t.requests.c.id).where(mine, t.requests.c.is_lost)
        with transaction(self._connection) as connection:
            connection.execute(delete(t.notes).where(t.notes.c.run_id == self.id, t.notes.c.request_id.in_(lost)))
            connection.execute(update(t.requests).where(mine).values(is_lost=False))
        return [(row.id, _decode(row.request)) for row in rows]

    def finish(self, finished_at: str, lacking: Iterable[int]) -> None:
        """Ends the run for good, and forgets how it came there; works of these IDs lack what they awaited."""
        with transaction(self._connection) as connection:
            # Begins with a write: a transaction that reads first cannot wait for another run's write.
            self._update(finished_at=finished_at)
            works.confirm(connection, self.id, finished_at)
            works.complete(connection, self.id, lacking)
            for table in t.OF_A_RUN:
                connection.execute(delete(table).where(table.c.run_id == self.id))
        self.finished_at = finished_at

    def forget(self) -> None:
        """Takes out a run that never began."""
        with transaction(self._connection) as connection:
            connection.execute(delete(t.runs).where(t.runs.c.id == self.id))

    # --- What is left ------------------------------------------------------------------------------------------------

    def open_requests(self) -> list[tuple[int, JsonObject]]:
        """Requests that wait for an answer, in the order made."""
        rows = self._rows(t.requests, t.requests.c.id)
        return [(row.id, _decode(row.request)) for row in rows if not row.is_lost]

    def open_items(self) -> list[OpenItem]:
        """Items that wait to be stored, in the order found."""
        return [OpenItem(row.id, row.listing, row.item) for row in self._rows(t.items, t.items.c.id)]

    def sizes(self) -> dict[str, int]:
        """Bytes of the files of lines that are accounted for, by name."""
        return {row.name: row.size_bytes for row in self._rows(t.outputs, t.outputs.c.name)}

    def notes(self) -> list[JsonObject]:
        """All notes, in order."""
        return [_decode(row.note) for row in self._rows(t.notes, t.notes.c.id)]

    def passes(self) -> list[Pass]:
        """The readings that the run has begun."""
        rows = self._rows(t.passes, t.passes.c.listing)
        return [Pass(row.listing, row.key, row.ended, row.is_whole) for row in rows]

    def seen(self, listing: int) -> set[tuple[str, int]]:
        """The kind and ID of what a listing has shown."""
        query = select(t.seen.c.kind, t.seen.c.id).where(t.seen.c.run_id == self.id, t.seen.c.listing == listing)
        with transaction(self._connection) as connection:
            return {(row.kind, row.id) for row in connection.execute(query)}

    def last_id(self) -> int:
        """The highest ID of a request or an item."""
        queries = [select(func.max(table.c.id)).where(table.c.run_id == self.id) for table in (t.requests, t.items)]
        with transaction(self._connection) as connection:
            return max(connection.scalar(query) or 0 for query in queries)

    # --- What all runs know ------------------------------------------------------------------------------------------

    def file(self, path: str) -> StoredFile | None:
        """What is known of the file of that path."""
        return find_file(self._connection, path)

    def page(self, page_key: str) -> StoredFile | None:
        """What is known of the newest file of that page."""
        return find_page(self._connection, page_key)

    def forget_file(self, path: str) -> None:
        """Forgets the file of that path."""
        forget_file(self._connection, path)

    def names_of(self, user_id: int, name: str, account: str) -> tuple[str, str]:
        """The name and the account by which files were first named after a user; these, when none were."""
        return names_of(self._connection, user_id, name, account)

    def keep_file(self, file: StoredFile) -> None:
        """Remembers a file; done before it comes under its name, so that no file is there unknown."""
        keep_file(self._connection, file)

    def is_collected(self, work: Collected) -> bool:
        """Whether that very version of a work is collected."""
        with transaction(self._connection) as connection:
            return works.is_collected(connection, self.id, work)

    def are_known(self, key: str, ids: set[int]) -> bool:
        """Whether all of some works were seen in that listing by readings that went to their end."""
        with transaction(self._connection) as connection:
            return works.are_known(connection, key, ids)

    def read_at(self, key: str) -> str | None:
        """When a listing was last read to its end: ISO 8601 in UTC; None when it never was."""
        with transaction(self._connection) as connection:
            return works.read_at(connection, key)

    # --- Within a transaction ----------------------------------------------------------------------------------------

    def _rows(self, table: Table, order: Any) -> list[Any]:
        with transaction(self._connection) as connection:
            return list(connection.execute(select(table).where(table.c.run_id == self.id).order_by(order)))

    def _insert(self, table: Table, rows: list[JsonObject]) -> None:
        if rows:
            self._connection.execute(insert(table), [row | {"run_id": self.id} for row in rows])

    def _delete(self, table: Table, column: Any, values: Iterable[Any]) -> None:
        if rows := [{"value": value} for value in values]:
            statement = delete(table).where(table.c.run_id == self.id, column == bindparam("value"))
            self._connection.execute(statement, rows)

    def _keep_passes(self, passes: Iterable[Pass]) -> None:
        newest = {one.listing: one for one in passes}  # two works of one listing may have lost a file at once
        self._delete(t.passes, t.passes.c.listing, newest)
        self._insert(t.passes, [asdict(one) for one in newest.values()])

    def _add_notes(self, notes: list[JsonObject], request_id: int | None) -> None:
        self._insert(t.notes, [{"request_id": request_id, "note": _encode(note)} for note in notes])

    def _update(self, **values: Any) -> None:
        self._connection.execute(update(t.runs).where(t.runs.c.id == self.id).values(**values))

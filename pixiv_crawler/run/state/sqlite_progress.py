"""SQL that records the progress of one run, and reads it back."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from sqlite3 import Connection
from typing import Any

import msgspec

from pixiv_crawler.run.state.records import (
    Failure,
    JsonObject,
    ListingPass,
    Note,
    ResponseOutcome,
    RunRecord,
    SavedItem,
    SavedRequest,
    StatValue,
    StoredItems,
)
from pixiv_crawler.run.state.sqlite_shared import collect, listing_id_of

# How many failed requests are reopened in one transaction.
REOPEN_ROWS = 1000

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder().decode

# --- Runs ------------------------------------------------------------------------------------------------------------


_RUN = "SELECT id, spider, job, arguments, started_at, finished_at, is_begun, works FROM runs"


def find_run(connection: Connection, spider: str, job: str) -> RunRecord | None:
    row = connection.execute(f"{_RUN} WHERE spider = ? AND job = ?", (spider, job)).fetchone()
    return _run(row) if row else None


def runs(connection: Connection, after_id: int, limit: int) -> list[RunRecord]:
    return [_run(row) for row in connection.execute(f"{_RUN} WHERE id > ? ORDER BY id LIMIT ?", (after_id, limit))]


def _run(row: tuple[Any, ...]) -> RunRecord:
    return RunRecord(
        id=row[0],
        spider=row[1],
        job=row[2],
        arguments=_decode(row[3]),
        started_at=row[4],
        finished_at=row[5],
        is_begun=bool(row[6]),
        works=row[7],
    )


def create_run(
    connection: Connection,
    spider: str,
    job: str,
    arguments: JsonObject,
    started_at: str,
    stored: StoredItems | None = None,
) -> RunRecord:
    insert = "INSERT INTO runs (spider, job, arguments, started_at) VALUES (?, ?, ?, ?)"
    connection.execute(insert, (spider, job, _encode(arguments), started_at))
    run = find_run(connection, spider, job)
    assert run is not None
    if stored:
        record_stored(connection, run.id, stored)
    return run


def forget_run(connection: Connection, run_id: int) -> None:
    if connection.execute("DELETE FROM runs WHERE id = ? AND is_begun = 0", (run_id,)).rowcount:
        for delete in (
            "DELETE FROM stats WHERE run_id = ?",
            "DELETE FROM failures WHERE run_id = ?",
            "DELETE FROM notes WHERE run_id = ?",
            "DELETE FROM output_sizes WHERE run_id = ?",
            "DELETE FROM passes WHERE run_id = ?",
        ):
            connection.execute(delete, (run_id,))


# --- Progress --------------------------------------------------------------------------------------------------------


def record_response(connection: Connection, run_id: int, outcome: ResponseOutcome) -> None:
    if outcome.is_failed:
        update = "UPDATE requests SET is_failed = 1 WHERE run_id = ? AND id = ?"
        connection.execute(update, (run_id, outcome.request_id))
    elif outcome.request_id is not None:
        connection.execute("DELETE FROM requests WHERE run_id = ? AND id = ?", (run_id, outcome.request_id))
    connection.executemany(
        "INSERT INTO requests (run_id, id, content) VALUES (?, ?, ?)",
        [(run_id, request.id, request.content) for request in outcome.requests],
    )
    connection.executemany(
        "INSERT INTO items (run_id, id, listing, content) VALUES (?, ?, ?, ?)",
        [(run_id, item.id, item.listing, item.content) for item in outcome.items],
    )
    connection.executemany(
        "INSERT INTO seen (run_id, listing, kind, id) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
        [(run_id, listing, kind, id_) for listing, kind, id_ in outcome.seen],
    )
    _record_sightings(connection, run_id, outcome.sightings)
    _record_passes(connection, run_id, outcome.passes)
    request_id = outcome.request_id if outcome.is_failed else None
    _record_notes(connection, run_id, outcome.failures, outcome.notes, request_id)
    _record_stats(connection, run_id, outcome.stats)
    connection.execute("UPDATE runs SET works = works + ?, is_begun = 1 WHERE id = ?", (outcome.works, run_id))


def record_stored(connection: Connection, run_id: int, stored: StoredItems) -> None:
    connection.executemany(
        "DELETE FROM items WHERE run_id = ? AND id = ?", [(run_id, item_id) for item_id in stored.item_ids]
    )
    connection.executemany(
        "INSERT INTO output_sizes (run_id, name, size_bytes) VALUES (?, ?, ?) "
        "ON CONFLICT (run_id, name) DO UPDATE SET size_bytes = excluded.size_bytes",
        [(run_id, name, size) for name, size in stored.output_sizes.items()],
    )
    collect(connection, run_id, stored.collected)
    _record_passes(connection, run_id, stored.passes)
    _record_notes(connection, run_id, stored.failures, stored.notes, None)
    _record_stats(connection, run_id, stored.stats)


def _record_sightings(connection: Connection, run_id: int, sightings: Mapping[str, Iterable[int]]) -> None:
    for key, work_ids in sightings.items():
        listing_id = listing_id_of(connection, key)
        connection.executemany(
            "INSERT INTO sightings (run_id, listing_id, work_id) "
            "SELECT * FROM (SELECT ? AS run_id, ? AS listing_id, ? AS work_id) AS seen WHERE NOT EXISTS "
            "(SELECT 1 FROM known_works WHERE listing_id = seen.listing_id AND work_id = seen.work_id) "
            "ON CONFLICT DO NOTHING",
            [(run_id, listing_id, work_id) for work_id in work_ids],
        )


def _record_passes(connection: Connection, run_id: int, passes: Iterable[ListingPass]) -> None:
    connection.executemany(
        "INSERT INTO passes (run_id, listing, listing_id, ended, is_complete) VALUES (?, ?, ?, ?, ?) "
        "ON CONFLICT (run_id, listing) DO UPDATE "
        "SET listing_id = excluded.listing_id, ended = excluded.ended, is_complete = excluded.is_complete",
        [(run_id, one.listing, listing_id_of(connection, one.key), one.ended, int(one.is_complete)) for one in passes],
    )


def _record_notes(
    connection: Connection,
    run_id: int,
    failures: Sequence[Failure],
    notes: Sequence[Note],
    request_id: int | None,
) -> None:
    connection.executemany(
        "INSERT INTO failures (run_id, what, item_id, cause, source, request_id) VALUES (?, ?, ?, ?, ?, ?)",
        [(run_id, one.what, _encode(one.item_id), one.cause, one.source, request_id) for one in failures],
    )
    connection.executemany(
        "INSERT INTO notes (run_id, section, content, request_id) VALUES (?, ?, ?, ?)",
        [(run_id, one.section, _encode(one.content), None if one.is_permanent else request_id) for one in notes],
    )


def _record_stats(connection: Connection, run_id: int, stats: Mapping[str, StatValue]) -> None:
    connection.executemany(
        "INSERT INTO stats (run_id, name, value) VALUES (?, ?, ?) "
        "ON CONFLICT (run_id, name) DO UPDATE SET value = excluded.value",
        [(run_id, name, _encode(value)) for name, value in stats.items()],
    )


def reopen_failed_requests(connection: Connection, run_id: int, after_id: int) -> list[SavedRequest]:
    """Reopens some of the failed requests above an ID, those with the lowest IDs; none are left if it returns none."""
    query = "SELECT id, content FROM requests WHERE run_id = ? AND id > ? AND is_failed = 1 ORDER BY id LIMIT ?"
    requests = [SavedRequest(*row) for row in connection.execute(query, (run_id, after_id, REOPEN_ROWS))]
    rows = [(run_id, request.id) for request in requests]
    connection.executemany("DELETE FROM failures WHERE run_id = ? AND request_id = ?", rows)
    connection.executemany("DELETE FROM notes WHERE run_id = ? AND request_id = ?", rows)
    connection.executemany("UPDATE requests SET is_failed = 0 WHERE run_id = ? AND id = ?", rows)
    return requests


# --- Resuming --------------------------------------------------------------------------------------------------------


def open_requests(connection: Connection, run_id: int) -> list[SavedRequest]:
    query = "SELECT id, content FROM requests WHERE run_id = ? AND is_failed = 0 ORDER BY id"
    return [SavedRequest(*row) for row in connection.execute(query, (run_id,))]


def open_items(connection: Connection, run_id: int) -> list[SavedItem]:
    query = "SELECT id, listing, content FROM items WHERE run_id = ? ORDER BY id"
    return [SavedItem(*row) for row in connection.execute(query, (run_id,))]


def last_id(connection: Connection, run_id: int) -> int:
    query = (
        "SELECT max(coalesce((SELECT max(id) FROM requests WHERE run_id = :run_id), 0), "
        "coalesce((SELECT max(id) FROM items WHERE run_id = :run_id), 0))"
    )
    highest: int = connection.execute(query, {"run_id": run_id}).fetchone()[0]
    return highest


def output_sizes(connection: Connection, run_id: int) -> dict[str, int]:
    return dict(connection.execute("SELECT name, size_bytes FROM output_sizes WHERE run_id = ?", (run_id,)))


def stats(connection: Connection, run_id: int) -> dict[str, StatValue]:
    query = "SELECT name, value FROM stats WHERE run_id = ? ORDER BY name"
    return {name: _decode(value) for name, value in connection.execute(query, (run_id,))}


def listing_passes(connection: Connection, run_id: int, after_listing: int, limit: int) -> list[ListingPass]:
    query = (
        "SELECT listing, key, ended, is_complete FROM passes JOIN listings ON listings.id = listing_id "
        "WHERE run_id = ? AND listing > ? ORDER BY listing LIMIT ?"
    )
    rows = connection.execute(query, (run_id, after_listing, limit))
    return [ListingPass(listing, key, ended, bool(is_complete)) for listing, key, ended, is_complete in rows]


# --- Queries about a run ---------------------------------------------------------------------------------------------


def unseen(
    connection: Connection, run_id: int, listing: int, keys: Collection[tuple[str, int]]
) -> set[tuple[str, int]]:
    query = "SELECT 1 FROM seen WHERE run_id = ? AND listing = ? AND kind = ? AND id = ?"
    return {key for key in keys if connection.execute(query, (run_id, listing, *key)).fetchone() is None}


def failures(connection: Connection, run_id: int, after_id: int, limit: int) -> list[tuple[int, Failure]]:
    query = "SELECT id, what, item_id, cause, source FROM failures WHERE run_id = ? AND id > ? ORDER BY id LIMIT ?"
    rows = connection.execute(query, (run_id, after_id, limit))
    return [(id_, Failure(what, _decode(item_id), cause, source)) for id_, what, item_id, cause, source in rows]


def failure_counts(connection: Connection, run_id: int) -> dict[str, int]:
    query = "SELECT what, count(*) FROM failures WHERE run_id = ? GROUP BY what ORDER BY what"
    return dict(connection.execute(query, (run_id,)))


def notes(connection: Connection, run_id: int, section: str) -> list[JsonObject]:
    query = "SELECT content FROM notes WHERE run_id = ? AND section = ? ORDER BY id"
    return [_decode(content) for (content,) in connection.execute(query, (run_id, section))]

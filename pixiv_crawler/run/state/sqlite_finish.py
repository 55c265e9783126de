"""SQL that finishes a run in many short transactions; each function is one of them.

The steps before `set_finished` only state what is true of the run anyway, so that they may be repeated after an
interruption; they delete none of what they are based on.
"""

from collections.abc import Sequence
from sqlite3 import Connection

# Rows per transaction: the lock is held for some 10 ms.
CHUNK_ROWS = 1000
# How long the lock is free between two transactions; other processes try to get it more often than that.
PAUSE_SECONDS = 0.01

# The tables that only a run in progress needs, with the rest of their primary keys.
_TABLES_OF_A_RUN = (
    ("requests", ("id",)),
    ("items", ("id",)),
    ("output_sizes", ("name",)),
    ("seen", ("listing", "kind", "id")),
    ("sightings", ("listing_id", "work_id")),
    ("passes", ("listing",)),
    ("failures", ("id",)),
    ("notes", ("id",)),
)
# Selects keys of up to so many rows, and deletes a row: a single statement for both would scan all rows of a listing.
_CLEANING = tuple(
    (
        f"SELECT run_id, {', '.join(key)} FROM {table} WHERE run_id = ? LIMIT ?",
        f"DELETE FROM {table} WHERE run_id = ? AND {' AND '.join(f'{column} = ?' for column in key)}",
    )
    for table, key in _TABLES_OF_A_RUN
)

Position = tuple[int, int]


def uncollect(connection: Connection, run_id: int, work_ids: Sequence[int]) -> bool:
    """Deletes the records of works that this run has collected; returns whether they fill a transaction."""
    connection.executemany(
        "DELETE FROM works WHERE id = ? AND run_id = ?", [(work_id, run_id) for work_id in work_ids]
    )
    return len(work_ids) == CHUNK_ROWS


def complete_works(connection: Connection, run_id: int) -> bool:
    """Marks works as complete; returns whether more may be left."""
    update = (
        "UPDATE works SET is_awaiting_more = 0 WHERE (id, kind, scope) IN "
        "(SELECT id, kind, scope FROM works WHERE run_id = ? AND is_awaiting_more = 1 LIMIT ?)"
    )
    return connection.execute(update, (run_id, CHUNK_ROWS)).rowcount == CHUNK_ROWS


def confirm_sightings(connection: Connection, run_id: int, after: Position) -> Position | None:
    """Makes sightings after a position known works; returns the position reached, or None at the end.

    Skips those whose passes have not ended or are incomplete.
    """
    query = (
        "SELECT listing_id, work_id FROM sightings WHERE run_id = ? AND (listing_id, work_id) > (?, ?) "
        "ORDER BY listing_id, work_id LIMIT ?"
    )
    rows: list[Position] = connection.execute(query, (run_id, *after, CHUNK_ROWS)).fetchall()
    is_confirmed = {listing_id: _is_confirmed(connection, run_id, listing_id) for listing_id, _ in rows}
    connection.executemany(
        "INSERT INTO known_works (listing_id, work_id) VALUES (?, ?) ON CONFLICT DO NOTHING",
        [row for row in rows if is_confirmed[row[0]]],
    )
    return rows[-1] if len(rows) == CHUNK_ROWS else None


def _is_confirmed(connection: Connection, run_id: int, listing_id: int) -> bool:
    query = (
        "SELECT 1 FROM passes WHERE run_id = ? AND listing_id = ? AND ended IS NOT NULL AND is_complete = 1 LIMIT 1"
    )
    return connection.execute(query, (run_id, listing_id)).fetchone() is not None


def set_full_passes(connection: Connection, run_id: int, finished_at: str, after_listing: int) -> int | None:
    """Sets the time of the last full pass of listings after a number; returns the number reached, or None at the end."""
    query = (
        "SELECT listing, listing_id, ended = 'end' AND is_complete FROM passes "
        "WHERE run_id = ? AND listing > ? ORDER BY listing LIMIT ?"
    )
    rows = connection.execute(query, (run_id, after_listing, CHUNK_ROWS)).fetchall()
    connection.executemany(
        "UPDATE listings SET full_pass_at = ? WHERE id = ?",
        [(finished_at, listing_id) for _, listing_id, is_full in rows if is_full],
    )
    return rows[-1][0] if len(rows) == CHUNK_ROWS else None


def is_finished(connection: Connection, run_id: int) -> bool:
    query = "SELECT 1 FROM runs WHERE id = ? AND finished_at IS NOT NULL"
    return connection.execute(query, (run_id,)).fetchone() is not None


def set_finished(connection: Connection, run_id: int, finished_at: str) -> None:
    connection.execute("UPDATE runs SET finished_at = ? WHERE id = ? AND finished_at IS NULL", (finished_at, run_id))


def uncleaned_runs(connection: Connection) -> list[int]:
    """Returns the finished runs that still have rows which they no longer need."""
    query = "SELECT id FROM runs WHERE finished_at IS NOT NULL AND is_cleaned = 0"
    return [run_id for (run_id,) in connection.execute(query)]


def clean(connection: Connection, run_id: int) -> bool:
    """Deletes rows that a finished run no longer needs; returns whether more may be left."""
    limit = CHUNK_ROWS
    for query, deletion in _CLEANING:
        keys = connection.execute(query, (run_id, limit)).fetchall()
        connection.executemany(deletion, keys)
        limit -= len(keys)
        if limit == 0:
            return True
    connection.execute("UPDATE runs SET is_cleaned = 1 WHERE id = ?", (run_id,))
    return False

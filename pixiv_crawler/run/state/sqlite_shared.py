"""SQL for what all runs know about works, listings, files and users."""

from collections.abc import Collection, Iterable, Sequence
from sqlite3 import Connection
from typing import Any

from pixiv_crawler.run.state.records import CollectedWork, StoredFile

_FILE_COLUMNS = "path, url, size_bytes, mtime_ns, sha256, run_id, content_type, page_key, problem, last_modified"


def listing_id_of(connection: Connection, key: str) -> int:
    """Returns the ID of the listing with that key, which is inserted if it is new."""
    query = "SELECT id FROM listings WHERE key = ?"
    row = connection.execute(query, (key,)).fetchone()
    if row is None:
        connection.execute("INSERT INTO listings (key) VALUES (?)", (key,))
        row = connection.execute(query, (key,)).fetchone()
    listing_id: int = row[0]
    return listing_id


def collect(connection: Connection, run_id: int, works: Iterable[CollectedWork]) -> None:
    connection.executemany(
        "INSERT INTO works (id, kind, scope, version, run_id, is_awaiting_more) VALUES (?, ?, ?, ?, ?, ?) "
        "ON CONFLICT (id, kind, scope) DO UPDATE SET "
        "version = excluded.version, run_id = excluded.run_id, is_awaiting_more = excluded.is_awaiting_more",
        [(one.id, one.kind, one.scope, one.version, run_id, int(one.is_awaiting_more)) for one in works],
    )


def already_collected(connection: Connection, run_id: int, works: Sequence[CollectedWork]) -> set[tuple[str, int]]:
    query = (
        "SELECT 1 FROM works WHERE id = ? AND kind = ? AND scope = ? AND version = ? AND run_id != ? "
        "AND is_awaiting_more = 0"
    )
    return {
        (one.kind, one.id)
        for one in works
        if connection.execute(query, (one.id, one.kind, one.scope, one.version, run_id)).fetchone()
    }


def are_known(connection: Connection, listing_key: str, work_ids: Collection[int]) -> bool:
    query = "SELECT 1 FROM listings JOIN known_works ON listing_id = listings.id WHERE key = ? AND work_id = ?"
    return all(connection.execute(query, (listing_key, work_id)).fetchone() for work_id in work_ids)


def last_full_pass(connection: Connection, listing_key: str) -> str | None:
    row = connection.execute("SELECT full_pass_at FROM listings WHERE key = ?", (listing_key,)).fetchone()
    return row[0] if row else None


def file(connection: Connection, path: str) -> StoredFile | None:
    return _file(connection.execute(f"SELECT {_FILE_COLUMNS} FROM files WHERE path = ?", (path,)).fetchone())


def files(connection: Connection, after_path: str, limit: int) -> list[StoredFile]:
    query = f"SELECT {_FILE_COLUMNS} FROM files WHERE path > ? ORDER BY path LIMIT ?"
    return [file for row in connection.execute(query, (after_path, limit)) if (file := _file(row))]


def files_of_page(connection: Connection, page_key: str) -> list[StoredFile]:
    page, space, _ = page_key.rpartition(" ")
    # "!" follows the space.
    query = (
        f"SELECT {_FILE_COLUMNS} FROM files WHERE page_key BETWEEN :first AND :last "
        "ORDER BY page_key != :page_key, rowid DESC"
    )
    keys = {"page_key": page_key, "first": page + space or page_key, "last": f"{page}!" if space else page_key}
    return [file for row in connection.execute(query, keys) if (file := _file(row))]


def newest_downloads(connection: Connection, url_prefix: str, limit: int) -> list[StoredFile]:
    # What remains of a URL without its last part is its folder; with max(), the other columns are those of its row.
    query = (
        f"SELECT {_FILE_COLUMNS}, max(rowid) AS newest FROM files WHERE substr(url, 1, length(:prefix)) = :prefix "
        "AND page_key IS NOT NULL AND problem IS NULL AND last_modified IS NOT NULL "
        "GROUP BY rtrim(url, replace(url, '/', '')) ORDER BY newest DESC LIMIT :limit"
    )
    rows = connection.execute(query, {"prefix": url_prefix, "limit": limit})
    return [file for *columns, _ in rows if (file := _file(tuple(columns)))]


def is_damaged_elsewhere(connection: Connection, sha256: str, url: str, page_key: str) -> bool:
    query = "SELECT 1 FROM files WHERE sha256 = ? AND problem IS NOT NULL AND url != ? AND page_key != ? LIMIT 1"
    return connection.execute(query, (sha256, url, page_key)).fetchone() is not None


def _file(row: tuple[Any, ...] | None) -> StoredFile | None:
    return StoredFile(**dict(zip(StoredFile.__slots__, row, strict=True))) if row else None


def save_files(connection: Connection, files: Iterable[StoredFile], forgotten: Iterable[str] = ()) -> None:
    for path in forgotten:
        forget_file(connection, path)
    marks = ", ".join("?" * len(StoredFile.__slots__))
    for stored in files:
        if stored.page_key is not None:
            connection.execute("UPDATE files SET page_key = NULL WHERE page_key = ?", (stored.page_key,))
        values = [getattr(stored, name) for name in StoredFile.__slots__]
        connection.execute(f"INSERT OR REPLACE INTO files ({_FILE_COLUMNS}) VALUES ({marks})", values)


def forget_file(connection: Connection, path: str) -> None:
    connection.execute("DELETE FROM files WHERE path = ?", (path,))


def find_user_names(connection: Connection, user_id: int) -> tuple[str, str] | None:
    query = "SELECT name, account FROM user_names WHERE user_id = ?"
    names: tuple[str, str] | None = connection.execute(query, (user_id,)).fetchone()
    return names


def add_user_names(connection: Connection, user_id: int, name: str, account: str) -> tuple[str, str]:
    insert = "INSERT INTO user_names (user_id, name, account) VALUES (?, ?, ?) ON CONFLICT DO NOTHING"
    connection.execute(insert, (user_id, name, account))
    names = find_user_names(connection, user_id)  # another process may have been first
    assert names is not None
    return names

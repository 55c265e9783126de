"""What is known of the files below `data/files`."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, delete, insert, select

from pixiv_crawler.state.tables import files
from pixiv_crawler.state.transactions import transaction


@dataclass(slots=True, kw_only=True)
class StoredFile:
    """What is known of a file below `data/files`, as long as its size and time are those of the file on disk."""

    path: str
    """Below `data/files`, with `/` between the parts."""
    url: str
    """The address it came from."""
    size_bytes: int
    mtime_ns: int
    """Time of its last change, in nanoseconds since 1970."""
    sha256: str
    run_id: int
    """The run that downloaded it; 0 for a file that was there before."""


def find_file(connection: Connection, path: str) -> StoredFile | None:
    """What is known of the file of that path."""
    with transaction(connection):
        row = connection.execute(select(files).where(files.c.path == path)).first()
    return StoredFile(**row._mapping) if row else None


def keep_file(connection: Connection, file: StoredFile) -> None:
    """Remembers a file, in place of what was known of one of its path."""
    with transaction(connection):
        connection.execute(delete(files).where(files.c.path == file.path))
        connection.execute(insert(files), {name: getattr(file, name) for name in StoredFile.__slots__})

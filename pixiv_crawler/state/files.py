"""What is known of the files below `data/files`."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, delete, insert, select, update

from pixiv_crawler.state.tables import files, names
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
    content_type: str | None = None
    """What it is by its content, such as `image/png`; None when nobody has looked."""
    page_key: str | None = None
    """Which page of which work it is, named by which template; None when another has come in its place."""


def find_file(connection: Connection, path: str) -> StoredFile | None:
    """What is known of the file of that path."""
    with transaction(connection):
        row = connection.execute(select(files).where(files.c.path == path)).first()
    return StoredFile(**row._mapping) if row else None


def find_page(connection: Connection, page_key: str) -> StoredFile | None:
    """What is known of the newest file of that page."""
    with transaction(connection):
        row = connection.execute(select(files).where(files.c.page_key == page_key)).first()
    return StoredFile(**row._mapping) if row else None


def forget_file(connection: Connection, path: str) -> None:
    """Forgets the file of that path."""
    with transaction(connection):
        connection.execute(delete(files).where(files.c.path == path))


def names_of(connection: Connection, user_id: int, name: str, account: str) -> tuple[str, str]:
    """The name and the account by which files were first named after a user; these, when none were."""
    with transaction(connection):
        row = connection.execute(select(names).where(names.c.user_id == user_id)).first()
        if row is None:
            connection.execute(insert(names), {"user_id": user_id, "name": name, "account": account})
    return (row.name, row.account) if row else (name, account)


def keep_file(connection: Connection, file: StoredFile) -> None:
    """Remembers a file, in place of what was known of one of its path."""
    with transaction(connection):
        connection.execute(delete(files).where(files.c.path == file.path))
        if file.page_key:  # is that of the newest only
            connection.execute(update(files).where(files.c.page_key == file.page_key).values(page_key=None))
        connection.execute(insert(files), {name: getattr(file, name) for name in StoredFile.__slots__})

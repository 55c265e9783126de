"""Opens the state database and finds runs in it."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import Connection, create_engine, event, insert, select, text, update
from sqlalchemy.engine import make_url
from sqlalchemy.exc import IntegrityError, OperationalError, ProgrammingError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from pixiv_crawler.exceptions import SettingError
from pixiv_crawler.state.run import JsonObject, Run
from pixiv_crawler.state.tables import metadata, runs, versions
from pixiv_crawler.state.transactions import cause, transaction

SCHEMA_VERSION = 2
# From an older version to this one; new tables are made by themselves.
_UPGRADES = {
    1: (
        "ALTER TABLE works ADD COLUMN run_id INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE works ADD COLUMN is_whole BOOLEAN NOT NULL DEFAULT 1",
        "ALTER TABLE files ADD COLUMN content_type VARCHAR(40)",
        "ALTER TABLE files ADD COLUMN page_key VARCHAR(100)",
        "CREATE INDEX ix_files_page_key ON files (page_key)",
    )
}
# Other runs write for milliseconds at a time; a checkpoint on a slow disk may take longer.
BUSY_SECONDS = 60
# How long several runs may take that make the database at once.
_MAKING_SECONDS = 3


class State:
    """The database at an address of SQLAlchemy's form.

    Raises (on every call):
        StateError: the database failed, for example because the disk is full.
    """

    def __init__(self, url: str) -> None:
        """Opens or makes it.

        Raises:
            SettingError: it cannot be used; the text says why, without the address, which may hold a password.
        """
        try:
            self._engine = create_engine(make_url(url), poolclass=NullPool)
            if self._engine.dialect.name == "sqlite":
                event.listen(self._engine, "connect", _prepare_sqlite)
                _make_folder(self._engine.url.database)
            self._connection = self._opened()
        except (SQLAlchemyError, ImportError, OSError) as error:
            raise SettingError(f"PIXIV_STATE cannot be used ({cause(error)}); set it to another database") from error

    def _opened(self) -> Connection:
        """A connection to the database with all its tables, which another run may be making in this moment."""
        end = time.monotonic() + _MAKING_SECONDS
        while True:
            try:
                connection = self._engine.connect()
                with connection.begin():
                    _check_version(connection)
            except (OperationalError, ProgrammingError, IntegrityError):
                if time.monotonic() > end:
                    raise
                time.sleep(0.05)
            else:
                return connection

    def close(self) -> None:
        self._connection.close()
        self._engine.dispose()

    def run(self, spider: str, job: str) -> Run | None:
        """The run of that name; None when there has been none."""
        with transaction(self._connection) as connection:
            row = connection.execute(select(runs).where(runs.c.spider == spider, runs.c.job == job)).first()
        return Run(self._connection, row) if row else None

    def new_run(self, spider: str, job: str, arguments: JsonObject, started_at: str) -> Run:
        """Begins a run of that name."""
        with transaction(self._connection) as connection:
            row = {
                "spider": spider,
                "job": job,
                "arguments": msgspec.json.encode(arguments),
                "started_at": started_at,
                "is_begun": False,
                "works": 0,
                "counts": b"{}",
            }
            connection.execute(insert(runs), row)
        run = self.run(spider, job)
        assert run is not None
        return run


def _make_folder(database: str | None) -> None:
    if database in (None, "", ":memory:"):
        raise SettingError("PIXIV_STATE names no file, so no run could go on; set it to such as sqlite:///state.db")
    Path(str(database)).parent.mkdir(parents=True, exist_ok=True)


def _check_version(connection: Connection) -> None:
    metadata.create_all(connection)
    version = connection.scalar(select(versions.c.version))
    if version is None:
        connection.execute(insert(versions), {"version": SCHEMA_VERSION})
    elif version in _UPGRADES:
        # Begins with a write: SQLite begins no transaction for what changes tables, and a kill would leave half of it.
        connection.execute(update(versions).values(version=SCHEMA_VERSION))
        for statement in _UPGRADES[version]:
            connection.execute(text(statement))
    elif version != SCHEMA_VERSION:
        raise SettingError(
            f"the database of PIXIV_STATE has version {version}, and this program knows {SCHEMA_VERSION}; "
            "use the program that made it, or set PIXIV_STATE to another database"
        )


def _prepare_sqlite(connection: Any, _: Any) -> None:
    cursor = connection.cursor()
    # Readers and other runs do not wait for us, and a commit costs no wait for the disk: after a power cut the last
    # ones may be missing, but never a part of one.
    cursor.execute(f"PRAGMA busy_timeout={BUSY_SECONDS * 1000}")
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=NORMAL")
    cursor.close()

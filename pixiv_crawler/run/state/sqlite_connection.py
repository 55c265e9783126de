"""A connection to an SQLite database: its schema, its transactions, and how it waits for other processes."""

import logging
import sqlite3
import threading
import time
from collections.abc import Callable
from contextlib import closing, suppress
from importlib.resources import files
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar

from pixiv_crawler.console.program import PROGRAM
from pixiv_crawler.exceptions import SettingError, StateError
from pixiv_crawler.layout.atomic_write import make_folder, sync_folder, sync_to_disk
from pixiv_crawler.run.state.interface import StateBusyError, StateConflictError

logger = logging.getLogger(__name__)

P = ParamSpec("P")
T = TypeVar("T")

SCHEMA_VERSION = 4
# How often a lock is tried again. SQLite's own waiting tries less and less often, and cannot be stopped: a process
# that takes the lock again and again, for milliseconds each, would keep others from it for half a second.
RETRY_SECONDS = 0.005
# Other runs hold the lock for milliseconds at a time.
WARN_AFTER_SECONDS = 10.0
WARN_EVERY_SECONDS = 60.0
_DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
_CONFLICTS = (sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY, sqlite3.SQLITE_CONSTRAINT_UNIQUE)
# The driver cannot pass such values on: numbers beyond 64 bits, and text that is not valid Unicode.
_DRIVER_ERRORS = (sqlite3.Error, OverflowError, UnicodeEncodeError)


class SqliteConnection:
    """Used in one thread, except for `stop_waiting`."""

    def __init__(self, path: Path) -> None:
        self._path = path.absolute()
        self._connection: sqlite3.Connection | None = None
        self._identity: tuple[int, int] | None = None
        self._stopped = threading.Event()
        self._is_durable = False
        """Whether all transactions of this connection are on the disk."""

    def open(self) -> None:
        """Opens the database, and creates it and its folder if they do not exist.

        Raises:
            SettingError: it cannot be used.
        """
        try:
            make_folder(self._path.parent)
            # Transactions are begun explicitly, and `_patiently` waits for locks.
            self._connection = sqlite3.connect(self._path, timeout=0, isolation_level=None)
            self._patiently(self._prepare)
            self._identity = self._find_identity()
        except (*_DRIVER_ERRORS, OSError, ValueError, StateError) as error:
            self.close()
            repair = f", or run {PROGRAM} state rebuild" if _is_damaged(error) else ""
            raise SettingError(
                f"PIXIV_STATE cannot be used ({_cause(error)}); set it to another database{repair}"
            ) from error
        except BaseException:
            self.close()
            raise

    def _prepare(self) -> None:
        connection = self._open_connection
        # Readers and writers do not wait for each other, and a commit does not wait for the disk: after a power cut,
        # the last transactions may be missing, but never a part of one, and none that precedes a `sync`.
        connection.execute("PRAGMA journal_mode=WAL").fetchall()
        connection.execute("PRAGMA synchronous=NORMAL")
        connection.execute("PRAGMA foreign_keys=OFF")
        if not _has_schema(connection):
            connection.execute("BEGIN IMMEDIATE")
            self._complete(_create_schema)
        sync_folder(self._path.parent)  # the database and its write-ahead log may be new

    def sync(self) -> None:
        """Brings all transactions so far to the disk, as synchronous=FULL would do at the end of each.

        Several calls in a row cost no more than one.

        Raises:
            StateError: the disk failed.
        """
        if self._is_durable:
            return
        try:
            with suppress(FileNotFoundError):  # where the file system rules out WAL, a commit waits for the disk
                sync_to_disk(self._path.with_name(f"{self._path.name}-wal"))
        except OSError as error:
            raise _state_error(error) from error
        self._is_durable = True

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def stop_waiting(self) -> None:
        """Makes operations that wait for a lock give up; may be called from any thread."""
        self._stopped.set()

    def read(self, function: Callable[Concatenate[sqlite3.Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Calls a function that only reads; it may be called again if the database was locked.

        Raises:
            StateError: the database failed.
        """
        connection = self._open_connection
        try:
            return self._patiently(lambda: function(connection, *args, **kwargs))
        except _DRIVER_ERRORS as error:
            raise _state_error(error) from error

    def write(self, function: Callable[Concatenate[sqlite3.Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Calls a function within a transaction, which is rolled back if it fails.

        Raises:
            StateError: the database failed.
        """
        connection = self._open_connection
        self._check_identity()
        try:
            # The lock is taken first: a transaction that reads before it writes cannot wait for another one.
            self._patiently(lambda: connection.execute("BEGIN IMMEDIATE"))
            return self._complete(function, *args, **kwargs)
        except _DRIVER_ERRORS as error:
            raise _state_error(error) from error

    def _check_identity(self) -> None:
        """In WAL mode, SQLite does not notice that its file has been deleted: all that it writes would be lost."""
        if self._find_identity() != self._identity:
            raise StateError(
                f"the state database {self._path} was deleted or replaced during the run: run {PROGRAM} state "
                "rebuild, then this job again; it continues from its lines and files, and requests its listings again"
            )

    def _find_identity(self) -> tuple[int, int] | None:
        try:
            status = self._path.stat()
        except OSError:
            return None
        return status.st_dev, status.st_ino

    def _complete(
        self, function: Callable[Concatenate[sqlite3.Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        connection = self._open_connection
        try:
            result = function(connection, *args, **kwargs)
            # Where the file system rules out WAL, a commit waits for readers.
            self._patiently(lambda: connection.execute("COMMIT"))
            self._is_durable = False
        except BaseException:
            if connection.in_transaction:  # some errors, such as a full disk, roll it back by themselves
                connection.execute("ROLLBACK")
            raise
        return result

    def _patiently(self, action: Callable[[], T]) -> T:
        """Calls an action again while another process holds a lock that it needs."""
        begun = time.monotonic()
        warn_at = begun + WARN_AFTER_SECONDS
        while True:
            try:
                return action()
            except sqlite3.OperationalError as error:
                if not _is_busy(error):
                    raise
                if self._stopped.wait(RETRY_SECONDS):
                    raise StateBusyError(
                        "the state database is locked by another process: wait until that process has finished, "
                        "then run this job again"
                    ) from error
            if (now := time.monotonic()) >= warn_at:
                warn_at = now + WARN_EVERY_SECONDS
                logger.warning(
                    "Still waiting for the lock of the state database %s after %.0f s: another process is writing to it",
                    self._path,
                    now - begun,
                )

    @property
    def _open_connection(self) -> sqlite3.Connection:
        if self._connection is None:
            raise StateError("the state database is closed: open it again")
        return self._connection


def is_intact(path: Path) -> bool:
    """Whether there is a database, of any program, that can be read completely; it is not changed."""
    if not path.exists():
        return False
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            has_tables = connection.execute("SELECT 1 FROM sqlite_master").fetchone() is not None
            return has_tables and connection.execute("PRAGMA quick_check").fetchone() == ("ok",)
    except sqlite3.DatabaseError as error:
        return not _is_damaged(error)


def _has_schema(connection: sqlite3.Connection) -> bool:
    """Returns False for an empty database.

    Raises:
        SettingError: it contains another schema.
    """
    version = _version(connection)
    if version == 0 and connection.execute("SELECT 1 FROM sqlite_master").fetchone() is None:
        # Another process may have created the schema in between.
        version = _version(connection)
        if version == 0:
            return False
    if version != SCHEMA_VERSION:
        raise SettingError(
            f"the database of PIXIV_STATE has schema version {version}, but this program requires {SCHEMA_VERSION}: "
            "use the version of the program that created it, or set PIXIV_STATE to another database"
        )
    return True


def _version(connection: sqlite3.Connection) -> int:
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    return version


def _create_schema(connection: sqlite3.Connection) -> None:
    if _has_schema(connection):  # created by another process while this one waited for the lock
        return
    schema = files(__package__).joinpath("schema.sql").read_text("utf-8")
    for statement in schema.split(";\n"):
        connection.execute(statement)
    connection.execute(f"PRAGMA user_version={SCHEMA_VERSION}")


def _is_busy(error: sqlite3.Error) -> bool:
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


def _is_damaged(error: Exception) -> bool:
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in _DAMAGED


def _state_error(error: Exception) -> StateError:
    if _is_damaged(error):
        return StateError(
            f"the state database is damaged ({_cause(error)}): run {PROGRAM} state rebuild, then this job again; it continues "
            "from its lines and files, and requests its listings again"
        )
    if getattr(error, "sqlite_errorcode", 0) in _CONFLICTS:
        return StateConflictError(
            f"another process works on the same run ({_cause(error)}): wait until it has finished, then run this job again"
        )
    return StateError(f"the state database failed ({_cause(error)}); check PIXIV_STATE and its disk")


def _cause(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]

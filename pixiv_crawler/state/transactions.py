"""Transactions, and what goes wrong in them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from pixiv_crawler.exceptions import StateError


@contextmanager
def transaction(connection: Connection) -> Iterator[Connection]:
    """One transaction, in which nothing is done when any of it fails.

    Raises:
        StateError: the database failed, for example because the disk is full.
    """
    try:
        with connection.begin():
            yield connection
    except SQLAlchemyError as error:
        raise StateError(f"the state database failed ({cause(error)}); look at PIXIV_STATE and its disk") from error


def cause(error: Exception) -> str:
    """The driver's own words; SQLAlchemy's hold the statement with its values too."""
    return str(getattr(error, "orig", None) or error).splitlines()[0]

"""The tables of the state database."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Integer, LargeBinary, MetaData, String, Table, true

metadata = MetaData()
versions = Table("versions", metadata, Column("version", Integer, primary_key=True))
runs = Table(
    "runs",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("spider", String(100), nullable=False),
    Column("job", String(200), nullable=False),
    Column("arguments", LargeBinary, nullable=False),
    Column("started_at", String(40), nullable=False),
    Column("finished_at", String(40)),
    Column("is_begun", Boolean, nullable=False),
    Column("works", Integer, nullable=False),
    Column("counts", LargeBinary, nullable=False),
)
requests = Table(
    "requests",
    metadata,
    Column("run_id", Integer, primary_key=True),
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("request", LargeBinary, nullable=False),
    Column("is_lost", Boolean, nullable=False),
)
items = Table(
    "items",
    metadata,
    Column("run_id", Integer, primary_key=True),
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("listing", Integer),
    Column("item", LargeBinary, nullable=False),
)
outputs = Table(
    "outputs",
    metadata,
    Column("run_id", Integer, primary_key=True),
    Column("name", String(100), primary_key=True),
    Column("size_bytes", BigInteger, nullable=False),
)
seen = Table(
    "seen",
    metadata,
    Column("run_id", Integer, primary_key=True),
    Column("listing", Integer, primary_key=True, autoincrement=False),
    Column("kind", String(20), primary_key=True),
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    sqlite_with_rowid=False,
)
notes = Table(
    "notes",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("run_id", Integer, nullable=False, index=True),
    Column("request_id", BigInteger),
    Column("note", LargeBinary, nullable=False),
)
passes = Table(
    "passes",
    metadata,
    Column("run_id", Integer, primary_key=True),
    Column("listing", Integer, primary_key=True, autoincrement=False),
    Column("key", String(1000), nullable=False),
    Column("ended", String(10)),
    Column("is_whole", Boolean, nullable=False),
)
# --- What all runs share ---------------------------------------------------------------------------------------------
listings = Table(
    "listings",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("key", String(1000), nullable=False, unique=True),
    Column("read_at", String(40)),
)
sightings = Table(
    "sightings",
    metadata,
    Column("listing_id", Integer, primary_key=True),
    Column("work_id", BigInteger, primary_key=True, autoincrement=False),
    Column("run_id", Integer, nullable=False, index=True),
    sqlite_with_rowid=False,
)
works = Table(
    "works",
    metadata,
    Column("kind", String(20), primary_key=True),
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("scope", String(200), primary_key=True),
    Column("version", String(40), nullable=False),
    Column("run_id", Integer, nullable=False, server_default="0"),
    Column("is_whole", Boolean, nullable=False, server_default=true()),
    sqlite_with_rowid=False,
)
files = Table(
    "files",
    metadata,
    Column("path", String(1000), primary_key=True),
    Column("url", String, nullable=False),
    Column("size_bytes", BigInteger, nullable=False),
    Column("mtime_ns", BigInteger, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("run_id", Integer, nullable=False),
    Column("content_type", String(40)),
    Column("page_key", String(100), index=True),
)
names = Table(
    "names",
    metadata,
    Column("user_id", BigInteger, primary_key=True, autoincrement=False),
    Column("name", String(1000), nullable=False),
    Column("account", String(1000), nullable=False),
)

OF_A_RUN = (requests, items, outputs, seen, notes, passes)
"""What is forgotten when a run is finished."""

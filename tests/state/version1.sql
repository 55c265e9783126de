-- The tables of a state database of version 1.
CREATE TABLE versions (version INTEGER NOT NULL, PRIMARY KEY (version));
INSERT INTO versions VALUES (1);
CREATE TABLE runs (
    id INTEGER NOT NULL, spider VARCHAR(100) NOT NULL, job VARCHAR(200) NOT NULL, arguments BLOB NOT NULL,
    started_at VARCHAR(40) NOT NULL, finished_at VARCHAR(40), is_begun BOOLEAN NOT NULL, works INTEGER NOT NULL,
    counts BLOB NOT NULL, PRIMARY KEY (id)
);
CREATE TABLE requests (
    run_id INTEGER NOT NULL, id BIGINT NOT NULL, request BLOB NOT NULL, is_lost BOOLEAN NOT NULL,
    PRIMARY KEY (run_id, id)
);
CREATE TABLE items (
    run_id INTEGER NOT NULL, id BIGINT NOT NULL, listing INTEGER, item BLOB NOT NULL, PRIMARY KEY (run_id, id)
);
CREATE TABLE outputs (
    run_id INTEGER NOT NULL, name VARCHAR(100) NOT NULL, size_bytes BIGINT NOT NULL, PRIMARY KEY (run_id, name)
);
CREATE TABLE seen (
    run_id INTEGER NOT NULL, listing INTEGER NOT NULL, kind VARCHAR(20) NOT NULL, id BIGINT NOT NULL,
    PRIMARY KEY (run_id, listing, kind, id)
) WITHOUT ROWID;
CREATE TABLE notes (
    id INTEGER NOT NULL, run_id INTEGER NOT NULL, request_id BIGINT, note BLOB NOT NULL, PRIMARY KEY (id)
);
CREATE INDEX ix_notes_run_id ON notes (run_id);
CREATE TABLE passes (
    run_id INTEGER NOT NULL, listing INTEGER NOT NULL, "key" VARCHAR(1000) NOT NULL, ended VARCHAR(10),
    is_whole BOOLEAN NOT NULL, PRIMARY KEY (run_id, listing)
);
CREATE TABLE listings (
    id INTEGER NOT NULL, "key" VARCHAR(1000) NOT NULL, read_at VARCHAR(40), PRIMARY KEY (id), UNIQUE ("key")
);
CREATE TABLE sightings (
    listing_id INTEGER NOT NULL, work_id BIGINT NOT NULL, run_id INTEGER NOT NULL, PRIMARY KEY (listing_id, work_id)
) WITHOUT ROWID;
CREATE INDEX ix_sightings_run_id ON sightings (run_id);
CREATE TABLE works (
    kind VARCHAR(20) NOT NULL, id BIGINT NOT NULL, scope VARCHAR(50) NOT NULL, version VARCHAR(40) NOT NULL,
    PRIMARY KEY (kind, id, scope)
) WITHOUT ROWID;
CREATE TABLE files (
    path VARCHAR(1000) NOT NULL, url VARCHAR NOT NULL, size_bytes BIGINT NOT NULL, mtime_ns BIGINT NOT NULL,
    sha256 VARCHAR(64) NOT NULL, run_id INTEGER NOT NULL, PRIMARY KEY (path)
);

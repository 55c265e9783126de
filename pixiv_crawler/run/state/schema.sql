-- Statements end with a semicolon at the end of a line; PRAGMA user_version holds the version of this schema.
CREATE TABLE runs (
    id INTEGER PRIMARY KEY AUTOINCREMENT, -- never reused: works and files refer to it
    spider TEXT NOT NULL,
    job TEXT NOT NULL,
    arguments BLOB NOT NULL,
    started_at TEXT NOT NULL,
    finished_at TEXT,
    is_begun INTEGER NOT NULL DEFAULT 0,
    is_cleaned INTEGER NOT NULL DEFAULT 0, -- whether the rows that a finished run no longer needs are deleted
    works INTEGER NOT NULL DEFAULT 0,
    UNIQUE (spider, job)
);

-- What one run needs until it has finished.
CREATE TABLE requests (
    run_id INTEGER NOT NULL,
    id INTEGER NOT NULL,
    content BLOB NOT NULL,
    is_failed INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (run_id, id)
);
CREATE INDEX failed_requests ON requests (run_id, id) WHERE is_failed = 1;
CREATE TABLE items (
    run_id INTEGER NOT NULL,
    id INTEGER NOT NULL,
    listing INTEGER,
    content BLOB NOT NULL,
    PRIMARY KEY (run_id, id)
);
CREATE TABLE seen (
    run_id INTEGER NOT NULL,
    listing INTEGER NOT NULL,
    kind TEXT NOT NULL,
    id INTEGER NOT NULL,
    PRIMARY KEY (run_id, listing, kind, id)
) WITHOUT ROWID;
CREATE TABLE passes (
    run_id INTEGER NOT NULL,
    listing INTEGER NOT NULL,
    listing_id INTEGER NOT NULL,
    ended TEXT,
    is_complete INTEGER NOT NULL,
    PRIMARY KEY (run_id, listing)
) WITHOUT ROWID;
CREATE INDEX passes_listing_id ON passes (run_id, listing_id);
CREATE TABLE sightings (
    run_id INTEGER NOT NULL,
    listing_id INTEGER NOT NULL,
    work_id INTEGER NOT NULL,
    PRIMARY KEY (run_id, listing_id, work_id)
) WITHOUT ROWID;
CREATE TABLE output_sizes (
    run_id INTEGER NOT NULL,
    name TEXT NOT NULL,
    size_bytes INTEGER NOT NULL,
    PRIMARY KEY (run_id, name)
) WITHOUT ROWID;
CREATE TABLE failures (
    id INTEGER PRIMARY KEY,
    run_id INTEGER NOT NULL,
    what TEXT NOT NULL,
    item_id BLOB NOT NULL, -- as JSON
    cause TEXT NOT NULL,
    source TEXT NOT NULL,
    request_id INTEGER -- the failed request: when it is sent again, the failure is deleted
);
CREATE INDEX failures_what ON failures (run_id, what, id);
CREATE INDEX failures_id ON failures (run_id, id);
CREATE INDEX failures_request ON failures (run_id, request_id) WHERE request_id IS NOT NULL;
CREATE TABLE notes (
    id INTEGER PRIMARY KEY,
    run_id INTEGER NOT NULL,
    section TEXT NOT NULL,
    content BLOB NOT NULL,
    request_id INTEGER
);
CREATE INDEX notes_section ON notes (run_id, section, id);
CREATE INDEX notes_request ON notes (run_id, request_id) WHERE request_id IS NOT NULL;

-- What is kept of a finished run.
CREATE TABLE stats (
    run_id INTEGER NOT NULL,
    name TEXT NOT NULL,
    value BLOB NOT NULL, -- as JSON
    PRIMARY KEY (run_id, name)
) WITHOUT ROWID;

-- What all runs share.
CREATE TABLE listings (
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    full_pass_at TEXT
);
CREATE TABLE known_works (
    listing_id INTEGER NOT NULL,
    work_id INTEGER NOT NULL,
    PRIMARY KEY (listing_id, work_id)
) WITHOUT ROWID;
CREATE TABLE works (
    id INTEGER NOT NULL,
    kind TEXT NOT NULL,
    scope TEXT NOT NULL,
    version TEXT NOT NULL,
    run_id INTEGER NOT NULL,
    is_awaiting_more INTEGER NOT NULL,
    PRIMARY KEY (id, kind, scope)
) WITHOUT ROWID;
CREATE INDEX works_awaiting_more ON works (run_id) WHERE is_awaiting_more = 1;
CREATE TABLE files (
    path TEXT PRIMARY KEY,
    url TEXT NOT NULL,
    size_bytes INTEGER NOT NULL,
    mtime_ns INTEGER NOT NULL,
    sha256 TEXT NOT NULL,
    run_id INTEGER NOT NULL,
    content_type TEXT,
    page_key TEXT,
    problem TEXT,
    last_modified TEXT
);
CREATE UNIQUE INDEX files_page_key ON files (page_key) WHERE page_key IS NOT NULL;
CREATE TABLE user_names (
    user_id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    account TEXT NOT NULL
);

-- Tasks are named by a small number in all other tables. A window is named by its start divided by
-- the task's time precision, as Time is in DAP.

CREATE TABLE setting (
    name TEXT PRIMARY KEY,
    value INTEGER NOT NULL
);

CREATE TABLE task (
    number INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE,
    role INTEGER NOT NULL,
    statement_hash BLOB NOT NULL,
    configuration BLOB NOT NULL,
    name TEXT NOT NULL,
    population TEXT NOT NULL,
    window_s INTEGER NOT NULL,
    first_s INTEGER NOT NULL,
    end_s INTEGER NOT NULL,
    charge INTEGER NOT NULL,
    sigma2 INTEGER NOT NULL,
    admitted_s INTEGER NOT NULL
);

CREATE TABLE counter (
    task INTEGER NOT NULL,
    reason TEXT NOT NULL,
    n INTEGER NOT NULL,
    PRIMARY KEY (task, reason)
);

-- Report ids that were seen, in the order of their commits: 16 bytes of id, 8 of window, again.
-- The writing thread holds them in memory; this is what it rebuilds that from.
CREATE TABLE id_list (
    seq INTEGER PRIMARY KEY,
    task INTEGER NOT NULL,
    last_window INTEGER NOT NULL,
    ids BLOB NOT NULL
);
CREATE INDEX id_list_age ON id_list (task, last_window, seq);

-- Ids for which the memory had no room.
CREATE TABLE id_spill (
    task INTEGER NOT NULL,
    id BLOB NOT NULL,
    PRIMARY KEY (task, id)
);

-- Uploaded reports wait here. The blob stands apart, so that giving a segment to a job does not
-- write it again.
CREATE TABLE segment (
    seq INTEGER PRIMARY KEY,
    task INTEGER NOT NULL,
    job INTEGER,
    n_reports INTEGER NOT NULL,
    n_bytes INTEGER NOT NULL,
    first_window INTEGER NOT NULL,
    last_window INTEGER NOT NULL
);
CREATE INDEX segment_waiting ON segment (task, seq) WHERE job IS NULL;
CREATE INDEX segment_job ON segment (job, seq) WHERE job IS NOT NULL;
CREATE INDEX segment_windows ON segment (task, first_window, last_window);

CREATE TABLE segment_blob (
    seq INTEGER PRIMARY KEY,
    reports BLOB NOT NULL
);

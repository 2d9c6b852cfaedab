-- The leader's aggregation jobs until they are finished.
CREATE TABLE leader_job (
    number INTEGER PRIMARY KEY,
    task INTEGER NOT NULL,
    state INTEGER NOT NULL,
    n_reports INTEGER NOT NULL,
    n_bytes INTEGER NOT NULL,
    first_window INTEGER NOT NULL,
    last_window INTEGER NOT NULL,
    verdict BLOB,
    request_sha256 BLOB
);

-- The helper's, with what was answered.
CREATE TABLE helper_job (
    seq INTEGER PRIMARY KEY,
    task INTEGER NOT NULL,
    id BLOB NOT NULL,
    digest BLOB NOT NULL,
    first_window INTEGER NOT NULL,
    last_window INTEGER NOT NULL,
    response BLOB NOT NULL,
    UNIQUE (task, id)
);
CREATE INDEX helper_job_age ON helper_job (task, last_window, seq);

-- state: 0 open, 1 closed, 2 collected, 3 burnt; the latter two have no accumulator and stay as
-- tombstones.
CREATE TABLE bucket (
    task INTEGER NOT NULL,
    window_number INTEGER NOT NULL,
    state INTEGER NOT NULL,
    n_reports INTEGER NOT NULL,
    checksum BLOB NOT NULL,
    accumulator BLOB,
    PRIMARY KEY (task, window_number)
);

-- state: 0 waiting, 1 done, 2 failed, 3 deleted.
CREATE TABLE collection (
    number INTEGER PRIMARY KEY,
    task INTEGER NOT NULL,
    id BLOB NOT NULL,
    request_sha256 BLOB NOT NULL,
    first_window INTEGER NOT NULL,
    last_window INTEGER NOT NULL,
    state INTEGER NOT NULL,
    problem TEXT NOT NULL,
    request BLOB NOT NULL,
    response BLOB,
    UNIQUE (task, id)
);
CREATE UNIQUE INDEX collection_request ON collection (task, request_sha256) WHERE state < 2;
CREATE INDEX collection_waiting ON collection (number) WHERE state = 0;

CREATE TABLE aggregate_share (
    task INTEGER NOT NULL,
    request_sha256 BLOB NOT NULL,
    id BLOB NOT NULL,
    response BLOB NOT NULL,
    PRIMARY KEY (task, request_sha256),
    UNIQUE (task, id)
);

-- Which report of a registered service has the service's place in a window. Where one process has the
-- database, the leader keeps this in memory.
CREATE TABLE service_slot (
    task INTEGER NOT NULL,
    window_number INTEGER NOT NULL,
    service BLOB NOT NULL,
    id BLOB NOT NULL,
    PRIMARY KEY (task, window_number, service)
);

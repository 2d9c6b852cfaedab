-- Batches of leader-selected tasks. Where other tables name a window, those of such a task have the
-- batch's number. first_time and last_time are of the reports counted in it, first above last while
-- there are none; the leader fills them.
ALTER TABLE task ADD COLUMN is_leader_selected INTEGER NOT NULL DEFAULT 0;

CREATE TABLE batch (
    task INTEGER NOT NULL,
    number INTEGER NOT NULL,
    id BLOB NOT NULL,
    first_time INTEGER NOT NULL,
    last_time INTEGER NOT NULL,
    PRIMARY KEY (task, number),
    UNIQUE (task, id)
);

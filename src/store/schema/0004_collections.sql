-- A request has one row for ever: after a failure or a deletion the same request goes on in it. What
-- failed before is asked again by its collector.
DELETE FROM collection WHERE state >= 2;
DROP INDEX collection_request;
CREATE UNIQUE INDEX collection_request ON collection (task, request_sha256);
ALTER TABLE collection ADD COLUMN detail TEXT NOT NULL DEFAULT '';

-- 0002_segments.sql: the events, once each, and which queues they are in.
-- Deploy: adds only.

-- One row for each committed batch that anybody wants something of. No row is
-- ever changed.
CREATE TABLE segments (
    source_id      int         NOT NULL,
    first_position bigint      NOT NULL,
    prefix_sha256  bytea       NOT NULL,  -- Of the source, before this segment.
    format         int         NOT NULL,  -- core/segment.h
    record_count   int         NOT NULL,
    raw_bytes      bigint      NOT NULL,
    data           bytea       NOT NULL,
    create_time    timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (source_id, first_position)
);
-- It is compressed already.
ALTER TABLE segments ALTER COLUMN data SET STORAGE EXTERNAL;

-- One row for each queue that wants events of a segment. A row whose
-- last_position lies behind the queue's cursor is done with, and is swept
-- later. No foreign keys: segment and entries are written by one statement, and
-- swept entries first.
CREATE TABLE queue_entries (
    uid            bigint NOT NULL,
    source_id      int    NOT NULL,
    last_position  bigint NOT NULL,  -- Of the last event that it names.
    first_position bigint NOT NULL,  -- Of the segment.
    event_count    int    NOT NULL,
    events         bytea  NOT NULL,  -- One bit for each; core/event_set.h
    PRIMARY KEY (uid, source_id, last_position)
);
-- For PostgresOperatorStore::Sweep(): is a segment still wanted?
CREATE INDEX queue_entries_by_segment
    ON queue_entries (source_id, first_position);

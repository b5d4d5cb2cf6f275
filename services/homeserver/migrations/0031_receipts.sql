-- 0031_receipts.sql: how far users have read.
-- Deploy: adds only.
CREATE TABLE receipts (
    room_id        text   NOT NULL,
    user_id        text   NOT NULL REFERENCES users,
    type           text   NOT NULL CHECK (type IN ('m.read', 'm.read.private')),
    thread_id      text   NOT NULL CHECK (octet_length(thread_id) <= 255),  -- Empty: of no thread.
    event_id       text   NOT NULL,
    event_position bigint NOT NULL REFERENCES stream,
    ts_ms          bigint NOT NULL,
    position       bigint NOT NULL,
    PRIMARY KEY (room_id, user_id, type, thread_id)
);
-- For PostgresUpdateLog::NewsAfter().
CREATE UNIQUE INDEX receipts_by_position ON receipts (position);
-- For PostgresReceiptStore::ListAfter().
CREATE INDEX receipts_by_room ON receipts (room_id, position);

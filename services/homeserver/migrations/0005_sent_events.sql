-- 0005_sent_events.sql: a client's repeated send is known again.
-- Deploy: adds only.
CREATE TABLE sent_events (
    scope    text   NOT NULL,  -- The access token's SHA-256, or the application service and its user.
    room_id  text   NOT NULL,
    type     text   NOT NULL,
    txn_id   text   NOT NULL CHECK (octet_length(txn_id) BETWEEN 1 AND 255),
    position bigint NOT NULL REFERENCES stream,
    PRIMARY KEY (scope, room_id, type, txn_id)
);
-- For PostgresRoomHistory::TxnIdsIn().
CREATE INDEX sent_events_by_position ON sent_events (scope, position);

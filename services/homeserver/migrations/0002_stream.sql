-- 0002_stream.sql: all that happens, in one order: events and alias changes.
-- Deploy: adds only.

-- The end of the stream. Its one row is locked by every transaction that writes
-- the stream, until it commits: hence positions are dense, and become visible
-- in order. (A database sequence promises neither.)
CREATE TABLE stream_head (
    one_row       boolean PRIMARY KEY DEFAULT true CHECK (one_row),
    position      bigint  NOT NULL CHECK (position >= 0),  -- The last one given.
    prefix_sha256 bytea   NOT NULL CHECK (octet_length(prefix_sha256) = 32)
);
INSERT INTO stream_head (position, prefix_sha256)
    VALUES (0, decode(repeat('00', 32), 'hex'));

CREATE TABLE stream (
    position      bigint      PRIMARY KEY CHECK (position >= 1),
    kind          text        NOT NULL CHECK (kind IN ('event', 'alias_added', 'alias_removed')),
    room_id       text        NOT NULL,
    event_id      text,
    type          text,
    state_key     text,       -- Of a state event.
    event_json    text,       -- The bytes that everybody gets.
    room_alias    text,
    prefix_sha256 bytea       NOT NULL CHECK (octet_length(prefix_sha256) = 32),
    commit_time   timestamptz NOT NULL DEFAULT now(),
    CHECK ((kind = 'event') = (event_id IS NOT NULL)),
    CHECK ((kind = 'event') = (type IS NOT NULL)),
    CHECK ((kind = 'event') = (event_json IS NOT NULL)),
    CHECK (kind = 'event' OR state_key IS NULL),
    CHECK ((kind <> 'event') = (room_alias IS NOT NULL))
);
-- For PostgresRoomHistory::FindEvents() and RoomsOf().
CREATE INDEX stream_by_room ON stream (room_id, position);
-- For PostgresRoomHistory::FindEvent().
CREATE UNIQUE INDEX stream_by_event_id ON stream (event_id);

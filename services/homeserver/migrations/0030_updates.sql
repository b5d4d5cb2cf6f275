-- 0030_updates.sql: what users are told beside events.
-- Deploy: adds only.

-- Gives account data, receipts and messages to devices their positions. Its one
-- row is locked by every transaction that writes one of these, until it commits:
-- hence positions become visible in order.
CREATE TABLE update_head (
    one_row  boolean PRIMARY KEY DEFAULT true CHECK (one_row),
    position bigint  NOT NULL CHECK (position >= 0)  -- The last one given.
);
INSERT INTO update_head (position) VALUES (0);

CREATE TABLE account_data (
    user_id      text   NOT NULL REFERENCES users,
    room_id      text   NOT NULL CHECK (octet_length(room_id) <= 255),  -- Empty: of no room.
    type         text   NOT NULL CHECK (octet_length(type) BETWEEN 1 AND 255),
    content_json text   NOT NULL CHECK (octet_length(content_json) <= 65536),
    position     bigint NOT NULL,
    PRIMARY KEY (user_id, room_id, type)
);
-- For PostgresUpdateLog::NewsAfter().
CREATE UNIQUE INDEX account_data_by_position ON account_data (position);

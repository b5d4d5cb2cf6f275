-- 0004_room_aliases.sql: which room an alias points to.
-- Deploy: adds only.
CREATE TABLE room_aliases (
    room_alias text PRIMARY KEY CHECK (octet_length(room_alias) BETWEEN 1 AND 255),
    room_id    text NOT NULL,
    creator    text NOT NULL
);

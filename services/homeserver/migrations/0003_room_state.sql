-- 0003_room_state.sql: the state of every room, now and at any position before.
-- Deploy: adds only.
CREATE TABLE room_state (
    room_id           text   NOT NULL,
    type              text   NOT NULL,
    state_key         text   NOT NULL,
    position          bigint NOT NULL REFERENCES stream,
    -- Where another event took its place. NULL: it stands today.
    replaced_position bigint CHECK (replaced_position > position),
    -- Of an m.room.member only.
    membership        text,
    PRIMARY KEY (room_id, type, state_key, position)
);
-- No place in a room's state holds two events.
CREATE UNIQUE INDEX room_state_today ON room_state (room_id, type, state_key)
    WHERE replaced_position IS NULL;
-- For PostgresRoomHistory::RoomsOf().
CREATE INDEX room_state_by_member ON room_state (state_key, room_id)
    WHERE type = 'm.room.member';

-- 0011_forgotten_rooms.sql: who has left a room may forget it.
-- Deploy: adds only.

-- Of an m.room.member only: the user wants no part of the room any more, until
-- another member event takes this one's place.
ALTER TABLE room_state ADD COLUMN forgotten boolean NOT NULL DEFAULT false;

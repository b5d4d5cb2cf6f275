-- 0004_rooms.sql: what interest in an event depends on besides the event.
-- Deploy: adds only.

-- Every joined user of the homeserver, not only those whom a namespace matches
-- today: who registers later finds the rooms of its users here.
CREATE TABLE room_members (
    source_id int  NOT NULL,
    room_id   text NOT NULL,
    user_id   text NOT NULL,
    PRIMARY KEY (source_id, room_id, user_id)
);

CREATE TABLE room_aliases (
    source_id  int  NOT NULL,
    room_id    text NOT NULL,
    room_alias text NOT NULL,
    PRIMARY KEY (source_id, room_id, room_alias)
);

-- 0013_published_rooms.sql: the lists of public rooms.
-- Deploy: adds only.
CREATE TABLE published_rooms (
    -- Empty: the server's own. Else "<id of an application service>|<network>".
    list    text NOT NULL CHECK (octet_length(list) <= 512),
    room_id text NOT NULL CHECK (octet_length(room_id) BETWEEN 1 AND 255),
    PRIMARY KEY (list, room_id)
);
-- For PostgresPublishedRooms::List(), which counts the members of every room.
CREATE INDEX room_state_joined ON room_state (room_id)
    WHERE type = 'm.room.member' AND membership = 'join' AND replaced_position IS NULL;

-- 0012_aliases_of_a_room.sql: which aliases a room has.
-- Deploy: adds only.

-- For PostgresRoomHistory::AliasesOf().
CREATE INDEX room_aliases_by_room ON room_aliases (room_id);

-- 0062_joined_counts.sql: a list of public rooms knows how many are in each; counting them whenever the list is read
-- took a quarter of a second for 5,000 rooms.
-- Deploy: adds only. The release before this one counts by itself, and what it writes is counted here too.

ALTER TABLE published_rooms ADD COLUMN joined_count bigint NOT NULL DEFAULT 0;
-- For count_member().
CREATE INDEX published_rooms_by_room ON published_rooms (room_id);

CREATE FUNCTION count_joined(counted_room text) RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT count(*) FROM room_state
    WHERE room_id = counted_room AND type = 'm.room.member' AND membership = 'join'
        AND replaced_position IS NULL
$$;

CREATE FUNCTION count_published() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.joined_count := count_joined(NEW.room_id);
    RETURN NEW;
END $$;
CREATE TRIGGER count_published BEFORE INSERT ON published_rooms
    FOR EACH ROW EXECUTE FUNCTION count_published();

-- Who writes either table holds the lock on stream_head (0002) until the commit: nobody counts beside another.
CREATE FUNCTION count_member() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE published_rooms SET joined_count = joined_count + TG_ARGV[0]::bigint
        WHERE room_id = NEW.room_id;
    RETURN NULL;
END $$;
CREATE TRIGGER count_joined AFTER INSERT ON room_state FOR EACH ROW
    WHEN (NEW.type = 'm.room.member' AND NEW.membership = 'join' AND NEW.replaced_position IS NULL)
    EXECUTE FUNCTION count_member('1');
CREATE TRIGGER count_no_longer_joined AFTER UPDATE OF replaced_position ON room_state FOR EACH ROW
    WHEN (OLD.type = 'm.room.member' AND OLD.membership = 'join'
        AND OLD.replaced_position IS NULL AND NEW.replaced_position IS NOT NULL)
    EXECUTE FUNCTION count_member('-1');

-- Since the triggers were made nobody else writes room_state until this has been committed.
UPDATE published_rooms SET joined_count = count_joined(room_id);

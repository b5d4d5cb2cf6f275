-- 0040_device_keys.sql: the public keys of devices, for encryption between them.
-- Deploy: adds only.
CREATE TABLE device_keys (
    user_id   text NOT NULL,
    device_id text NOT NULL,
    keys_json text NOT NULL CHECK (octet_length(keys_json) <= 8192),
    PRIMARY KEY (user_id, device_id),
    FOREIGN KEY (user_id, device_id) REFERENCES devices ON DELETE CASCADE
);

-- Each is given away once, the oldest of an algorithm first.
CREATE TABLE one_time_keys (
    user_id   text   NOT NULL,
    device_id text   NOT NULL,
    algorithm text   NOT NULL,
    key_id    text   NOT NULL CHECK (octet_length(key_id) + octet_length(algorithm) <= 254),
    key_json  text   NOT NULL CHECK (octet_length(key_json) <= 1024),
    number    bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
    PRIMARY KEY (user_id, device_id, algorithm, key_id),
    FOREIGN KEY (user_id, device_id) REFERENCES devices ON DELETE CASCADE
);

-- Given away when there is no one-time key.
CREATE TABLE fallback_keys (
    user_id   text    NOT NULL,
    device_id text    NOT NULL,
    algorithm text    NOT NULL,
    key_id    text    NOT NULL CHECK (octet_length(key_id) + octet_length(algorithm) <= 254),
    key_json  text    NOT NULL CHECK (octet_length(key_json) <= 1024),
    is_used   boolean NOT NULL DEFAULT false,
    PRIMARY KEY (user_id, device_id, algorithm),
    FOREIGN KEY (user_id, device_id) REFERENCES devices ON DELETE CASCADE
);

-- When what a device has left to give away changed, by the positions of the
-- updates (0030).
CREATE TABLE key_counts (
    user_id   text   NOT NULL,
    device_id text   NOT NULL,
    position  bigint NOT NULL,
    PRIMARY KEY (user_id, device_id),
    FOREIGN KEY (user_id, device_id) REFERENCES devices ON DELETE CASCADE
);
-- For PostgresUpdateLog::NewsAfter().
CREATE UNIQUE INDEX key_counts_by_position ON key_counts (position);

-- When the keys of any of a user's devices changed, by the same positions. It refers to no user, since that would take
-- their row's lock while the one on the positions is held.
CREATE TABLE device_lists (
    user_id  text   PRIMARY KEY,
    position bigint NOT NULL
);
-- For PostgresUpdateLog::NewsAfter() and PostgresDeviceKeyStore::ListChanges().
CREATE UNIQUE INDEX device_lists_by_position ON device_lists (position);

-- Devices end in many places, and take their keys with them.
CREATE FUNCTION note_device_list_change() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    changed_user text := coalesce(NEW.user_id, OLD.user_id);
    next_position bigint;
BEGIN
    UPDATE update_head SET position = position + 1 RETURNING position INTO next_position;
    INSERT INTO device_lists (user_id, position) VALUES (changed_user, next_position)
        ON CONFLICT (user_id) DO UPDATE SET position = excluded.position;
    RETURN NULL;
END $$;
CREATE TRIGGER device_list_changes AFTER INSERT OR UPDATE OR DELETE ON device_keys
    FOR EACH ROW EXECUTE FUNCTION note_device_list_change();

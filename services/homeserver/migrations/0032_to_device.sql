-- 0032_to_device.sql: messages to devices.
-- Deploy: adds only. The release before this one can't publish a stream that
-- holds such messages: it waits, and so nothing is lost, until it is this one.

-- Those to people's devices, until a sync acknowledges them.
CREATE TABLE to_device_messages (
    position     bigint PRIMARY KEY,
    user_id      text   NOT NULL,
    device_id    text   NOT NULL,
    message_json text   NOT NULL CHECK (octet_length(message_json) <= 65536),
    FOREIGN KEY (user_id, device_id) REFERENCES devices ON DELETE CASCADE
);
-- For PostgresToDeviceStore::Receive(), and for the foreign key.
CREATE INDEX to_device_messages_by_device ON to_device_messages (user_id, device_id, position);

-- By which a client's repeated request is known again.
CREATE TABLE sent_to_device (
    scope  text NOT NULL,  -- As in sent_events.
    type   text NOT NULL,
    txn_id text NOT NULL CHECK (octet_length(txn_id) BETWEEN 1 AND 255),
    PRIMARY KEY (scope, type, txn_id)
);

-- Those to users of application services go through the stream: of a record
-- of this kind event_json is the message, and room_id is empty.
ALTER TABLE stream DROP CONSTRAINT stream_kind_check;
ALTER TABLE stream ADD CONSTRAINT stream_kind_check
    CHECK (kind IN ('event', 'alias_added', 'alias_removed', 'to_device'));
ALTER TABLE stream DROP CONSTRAINT stream_check2;
ALTER TABLE stream ADD CONSTRAINT stream_check2
    CHECK ((kind IN ('event', 'to_device')) = (event_json IS NOT NULL));
ALTER TABLE stream DROP CONSTRAINT stream_check4;
ALTER TABLE stream ADD CONSTRAINT stream_check4
    CHECK ((kind IN ('alias_added', 'alias_removed')) = (room_alias IS NOT NULL));
